"""An item as one rater may see it: allowed fields only, responses in the rater's own order.

Whatever is not named here stays on the server (T01, T09): sources, models, slices, metadata,
ids, other people's work.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.canonical import content_hash
from annotation.models import Item

MESSAGE_FIELDS = ("role", "content", "tool_calls", "tool_call_id")
RESPONSE_FIELDS = ("text", "tool_calls")
CONTEXT_FIELDS = ("id", "title", "text")


def displayed_item(
    item: Item, side_order: Sequence[int], *, shows_reference: bool = False
) -> dict[str, Any]:
    """{messages, responses, contexts, tool_calls?, reference?}; the same shape on page and API."""
    content: Mapping[str, Any] = item.content
    responses = [_only(RESPONSE_FIELDS, each) for each in content.get("responses", [])]
    shown: dict[str, Any] = {
        "messages": [_only(MESSAGE_FIELDS, each) for each in content.get("messages", [])],
        "responses": [responses[at] for at in side_order] if side_order else responses,
        "contexts": [_only(CONTEXT_FIELDS, each) for each in content.get("contexts", [])],
    }
    if content.get("tool_calls"):
        shown["tool_calls"] = content["tool_calls"]
    if shows_reference and item.reference is not None:
        shown["reference"] = item.reference
    return shown


def _only(names: Sequence[str], part: Any) -> dict[str, Any]:
    if not isinstance(part, Mapping):
        return {"text": part}
    return {name: part[name] for name in names if name in part}


def display_hash(shown: Mapping[str, Any]) -> str:
    """The identity of a screen's content, kept with assignment and judgment (T64)."""
    return content_hash(shown)


def side_texts(shown: Mapping[str, Any]) -> dict[str, str]:
    """{side: text} of the responses as displayed, by which marked passages are checked."""
    return {
        f"response_{place + 1}": str(response.get("text", ""))
        for place, response in enumerate(shown["responses"])
    }
