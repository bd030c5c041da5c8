"""Agreement on marked passages, against the formulas written out as loops."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reliability.stats import (
    Continuum,
    Ratings,
    Span,
    alpha_of_ratings,
    character_alpha,
    span_f1,
    unitizing_alpha,
)
from reliability.stats.errors import InvalidSpansError

pytestmark = pytest.mark.pure
LENGTH = 12
RATERS = ("a", "b", "c")
Marks = dict[str, list[Span]]


@st.composite
def segmented(draw: st.DrawFn) -> Marks:
    """Passages of each rater that may touch but not overlap, labelled x or y."""
    marks: Marks = {}
    for rater in RATERS:
        edges = sorted(draw(st.sets(st.integers(0, LENGTH), max_size=6)))
        labels = draw(st.lists(st.sampled_from(["x", "y", None]), min_size=6, max_size=6))
        pieces = zip(edges, edges[1:], labels, strict=False)
        marks[rater] = [Span(start, end, label) for start, end, label in pieces if label]
    return marks


texts = st.lists(segmented(), min_size=1, max_size=3)
few = settings(max_examples=50, deadline=None)


def continua(marks: list[Marks]) -> list[Continuum]:
    return [Continuum(LENGTH, each) for each in marks]


def with_gaps(marked: list[Span]) -> list[Span]:
    """All segments of the continuum, gaps with the label None."""
    segments, at = [], 0
    for span in marked:
        if span.start > at:
            segments.append(Span(at, span.start))
        segments.append(span)
        at = span.end
    return [*segments, Span(at, LENGTH)] if at < LENGTH else segments


def shared(a: Span, b: Span) -> int:
    return max(0, min(a.end, b.end) - max(a.start, b.start))


def coincidences(marks: list[Marks]) -> dict[tuple[object, object], float]:
    """Equation 1 of Krippendorff, Mathet, Bouvry and Widlöcher (2016)."""
    found = {(c, k): 0.0 for c in (None, "x", "y") for k in (None, "x", "y")}
    for each in marks:
        for i, j in permutations(RATERS, 2):
            for g in with_gaps(each[i]):
                for h in with_gaps(each[j]):
                    found[g.label, h.label] += shared(g, h) / (len(RATERS) - 1)
    return found


def naive_alpha(marks: list[Marks], *, binary: bool) -> float | None:
    """Equations 4 to 6, segment by segment."""
    observed = coincidences(marks)
    margin = {c: sum(observed[c, k] for k in (None, "x", "y")) for c in (None, "x", "y")}
    total, own = sum(margin.values()), dict.fromkeys(margin, 0.0)
    for each in marks:
        for rater in RATERS:
            for span in with_gaps(each[rater]):
                length = span.end - span.start
                own[span.label] += length if span.label is None else length**2
    chance = {
        (c, k): total
        * (margin[c] * margin[k] - (own[c] if c == k else 0))
        / (total**2 - sum(own.values()))
        for c, k in observed
    }
    if binary:
        d_o, d_e = (sum(table[None, k] for k in ("x", "y")) for table in (observed, chance))
    else:
        d_o, d_e = (sum(v for (c, k), v in each.items() if c != k) for each in (observed, chance))
    return 1 - d_o / d_e if d_e > 1e-9 else None


def naive_coding(marks: list[Marks]) -> float | None:
    """Equations 10 and 11: intersections of marked passages only."""
    observed = coincidences(marks)
    valued = {c: sum(observed[c, k] for k in ("x", "y")) for c in ("x", "y")}
    total, own = sum(valued.values()), {"x": 0.0, "y": 0.0}
    for each in marks:
        for i, j in permutations(RATERS, 2):
            for g in each[i]:
                own[g.label] += sum(shared(g, h) for h in each[j]) ** 2 / (len(RATERS) - 1)
    if not total:
        return None
    below = total - sum(own.values()) / total
    if below <= 0:
        return None
    expected = total - sum((valued[c] ** 2 - own[c]) / below for c in valued)
    disagreed = observed["x", "y"] + observed["y", "x"]
    return 1 - disagreed / expected if expected > 1e-9 else None


@given(marks=texts)
@few
def test_unitizing_alpha_equals_the_formulas_as_loops(marks: list[Marks]) -> None:
    for form, wanted in (
        ("u_alpha", naive_alpha(marks, binary=False)),
        ("u_alpha_binary", naive_alpha(marks, binary=True)),
        ("cu_alpha", naive_coding(marks)),
    ):
        found = unitizing_alpha(continua(marks), form)
        assert found.value == (None if wanted is None else pytest.approx(wanted, abs=1e-9)), form
        assert found.coefficient == form


@given(marks=texts)
@few
def test_character_alpha_is_alpha_of_the_characters(marks: list[Marks]) -> None:
    for labels in (True, False):
        rows = [
            (f"{text}/{at}", rater, inside[0] if inside and labels else str(bool(inside)))
            for text, each in enumerate(marks)
            for rater in RATERS
            for at in range(LENGTH)
            for inside in [[s.label for s in each[rater] if s.start <= at < s.end]]
        ]
        wanted = alpha_of_ratings(Ratings.from_long(*zip(*rows, strict=True)))
        found = character_alpha(continua(marks), labels=labels)
        assert found.undefined == wanted.undefined
        assert found.value == (None if wanted.value is None else pytest.approx(wanted.value))
        assert found.n_units == len(marks)


@given(marks=texts)
@few
def test_f1_equals_counting_spans_found_again(marks: list[Marks]) -> None:
    pairs = [(e[i], e[j]) for e in marks for i, j in permutations(RATERS, 2)]
    n = sum(len(first) for first, _ in pairs)
    exact = sum(span in second for first, second in pairs for span in first)
    soft = sum(
        shared(a, b) / (a.end - a.start)
        for first, second in pairs
        for a in first
        for b in second
        if a.label == b.label
    )
    for match, found in (("exact", exact), ("soft", soft)):
        estimate = span_f1(continua(marks), match)
        assert estimate.value == (pytest.approx(found / n) if n else None)
        assert estimate.undefined == (None if n else "no_spans")


@given(marks=texts, order=st.permutations(RATERS))
@few
def test_order_of_raters_texts_and_names_of_labels_are_irrelevant(
    marks: list[Marks], order: list[str]
) -> None:
    swap = {"x": "why", "y": "ex"}
    moved = [
        {r: [Span(s.start, s.end, swap[s.label]) for s in reversed(each[r])] for r in order}
        for each in reversed(marks)
    ]
    for function in (character_alpha, unitizing_alpha, span_f1):
        first, second = function(continua(marks)), function(continua(moved))
        assert first.undefined == second.undefined
        if first.value is not None:
            assert first.value == pytest.approx(second.value)
            assert (first.se is None) == (second.se is None)
            assert first.se is None or first.se == pytest.approx(second.se, abs=1e-9)


@given(marked=st.lists(segmented(), min_size=2, max_size=4))
@few
def test_perfect_agreement_is_one(marked: list[Marks]) -> None:
    marks = [dict.fromkeys(RATERS, each["a"]) for each in marked]
    assume(any(each["a"] for each in marks))
    for function in (character_alpha, unitizing_alpha, span_f1):
        found = function(continua(marks))
        assert found.value is None or found.value == pytest.approx(1)


def test_interval_leaves_out_whole_items() -> None:
    rng = np.random.default_rng(4)
    marks = []
    for _ in range(8):
        start, shift = int(rng.integers(0, 5)), int(rng.integers(0, 3))
        marks.append({"a": [Span(start, start + 4, "x")], "b": [Span(start + shift, 10, "x")]})
    for function in (character_alpha, unitizing_alpha, span_f1):
        whole = function(continua(marks))
        values = [function(continua(marks[:at] + marks[at + 1 :])).value for at in range(8)]
        left_out = np.array(values, dtype=float)
        se = np.sqrt(7 / 8 * ((left_out - left_out.mean()) ** 2).sum())
        assert (whole.se, whole.ci_method) == (pytest.approx(se), "jackknife_t")


def test_texts_of_one_item_are_one_unit() -> None:
    marks = {"a": [Span(0, 3, "x")], "b": [Span(1, 4, "x")]}
    apart = [Continuum(9, marks) for _ in range(4)]
    together = [Continuum(9, marks, item=at // 2) for at in range(4)]
    assert character_alpha(apart).n_units == 4
    assert character_alpha(together).n_units == 2
    assert character_alpha(together).value == pytest.approx(character_alpha(apart).value)


def test_overlaps_are_joined_or_refused_with_a_reason() -> None:
    same = Continuum(9, {"a": [Span(0, 4, "x"), Span(2, 6, "x")], "b": [Span(0, 6, "x")]})
    assert unitizing_alpha([same]).value == 1
    mixed = Continuum(9, {"a": [Span(0, 4, "x"), Span(2, 6, "y")], "b": [Span(0, 6, "x")]})
    assert unitizing_alpha([mixed]).undefined == "overlapping_spans"
    assert character_alpha([mixed]).value is not None
    assert character_alpha([mixed], labels=False).value == 1


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ([], "no_data"),
        ([Continuum(5, {"a": [Span(0, 2)]})], "no_pairable_units"),
        ([Continuum(5, {"a": [], "b": []})], "no_variation"),
        ([Continuum(0, {"a": [], "b": []})], "no_variation"),
    ],
)
def test_what_cannot_be_compared_has_a_reason(texts: list[Continuum], reason: str) -> None:
    assert character_alpha(texts).undefined == reason
    assert unitizing_alpha(texts).undefined == reason
    wanted = "no_spans" if reason == "no_variation" else reason
    assert span_f1(texts).undefined == wanted
    assert unitizing_alpha(texts, "cu_alpha").undefined == wanted


@pytest.mark.parametrize("span", [Span(3, 3), Span(4, 2), Span(-1, 2), Span(2, 9)])
def test_spans_that_cannot_be_are_refused(span: Span) -> None:
    with pytest.raises(InvalidSpansError, match="'a' marked"):
        Continuum(5, {"a": [span]})
