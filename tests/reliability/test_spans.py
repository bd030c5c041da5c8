"""Agreement on marked passages equals alpha over characters, computed one by one."""

import random
from collections.abc import Iterable
from typing import Any

import krippendorff
import numpy as np
import pytest

from annotation.models import Item, Round
from reliability.selectors.spans import texts_of
from reliability.services.figures import CriterionFigures, Figure
from reliability.services.finalise import finalise_report
from reliability.services.report import compute_report
from reliability.stats import (
    Continuum,
    Estimate,
    Span,
    character_alpha,
    span_f1,
    unitizing_alpha,
)
from rubrics.choices import Kind, Level
from tests.factories import make_project
from tests.reliability.builders import judged_round

SPANS = {"key": "errors", "kind": Kind.SPAN, "level": Level.NOMINAL}


def _span(start: int | None, end: int | None, **more: str) -> dict[str, Any]:
    return {"start": start, "end": end, "text": "", "label": "wrong", **more}


def test_marks_are_told_apart_by_side() -> None:
    answers = {
        7: [_span(0, 2), _span(1, 3)],
        8: [_span(1, 2, side="response_2")],
        9: [_span(2, 4, side="source")],
    }
    texts = texts_of(answers, {"response_1": 4, "response_2": 3})
    assert [text.length for text in texts] == [4, 3, 4]
    assert [text.spans[7] for text in texts] == [[Span(0, 2, "wrong"), Span(1, 3, "wrong")], [], []]
    assert [text.spans[8] for text in texts] == [[], [Span(1, 2, "wrong")], []]
    assert [text.spans[9] for text in texts] == [[], [], [Span(2, 4, "wrong")]]


@pytest.mark.parametrize("mark", [_span(None, None), _span(1, 1)])
def test_passages_without_a_place_or_characters_mark_nothing(mark: dict[str, Any]) -> None:
    (text,) = texts_of({7: [mark]}, {"response_1": 2})
    assert (text.length, text.spans) == (2, {7: []})


def _is_marked(spans: list[dict[str, Any]] | None, place: int) -> float:
    if spans is None:
        return np.nan
    return float(any(span["start"] <= place < span["end"] for span in spans))


@pytest.mark.django_db
def test_alpha_over_characters_equals_the_independent_package() -> None:
    table = [
        [[_span(0, 6)], [_span(0, 8)], [_span(2, 6)]],
        [[], [_span(3, 5)], []],
        [[], [], None],
        [[_span(1, 4)], None, None],
    ]
    round_, items, _ = judged_round(make_project(), SPANS, table)
    alpha = compute_report(round_).criteria[0].figure("krippendorff_alpha")
    columns = []
    for item, row in zip(items, table, strict=True):
        texts = [response["text"] for response in item.content["responses"]]
        length = sum(map(len, texts))
        columns += [[_is_marked(spans, place) for spans in row] for place in range(length)]
    expected = krippendorff.alpha(np.array(columns).T, level_of_measurement="nominal")
    assert alpha is not None
    assert alpha.estimate == pytest.approx(expected)
    assert (alpha.n_units, alpha.weights) == (3, "characters")
    assert alpha.ci_low is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([], "no_data"),
        ([[[_span(0, 2)]]], "no_pairable_units"),
        ([[[], []], [[], []]], "no_variation"),
    ],
)
def test_undefined_marks_say_why(table: list[list[Any]], reason: str) -> None:
    round_, _, _ = judged_round(make_project(), SPANS, table)
    alpha = compute_report(round_).criteria[0].figure("krippendorff_alpha")
    assert alpha is not None
    assert (alpha.estimate, alpha.undefined_reason) == (None, reason)


LABELLED = SPANS | {"anchors": ["wrong", "missing", "style"]}
TEXT = "w" * 40


def _marks(draw: random.Random) -> list[dict[str, Any]]:
    """Passages that do not overlap, of random labels, on both responses."""
    marks = []
    for side in ("response_1", "response_2"):
        edges = sorted(draw.sample(range(len(TEXT)), 2 * draw.randint(0, 2)))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            label = draw.choice(["wrong", "missing", "style"])
            marks.append(_span(start, end, side=side) | {"label": label})
    return marks


def _study(seed: int, *, n_items: int = 30) -> tuple[Round, list[Item], list[list[Any]]]:
    """Raters who mark the same passages or their own; gaps; items in groups of two."""
    draw = random.Random(seed)
    table: list[list[Any]] = []
    for _ in range(n_items):
        truth = _marks(draw)
        row = [truth if draw.random() < 0.6 else _marks(draw) for _ in range(3)]
        table.append([None if draw.random() < 0.2 else marks for marks in row])
    round_, items, _ = judged_round(make_project(), LABELLED, table)
    for place, item in enumerate(items):
        item.content["responses"] = [{"text": TEXT}, {"text": TEXT}]
        item.sources = [{"model": "a" if place % 3 else "b"}]
    Item.objects.bulk_update(items, ["content", "sources"])
    return round_, items, table


