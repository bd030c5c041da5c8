"""The parts of an item that a criterion is asked about, with what a line about each needs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from annotation.parts import NOT_RATED, part_label
from annotation.presentation import (
    PresentedItem,
    PresentedMessage,
    PresentedResponse,
    first_line,
)
from annotation.presented_calls import PresentedCall


@dataclass(frozen=True)
class PresentedPart:
    """`name` is that of annotation/parts.py, `text` what stands there, `quote` its beginning.

    is_alone: the item has no other response.
    """

    name: str
    text: str
    quote: str
    is_alone: bool = False

    @property
    def label(self) -> str:
        return part_label(self.name, is_alone=self.is_alone)


def item_parts(per: str, item: PresentedItem) -> tuple[PresentedPart, ...]:
    """The same parts in the same order as `annotation.parts.part_names`."""
    if per == "response":
        return tuple(_responses(item))
    if per == "turn":
        return (*_turns(item), *_responses(item))
    if per == "step":
        return tuple(_steps(item))
    return ()


def _responses(item: PresentedItem) -> Iterator[PresentedPart]:
    for response in item.responses:
        yield PresentedPart(
            response.key, response.text.source, _quote(response), is_alone=not item.is_compared
        )


def _turns(item: PresentedItem) -> Iterator[PresentedPart]:
    for message in item.messages:
        if message.role not in NOT_RATED:
            yield PresentedPart(message.part, message.text.source, _quote(message))


def _steps(item: PresentedItem) -> Iterator[PresentedPart]:
    """Steps of the conversation, then of the item, then of each response."""
    outside = (*(message.calls for message in item.messages), item.calls)
    for calls in (*outside, *(response.calls for response in item.responses)):
        for call in calls:
            yield PresentedPart(call.part, "", _of_calls([call]), is_alone=not item.is_compared)


def _quote(holder: PresentedMessage | PresentedResponse) -> str:
    """How a part begins; where nothing is written, what it calls or shows."""
    if not holder.text.is_empty:
        return first_line(holder.text.source)
    return _of_calls(holder.calls) or ", ".join(each.label for each in holder.attachments)


def _of_calls(calls: Iterable[PresentedCall]) -> str:
    return first_line("; ".join(f"{call.name} {call.summary}".strip() for call in calls))
