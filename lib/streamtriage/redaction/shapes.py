"""Secrets that give themselves away by their shape or by the words before them."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from functools import lru_cache

from streamtriage.on_first_use import compile_later
from streamtriage.redaction.marks import ESCAPED, HIDDEN, MARKER, hide, replaced
from streamtriage.redaction.randomness import are_random, is_random
from streamtriage.redaction.urls import SCHEME, is_plain

# RFC 7468, OpenSSH, PGP, and the four dashes of RFC 4716.
_BEGIN_KEY = (
    r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY(?: BLOCK)?|STATIC KEY V1) ?-{4,5}"
)
PEM = compile_later(
    rf"{_BEGIN_KEY}(?:[^-]|-(?!---))*(?:-{{4,5}} ?END [A-Z0-9 ]{{0,40}}-{{4,5}})?",
    re.IGNORECASE,
)
_BREAK = r"(?:\s|\\[nr]|<U\+000D>)"
# https://the.earth.li/~sgtatham/putty/0.83/htmldoc/AppendixC.html
PUTTY = compile_later(
    r"PuTTY-User-Key-File-\d(?:(?!PuTTY-User)[\s\S]){0,6000}?Private-Lines:\s{0,4}\d{1,4}"
    rf"{_BREAK}*+(?:[A-Za-z0-9+/]{{16,}}+={{0,2}}{_BREAK}*+)*+"
    rf"(?:[A-Za-z0-9+/]{{1,15}}+={{0,2}}(?={_BREAK}|$))?"
    rf"(?:{_BREAK}*+Private-(?:MAC|Hash):\s{{0,4}}[0-9a-fA-F]{{16,}})?"
)
# A link of Markdown ends where its ]( or )]( stands.
URL = compile_later(
    rf"{SCHEME.pattern}(?:<hidden>|{ESCAPED}|(?!\)?\]\()[^\s\"'<>`])+", re.IGNORECASE
)
PAIR = compile_later(
    r"(?P<lead>(?<!\()[?&](?:amp;)?[A-Za-z0-9_.%-][A-Za-z0-9_.\[\]%-]{0,63}=)"
    rf"(?P<value>(?:<hidden>|{ESCAPED}|(?!\)?\]\()[^\s\"'&<>#])+)"
)
_PAIR_NAME = compile_later(r"[?&](?:amp;)?(.*)=")
CREDENTIALS = compile_later(
    r"\b(?P<scheme>bearer|basic|negotiate)\s{1,8}"
    rf"(?P<value>(?:{MARKER}|[A-Za-z0-9._~+/:=-])+"
    rf"|\${{[^{{}}\s]{{1,60}}\}}|\$[A-Z_]{{1,60}}\b)",
    re.IGNORECASE,
)
RUN = compile_later(r"[A-Za-z0-9][A-Za-z0-9+/_-]{15,}={0,2}")
_HEX = compile_later(
    r"[0-9A-Fa-f]{16,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
)
# Before a run, in any language that people paste errors in; and behind it.
_NEAR = compile_later(
    r"token|secret|key\b|key[\"'_s=:]|keys?\b|passw|passphrase|session|credential|bearer|auth"
    r"|headers?\b|schlüssel|passwor|kennwort|geheim|zugangs|jeton|clé|contraseña|clave"
    r"|senha|chave|ключ|пароль|токен|密|令牌|口令|凭证|凭据|憑證|金鑰|权杖|權杖|授权|"
    r"トークン|キー|鍵|パスワード|토큰|키|비밀|(?:\b|_)pat\b|webhook|signature|\bsig\b|cookie",
    re.IGNORECASE,
)
_REFUSED = compile_later(
    r"[\"'`”»)\]]{0,2}[\s:,]{0,2}(?:(?:is|was|has|ist|war|wurde|were)\s)?(?:been\s|an?\s)?"
    r"(?:not\s(?:a\s)?(?:valid|accepted|authorized|recogni[sz]ed|allowed|permitted)|invalid"
    r"|expired|revoked|rejected|denied|unauthori[sz]ed|incorrect|wrong|disabled|leaked"
    r"|compromised|un(?:known|gültig)|nicht\s(?:gültig|erlaubt)|abgelaufen|falsch|gesperrt"
    r"|abgelehnt|无效|無效|过期|過期|错误|錯誤|失效|不正确|已吊销|被拒绝|無効|期限切れ)",
    re.IGNORECASE,
)
# The name right before a run.
_NAME_OF_IT = compile_later(
    r"(?P<name>[\w.-]{0,48})[\"'\])>\\]{0,4}\s{0,4}(?:=>|[:=,\uff1a]|<)?\s{0,4}[\"'\[({`bW/\\]{0,4}$"
)
_KEYS_OF_DATA = (
    r"(?:cache|primary|partition|sort|object|s3|public|pub|foreign|row|routing|idempotency"
    r"|dedup|storage|index|sec-websocket|host|hash|map|dict)[_-]?keys?"
)
_NAMES_ITS_ID = compile_later(
    rf"(?:^|[^a-z])(?:{_KEYS_OF_DATA}|(?:request|req|trace|span|parent|correlation|transaction|txn"
    r"|message|msg|event|order|build|commit|container|image|pod|node|device|run|job|task"
    r"|thread|process|install|operation|activity|build|deploy(?:ment)?|invocation|instance"
    r"|cell|kernel|user|account|tenant|org|project|resource|file|item|object|record"
    r"|revision|workflow|pipeline|batch|chat|response|amzn-?request|rtc)s?[_-]?(?:u?u?id)?"
    r"|x-amz-id-2|x-amz-cf-id|cf-ray|ray|etag|if-none-match|sha-?\d*|md5|digest|checksum"
    r"|hash|integrity|rev|version|fingerprint|traceparent|tracestate|b3|u?uid|guid|nonce"
    r"|boundary|blob|tree|baggage|oid|crc\w*|_id|id|x-vercel-id|at|from|to|h1|sum|head|ref"
    r"|x-request-id|requestid|merge|base|branch|modulus|serial(?:number)?"
    r"|sec-websocket-(?:accept|key))[\"'.:=]*$"
    # A list of files with a digest of each.
    r"|\.(?:js|css|mjs|map|tgz|whl|gz|zip|jar|py|wasm|json)$",
    re.IGNORECASE,
)
_TELLS = compile_later(
    r"token|secret|passw|passphrase|session|credential|bearer|auth|(?:^|[_.-])keys?$|apikey"
    r"|(?:api|access|private|auth|secret|license|account|shared|master|signing)[_-]?key"
    r"|(?:^|[_-])pat$|^cf-access|cookie|webhook|signature|^sig$|pwd|schlüssel|passwor|[密令鑰钥牌]",
    re.IGNORECASE,
)
_IDS = compile_later(
    r"(?:sha(?:1|224|256|384|512)|md5|h1)[-:]|AAAA[A-Za-z0-9+/]{8}"
    r"|(?:req|msg|evt|run|trace|span|chatcmpl|toolu|call|resp|item|cus|sub|in|ch|pi|pm"
    r"|file|thread|asst|step|batch|ft|org|user|proj|conv|srvtoolu|container|session)[_-]"
    r"(?:[A-Za-z0-9]{1,30}|[0-9a-f-]{1,64})$"
)
# A picture, a host, a digest with its method; ids of more pieces than the last one.
_ID_BEFORE = compile_later(
    r"(?:base64,|://|\b(?:sha(?:1|224|256|384|512)|md5|h1|W/)[-:])$"
    r"|x-vercel-id|x-nf-request-id|arn:aws[\w-]*:|integrity",
    re.IGNORECASE,
)
# A short word and many digits are how issuers make keys that nobody mistakes.
_MADE = compile_later(
    r"(?:[a-z]{2,10}_|[a-z]{2,5}-)(?:[a-z0-9]{1,8}[_-])?[0-9a-f]{32,}"
)
_BEFORE, _BEHIND = 48, 40
# Accounts of images, runners and examples are nobody's name.
_NOBODY = r"(?:user|username|me|you|www|runner|node|app|ubuntu|vscode|jovyan|public)\b"
HOME = compile_later(
    r"(?P<lead>(?<![A-Za-z0-9._~-])(?<!user>)/(?:home|Users)/"
    r"|\b[A-Za-z]:(?:\\{1,4}|/)Users(?:\\{1,4}|/))"
    rf"(?P<user><user>|(?!{_NOBODY})[^\\/:*?\"'<>|\s]+"
    r"(?: [^\\/:*?\"'<>|\s]{1,40}(?=\\))?)"
)

# Words that follow "Bearer" in prose and in challenges, where there is no token.
_PROSE_WORDS = """
and as auth authentication authorization challenge credentials error failed field
for format found from header headers in information invalid is middleware missing
must not only or prefix provided realm required scheme schema support supported
token tokens type value was with
"""
_PROSE = frozenset(_PROSE_WORDS.split())
CHALLENGE_PARAMETERS = frozenset(
    ("realm", "scope", "error", "error_description", "error_uri", "resource_metadata")
)


def _is_pair(value: str) -> bool:
    """Tell whether something is the base64 of user:password, cut off or not."""
    try:
        decoded = b64decode(value[: len(value) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in decoded or is_random(value)


def credentials(match: re.Match[str]) -> str:
    """Hide what follows an authentication scheme, unless it is prose."""
    value = match["value"]
    name, equals, _ = value.partition("=")
    parameter = equals and (name.replace("_", "").isalpha() and name.islower())
    prose = parameter or value.lower().rstrip(".:") in _PROSE
    if match["scheme"].lower() == "basic":
        # "Basic" is an ordinary word; base64 of user:password never looks like one.
        bare = value.rstrip(".:")
        prose = prose or (bare.isalpha() and not _is_pair(bare))
    return match[0] if prose else replaced(match, "value", hide(value))


def opaque(match: re.Match[str]) -> str:
    """Hide a long run that looks random, or that the words around it call a secret.

    Digits in hexadecimal are hashes and ids as often as keys: they go only where a word
    before or behind them says so. A name that is one of an id keeps what it names.
    """
    run, text, start, end = match[0], match.string, *match.span()
    if text[start - 1 : start] == "\\" and run[0] in "nrt":
        # The letter belongs to an escape, behind which a line begins.
        return run[0] + _opaque(run[1:], "", text, end)
    before = text[max(0, start - _BEFORE) : start].rpartition("\n")[2]
    return _opaque(run, before, text, end)


def _opaque(run: str, before: str, text: str, end: int) -> str:
    hexadecimal = _HEX.fullmatch(max(run.split("/"), key=len)) is not None
    made = _MADE.fullmatch(run) is not None and text[end : end + 1] != "."
    if not (hexadecimal or made or _is_opaque(run)):
        return run
    if _IDS.match(run) or _ID_BEFORE.search(before):
        return run
    named = _NAME_OF_IT.search(before)
    name = named["name"] if named else ""
    if names_its_id(name):
        return run
    certain = not hexadecimal and len(run) >= 20
    called = _TELLS.search(name) or name.lower().startswith("x-")
    refused = _REFUSED.match(text, end, end + _BEHIND)
    return HIDDEN if certain or called or _NEAR.search(before) or refused else run


@lru_cache(maxsize=512)
def names_its_id(name: str) -> bool:
    """Tell whether a name is one of an id, a hash or a version, and of no secret."""
    return not _TELLS.search(name) and _NAMES_ITS_ID.search(name) is not None


def _is_opaque(run: str) -> bool:
    """Tell base64, in which slashes occur, from paths, which are made of them."""
    steps = run.split("/")
    if len(steps) == 1:
        return is_random(run)
    return are_random(steps) or (len(steps) == 2 and any(map(is_random, steps)))


def pair(match: re.Match[str]) -> str:
    """Hide the value of a parameter behind ? or &, unless it chooses among few."""
    named = _PAIR_NAME.match(match["lead"])
    if named and is_plain(named[1], match["value"]):
        return match[0]
    return match["lead"] + hide(match["value"])
