"""The parts of an item: messages, responses, contexts, slices, meta."""

from typing import Any
from urllib.parse import urlsplit

from .checks import Checker
from .item_attachments import read_file
from .problems import gettext_noop

MESSAGE_FIELDS = ("role", "content", "name", "tool_calls", "tool_call_id")
RESPONSE_FIELDS = ("model", "text", "url", "tool_calls")
CONTEXT_FIELDS = ("id", "title", "text", "url")
CALL_FIELDS = (
    "id", "type", "function", "name", "arguments", "result", "error", "duration_seconds",
)  # fmt: skip
MEDIA_PARTS = ("image_url", "image", "input_audio", "audio", "video", "file")
SCHEMES = ("http", "https")

NONE_GIVEN = gettext_noop("The list is empty. Give at least one entry.")
NO_ROLE = gettext_noop("The message does not say who speaks. Give it a role.")
NOT_SECONDS = gettext_noop("The duration is not a number of seconds. Write it like 0.42.")
NO_CONTENT = gettext_noop("The message has neither content nor tool calls. Give it content.")
PART_TYPE = gettext_noop("The type of this part is not known. Use one of: %(known)s.")
NOT_ADDRESS = gettext_noop("The address must begin with http:// or https://.")
NO_NAME = gettext_noop("The tool call does not name its function. Give it a name.")
SLICE_VALUE = gettext_noop(
    "The value is %(kind)s. A slice has a text, a number or true or false as its value."
)
SLICE_NAME = gettext_noop("The slice has no name. Name it or remove it.")


def read_messages(value: object, check: Checker) -> list[dict[str, Any]]:
    entries = check.entries("messages", value, check.limits.messages)
    if value == []:
        check.add("messages", NONE_GIVEN)
    return [_message(f"messages[{n}]", each, check) for n, each in enumerate(entries)]


def _message(path: str, value: object, check: Checker) -> dict[str, Any]:
    message = check.members(path, value)
    if not isinstance(value, dict):
        return {}
    check.known(path, message, MESSAGE_FIELDS)
    # A role that nobody knows is shown under its own name; annotation/problems.py names it.
    role = check.name(f"{path}.role", message.get("role"))
    if message.get("role") == "":
        check.add(f"{path}.role", NO_ROLE)
    read: dict[str, Any] = {"role": role}
    calls = _tool_calls(path, message.get("tool_calls"), check)
    if message.get("content") is not None:
        read["content"] = _content(f"{path}.content", message["content"], check)
    elif not calls:
        check.add(f"{path}.content", NO_CONTENT)
    if calls:
        read["tool_calls"] = calls
    for name in ("name", "tool_call_id"):
        if message.get(name) is not None:
            read[name] = check.name(f"{path}.{name}", message[name])
    return read


def _content(path: str, value: object, check: Checker) -> Any:
    """A text, or parts; parts that are all text stay parts: the turn is shown so."""
    if not isinstance(value, list):
        return check.text(path, value)
    parts = check.entries(path, value, check.limits.messages)
    return [_part(f"{path}[{n}]", each, check) for n, each in enumerate(parts)]


def _part(path: str, value: object, check: Checker) -> dict[str, Any]:
    part = check.members(path, value)
    kind = part.get("type")
    if kind == "text":
        check.known(path, part, ("type", "text"))
        return {"type": "text", "text": check.text(f"{path}.text", part.get("text"))}
    if kind not in MEDIA_PARTS:
        check.add(f"{path}.type", PART_TYPE, known=", ".join(("text", *MEDIA_PARTS)))
        return {}
    check.known(path, part, ("type", kind, "url", "name", "detail", "description"))
    address = part.get(kind, part.get("url"))
    if isinstance(address, dict):
        address = address.get("url")
    if address is None and part.get("name") is not None:
        return {"type": kind, **read_file(path, part, check)}
    read = {"type": kind, "url": _address(f"{path}.{kind}", address, check)}
    if part.get("name") is not None:
        read["name"] = check.name(f"{path}.name", part["name"])
    return read


def _address(path: str, value: object, check: Checker) -> str:
    address = check.text(path, value)
    if not isinstance(value, str):
        return address
    try:
        scheme, host = urlsplit(address).scheme, urlsplit(address).netloc
    except ValueError:
        scheme, host = "", ""
    if scheme not in SCHEMES or not host:
        check.add(path, NOT_ADDRESS)
    return address


