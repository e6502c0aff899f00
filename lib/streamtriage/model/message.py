"""What is said, as a field: the id of a sentence, and the values that stand in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, TypeAlias

from pydantic import Field, StringConstraints
from typing_extensions import TypeAliasType

from streamtriage.languages import (
    Language,
    sentence,
    spoken,
    translate,
    translated,
)
from streamtriage.languages.request_names import request_name
from streamtriage.model.vocabulary import Noun

__all__ = [
    "Message",
    "MessageId",
    "Text",
    "Value",
    "begin_capital",
    "begin_small",
    "join_sentences",
    "message_of",
    "say",
    "tell",
    "told",
]

MessageId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$")]

# A text as it came from outside, a number, a sentence of ours, or several of these.
Value = TypeAliasType("Value", "str | int | float | Message | tuple[Value, ...] | None")


class Message(Noun):
    """One sentence, or a part of one, that is made in the reader's language last.

    `id` names it in the catalogue of each language, and `values` are what it names:
    numbers in the unit that its entry says, texts from outside, and other messages. As
    a string it is English.
    """

    id: MessageId
    values: Mapping[str, Value] = Field(default_factory=dict)

    def text(self, language: Language = "en") -> str:
        """Return it in a language; raises `KeyError` where its catalogue lacks it."""
        if self.id == _JOINED:
            return "".join(_written(part, language) for part in self.parts)
        if self.id in _CASES:
            inner = _written(self.values["text"], language)
            return _CASES[self.id](inner[:1]) + inner[1:]
        said = {name: _told(each, language) for name, each in self.values.items()}
        if "label" in said:
            # A request, by the name that its probe gave it.
            said["label"] = request_name(str(said["label"]), language)
        return sentence(self.id, said, language)

    @property
    def parts(self) -> tuple[Value, ...]:
        """The parts of one that was put together with `+`, else itself."""
        if self.id != _JOINED:
            return (self,)
        parts = self.values.get("parts")
        return parts if isinstance(parts, tuple) else (parts,)

    def __str__(self) -> str:
        return self.text()

    def __format__(self, spec: str) -> str:
        return format(self.text(), spec)

    def __add__(self, other: Text) -> Message:
        return _joined((self, other))

    def __radd__(self, other: str) -> Message:
        return _joined((other, self))

    def __bool__(self) -> bool:
        return True

    def __hash__(self) -> int:
        return hash((self.id, self.text()))


Text: TypeAlias = str | Message
_JOINED = "joined"
_CASES = {"capital": str.upper, "small": str.lower}


def say(name: str, /, **values: Value) -> Message:
    """Return the message of this id, with its values."""
    # Not validated: hundreds are made for each report, and their types are checked.
    return Message.model_construct(id=name, values=values)


def tell(name: str, /, **values: Value) -> str:
    """Return the sentence of this id in the language spoken.

    Values that are texts of ours are said in it too.
    """
    told = {k: translate(v) if isinstance(v, str) else v for k, v in values.items()}
    return say(name, **told).text(spoken())


def told(message: Message | None, english: str) -> str:
    """Return a message in the language spoken, or its English as it was kept."""
    language = spoken()
    return english if message is None or language == "en" else message.text(language)


def message_of(text: Text) -> Message | None:
    """Return a text as a message; None where there is none.

    A text from outside is a message that says nothing else.
    """
    if isinstance(text, Message):
        return text
    return say(_JOINED, parts=(text,)) if text else None


def join_sentences(parts: Iterable[Text]) -> Text:
    """Return sentences one after the other; what is empty is left out."""
    told = [part for part in parts if part]
    if len(told) < 2:
        return told[0] if told else ""
    return say("sentences", first=told[0], then=join_sentences(told[1:]))


def begin_capital(text: Text) -> Message:
    """Return a part of a sentence as the beginning of one, with a capital letter."""
    return say("capital", text=text)


def begin_small(text: Text) -> Message:
    """Return a sentence as a part of another one, with a small first letter."""
    return say("small", text=text)


def _joined(parts: tuple[Text, ...]) -> Message:
    flat: list[Value] = []
    for part in parts:
        flat += part.parts if isinstance(part, Message) else (part,)
    return say(_JOINED, parts=tuple(each for each in flat if each))


def _told(value: Value, language: Language) -> str | int | float:
    """Return a value as its sentence takes it: only numbers stay what they are."""
    if isinstance(value, int | float):
        return value
    return _written(value, language)


def _written(value: Value, language: Language) -> str:
    if isinstance(value, Message):
        return value.text(language)
    if isinstance(value, tuple):
        between = sentence("comma", {}, language)
        return between.join(_written(each, language) for each in value)
    if value is None:
        return "—"
    text = str(value)
    # Several words may be a text of ours, such as a change of the follow-up table; a
    # single one is somebody's name.
    return translated(text, language) if " " in text else text
