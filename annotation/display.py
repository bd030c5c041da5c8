"""An item as one rater may see it: allowed fields only, responses in the rater's own order.

Whatever is not named here stays on the server (T01, T09): sources, models, slices, metadata,
ids, other people's work, and the names of files, which may name a model (T02).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.canonical import content_hash
from annotation.models import Item

MESSAGE_FIELDS = ("role", "content", "tool_calls", "tool_call_id")
RESPONSE_FIELDS = ("text", "tool_calls")
CONTEXT_FIELDS = ("id", "title", "text")
ATTACHMENT_FIELDS = ("kind", "description", "turn")


def displayed_item(
    item: Item, side_order: Sequence[int], *, shows_reference: bool = False
) -> dict[str, Any]:
    """{messages, responses, contexts, tool_calls?, attachments?, reference?}, for page and API."""
    content: Mapping[str, Any] = item.content
    responses = [_only(RESPONSE_FIELDS, each) for each in content.get("responses", [])]
    places = shown_places(content, side_order)
    shown: dict[str, Any] = {
        "messages": [_message(each, places) for each in content.get("messages", [])],
        "responses": [responses[at] for at in side_order] if side_order else responses,
        "contexts": [_only(CONTEXT_FIELDS, each) for each in content.get("contexts", [])],
    }
    if content.get("tool_calls"):
        shown["tool_calls"] = content["tool_calls"]
    if places:
        shown["attachments"] = [
            _attachment(content["attachments"][own - 1], n, side_order)
            for n, own in enumerate(places, start=1)
        ]
    if shows_reference and item.reference is not None:
        shown["reference"] = item.reference
    return shown


def shown_places(content: Mapping[str, Any], side_order: Sequence[int]) -> tuple[int, ...]:
    """The item's own places of its attachments, in the order in which they are shown.

    Attachments of responses come last and follow the responses: their numbers would else
    tell the item's own order (T02).
    """
    attachments = content.get("attachments") or ()
    shown_at = {own: n for n, own in enumerate(side_order)}

    def order(place: int) -> tuple[int, int]:
        response = attachments[place - 1].get("response")
        return (-1 if response is None else shown_at.get(response - 1, response - 1)), place

    return tuple(sorted(range(1, len(attachments) + 1), key=order))


def shown_file_hashes(item: Item, side_order: Sequence[int]) -> tuple[str, ...]:
    """SHA-256 of each attachment in the order shown; "" for one that is missing."""
    attachments = item.content.get("attachments") or ()
    places = shown_places(item.content, side_order)
    return tuple(str(attachments[own - 1].get("sha256", "")) for own in places)


def _only(names: Sequence[str], part: Any) -> dict[str, Any]:
    if not isinstance(part, Mapping):
        return {"text": part}
    return {name: part[name] for name in names if name in part}


def _message(message: Any, places: Sequence[int]) -> dict[str, Any]:
    """A message; parts that are attachments carry the place under which they are shown."""
    shown = _only(MESSAGE_FIELDS, message)
    if places and isinstance(shown.get("content"), list):
        shown["content"] = [_part(part, places) for part in shown["content"]]
    return shown


def _part(part: Any, places: Sequence[int]) -> Any:
    if not isinstance(part, Mapping) or part.get("type") != "attachment":
        return part
    return {"type": "attachment", "place": places.index(part["place"]) + 1}


def _attachment(
    attachment: Mapping[str, Any], place: int, side_order: Sequence[int]
) -> dict[str, Any]:
    shown = {"place": place, **_only(ATTACHMENT_FIELDS, attachment)}
    response = attachment.get("response")
    if response is not None:
        at = side_order.index(response - 1) if side_order else response - 1
        shown["response"] = f"response_{at + 1}"
    return shown


def display_hash(shown: Mapping[str, Any], file_hashes: Sequence[str] = ()) -> str:
    """The identity of a screen's content, kept with assignment and judgment (T64).

    The files that were shown are part of it; their hashes never go out to raters.
    """
    return content_hash({**shown, "files": list(file_hashes)} if file_hashes else shown)


def side_texts(shown: Mapping[str, Any]) -> dict[str, str]:
    """{side: text} of the responses as displayed, by which marked passages are checked."""
    return {
        f"response_{place + 1}": str(response.get("text", ""))
        for place, response in enumerate(shown["responses"])
    }
