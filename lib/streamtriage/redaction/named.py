"""Values whose name says that they are secret."""

from __future__ import annotations

import re

from streamtriage.on_first_use import compile_later
from streamtriage.redaction.fields import shown
from streamtriage.redaction.marks import HIDDEN, MARKER, hide, label_once, replaced
from streamtriage.redaction.urls import safe_segment

_SESSION_NAME = r"mcp-session-id|sess(?:ion)?[_-]?id"
_STRONG_NAME = (
    r"passw(?:or)?d|passphrase|passcode|passwort|kennwort|contraseña|mot de passe|senha"
    r"|пароль|密码|密碼|口令|パスワード|비밀번호"
    r"|pwd(?=[\"']?\s{0,8}[:=]\s{0,8}[\"']?[^\s/\"'])"
    r"|[_-]pass(?=[\"']?\s{0,2}[:=])"
    # accesskey="n" is HTML's name for a key to press.
    r"|(?:api|access(?!key=)|functions|private|secret|signing|encryption|subscription"
    r"|master|license|account|shared|auth)[_-]?key(?:[_-]?id)?"
    r"|client[_-]?secret|authorization|cookie|_auth"
)
_WEAK_NAME = (
    r"token|secret|credentials?|assertion|code[_-]?verifier"
    r"|schlüssel|密钥|密鑰|金鑰|令牌"
)
_NAME = f"(?:(?P<session>{_SESSION_NAME})|(?P<strong>{_STRONG_NAME})|(?:{_WEAK_NAME}))"
SENSITIVE_KEY = compile_later(f"{_NAME}$", re.IGNORECASE)
# Of each such name a part that is spelled one way; texts without one are passed over.
_ANCHORS = """
sess pass pwd kennwort contraseña senha пароль 密 口令 パスワード 비밀번호 key
auth secret token cookie credential assertion verifier schlüssel 金鑰 令牌
"""
NAME_ANCHORS = tuple(_ANCHORS.split())

