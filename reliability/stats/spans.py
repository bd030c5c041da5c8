"""Agreement on passages marked in texts: where they are, and what they are called.

A continuum is a text (or recording) in which each rater marked passages. Items
are what inference leaves out: characters of one text are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise, permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidSpansError
from .inference import DEFAULT_INTERVAL, Interval, Sums, UnitSums, infer
from .results import Counts, Estimate, Undefined

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

GAP = 0  # the code of what nobody marked


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


class Match(StrEnum):
    """What a span earns beside another rater's."""

    EXACT = "exact"
    SOFT = "soft"


class Unitizing(StrEnum):
    """Which property of marked passages alpha speaks about."""

    SEGMENTS = "u_alpha"
    BINARY = "u_alpha_binary"
    CODING = "cu_alpha"


def character_alpha(
    continua: Sequence[Continuum], *, labels: bool = True, interval: Interval = DEFAULT_INTERVAL
) -> Estimate:
    """Krippendorff's nominal alpha with characters as units, items left out.

    A character's value is its label, or that it is not marked; where a rater put
    several labels on it, the set of them.

    Parameters
    ----------
    continua : sequence of Continuum
        Texts that one rater read do not count.
    labels : bool
        False compares only marked with not marked.

    Returns
    -------
    Estimate
        At most 1, with terms d_o, d_e. `n_units` are items. Undefined without
        texts, without one that two raters read, and when all characters have one
        and the same value.

    References
    ----------
    .. [1] K. Krippendorff (2018), Content Analysis, 4th ed., chapter 12, Sage.

    Examples
    --------
    >>> text = Continuum(10, {"a": [Span(0, 4)], "b": [Span(2, 6)]})
    >>> round(character_alpha([text]).value, 3)
    0.208
    """
    coded = _Coded.of(continua, labels=labels)
    return _alpha("krippendorff_alpha", coded, _characters, interval, weights="characters")


