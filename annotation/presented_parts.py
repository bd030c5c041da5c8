"""The parts of an item that a criterion is asked about, with what a line about each needs."""

from collections.abc import Iterator
from dataclasses import dataclass

from annotation.parts import NOT_RATED, part_label
from annotation.presentation import PresentedItem, first_line
from annotation.presented_calls import PresentedCall


@dataclass(frozen=True)
class PresentedPart:
    """`name` is that of annotation/parts.py, `text` what stands there, `quote` its beginning."""

    name: str
    text: str
    quote: str

    @property
    def label(self) -> str:
        return part_label(self.name)


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
        yield _part(response.key, response.text.source)


def _turns(item: PresentedItem) -> Iterator[PresentedPart]:
    for message in item.messages:
        if message.role not in NOT_RATED:
            yield _part(message.part, message.text.source)


def _steps(item: PresentedItem) -> Iterator[PresentedPart]:
    """Steps of the conversation, then of the item, then of each response."""
    outside = (*(message.calls for message in item.messages), item.calls)
    for calls in (*outside, *(response.calls for response in item.responses)):
        for call in calls:
            yield PresentedPart(call.part, "", _of_call(call))


def _of_call(call: PresentedCall) -> str:
    return first_line(f"{call.name} {call.summary}")


def _part(name: str, text: str) -> PresentedPart:
    return PresentedPart(name, text, first_line(text))
