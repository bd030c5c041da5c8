"""What of an item a criterion is asked about: the item, or each of its parts.

A criterion with `options.per` is asked once for each part, and its answer is {part: value}.
Parts are named by their place in what is displayed, counted from 1:

    per: response   response_1, response_2 ... in the order shown
    per: turn       turn_3: the third message; each message of an assistant, and each response
                    under its own name, because it is the turn that answers the conversation
    per: step       step_2: the second tool call of the conversation, then of the item;
                    response_1_step_2: the second tool call of the response shown first

Ratings are kept under the names that parts have in the item's own order of responses, so that
what several raters said of one part stands together however its sides were shuffled.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from annotation.criteria import CriterionSpec
from annotation.values import StoredValue

WHOLE: Final = ""
ASSISTANT: Final = "assistant"
NOT_RATED: Final = frozenset({"system", "developer", "user", "tool"})
MAX_TURNS: Final = 1_000  # what comes after is neither shown nor asked about
MOST_NAMED: Final = 500  # characters of a message that names parts
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NAME: Final = re.compile(r"(?:response_(\d{1,4}))?(?:_?step_(\d{1,6}))?(?:turn_(\d{1,6}))?\Z")

# What one criterion was given: one value, or with parts {part: value}.
type Given = StoredValue | Mapping[str, StoredValue]


def by_part(given: Given) -> Mapping[str, StoredValue]:
    """{part: value}; what was said of the whole item, or of no part, stands under ""."""
    return {WHOLE: given} if isinstance(given, StoredValue) else given


# -- which parts there are


def part_names(per: str | None, shown: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts of `shown` (annotation/display.py) that a criterion is asked about."""
    if per == "response":
        return tuple(_responses(shown))
    if per == "turn":
        return (*_turns(shown.get("messages") or ()), *_responses(shown))
    if per == "step":
        return tuple(_steps(shown))
    return (WHOLE,)


def parts_by_per(
    specs: Iterable[CriterionSpec], shown: Mapping[str, Any]
) -> dict[str, tuple[str, ...]]:
    """The parts of `shown` for each way in which criteria ask; empty when all ask of the item."""
    return {per: part_names(per, shown) for per in {spec.per for spec in specs} if per}


def _responses(shown: Mapping[str, Any]) -> Iterator[str]:
    for n, _response in enumerate(shown.get("responses") or (), start=1):
        yield f"response_{n}"


def _turns(messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Assistants' messages; a role that nobody knows is taken for one, so that it can be rated."""
    for n, message in enumerate(messages[:MAX_TURNS], start=1):
        if str(message.get("role", ASSISTANT)) not in NOT_RATED:
            yield f"turn_{n}"


def _steps(shown: Mapping[str, Any]) -> Iterator[str]:
    for n, _call in enumerate(_calls(shown), start=1):
        yield f"step_{n}"
    for place, response in enumerate(shown.get("responses") or (), start=1):
        for n, _call in enumerate(response.get("tool_calls") or (), start=1):
            yield f"response_{place}_step_{n}"


def _calls(shown: Mapping[str, Any]) -> list[Any]:
    """Tool calls outside responses: of the conversation, then of the item."""
    holders = (*(shown.get("messages") or ())[:MAX_TURNS], shown)
    return [call for holder in holders for call in holder.get("tool_calls") or ()]


def part_problem(per: str, part: str, shown: Mapping[str, Any]) -> str:
    """Why `part` can't be rated on a criterion that is asked of `per`; "" if it can."""
    if not per:
        return _("This is asked of the item as a whole. Leave the part empty.") if part else ""
    known = part_names(per, shown)
    if part in known:
        return ""
    if not known:
        return _("This item has nothing that this is asked about.")
    named = ", ".join(known)[:MOST_NAMED]
    if not part:
        return _("This is asked of each part of the item. Name one of: %(parts)s.") % {
            "parts": named
        }
    return _("The item has no such part. It has: %(parts)s.") % {"parts": named}


# -- from the order shown to the item's own


def part_in_item_order(part: str, side_order: Sequence[int]) -> str:
    """The part as it is called in the item; `side_order` as in annotation/sides.py."""
    if not part.startswith("response_"):
        return part
    number, step, rest = part.removeprefix("response_").partition("_step_")
    place = int(number) - 1
    if place < len(side_order):
        place = side_order[place]
    return f"response_{place + 1}{step}{rest}"


# -- parts for people


def part_order(part: str) -> tuple[int, int, int, str]:
    """Sorts parts as they stand in an item: the whole, its turns or steps, then responses."""
    response, step, turn = _places(part)
    return (response, turn, step, part)


def part_label(part: str, *, is_alone: bool = False) -> str:
    """“turn 3”, “response B, step 2”; "" for the whole item. Responses by their letters.

    is_alone: where the item has one response, it is called just that.
    """
    response, step, turn = _places(part)
    if response and is_alone:
        return _("response, step %(n)d") % {"n": step} if step else _("response")
    if response and step:
        return _("response %(letter)s, step %(n)d") % {"letter": _letter(response), "n": step}
    if response:
        return _("response %(letter)s") % {"letter": _letter(response)}
    if step:
        return _("step %(n)d") % {"n": step}
    return _("turn %(n)d") % {"n": turn} if turn else part


def part_text(part: str, shown: Mapping[str, Any]) -> str:
    """The text of a part, to quote; "" for the whole item and for what is not there."""
    response, step, turn = _places(part)
    responses = shown.get("responses") or ()
    if response:
        of_response = responses[response - 1] if response <= len(responses) else {}
        return _call_text(of_response.get("tool_calls") or (), step) if step else _text(of_response)
    if step:
        return _call_text(_calls(shown), step)
    messages = shown.get("messages") or ()
    return _text(messages[turn - 1]) if 0 < turn <= len(messages) else ""


def _places(part: str) -> tuple[int, int, int]:
    """Numbers of response, step and turn in a name; 0 for what it does not name."""
    match = _NAME.match(part)
    if match is None:
        return (0, 0, 0)
    response, step, turn = (int(number or 0) for number in match.groups())
    return (response, step, turn)


def _letter(response: int) -> str:
    return LETTERS[response - 1] if response <= len(LETTERS) else str(response)


def _text(holder: Mapping[str, Any]) -> str:
    found = holder.get("text", holder.get("content"))
    if isinstance(found, list | tuple):
        return "\n".join(str(each.get("text", "")) for each in found if isinstance(each, Mapping))
    return "" if found is None else str(found)


def _call_text(calls: Sequence[Any], step: int) -> str:
    call = calls[step - 1] if step <= len(calls) else ""
    return call if isinstance(call, str) else json.dumps(call, ensure_ascii=False)
