"""Marked passages in the judgment form: shown, and read back from what was posted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from annotation.form_values import as_text, whole_number
from annotation.presentation import PresentedItem

BLANK_MARKS = 1
FIELDS = ("quote", "label", "severity", "side", "start", "end")


@dataclass(frozen=True)
class PresentedMark:
    """One marked passage of a span criterion; all empty: room for another."""

    quote: str = ""
    label: str = ""
    severity: str = ""
    side: str = ""
    start: str = ""
    end: str = ""


def presented_marks(given: Any) -> Iterable[PresentedMark]:
    for span in given or []:
        yield PresentedMark(
            quote=as_text(span.get("text")),
            label=as_text(span.get("label")),
            severity=as_text(span.get("severity")),
            side=as_text(span.get("side")),
            start=as_text(span.get("start")),
            end=as_text(span.get("end")),
        )
    yield from [PresentedMark()] * BLANK_MARKS


def read_marks(key: str, posted: QueryDict, item: PresentedItem) -> list[dict[str, Any]] | None:
    columns = [posted.getlist(f"mark-{key}-{name}") for name in FIELDS]
    longest = max((len(column) for column in columns), default=0)
    rows = (
        dict(zip(FIELDS, row, strict=True))
        for row in (
            [column[n] if n < len(column) else "" for column in columns] for n in range(longest)
        )
    )
    marks = [_mark(item, row) for row in rows if row["quote"]]
    return marks or ([] if f"none-{key}" in posted else None)


def _mark(item: PresentedItem, row: Mapping[str, str]) -> dict[str, Any]:
    texts = {response.key: response.text.source for response in item.responses}
    side = row["side"] or ("response_1" if len(texts) == 1 else "")
    source, quote = texts.get(side, ""), _lines(row["quote"])
    mark = _placed(source, quote, row) or _found(source, quote, row)
    named = {"label": row["label"], "severity": row["severity"], "side": side}
    return mark | {name: value for name, value in named.items() if value}


def _placed(source: str, quote: str, row: Mapping[str, str]) -> dict[str, Any] | None:
    """A passage by its exact place, when the words at that place are the quoted ones."""
    start, end = whole_number(row["start"]), whole_number(row["end"])
    if start is None or end is None or not start < end <= len(source):
        return None
    words = source[start:end]
    return {"start": start, "end": end, "text": words} if _lines(words) == quote else None


def _found(source: str, quote: str, row: Mapping[str, str]) -> dict[str, Any]:
    """A passage by its words: from the given start on, else where they stand first.

    Words that stand nowhere keep an impossible range, which the service refuses by name.
    """
    at = source.find(quote, whole_number(row["start"]) or 0)
    at = source.find(quote) if at < 0 else at
    begin = at if at >= 0 else len(source)
    return {"start": begin, "end": begin + len(quote), "text": quote}


def _lines(text: str) -> str:
    """Forms spell the end of a line in their own way."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
