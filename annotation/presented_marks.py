"""Marked passages in the judgment form: shown, and read back from what was posted."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from annotation.form_values import as_text, whole_number
from annotation.presentation import PresentedItem

BLANK_MARKS = 1


@dataclass(frozen=True)
class PresentedMark:
    """One marked passage of a span criterion; all empty: room for another."""

    quote: str = ""
    label: str = ""
    severity: str = ""
    side: str = ""
    start: str = ""


def presented_marks(given: Any) -> Iterable[PresentedMark]:
    for span in given or []:
        yield PresentedMark(
            quote=as_text(span.get("text")),
            label=as_text(span.get("label")),
            severity=as_text(span.get("severity")),
            side=as_text(span.get("side")),
            start=as_text(span.get("start")),
        )
    yield from [PresentedMark()] * BLANK_MARKS


def read_marks(key: str, posted: QueryDict, item: PresentedItem) -> list[dict[str, Any]] | None:
    fields = ("quote", "label", "severity", "side", "start")
    columns = [posted.getlist(f"mark-{key}-{name}") for name in fields]
    longest = max((len(column) for column in columns), default=0)
    rows = [[column[n] if n < len(column) else "" for column in columns] for n in range(longest)]
    marks = [_mark(item, *row) for row in rows if row[0]]
    return marks or ([] if f"none-{key}" in posted else None)


def _mark(
    item: PresentedItem, quote: str, label: str, severity: str, side: str, start: str
) -> dict[str, Any]:
    """A passage by its words: found in the response from `start` on, else where it stands first.

    Words that stand nowhere keep an impossible range, which the service refuses by name.
    """
    quote = quote.replace("\r\n", "\n")
    texts = {response.key: response.text.source for response in item.responses}
    side = side or ("response_1" if len(texts) == 1 else "")
    source = texts.get(side, "")
    at = source.find(quote, whole_number(start) or 0)
    at = source.find(quote) if at < 0 else at
    begin = at if at >= 0 else len(source)
    mark: dict[str, Any] = {"start": begin, "end": begin + len(quote), "text": quote}
    return mark | {
        name: value
        for name, value in (("label", label), ("severity", severity), ("side", side))
        if value
    }
