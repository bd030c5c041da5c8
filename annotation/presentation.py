"""An item as a rater may see it, as plain values for the labeling page and its preview.

What is hidden never comes in here: callers pass `Item.content`, which holds neither sources
nor slices nor meta, and fields are picked by name, so that a new one stays hidden (T09).
Responses are called `response_1` ... in the order shown; the mapping to the item's own order
(`side_order`) stays on the server (T02).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

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
    """Everything a rater sees of an item, in the order shown."""

    messages: tuple[PresentedMessage, ...] = ()
    responses: tuple[PresentedResponse, ...] = ()
    contexts: tuple[PresentedContext, ...] = ()
    calls: tuple[PresentedCall, ...] = ()
    reference: PresentedText | None = None

    @property
    def is_compared(self) -> bool:
        return len(self.responses) > 1


def present_shown(shown: Mapping[str, Any]) -> PresentedItem:
    """What annotation/display.py made of an item for one rater, ready for templates."""
    return present_item(shown, show_reference=True, reference=shown.get("reference"))


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
    responses = list(content.get("responses") or [])
    ordered = [responses[at] for at in side_order] if side_order else responses
    shows = show_reference and reference not in (None, "", [], {})
    return PresentedItem(
        messages=tuple(map(_message, content.get("messages") or [])),
        responses=tuple(_response(n, each) for n, each in enumerate(ordered)),
        contexts=tuple(_context(n, each) for n, each in enumerate(content.get("contexts") or [])),
        calls=_calls(content),
        reference=PresentedText(readable(reference)) if shows else None,
    )


def _response(n: int, each: Mapping[str, Any]) -> PresentedResponse:
    text = PresentedText(readable(each.get("text", "")))
    return PresentedResponse(f"response_{n + 1}", LETTERS[n % 26], text, _calls(each))


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


def _context(n: int, each: str | Mapping[str, Any]) -> PresentedContext:
    if isinstance(each, str):
        each = {"text": each}
    name = each.get("title") or each.get("id") or _("Context %(n)d") % {"n": n + 1}
    return PresentedContext(str(name), PresentedText(readable(each.get("text", ""))))


def _calls(holder: Mapping[str, Any]) -> tuple[PresentedCall, ...]:
    return tuple(
        PresentedCall(
            str(call.get("name", "")),
            _unpacked(call.get("arguments", "")),
            _unpacked(call["result"]) if "result" in call else None,
        )
        for call in holder.get("tool_calls") or ()
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
