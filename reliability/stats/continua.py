"""Texts with marked passages, and what the texts of one item add to each coefficient."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise, permutations

from .errors import InvalidSpansError


@dataclass(frozen=True)
class Span:
    """A marked passage: from `start` up to, not including, `end`; its label, if any."""

    start: int
    end: int
    label: Hashable = None


@dataclass(frozen=True, eq=False)
class Continuum:
    """One text and what each rater marked in it.

    Attributes
    ----------
    length : int
        Characters (or any other steps).
    spans : mapping of rater to sequence of Span
        A rater who read the text and marked nothing has an empty sequence; one who
        did not read it is absent.
    item : hashable, optional
        The item it belongs to: several texts of one item are left out together.
        Each continuum is an item of its own if not given.

    Raises
    ------
    InvalidSpansError
        A span is empty or runs backwards, or reaches beyond the text.
    """

    length: int
    spans: Mapping[Hashable, Sequence[Span]]
    item: Hashable = None

    def __post_init__(self) -> None:
        for rater, marked in self.spans.items():
            for span in marked:
                if not 0 <= span.start < span.end <= self.length:
                    raise InvalidSpansError(
                        f"{rater!r} marked {span.start} to {span.end} of {self.length}"
                    )

    @property
    def is_compared(self) -> bool:
        """Whether two raters read it."""
        return len(self.spans) > 1

    @cached_property
    def by_value(self) -> tuple[dict[Value, float], dict[Value, float]]:
        """Coincidences of each value with itself, and the length it was given to."""
        return _by_value(self)

    def merged(self, *, labels: bool) -> Continuum:
        """Passages of one rater that overlap and share their label, or all, made one."""
        spans = {rater: _joined(marked, labels=labels) for rater, marked in self.spans.items()}
        return Continuum(self.length, spans, self.item)


def _joined(marked: Sequence[Span], *, labels: bool) -> list[Span]:
    last: dict[Hashable, Span] = {}
    joined: list[Span] = []
    for span in sorted(marked, key=lambda each: (each.start, each.end)):
        label = span.label if labels else None
        before = last.get(label)
        start, end = span.start, span.end
        if before is not None and start < before.end:
            joined.remove(before)
            start, end = before.start, max(before.end, end)
        last[label] = Span(start, end, label)
        joined.append(last[label])
    return sorted(joined, key=lambda each: (each.start, each.end))


# What a rater said of a stretch of text: the labels on it, none where it is a gap.
Value = frozenset[Hashable]
GAP: Value = frozenset()


@dataclass(frozen=True, slots=True)
class ItemSums:
    """What one item adds: some sums, then the length and squared length of each value.

    has_overlaps: passages of one rater overlap although their labels differ.
    """

    fixed: tuple[float, ...]
    lengths: Mapping[Value, float] = field(default_factory=dict)
    squares: Mapping[Value, float] = field(default_factory=dict)
    has_overlaps: bool = False

    @classmethod
    def over(
        cls, of_text: Callable[[Continuum], ItemSums]
    ) -> Callable[[Sequence[Continuum]], ItemSums]:
        """The texts of an item added up."""

        def of_item(texts: Sequence[Continuum]) -> ItemSums:
            found = [of_text(text) for text in texts]
            return found[0] if len(found) == 1 else _added(found)

        return of_item


def _added(parts: Sequence[ItemSums]) -> ItemSums:
    return ItemSums(
        tuple(map(sum, zip(*(each.fixed for each in parts), strict=True))),
        _by_key(each.lengths for each in parts),
        _by_key(each.squares for each in parts),
        any(each.has_overlaps for each in parts),
    )


def _by_key(parts: Iterator[Mapping[Value, float]]) -> dict[Value, float]:
    total: dict[Value, float] = defaultdict(float)
    for part in parts:
        for value, length in part.items():
            total[value] += length
    return total


# -- what a text adds


def characters(text: Continuum) -> ItemSums:
    """Length that raters agree on. Characters are units of length one: squares are lengths."""
    agreeing, lengths = text.by_value
    return ItemSums((sum(agreeing.values()),), lengths, lengths)


def segments(text: Continuum) -> ItemSums:
    """Length that raters agree on, and of it the gaps."""
    agreeing, lengths = text.by_value
    squares: dict[Value, float] = defaultdict(float, {GAP: lengths[GAP]})
    for span in _spans(text):
        squares[frozenset({span.label})] += (span.end - span.start) ** 2
    fixed = (sum(agreeing.values()), agreeing[GAP])
    return ItemSums(fixed, lengths, squares, _has_overlaps(text))


def intersections(text: Continuum) -> ItemSums:
    """Only where both of two raters marked: lengths and squares of what they share."""
    others = len(text.spans) - 1
    lengths: dict[Value, float] = defaultdict(float)
    squares: dict[Value, float] = defaultdict(float)
    for length, given in _pieces(text):
        others_marked = given.total() - given[GAP] - 1
        for value, n in given.items():
            if value != GAP:
                lengths[value] += length * others_marked * n / others
    for first, second in permutations(text.spans.values(), 2):
        for span in first:
            shared = sum(shared_length(span, other) for other in second)
            squares[frozenset({span.label})] += shared**2 / others
    agreeing, _lengths = text.by_value
    alike = sum(length for value, length in agreeing.items() if value != GAP)
    return ItemSums((alike,), lengths, squares, _has_overlaps(text))


def found_again(
    earned: Callable[[Sequence[Span], Sequence[Span]], float],
) -> Callable[[Continuum], ItemSums]:
    """Passages that another rater found too, and all, over ordered rater pairs."""

    def of_text(text: Continuum) -> ItemSums:
        pairs = list(permutations(text.spans.values(), 2))
        n = sum(len(first) for first, _second in pairs)
        return ItemSums((sum(earned(*pair) for pair in pairs), float(n)))

    return of_text


def exactly(first: Sequence[Span], second: Sequence[Span]) -> float:
    return float(len(set(first) & set(second)))


def in_part(first: Sequence[Span], second: Sequence[Span]) -> float:
    return sum(
        sum(shared_length(span, other) for other in second if other.label == span.label)
        / (span.end - span.start)
        for span in first
    )


def share_alike(texts: Sequence[Continuum]) -> ItemSums:
    """Share of rater pairs that agree on a character of the item; 1 item."""
    alike = length = 0.0
    for text in texts:
        agreeing, _lengths = text.by_value
        alike += sum(agreeing.values()) / len(text.spans)
        length += text.length
    return ItemSums((alike / length if length else 1.0, 1.0))


def _by_value(text: Continuum) -> tuple[dict[Value, float], dict[Value, float]]:
    others = len(text.spans) - 1
    agreeing: dict[Value, float] = defaultdict(float)
    lengths: dict[Value, float] = defaultdict(float)
    for length, given in _pieces(text):
        for value, n in given.items():
            agreeing[value] += length * n * (n - 1) / others
            lengths[value] += length * n
    return agreeing, lengths


def _pieces(text: Continuum) -> Iterator[tuple[int, Counter[Value]]]:
    """Lengths of the pieces between any two edges, and how many raters gave each value."""
    edges = sorted({0, text.length} | {e for span in _spans(text) for e in (span.start, span.end)})
    place = {edge: at for at, edge in enumerate(edges)}
    by_rater = [_values_of(marked, place) for marked in text.spans.values()]
    for at, (start, end) in enumerate(pairwise(edges)):
        yield end - start, Counter(values[at] for values in by_rater)


def _values_of(marked: Sequence[Span], place: Mapping[int, int]) -> list[Value]:
    values = [GAP] * (len(place) - 1)
    for span in marked:
        for piece in range(place[span.start], place[span.end]):
            values[piece] |= {span.label}
    return values


def _spans(text: Continuum) -> Iterator[Span]:
    return (span for marked in text.spans.values() for span in marked)


def _has_overlaps(text: Continuum) -> bool:
    return any(a.end > b.start for marked in text.spans.values() for a, b in pairwise(marked))


def shared_length(span: Span, other: Span) -> int:
    return max(0, min(span.end, other.end) - max(span.start, other.start))