def unitizing_alpha(
    continua: Sequence[Continuum],
    form: Unitizing | str = Unitizing.SEGMENTS,
    *,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    r"""Krippendorff's alpha for unitizing, whose units are the passages themselves.

    .. math:: \ell_{ck} = \sum_{i \ne j} \sum_{gh} \frac{L(S_{igc} \cap S_{jhk})}{m - 1},
              \quad e_{ck} = \ell \frac{\ell_c \ell_k - [c = k] \sum_{ig} s(S_{igc})}
              {\ell^2 - \sum_{cig} s(S_{igc})}, \quad
              \alpha = 1 - \frac{\ell - \sum_c \ell_{cc}}{\ell - \sum_c e_{cc}}

    s is the squared length of a marked passage, and the length of a gap: chance
    deals out whole passages, not characters. Several texts are one continuum.

    Parameters
    ----------
    continua : sequence of Continuum
        Passages that one rater marked may touch, not overlap, unless their labels
        are the same (they are then one passage).
    form : Unitizing or str
        "u_alpha": where passages are and what they are called; "u_alpha_binary":
        marked against not marked, over everything; "cu_alpha": the labels alone,
        where both raters marked something.

    Returns
    -------
    Estimate
        At most 1, with terms d_o, d_e as lengths. `n_units` are items. Undefined
        as `character_alpha`; "overlapping_spans" where one rater's passages with
        different labels overlap; "no_spans" for "cu_alpha" where no two raters
        marked the same place.

    References
    ----------
    .. [1] K. Krippendorff, Y. Mathet, S. Bouvry, A. Widlöcher (2016), "On the
       reliability of unitizing textual continua: Further developments", Quality &
       Quantity 50(6), 2347-2364. doi:10.1007/s11135-015-0266-1

    Examples
    --------
    Three raters, sixty characters:

    >>> marks = {
    ...     "Alex": [Span(2, 5, 1)],
    ...     "Paul": [Span(2, 5, 1), Span(10, 20, 2)],
    ...     "Susan": [Span(2, 5, 2), Span(15, 20, 2)],
    ... }
    >>> text = Continuum(60, marks)
    >>> round(unitizing_alpha([text]).value, 3)
    0.398
    >>> round(unitizing_alpha([text], "u_alpha_binary").value, 3)
    0.524
    """
    form = Unitizing(form)
    coded = _Coded.of(continua, labels=True)
    parts = {
        Unitizing.SEGMENTS: _segments,
        Unitizing.BINARY: _binary,
        Unitizing.CODING: _coding,
    }[form]
    reason = None
    if any(_overlaps(marked) for text in coded.continua for marked in text.spans.values()):
        reason = Undefined.OVERLAPPING_SPANS
    elif form is Unitizing.CODING and not parts(coded).rows[:, 1:].any():
        reason = Undefined.NO_SPANS
    return _alpha(form.value, coded, parts, interval, reason=reason)


def span_f1(
    continua: Sequence[Continuum],
    match: Match | str = Match.EXACT,
    *,
    labels: bool = True,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    r"""F1 of one rater's passages against another's, pooled over rater pairs and items.

    .. math:: F_1 = \frac{\sum_{i \ne j} \sum_{g} c_{ijg}}{\sum_{i \ne j} n_i}

    Either rater of a pair may stand for the reference, so precision, recall and F1
    are one and the same share of passages found again.

    Parameters
    ----------
    continua : sequence of Continuum
        Texts that one rater read do not count.
    match : Match or str
        "exact": a passage is found again where the other rater marked from the
        same start to the same end; "soft": to the share of its characters that the
        other rater marked.
    labels : bool
        Whether labels must be equal too. A label may be a pair of type and
        severity.

    Returns
    -------
    Estimate
        Between 0 and 1, not corrected for chance; named "span_f1_exact" or
        "span_f1_soft". Undefined without texts, without one that two raters read,
        and where nobody marked anything ("no_spans").

    References
    ----------
    .. [1] G. Hripcsak, A. S. Rothschild (2005), "Agreement, the F-measure, and
       reliability in information retrieval", JAMIA 12(3), 296-298.
       doi:10.1197/jamia.M1733
    .. [2] G. Da San Martino et al. (2019), "Fine-grained analysis of propaganda in
       news articles", EMNLP-IJCNLP 2019, 5636-5646. doi:10.18653/v1/D19-1565

    Examples
    --------
    >>> text = Continuum(30, {"a": [Span(0, 4), Span(9, 12)], "b": [Span(0, 4), Span(10, 14)]})
    >>> span_f1([text]).value, round(span_f1([text], "soft").value, 3)
    (0.5, 0.792)
    """
    match, coded = Match(match), _Coded.of(continua, labels=labels)
    earned = _found_exactly if match is Match.EXACT else _found_in_part
    rows = coded.summed([_pair_row(text, earned) for text in coded.continua], 2)
    reason = coded.undefined
    if reason is None and not rows[:, 1].any():
        reason = Undefined.NO_SPANS
    return infer(
        UnitSums(rows, np.ones(len(rows)), _share, bounds=(0.0, 1.0)),
        undefined=reason,
        counts=coded.evidence,
        interval=interval,
        coefficient=f"span_f1_{match.value}",
        level="nominal",
    )


@dataclass(frozen=True, eq=False)
class _Coded:
    """The texts that two or more raters read, and the values in them.

    `item_of` has the row of each text, shape (n_continua,).
    """

    continua: tuple[Continuum, ...]
    item_of: IntArray
    values: Mapping[Hashable, int]
    evidence: Counts
    undefined: Undefined | None

    @classmethod
    def of(cls, continua: Sequence[Continuum], *, labels: bool) -> _Coded:
        kept = tuple(_merged(text, labels=labels) for text in continua if len(text.spans) > 1)
        items: dict[Hashable, int] = {}
        item_of = [
            items.setdefault((at,) if text.item is None else text.item, len(items))
            for at, text in enumerate(kept)
        ]
        values: dict[Hashable, int] = {}
        for text in kept:
            for marked in text.spans.values():
                for span in marked:
                    values.setdefault(span.label, len(values) + 1)
        reason = None if kept else Undefined.NO_PAIRABLE_UNITS if continua else Undefined.NO_DATA
        counts = Counts(
            n_units=len(items),
            n_raters=len({rater for text in continua for rater in text.spans}),
            n_ratings=sum(len(text.spans) for text in continua),
            n_pairable=sum(len(text.spans) for text in kept),
        )
        return cls(kept, np.array(item_of, dtype=np.int64), values, counts, reason)

    def summed(self, rows: Sequence[Sequence[float] | FloatArray], width: int) -> FloatArray:
        """Rows of texts added up by item."""
        table = np.zeros((self.evidence.n_units, width))
        np.add.at(table, self.item_of, np.array(rows, dtype=np.float64).reshape(-1, width))
        return table


def _merged(text: Continuum, *, labels: bool) -> Continuum:
    spans = {rater: _joined(marked, labels=labels) for rater, marked in text.spans.items()}
    return Continuum(text.length, spans, text.item)


def _joined(marked: Sequence[Span], *, labels: bool) -> list[Span]:
    """A rater's spans in order, those that overlap and share their label made one."""
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


def _overlaps(marked: Sequence[Span]) -> bool:
    return any(a.end > b.start for a, b in pairwise(marked))


@dataclass(frozen=True, eq=False)
class _Parts:
    """Sums of an alpha over continua: agreement, then length and squares by value."""

    rows: FloatArray
    of_sums: Callable[[Sums], tuple[Sums, Sums]]


def _alpha(
    name: str,
    coded: _Coded,
    parts: Callable[[_Coded], _Parts],
    interval: Interval,
    *,
    reason: Undefined | None = None,
    weights: str | None = None,
) -> Estimate:
    reason = coded.undefined or reason
    sums: UnitSums | None = None
    terms: tuple[tuple[str, float], ...] = ()
    if reason is None:
        found = parts(coded)
        sums = UnitSums(found.rows, np.ones(len(found.rows)), lambda s: _one_minus(found, s))
        d_o, d_e = found.of_sums(sums.totals)
        terms = (("d_o", float(d_o)), ("d_e", float(d_e)))
        reason = Undefined.NO_VARIATION if not d_e > _NO_LENGTH else None
    return infer(
        sums,
        undefined=reason,
        counts=coded.evidence,
        interval=interval,
        coefficient=name,
        level="nominal",
        weights=weights,
        terms=() if reason else terms,
    )


# Lengths are whole: what is smaller is rounding.
_NO_LENGTH = 1e-9


def _one_minus(parts: _Parts, sums: Sums) -> Sums:
    observed, expected = parts.of_sums(sums)
    empty = ~(np.real(expected) > _NO_LENGTH)
    value: Sums = np.where(empty, np.nan, 1 - observed / np.where(empty, 1, expected))
    return value


def _characters(coded: _Coded) -> _Parts:
    """Characters are units of length one, so squares are lengths."""
    sets = _sets_of_values(coded)
    rows = []
    for text in coded.continua:
        lengths, values = _pieces(text, lambda inside: sets[frozenset(inside)], len(sets))
        by_value = lengths @ values
        rows.append([_agreeing(lengths, values).sum(), *by_value, *by_value])
    return _Parts(coded.summed(rows, 1 + 2 * len(sets)), _all_values)


def _sets_of_values(coded: _Coded) -> dict[frozenset[Hashable], int]:
    sets: dict[frozenset[Hashable], int] = {frozenset(): GAP}
    for text in coded.continua:
        edges = _edges(text)
        for marked in text.spans.values():
            for inside in _inside(marked, edges):
                sets.setdefault(frozenset(inside), len(sets))
    return sets


def _segments(coded: _Coded) -> _Parts:
    return _Parts(_segment_rows(coded), lambda sums: _all_values(np.delete(sums, 1, axis=-1)))


def _binary(coded: _Coded) -> _Parts:
    """Marked together against gaps; chance as for segments."""

    def of_sums(sums: Sums) -> tuple[Sums, Sums]:
        lengths, squares = _halves(sums[..., 2:])
        total, gap = lengths.sum(axis=-1), lengths[..., GAP]
        expected = _divided(total * gap * (total - gap), total**2 - squares.sum(axis=-1))
        return gap - sums[..., 1], expected

    return _Parts(_segment_rows(coded), of_sums)


def _segment_rows(coded: _Coded) -> FloatArray:
    """Agreement, agreement on gaps, then lengths and squares of each value."""
    n_values, rows = len(coded.values) + 1, []
    for text in coded.continua:
        lengths, values = _pieces(text, lambda inside: _code(coded, inside), n_values)
        agreeing, by_value = _agreeing(lengths, values), lengths @ values
        squares = np.zeros(n_values)
        squares[GAP] = by_value[GAP]
        for marked in text.spans.values():
            for span in marked:
                squares[coded.values[span.label]] += (span.end - span.start) ** 2
        rows.append([agreeing.sum(), agreeing[GAP], *by_value, *squares])
    return coded.summed(rows, 2 + 2 * n_values)


def _coding(coded: _Coded) -> _Parts:
    """Only where both raters marked: lengths and squares of the intersections."""
    n_values, rows = len(coded.values), []
    for text in coded.continua:
        lengths, values = _pieces(text, lambda inside: _code(coded, inside), n_values + 1)
        others, marked = len(text.spans) - 1, values[:, 1:]
        together = np.maximum(marked.sum(axis=1) - 1, 0)
        by_value = (lengths * together) @ marked / others
        squares = np.zeros(n_values)
        for first, second in permutations(text.spans.values(), 2):
            for span in first:
                shared = sum(_shared(span, other) for other in second)
                squares[coded.values[span.label] - 1] += shared**2 / others
        rows.append([_agreeing(lengths, values)[1:].sum(), *by_value, *squares])
    return _Parts(coded.summed(rows, 1 + 2 * n_values), _all_values)


def _all_values(sums: Sums) -> tuple[Sums, Sums]:
    """Observed and expected disagreement, as lengths."""
    lengths, squares = _halves(sums[..., 1:])
    total = lengths.sum(axis=-1)
    alike = (lengths**2 - squares).sum(axis=-1)
    alike = _divided(total * alike, total**2 - squares.sum(axis=-1))
    return total - sums[..., 0], total - alike


def _divided(part: Sums, whole: Sums) -> Sums:
    # Nothing to deal out, where one passage is everything there is.
    empty = ~(np.real(whole) > _NO_LENGTH)
    value: Sums = np.where(empty, np.nan, part / np.where(empty, 1, whole))
    return value


def _halves(sums: Sums) -> tuple[Sums, Sums]:
    half = sums.shape[-1] // 2
    return sums[..., :half], sums[..., half:]


def _agreeing(lengths: FloatArray, values: FloatArray) -> FloatArray:
    """Length on which raters agree, by value: coincidences of a value with itself."""
    n_raters = values.sum(axis=1).max(initial=2)
    agreeing: FloatArray = lengths @ (values * (values - 1)) / (n_raters - 1)
    return agreeing


def _code(coded: _Coded, inside: Sequence[Hashable]) -> int:
    return coded.values[inside[0]] if inside else GAP


def _pieces(
    text: Continuum, code: Callable[[Sequence[Hashable]], int], n_values: int
) -> tuple[FloatArray, FloatArray]:
    """Lengths of the pieces between any two edges, and how many raters gave each value."""
    edges = _edges(text)
    values = np.zeros((len(edges) - 1, n_values))
    for marked in text.spans.values():
        for piece, inside in enumerate(_inside(marked, edges)):
            values[piece, code(inside)] += 1
    return np.diff(edges).astype(np.float64), values


def _edges(text: Continuum) -> list[int]:
    ends = {end for marked in text.spans.values() for span in marked for end in _ends(span)}
    return sorted({0, text.length} | ends)


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _inside(marked: Sequence[Span], edges: Sequence[int]) -> Iterator[list[Any]]:
    """Labels of the spans that cover each piece, in the order of the spans."""
    covering: list[list[Any]] = [[] for _ in edges[1:]]
    place = {edge: at for at, edge in enumerate(edges)}
    for span in marked:
        for piece in range(place[span.start], place[span.end]):
            covering[piece].append(span.label)
    yield from covering


def _pair_row(
    text: Continuum, earned: Callable[[Sequence[Span], Sequence[Span]], float]
) -> tuple[float, float]:
    pairs = list(permutations(text.spans.values(), 2))
    return sum(earned(*pair) for pair in pairs), float(sum(len(first) for first, _ in pairs))


def _found_exactly(first: Sequence[Span], second: Sequence[Span]) -> float:
    return float(len(set(first) & set(second)))


def _found_in_part(first: Sequence[Span], second: Sequence[Span]) -> float:
    return sum(
        sum(_shared(span, other) for other in second if other.label == span.label)
        / (span.end - span.start)
        for span in first
    )


def _shared(span: Span, other: Span) -> int:
    return max(0, min(span.end, other.end) - max(span.start, other.start))


def _share(sums: Sums) -> Sums:
    share: Sums = sums[..., 0] / sums[..., 1]
    return share