# "name": "value", 'name' => 'value', name="value", ["name", "value"], the pair of a
# list {"name": …, "value": …}, and the same with escaped quotes. All gaps are bounded
# so that no input makes the search quadratic.
QUOTED = compile_later(
    rf"""{_NAME}(?:\\*["']\s{{0,8}}(?:=>|[:=,\uff1a])|\s{{0,8}}(?:=>|[:=\uff1a]))"""
    r"""\s{0,8}(?:\\*["']value\\*["']\s{0,8}:\s{0,8})?\[?\s{0,8}b?(?:"""
    r"""(?P<quote>["'])(?P<plain>(?:\\.|(?!(?P=quote))[^\n\\])*)"""
    r"""|(?P<escape>\\+["'])(?P<inner>(?:(?!(?<!\\)(?P=escape))[^\n])*))""",
    re.IGNORECASE,
)
BARE = compile_later(
    rf"""{_NAME}["']?\s{{0,8}}(?P<sign>[:=\uff1a])(?P<gap>\s{{0,8}})(?!=|>)"""
    rf"""(?P<value>(?:{MARKER}|[^\s"'&])+)""",
    re.IGNORECASE,
)
# <apiKey>value</apiKey>
ELEMENT = compile_later(
    rf"{_NAME}\s{{0,4}}>(?P<value>[^<>\n]{{4,400}}+)</", re.IGNORECASE
)
# --api-key value, as mcp-remote, npx and curl take it.
FLAG = compile_later(
    r"(?<![A-Za-z0-9-])--?[a-z0-9-]{0,30}?"
    r"(?:key|token|secret|password|passwd|pass|pat|bearer|credentials?|auth)"
    r"(?P<gap>[ \t]{1,4}|=)(?P<quote>\\?[\"']?)"
    rf"(?P<value>(?:{MARKER}|[^\s\"'\\-])(?:{MARKER}|[^\s\"'\\])+)",
    re.IGNORECASE,
)
# curl -u user:password, also --user, --proxy-user.
USER = compile_later(
    r"(?<![A-Za-z0-9-])(?:-u|--user|--proxy-user|-U)(?:[ \t]{1,4}|=)"
    r"(?P<quote>\\?[\"']?)"
    r"(?P<user>[^\s\"'\\:]{1,100}):(?P<value>[^\s\"'\\]{3,})"
)
# -H 'X-Custom: value', --header x-custom:value: what a person gives to their client.
GIVEN_HEADER = compile_later(
    r"(?<![A-Za-z0-9-])(?:-H|--header)(?:[ \t]{1,4}|=|[\"'],\s{0,4})"
    r"(?P<quote>\\?[\"']?)"
    r"(?P<name>[A-Za-z][A-Za-z0-9_-]{0,60})\s{0,2}[:=]\s{0,2}"
    rf"(?P<value>(?:{MARKER}|[^\s\"'\\])+(?:[ ](?:{MARKER}|[^\s\"'\\])+(?=[\"']))?)"
)
# "the password is hunter2", "Das Passwort lautet hunter2", 密码是hunter2
SAID = compile_later(
    rf"{_NAME}(?:\s{{1,2}}(?:is|was|lautet|ist|war|es|est|é)\s{{1,2}}|\s?[是为為は]\s?)"
    r"[\"'“„«`]?(?P<value>[^\s\"'”“«»`,;]{4,})",
    re.IGNORECASE,
)
HEADER_LINE = compile_later(
    r"""(?P<outer>["'])?(?P<name>(?:proxy-)?authorization|(?:set-)?cookie)"""
    r"""\s{0,8}:\s{0,8}(?!["'\s])"""
    r"""(?P<value>(?(outer)(?:(?!(?P=outer))[^\n])*|[^\n]*))""",
    re.IGNORECASE,
)
_LINES = ("authorization", "cookie")
_NO_VALUE = ("", "null", "none", "true", "false", "undefined")
_COOKIE_NAME = compile_later(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_COOKIE_ATTRIBUTES = frozenset(
    ("path", "domain", "max-age", "expires", "samesite", "priority", "version")
)


# Names of what leads on through a list, or of a parser's piece: no credential.
_HARMLESS_NAME = compile_later(
    r"(?:client[_-]?request|next|previous|prev|page|paging|pagination|continuation|sync|resume|input|output"
    r"|start|starting|cancel|cancellation|progress|max|min|num|total|completion|prompt|eos"
    r"|bos|pad|mask|unk|sep|cls|end|stop|special|public|primary|foreign|cache|sort"
    r"|partition|deprecated|decoded|csrf_?cookie_?name)[A-Za-z]{0,12}[_-]?$",
    re.IGNORECASE,
)
_BEFORE = 40
_NAME_BEFORE = compile_later(r"[A-Za-z0-9_-]*$")
# Code and documentation say what is secret, and give no secret: a call, a list, an
# attribute, a type, another variable.
_CALL = compile_later(r"[A-Za-z_][A-Za-z_.:>-]*[(\[{<]|[A-Za-z_]\w*[._]\w[\w.]*\(")
_ATTRIBUTE = compile_later(
    r"(?:self|cls|this|args|options|opts|params|config|cfg|settings|conf|ctx|context"
    r"|event|req|request|resp|response|result|data|env|process|os|props|state|kwargs|user"
    r"|auth|client|session|parsed|kw|obj|module|_[A-Za-z_]+)\.[A-Za-z_.?!]+[A-Za-z_]?"
    r"|(?-i:[A-Z][a-z]+(?:\.[A-Z][A-Za-z]+)+)"
    r"|[A-Za-z_]+\.[A-Za-z_.]*(?:key|token|secret|passw(?:or)?d|auth|credentials?)",
    re.IGNORECASE,
)
_TELLING_WORD = compile_later(
    r"passw(?:or)?d|passphrase|token|secret|key|cred(?:ential)?s?|auth|cookie|pwd|pass"
    r"|session",
    re.IGNORECASE,
)
_VARIABLE_NAME = compile_later(r"_*[A-Za-z]+(?:_+[A-Za-z]+)*_*|[a-z]+(?:[A-Z][a-z]+)+")
_SIGNS_OF_CODE = compile_later(r"[(\[{<$%*@`|/\\.+!?-]")
# What stands after "password:" and "token =" in code, documentation and messages.
_SAID_INSTEAD = """
a all an and any anystr as at await be bearer bool boolean by bytes callable can
cannot char chars const data def default dict do does else empty error expected
expired false field file for found from function given has header id if in incorrect
input int integer invalid is it item lambda len let line list literal match missing
must my name new no none not null number object of on one only optional or other out
output param path prompt property read readonly required result return returns row
secretstr set sha256 should static str string structure support supported t text that
the this to true type typing unexpected union unknown used user val valid value values
var void was when which with word wrong x xxx y yield you your
"""
_WORDS = frozenset(_SAID_INSTEAD.split())
_PLACEHOLDER = compile_later(
    r"<[^<>]*>?|\[[^\[\]]*\]?|\{.*\}|%\(?\w+\)?[s%]|\$[({].*|\$[A-Z_]+|[*.•xX-]{3,}"
    r"|(?:your|insert|replace|example|dummy|placeholder)(?:[_ -]?[A-Za-z]+)+"
    r"|my[_-]?(?:[A-Za-z]+[_-])?(?:key|token|secret|password)"
    r"|[A-Z]+(?:_[A-Z]+)+|changeme|redacted|example|placeholder|todo",
    re.IGNORECASE,
)
_CAPITALS = compile_later(r"[A-Z]+(?:_[A-Z]+)+")


def _harmless(match: re.Match[str]) -> bool:
    """Tell whether the name belongs to paging, parsing or a cache."""
    if match["session"] or match["strong"]:
        return False
    start = match.start()
    before = match.string[max(0, start - _BEFORE) : start]
    named = _NAME_BEFORE.search(before)
    return bool(named and _HARMLESS_NAME.search(named[0]))


def _is_name(value: str) -> bool:
    """Tell whether a value is the name of a variable that holds it, or of a key."""
    return bool(_VARIABLE_NAME.fullmatch(value) and _TELLING_WORD.search(value)) and (
        "_" in value.strip("_")
        or bool(_TELLING_WORD.fullmatch(value.strip("_")))
        or not (value.islower() or value.isupper())
    )


_COMMA = compile_later(r"[\"'],\s{0,8}\[?\s{0,8}b?\\*[\"']$")
_LIKE_ONE = compile_later(r"[0-9=]|^(?:bearer|basic|token|digest)\s", re.IGNORECASE)
_GOES_ON = compile_later(r" [a-z]{1,12}\b")
_COLOUR = compile_later(r"#[0-9A-Fa-f]{3,8}")


def _stands_for_one(value: str) -> bool:
    """Tell whether a value only says that a secret belongs here."""
    return (
        _is_name(value)
        or value.lower() in _WORDS
        or _CAPITALS.fullmatch(value) is not None
        or _PLACEHOLDER.fullmatch(value) is not None
    )


def _unless(harmless: object, match: re.Match[str], group: str = "value") -> str:
    return match[0] if harmless else replaced(match, group, hide(match[group]))


def quoted(match: re.Match[str]) -> str:
    """Hide the quoted value of a telling name."""
    group = "inner" if match["plain"] is None else "plain"
    value = match[group]
    if match["session"]:
        certain = len(value) > 4 and not _is_name(value)
        return replaced(match, group, label_once(value)) if certain else match[0]
    # Two strings of a list are a name and its value only if the second looks like one.
    listed = _COMMA.search(match.string[match.start() : match.start(group)])
    in_a_list = listed and not _LIKE_ONE.search(value)
    prose = not match["strong"] and value.strip().count(" ") > 1
    words = _is_name(value) or value.lower() in _WORDS or _CAPITALS.fullmatch(value)
    short = len(value) < 3 or _COLOUR.fullmatch(value)
    return _unless(
        in_a_list or prose or words or short or _harmless(match), match, group
    )


def _is_code(match: re.Match[str], value: str) -> bool:
    """Tell whether a bare value is a piece of code, or goes on as a sentence."""
    if _CALL.match(value) or _ATTRIBUTE.fullmatch(value) or value[0] in "([{<`":
        return True
    if _stands_for_one(value):
        return True
    if not (match["gap"] and value.isalpha() and value.islower()):
        return False
    after = match.string[match.end() : match.end() + 24]
    in_a_sentence = match["sign"] == ":" and _GOES_ON.match(after)
    return bool(in_a_sentence or (match["sign"] == "=" and not match["strong"]))


def bare(match: re.Match[str]) -> str:
    """Hide the unquoted value of a telling name, unless it is prose or code."""
    value = match["value"].rstrip(",;}])")
    # Credentials and cookies may hold blanks: the rule for header lines has seen them.
    a_line = match["sign"] == ":" and (match["strong"] or "").lower() in _LINES
    a_number = len(value) < 3 and value.isdigit()
    nothing = not value or value.lower() in _NO_VALUE
    if a_line or a_number or nothing or _is_code(match, value) or _harmless(match):
        return match[0]
    # "invalid token: expired" is prose; "token: 8f3a91c2" is not.
    telling = len(value) >= 8 and (not value.isalpha() or len(value) >= 20)
    certain = match["strong"] or (match["session"] or "").lower().startswith("mcp")
    if match["sign"] != "=" and not certain and not telling:
        return match[0]
    if match["session"]:
        tail = match["value"][len(value) :]
        return replaced(match, "value", label_once(value) + tail)
    return replaced(match, "value", hide(match["value"]))


def element(match: re.Match[str]) -> str:
    """Hide the content of an XML element with a telling name."""
    value = match["value"].strip()
    return _unless(_stands_for_one(value) or value.count(" ") > 1, match)


def flag(match: re.Match[str]) -> str:
    """Hide what follows an option with a telling name, unless it stands for a value."""
    value = match["value"]
    a_word = value.isalpha() and len(value) < 20
    prose = a_word and (match["gap"] != "=" or value.isupper())
    return _unless(prose or _stands_for_one(value), match)


def user(match: re.Match[str]) -> str:
    """Hide the password of `--user name:password`; `1000:1000` is none."""
    value = match["value"]
    ids = value.isdigit() and match["user"].isdigit()
    return _unless(ids or (value.isalpha() and value.isupper()), match)


def given_header(match: re.Match[str]) -> str:
    """Hide the value of a header that a person gave, unless it may be shown."""
    name, value = match["name"].lower(), match["value"].rstrip("`,.;)")
    plain = len(value) < 8 or value.isalpha() or "/" in value.partition(";")[0][:24]
    public = shown(name) or name in _NEGOTIATED
    return _unless(public or plain or _stands_for_one(value), match)


_NEGOTIATIONS = """
accept accept-encoding accept-language expect host if-none-match last-event-id origin
range referer te user-agent x-forwarded-for
"""
_NEGOTIATED = frozenset(_NEGOTIATIONS.split())


def said(match: re.Match[str]) -> str:
    """Hide what a sentence says that a secret is."""
    value = match["value"].rstrip(".!?:)")
    telling = len(value) >= 6 and any(map(str.isdigit, value)) and not value.isdigit()
    return _unless(not telling, match)


def cookie_names(value: str) -> str:
    """Keep the names, which tell load balancers apart, and hide the values."""
    pieces = (piece.strip().partition("=") for piece in re.split("[;,]", value))
    names = [
        name
        for name, equals, _ in pieces
        if equals
        and name.lower() not in _COOKIE_ATTRIBUTES
        and _COOKIE_NAME.fullmatch(name)
        and safe_segment(name) == name
    ]
    return "; ".join(f"{name}={HIDDEN}" for name in names) or hide(value)


def header_line(match: re.Match[str]) -> str:
    """Hide the credentials of one header line, to its end."""
    cookie = match["name"].lower().endswith("cookie")
    value = match["value"]
    return replaced(match, "value", cookie_names(value) if cookie else hide(value))
