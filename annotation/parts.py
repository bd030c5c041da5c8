"""What of an item a criterion is asked about: the item, or each of its parts.

A criterion with `options.per` is asked once for each part, and its answer is {part: value}.
Parts are named by their place in what is displayed, counted from 1:

    per: response   response_1, response_2 ... in the order shown
    per: turn       turn_3: the third message; each message of an assistant, and each response
                    under its own name, because it is the turn that answers the conversation
    per: step       step_2: the second tool call of the conversation, then of the item;
                    response_1_step_2: the second tool call of the response shown first
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

WHOLE: Final = ""
ASSISTANT: Final = "assistant"
NOT_RATED: Final = frozenset({"system", "developer", "user", "tool"})


def part_names(per: str | None, shown: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts of `shown` (annotation/display.py) that a criterion is asked about."""
    if per == "response":
        return tuple(_responses(shown))
    if per == "turn":
        return (*_turns(shown.get("messages") or ()), *_responses(shown))
    if per == "step":
        return tuple(_steps(shown))
    return (WHOLE,)


def _responses(shown: Mapping[str, Any]) -> Iterator[str]:
    for n, _response in enumerate(shown.get("responses") or (), start=1):
        yield f"response_{n}"


def _turns(messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Assistants' messages; a role that nobody knows is taken for one, so that it can be rated."""
    for n, message in enumerate(messages, start=1):
        if str(message.get("role", ASSISTANT)) not in NOT_RATED:
            yield f"turn_{n}"


def _steps(shown: Mapping[str, Any]) -> Iterator[str]:
    calls = [
        call
        for holder in (*(shown.get("messages") or ()), shown)
        for call in holder.get("tool_calls") or ()
    ]
    for n, _call in enumerate(calls, start=1):
        yield f"step_{n}"
    for place, response in enumerate(shown.get("responses") or (), start=1):
        for n, _call in enumerate(response.get("tool_calls") or (), start=1):
            yield f"response_{place}_step_{n}"
