"""An item as a rater may see it, as plain values for the labeling page and its preview.

What is hidden never comes in here: callers pass `Item.content`, which holds neither sources
nor slices nor meta, and fields are picked by name, so that a new one stays hidden (T09).
Responses are called `response_1` ... in the order shown; the mapping to the item's own order
(`side_order`) stays on the server (T02). Parts have the names of annotation/parts.py.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from django.utils.translation import gettext as _

from annotation.citations import CitedText, Target, citation_targets
from annotation.parts import MAX_TURNS
from annotation.presented_calls import NOTHING, PresentedCall, present_call, readable, unpacked
from annotation.rendering import MAX_ITEM_STEPS, Allowance, PresentedText

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MAX_CONTEXTS: Final = 1_000
MANY_TURNS: Final = 6  # turns from which a conversation has ways to its ends
MANY_CONTEXTS: Final = 10  # contexts from which they can be filtered
OPEN_CONTEXTS: Final = 4  # up to so many stand open
FIRST_LINE: Final = 140
INSTRUCTIONS: Final = frozenset({"system", "developer"})


@dataclass(frozen=True)
class PresentedAttachment:
    """A file of the item. `place` is its number in its address; `url` is "" where none leads."""

    place: int
    kind: str
    description: str = ""
    url: str = ""

    @property
    def is_missing(self) -> bool:
        return self.kind == "missing"

    @property
    def label(self) -> str:
        """What to call it: its description, else its kind and number."""
        kinds = {"image": _("Image"), "audio": _("Sound"), "video": _("Video")}
        kind = kinds.get(self.kind, _("File"))
        return self.description or _("%(kind)s %(n)d") % {"kind": kind, "n": self.place}


@dataclass(frozen=True)
class PresentedMessage:
    """`part` is what judgments call it, `number` what people call it."""

    role: str
    text: PresentedText
    calls: tuple[PresentedCall, ...] = ()
    number: int = 1
    attachments: tuple[PresentedAttachment, ...] = ()

    @property
    def part(self) -> str:
        return f"turn_{self.number}"

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

    @property
    def look(self) -> str:
        """user, assistant, tool or other: how the turn is drawn."""
        return self.role if self.role in ("user", "assistant", "tool") else "other"

    @property
    def is_folded(self) -> bool:
        """Instructions to the model stand behind the conversation."""
        return self.role in INSTRUCTIONS

    @property
    def first_line(self) -> str:
        return first_line(self.text.source)

    @property
    def shows_text(self) -> bool:
        return not self.text.is_empty or not (self.calls or self.attachments)


@dataclass(frozen=True)
class PresentedResponse:
    """`key` is what values call it, `letter` what people call it."""

    key: str
    letter: str
    text: PresentedText
    calls: tuple[PresentedCall, ...] = ()
    attachments: tuple[PresentedAttachment, ...] = ()


@dataclass(frozen=True)
class PresentedContext:
    label: str
    text: PresentedText
    number: int = 1
    is_open: bool = True

    @property
    def first_line(self) -> str:
        return first_line(self.text.source)


@dataclass(frozen=True)
class PresentedItem:
    """Everything a rater sees of an item, in the order shown."""

    messages: tuple[PresentedMessage, ...] = ()
    responses: tuple[PresentedResponse, ...] = ()
    contexts: tuple[PresentedContext, ...] = ()
    calls: tuple[PresentedCall, ...] = ()
    reference: PresentedText | None = None
    attachments: tuple[PresentedAttachment, ...] = ()
    n_turns: int = 0
    n_contexts: int = 0

    @property
    def is_compared(self) -> bool:
        return len(self.responses) > 1

    @property
    def has_difference(self) -> bool:
        """Whether there are two texts to compare: responses, or one and the reference."""
        return self.is_compared or (bool(self.responses) and self.reference is not None)

    @property
    def _holders(self) -> "tuple[PresentedItem | PresentedMessage | PresentedResponse, ...]":
        """What may hold tool calls and attachments."""
        return (self, *self.messages, *self.responses)

    @property
    def n_calls(self) -> int:
        return sum(len(holder.calls) for holder in self._holders)

    @property
    def is_long_conversation(self) -> bool:
        return len(self.messages) > MANY_TURNS

    @property
    def has_many_contexts(self) -> bool:
        return len(self.contexts) > MANY_CONTEXTS

    @property
    def has_images(self) -> bool:
        kinds = {each.kind for holder in self._holders for each in holder.attachments}
        return "image" in kinds

    @property
    def first_part(self) -> str:
        return self.messages[0].part if self.messages else ""

    @property
    def last_part(self) -> str:
        return self.messages[-1].part if self.messages else ""


@dataclass(frozen=True)
class _Reader:
    """What the parts of one item need to know of the whole.

    allowance: what its texts but the responses may take together to be drawn. Each response has
    an equal share of another one: none is shown plain because of what stands before it.
    """

    targets: Mapping[str, Target]
    attachments: Sequence[tuple[Mapping[str, Any], PresentedAttachment]]
    results: Mapping[str, Any]
    steps: Iterator[int] = field(default_factory=lambda: count(1))
    allowance: Allowance = field(default_factory=Allowance)

    def cited(self, source: str, part: str, allowance: Allowance | None = None) -> PresentedText:
        allowance = allowance or self.allowance
        if not self.targets:
            return PresentedText(source, allowance=allowance)
        return CitedText(source, part, self.targets, allowance=allowance)

    def calls(self, holder: Mapping[str, Any], response: str = "") -> tuple[PresentedCall, ...]:
        steps = count(1) if response else self.steps
        prefix = f"{response}_" if response else ""
        return tuple(
            present_call(call, f"{prefix}step_{n}", self.results.get(str(call.get("id")), NOTHING))
            for call, n in zip(holder.get("tool_calls") or (), steps, strict=False)
        )

    def files(self, name: str, value: Any) -> tuple[PresentedAttachment, ...]:
        """The attachments whose `name` (response or turn) is `value`."""
        return tuple(shown for given, shown in self.attachments if given.get(name) == value)


def present_shown(
    shown: Mapping[str, Any], *, files_at: str = "", own_places: Sequence[int] = ()
) -> PresentedItem:
    """What annotation/display.py made of an item for one rater, ready for templates.

    `files_at` is the address below which attachments lie by their places; "": none can be seen.
    `own_places` are their places in the item where that address goes by them.
    """
    return present_item(
        shown,
        show_reference=True,
        reference=shown.get("reference"),
        files_at=files_at,
        own_places=own_places,
    )


def present_item(
    content: Mapping[str, Any],
    side_order: Sequence[int] | None = None,
    *,
    show_reference: bool = False,
    reference: Any = None,
    files_at: str = "",
    own_places: Sequence[int] = (),
) -> PresentedItem:
    """`content` of an Item with its responses in `side_order` (None or empty: as they stand).

    `side_order[i]` is the place in the item of the response shown at i. `reference` is
    looked at only when `show_reference`. Attachments are shown where `content` is what
    annotation/display.py made.
    """
    messages = list(content.get("messages") or [])
    contexts = list(content.get("contexts") or [])
    responses = list(content.get("responses") or [])
    ordered = [responses[at] for at in side_order] if side_order else responses
    shows = show_reference and reference not in (None, "", [], {})
    reader = _Reader(
        targets=citation_targets(contexts[:MAX_CONTEXTS]),
        attachments=_attachments(content.get("attachments") or (), files_at, own_places),
        results=_results(messages),
    )
    return PresentedItem(
        messages=tuple(_messages(messages[:MAX_TURNS], reader)),
        calls=reader.calls(content),
        responses=tuple(_responses(ordered, reader)),
        contexts=tuple(_contexts(contexts[:MAX_CONTEXTS], reader)),
        reference=PresentedText(readable(reference), allowance=reader.allowance) if shows else None,
        attachments=tuple(
            shown
            for given, shown in reader.attachments
            if "response" not in given and "turn" not in given
        ),
        n_turns=len(messages),
        n_contexts=len(contexts),
    )


def first_line(source: str) -> str:
    """The beginning of a text on one line, for a folded part's line."""
    start = source[: FIRST_LINE * 4]
    line = " ".join(start.split())
    has_more = len(line) > FIRST_LINE or len(source) > len(start)
    return line[:FIRST_LINE] + ("…" if has_more else "")


