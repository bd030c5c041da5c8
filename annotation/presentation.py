"""An item and a rubric as a rater may see them: plain values for pages, API and preview.

What is hidden never comes in here: callers pass `Item.content`, which holds neither sources
nor slices nor meta, and fields are picked by name, so that a new one stays hidden (T09).
Responses are called `response_1` ... in the order shown; the mapping to the item's own order
(`side_order`) stays on the server (T02).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from accounts.canonical import content_hash
from annotation.rendering import PresentedText

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class PresentedCall:
    """A tool call: `name`, `arguments` and `result` as readable text (result None: not known)."""

    name: str
    arguments: str
    result: str | None

    @property
    def summary(self) -> str:
        """The arguments on one line, short."""
        line = " ".join(self.arguments.split())
        return line[:100] + ("…" if len(line) > 100 else "")


@dataclass(frozen=True)
class PresentedMessage:
    role: str
    text: PresentedText
    calls: tuple[PresentedCall, ...] = ()

    @property
    def role_label(self) -> str:
        known = {
            "system": _("System"),
            "developer": _("System"),
            "user": _("User"),
            "assistant": _("Assistant"),
            "tool": _("Tool"),
        }
        return known.get(self.role, self.role or _("Message"))


@dataclass(frozen=True)
class PresentedResponse:
    """`key` is what values call it, `letter` what people call it."""

    key: str
    letter: str
    text: PresentedText
    calls: tuple[PresentedCall, ...] = ()


@dataclass(frozen=True)
class PresentedContext:
    label: str
    text: PresentedText


@dataclass(frozen=True)
class PresentedItem:
    """Everything a rater sees of an item, in the order shown.

    `data` is the same as plain JSON values: {messages: [{role, content, tool_calls?}],
    responses: [{key, text, tool_calls?}], contexts: [{id?, title?, text}], tool_calls?,
    reference?}. The API sends it, and `display_hash` is its fingerprint.
    """

    data: dict[str, Any]
    messages: tuple[PresentedMessage, ...] = ()
    responses: tuple[PresentedResponse, ...] = ()
    contexts: tuple[PresentedContext, ...] = ()
    calls: tuple[PresentedCall, ...] = ()
    reference: PresentedText | None = None
    display_hash: str = field(default="")

    @property
    def is_compared(self) -> bool:
        return len(self.responses) > 1


def present_item(
    content: Mapping[str, Any],
    side_order: Sequence[int] | None = None,
    *,
    show_reference: bool = False,
    reference: Any = None,
) -> PresentedItem:
    """`content` of an Item with its responses in `side_order` (None or empty: as they stand).

    `side_order[i]` is the place in the item of the response shown at i. `reference` is
    looked at only when `show_reference`.
    """
    data = _shown_data(content, side_order)
    if show_reference and reference not in (None, "", [], {}):
        data["reference"] = reference
    return PresentedItem(
        data=data,
        messages=tuple(map(_message, data["messages"])),
        responses=tuple(
            PresentedResponse(
                each["key"], LETTERS[n % 26], PresentedText(each["text"]), _calls(each)
            )
            for n, each in enumerate(data["responses"])
        ),
        contexts=tuple(_context(n, each) for n, each in enumerate(data["contexts"])),
        calls=_calls(data),
        reference=PresentedText(readable(data["reference"])) if "reference" in data else None,
        display_hash=content_hash(data),
    )


def _shown_data(content: Mapping[str, Any], side_order: Sequence[int] | None) -> dict[str, Any]:
    responses = list(content.get("responses") or [])
    ordered = [responses[at] for at in side_order] if side_order else responses
    data: dict[str, Any] = {
        "messages": [
            _picked(each, ("role", "content", "tool_calls"))
            for each in content.get("messages") or []
        ],
        "responses": [
            {"key": f"response_{n}"} | _picked(each, ("text", "tool_calls"))
            for n, each in enumerate(ordered, start=1)
        ],
        "contexts": [
            {"text": each} if isinstance(each, str) else _picked(each, ("id", "title", "text"))
            for each in content.get("contexts") or []
        ],
    }
    if content.get("tool_calls"):
        data["tool_calls"] = _picked(content, ("tool_calls",))["tool_calls"]
    return data


def _picked(source: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    picked = {name: source[name] for name in names if source.get(name) is not None}
    if "tool_calls" in picked:
        picked["tool_calls"] = [
            {k: call[k] for k in ("name", "arguments", "result") if k in call}
            for call in picked["tool_calls"]
        ]
    return picked


def _message(each: Mapping[str, Any]) -> PresentedMessage:
    role, content = str(each.get("role", "")), each.get("content", "")
    text = _from_parts(content) if isinstance(content, list) else readable(content)
    return PresentedMessage(role, PresentedText(text), _calls(each))


def _from_parts(parts: Sequence[Any]) -> str:
    """A turn in parts as one text; a part that is not text is named, never loaded."""
    return "\n\n".join(
        str(part.get("text", ""))
        if part.get("type") == "text"
        else _("[%(kind)s not shown]") % {"kind": part.get("type", "?")}
        for part in parts
        if isinstance(part, Mapping)
    )


def _context(n: int, each: Mapping[str, Any]) -> PresentedContext:
    name = each.get("title") or each.get("id") or _("Context %(n)d") % {"n": n + 1}
    return PresentedContext(str(name), PresentedText(readable(each.get("text", ""))))


def _calls(holder: Mapping[str, Any]) -> tuple[PresentedCall, ...]:
    return tuple(
        PresentedCall(
            str(call.get("name", "")),
            _unpacked(call.get("arguments", "")),
            _unpacked(call["result"]) if "result" in call else None,
        )
        for call in holder.get("tool_calls", ())
    )


def _unpacked(value: object) -> str:
    """JSON that came as text is laid out like JSON that came as an object."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return readable(json.loads(value))
        except (ValueError, RecursionError):
            return value
    return readable(value)


def readable(value: object) -> str:
    """Text as it is, anything else as indented JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
