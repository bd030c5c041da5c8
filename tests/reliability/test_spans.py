"""Agreement on marked passages equals alpha over characters, computed one by one."""

from typing import Any

import krippendorff
import numpy as np
import pytest

from reliability.selectors.spans import marks_by_character
from reliability.services.report import compute_report
from rubrics.choices import Kind, Level
from tests.factories import make_project
from tests.reliability.builders import judged_round

SPANS = {"key": "errors", "kind": Kind.SPAN, "level": Level.NOMINAL}


def _span(start: int | None, end: int | None, **more: str) -> dict[str, Any]:
    return {"start": start, "end": end, "text": "", "label": "wrong", **more}


def test_marks_are_counted_by_character_and_side() -> None:
    answers = [
        [_span(0, 2), _span(1, 3)],
        [_span(1, 2, side="response_2")],
        [_span(2, 4, side="source")],
    ]
    marked = marks_by_character(answers, {"response_1": 4, "response_2": 3})
    assert marked.tolist() == [1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1]


def test_passages_that_were_not_located_mark_nothing() -> None:
    assert marks_by_character([[_span(None, None)]], {"response_1": 2}).tolist() == [0, 0]


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