def _continua(table: Iterable[list[Any]]) -> list[Continuum]:
    return [
        Continuum(
            len(TEXT),
            {
                rater: [
                    Span(mark["start"], mark["end"], mark["label"])
                    for mark in marks
                    if mark["side"] == side
                ]
                for rater, marks in enumerate(row)
                if marks is not None
            },
            item=place,
        )
        for place, row in enumerate(table)
        for side in ("response_1", "response_2")
    ]


def _criterion(round_: Round) -> CriterionFigures:
    return compute_report(round_).criteria[0]


def _assert_equal(found: Figure, expected: Estimate) -> None:
    assert found.estimate == pytest.approx(expected.value)
    assert found.ci_low == pytest.approx(expected.ci_low)
    assert found.ci_high == pytest.approx(expected.ci_high)
    assert (found.n_units, found.n_ratings) == (expected.n_units, expected.n_ratings)
    assert (found.n_raters, found.n_pairable) == (expected.n_raters, expected.n_pairable)


@pytest.mark.django_db
def test_figures_are_those_of_the_statistics() -> None:
    round_, _items, table = _study(1)
    figures = {(each.coefficient, each.weights): each for each in _criterion(round_).figures}
    texts = _continua(table)
    wanted = {
        ("krippendorff_alpha", "characters"): character_alpha(texts, labels=False),
        ("krippendorff_alpha", "labelled_characters"): character_alpha(texts),
        ("u_alpha", None): unitizing_alpha(texts),
        ("span_f1_exact", None): span_f1(texts),
        ("span_f1_soft", None): span_f1(texts, "soft"),
    }
    assert set(figures) == {*wanted, ("percent_agreement", "characters")}
    for name, estimate in wanted.items():
        _assert_equal(figures[name], estimate)


@pytest.mark.django_db
def test_agreement_is_the_mean_share_of_pairs_over_items() -> None:
    round_, _items, table = _study(2, n_items=8)
    agreement = _criterion(round_).figure("percent_agreement")
    shares = []
    for row in table:
        given = [marks for marks in row if marks is not None]
        if len(given) < 2:
            continue
        marked = [
            [
                any(m["side"] == side and m["start"] <= at < m["end"] for m in marks)
                for side in ("response_1", "response_2")
                for at in range(len(TEXT))
            ]
            for marks in given
        ]
        pairs = [(a, b) for i, a in enumerate(marked) for b in marked[:i]]
        shares.append(np.mean([np.equal(a, b) for a, b in pairs]))
    assert agreement is not None
    assert agreement.estimate == pytest.approx(np.mean(shares))


@pytest.mark.django_db
def test_slices_of_marks_are_figures_of_their_items() -> None:
    round_, _items, table = _study(3, n_items=90)
    family = _criterion(round_).slice_family("model")
    assert family is not None
    for row in family.rows:
        part = [given for place, given in enumerate(table) if (place % 3 > 0) == (row.value == "a")]
        assert row.figure is not None
        _assert_equal(row.figure, character_alpha(_continua(part), labels=False))
        assert row.difference is not None
        assert row.difference.value is not None


@pytest.mark.django_db
def test_items_of_a_group_are_left_out_together_and_every_figure_is_computed_again() -> None:
    round_, items, _table = _study(4)
    before = _criterion(round_).figures
    for place, item in enumerate(items):
        item.group = f"text {place // 2}" if place < 20 else ""
    Item.objects.bulk_update(items, ["group"])
    for alone, grouped in zip(before, _criterion(round_).figures, strict=True):
        assert grouped.estimate == alone.estimate
        assert grouped.ci_low != alone.ci_low
    checks = finalise_report(round_=round_, actor=None, reason="a test").data["checks"]
    assert checks["n_differing"] == 0
    compared = [each for each in checks["figures"] if each["interval_difference"] is not None]
    assert len(compared) == len(checks["figures"]) == 6


@pytest.mark.django_db
def test_overlapping_labels_leave_alpha_over_characters() -> None:
    """Unitizing knows no passage in two values; characters take the set of both."""
    both = [_span(0, 4), _span(2, 6) | {"label": "style"}]
    round_, _items, _ = judged_round(make_project(), LABELLED, [[both, [_span(0, 4)]], [[], []]])
    figures = {each.coefficient: each for each in _criterion(round_).figures}
    assert figures["u_alpha"].undefined_reason == "overlapping_spans"
    assert figures["krippendorff_alpha"].estimate is not None
    assert figures["span_f1_exact"].estimate is not None
