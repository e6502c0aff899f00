"""A stand-in for a model: it waits, has the client call `echo` twice, and ends.

It speaks what the agents ask of it: Anthropic's messages, OpenAI's chat completions and
responses, and Gemini's generateContent, streamed or whole.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from real_clients.server import TOOL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from starlette.requests import Request

__all__ = ["StandIn"]

_CALLS = 2
_SAID = "That is all."


@dataclass
class StandIn:
    """One conversation: `wait_s` before the first call, `offered` what it could call.

    `requests` are the paths that it was asked for.
    """

    wait_s: float
    offered: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        methods = ["GET", "POST", "HEAD"]
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=methods)])
        config = uvicorn.Config(app, port=0, log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        await self._serving

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        self.requests.append(path)
        if request.method != "POST":
            return JSONResponse({"data": [], "models": []})
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            return JSONResponse({})
        spoken = {
            "messages": self._anthropic,
            "completions": self._chat,
            "responses": self._responses,
        }
        last = path.rpartition("/")[2]
        if last in spoken:
            return await spoken[last](body)
        if "enerateContent" in last:
            return await self._gemini(body, stream="stream" in last)
        return JSONResponse({"totalTokens": 9, "input_tokens": 9})

    async def _next_call(self, tools: Iterable[str], results: int) -> str | None:
        """Return the name to call now, or None to end; waits before the first."""
        names = list(tools)
        self.offered = names or self.offered
        name = next((n for n in names if TOOL in n and "echo_" not in n), None)
        if results == 0 and names:
            await asyncio.sleep(self.wait_s)
        return name if results < _CALLS else None

    # --- each API ---------------------------------------------------------------------

    async def _anthropic(self, body: dict[str, Any]) -> Response:
        parts = [
            part
            for message in body.get("messages", [])
            if isinstance(message.get("content"), list)
            for part in message["content"]
        ]
        results = sum(part.get("type") == "tool_result" for part in parts)
        tools = [tool.get("name", "") for tool in body.get("tools", [])]
        name = await self._next_call(tools, results)
        block: dict[str, Any] = {"type": "text", "text": _SAID}
        if name:
            block = {"type": "tool_use", "id": f"toolu_{results}", "name": name}
            block["input"] = {"text": "x"}
        message = {
            "id": f"msg_{results}",
            "type": "message",
            "role": "assistant",
            "model": body.get("model", "m"),
            "content": [block],
            "stop_reason": "tool_use" if name else "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 9, "output_tokens": 9},
        }
        if not body.get("stream"):
            return JSONResponse(message)
        start = {**message, "content": [], "stop_reason": None}
        empty = {**block, "input": {}} if name else {**block, "text": ""}
        delta = (
            {"type": "input_json_delta", "partial_json": '{"text":"x"}'}
            if name
            else {"type": "text_delta", "text": _SAID}
        )
        return _events(
            [
                {"type": "message_start", "message": start},
                {"type": "content_block_start", "index": 0, "content_block": empty},
                {"type": "content_block_delta", "index": 0, "delta": delta},
                {"type": "content_block_stop", "index": 0},
                {
                    "type": "message_delta",
                    "delta": {
                        "stop_reason": message["stop_reason"],
                        "stop_sequence": None,
                    },
                    "usage": {"output_tokens": 9},
                },
                {"type": "message_stop"},
            ],
            named=True,
        )

    async def _chat(self, body: dict[str, Any]) -> Response:
        results = sum(m.get("role") == "tool" for m in body.get("messages", []))
        tools = [tool["function"]["name"] for tool in body.get("tools", [])]
        name = await self._next_call(tools, results)
        delta: dict[str, Any] = {"role": "assistant", "content": _SAID}
        if name:
            function = {"name": name, "arguments": '{"text":"x"}'}
            call = {"index": 0, "id": f"call_{results}", "type": "function"}
            delta = {"role": "assistant", "content": None}
            delta["tool_calls"] = [{**call, "function": function}]
        reason = "tool_calls" if name else "stop"
        common = {"id": f"c{results}", "created": 1, "model": body.get("model", "m")}
        usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
        if not body.get("stream"):
            choice = {"index": 0, "message": delta, "finish_reason": reason}
            whole = {"object": "chat.completion", "choices": [choice], "usage": usage}
            return JSONResponse({**common, **whole})
        kind = {"object": "chat.completion.chunk"}
        first = {"index": 0, "delta": delta, "finish_reason": None}
        last = {"index": 0, "delta": {}, "finish_reason": reason}
        return _events(
            [
                {**common, **kind, "choices": [first]},
                {**common, **kind, "choices": [last], "usage": usage},
                "[DONE]",
            ]
        )

    async def _responses(self, body: dict[str, Any]) -> Response:
        given = body.get("input", [])
        items = given if isinstance(given, list) else []
        results = sum(i.get("type") == "function_call_output" for i in items)
        tools = list(_response_tools(body.get("tools", [])))
        name = await self._next_call([t for t, _ in tools], results)
        space = next((s for t, s in tools if t == name), "")
        item: dict[str, Any] = {
            "type": "message",
            "id": f"m{results}",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": _SAID, "annotations": []}],
        }
        if name:
            item = {"type": "function_call", "id": f"f{results}", "name": name}
            item |= {"call_id": f"call_{results}", "arguments": '{"text":"x"}'}
            item |= {"status": "completed"} | ({"namespace": space} if space else {})
        usage = {
            "input_tokens": 9,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 9,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 18,
        }
        whole = {"id": f"r{results}", "object": "response", "created_at": 1}
        whole |= {"model": body.get("model", "m"), "usage": usage}
        done = {**whole, "status": "completed", "output": [item]}
        if not body.get("stream"):
            return JSONResponse(done)
        begun = {**whole, "status": "in_progress", "output": []}
        added = {"output_index": 0, "item": item}
        return _events(
            [
                {"type": "response.created", "response": begun},
                {"type": "response.output_item.added", **added},
                {"type": "response.output_item.done", **added},
                {"type": "response.completed", "response": done},
            ],
            named=True,
        )

    async def _gemini(self, body: dict[str, Any], *, stream: bool) -> Response:
        parts = [p for c in body.get("contents", []) for p in c.get("parts", [])]
        results = sum("functionResponse" in part for part in parts)
        tools = [
            each["name"]
            for tool in body.get("tools", [])
            for each in tool.get("functionDeclarations", [])
        ]
        name = await self._next_call(tools, results)
        part: dict[str, Any] = {"text": _SAID}
        if name:
            part = {"functionCall": {"name": name, "args": {"text": "x"}}}
        if body.get("generationConfig", {}).get("responseJsonSchema"):
            part = {"text": '{"reasoning":"","next_speaker":"user","model_choice":"x"}'}
        content = {"role": "model", "parts": [part]}
        candidate = {"content": content, "finishReason": "STOP", "index": 0}
        usage = {
            "promptTokenCount": 9,
            "candidatesTokenCount": 9,
            "totalTokenCount": 18,
        }
        whole = {"candidates": [candidate], "usageMetadata": usage}
        return _events([whole]) if stream else JSONResponse(whole)


def _response_tools(tools: Iterable[dict[str, Any]]) -> Iterable[tuple[str, str]]:
    """Yield each tool and the namespace that it lies in, if any."""
    for tool in tools:
        if tool.get("type") == "namespace":
            for each in tool.get("tools", []):
                yield each.get("name", ""), tool.get("name", "")
        else:
            yield tool.get("name", ""), ""


def _events(events: list[Any], *, named: bool = False) -> StreamingResponse:
    async def lines() -> AsyncIterator[bytes]:
        for event in events:
            data = event if isinstance(event, str) else json.dumps(event)
            name = f"event: {event['type']}\n" if named else ""
            yield f"{name}data: {data}\n\n".encode()

    return StreamingResponse(lines(), media_type="text/event-stream")