def _attachments(
    given: Iterable[Mapping[str, Any]], files_at: str, own_places: Sequence[int]
) -> tuple[tuple[Mapping[str, Any], PresentedAttachment], ...]:
    def presented(each: Mapping[str, Any]) -> PresentedAttachment:
        place, kind = int(each["place"]), str(each.get("kind", "file"))
        at = own_places[place - 1] if own_places else place
        url = f"{files_at}{at}/" if files_at and kind != "missing" else ""
        return PresentedAttachment(place, kind, str(each.get("description") or ""), url)

    return tuple((each, presented(each)) for each in given if "place" in each)


def _results(messages: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """{id of a call: what a message of the tool answered}."""
    return {
        str(message["tool_call_id"]): unpacked(_text_of(message))
        for message in messages
        if message.get("role") == "tool" and message.get("tool_call_id")
    }


def _messages(messages: Iterable[Mapping[str, Any]], reader: _Reader) -> Iterator[PresentedMessage]:
    """Turns; a tool's answer stands with its call and not once more as a turn of its own."""
    called: set[str] = set()
    for number, message in enumerate(messages, start=1):
        called |= {str(call.get("id")) for call in message.get("tool_calls") or ()}
        role = str(message.get("role", ""))
        if role == "tool" and str(message.get("tool_call_id")) in called:
            continue
        yield PresentedMessage(
            role=role,
            text=reader.cited(_text_of(message), f"turn_{number}"),
            calls=reader.calls(message),
            number=number,
            attachments=reader.files("turn", number),
        )


def _text_of(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return _from_parts(content)
    return "" if content is None else readable(content)


def _from_parts(parts: Sequence[Any]) -> str:
    """A turn in parts as one text; what is neither text nor attachment is named, never loaded."""
    return "\n\n".join(
        str(part.get("text", ""))
        if part.get("type") == "text"
        else _("[%(kind)s not shown]") % {"kind": part.get("type", "?")}
        for part in parts
        if isinstance(part, Mapping) and part.get("type") != "attachment"
    )


def _responses(
    responses: Sequence[Mapping[str, Any]], reader: _Reader
) -> Iterator[PresentedResponse]:
    for n, each in enumerate(responses, start=1):
        key = f"response_{n}"
        share = Allowance(MAX_ITEM_STEPS // len(responses))
        yield PresentedResponse(
            key=key,
            letter=LETTERS[(n - 1) % 26],
            text=reader.cited(readable(each.get("text", "")), key, share),
            calls=reader.calls(each, key),
            attachments=reader.files("response", key),
        )


def _contexts(
    contexts: Sequence[str | Mapping[str, Any]], reader: _Reader
) -> Iterator[PresentedContext]:
    for number, given in enumerate(contexts, start=1):
        each = {"text": given} if isinstance(given, str) else given
        name = each.get("title") or each.get("id") or _("Context %(n)d") % {"n": number}
        yield PresentedContext(
            label=str(name),
            text=PresentedText(readable(each.get("text", "")), allowance=reader.allowance),
            number=number,
            is_open=len(contexts) <= OPEN_CONTEXTS,
        )