def _tool_calls(path: str, value: object, check: Checker) -> list[dict[str, Any]]:
    path = f"{path}.tool_calls"
    entries = check.entries(path, value, check.limits.messages)
    return [_tool_call(f"{path}[{n}]", each, check) for n, each in enumerate(entries)]


def _tool_call(path: str, value: object, check: Checker) -> dict[str, Any]:
    """One call, flat: {id?, name, arguments, result?}.

    Both {name, arguments} and {type, function: {name, arguments}} are read.
    Arguments stay what they are, a text of JSON or an object.
    """
    call = check.members(path, value)
    if not isinstance(value, dict):
        return {}
    check.known(path, call, CALL_FIELDS)
    inner = check.members(f"{path}.function", call.get("function")) or call
    if not isinstance(inner.get("name"), str) or not inner["name"]:
        check.add(f"{path}.name", NO_NAME)
        return {}
    read: dict[str, Any] = {"name": check.name(f"{path}.name", inner["name"])}
    if call.get("id") is not None:
        read["id"] = check.name(f"{path}.id", call["id"])
    read["arguments"] = check.json(f"{path}.arguments", inner.get("arguments", {}))
    for name in ("result", "error"):
        if name in call:
            read[name] = check.json(f"{path}.{name}", call[name])
    if call.get("duration_seconds") is not None:
        read["duration_seconds"] = _seconds(f"{path}.duration_seconds", call, check)
    return read


def _seconds(path: str, call: dict[str, Any], check: Checker) -> float:
    value = call["duration_seconds"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        check.add(path, NOT_SECONDS)
        return 0
    return value


def read_responses(value: object, check: Checker) -> list[dict[str, Any]]:
    entries = check.entries("responses", value, check.limits.responses)
    if value == []:
        check.add("responses", NONE_GIVEN)
    return [_response(f"responses[{n}]", each, check) for n, each in enumerate(entries)]


def _response(path: str, value: object, check: Checker) -> dict[str, Any]:
    response = check.members(path, value)
    if not isinstance(value, dict):
        return {}
    check.known(path, response, RESPONSE_FIELDS)
    read: dict[str, Any] = {"text": check.text(f"{path}.text", response.get("text"))}
    if response.get("model") is not None:
        read["model"] = check.name(f"{path}.model", response["model"])
    if response.get("url") is not None:
        read["url"] = _address(f"{path}.url", response["url"], check)
    if calls := _tool_calls(path, response.get("tool_calls"), check):
        read["tool_calls"] = calls
    return read


def read_contexts(value: object, check: Checker) -> list[dict[str, Any]]:
    entries = check.entries("contexts", value, check.limits.contexts)
    return [_context(f"contexts[{n}]", each, check) for n, each in enumerate(entries)]


def _context(path: str, value: object, check: Checker) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {"text": check.text(path, value)}
    check.known(path, value, CONTEXT_FIELDS)
    read = {"text": check.text(f"{path}.text", value.get("text"))}
    for name in ("id", "title"):
        if value.get(name) is not None:
            read[name] = check.name(f"{path}.{name}", value[name])
    if value.get("url") is not None:
        read["url"] = _address(f"{path}.url", value["url"], check)
    return read


def read_slices(value: object, check: Checker) -> dict[str, str]:
    """Names and values as text: `true`, `3`, `0.5`; what is null is left out."""
    slices = check.members("slices", value)
    if len(slices) > check.limits.slices:
        check.entries("slices", list(slices), check.limits.slices)
        return {}
    read = {}
    for name, each in slices.items():
        if not name.strip():
            check.add("slices", SLICE_NAME)
        elif each is not None:
            read[check.name("slices", name)] = _slice_value(f"slices.{name}", each, check)
    return read


def _slice_value(path: str, value: object, check: Checker) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        check.not_finite(path, value)
        return str(value)
    if not isinstance(value, str):
        check.add(path, SLICE_VALUE, kind=check.kind(value))
        return ""
    return check.name(path, value)


def read_meta(value: object, check: Checker) -> dict[str, Any]:
    meta = check.members("meta", value)
    return check.json("meta", meta) or {}
