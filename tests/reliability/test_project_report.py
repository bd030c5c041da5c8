"""Several rounds side by side: what changed, what is pooled, and what must not be mixed."""

import random
from typing import Any

import numpy as np
import pytest

from annotation.choices import RoundKind
from annotation.models import Item, Round
from reliability.selectors.ratings import ratings_of
from reliability.selectors.scales import scales_of
from reliability.services.project_report import project_figures
from reliability.services.report import compute_report, save_report
from reliability.stats import Ratings, krippendorff_alpha
from reliability.stats.differences import difference
from rubrics.choices import Kind, Level
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
)
from tests.reliability.builders import judge

pytestmark = pytest.mark.django_db

NUMERIC = {"key": "quality", "kind": Kind.NUMERIC, "level": Level.INTERVAL}


class Study:
    """A project whose rounds are judged with a wanted share of slips."""

    def __init__(self) -> None:
        self.project = make_project()
        self.raters = [make_rater(self.project) for _ in range(3)]
        self.rng = random.Random(5)

    def version(self, criterion: dict[str, Any] = ORDINAL, key: str = "quality") -> Any:
        return make_rubric_version(self.project, criterion, key=key)

    def round(self, version: Any, *, slips: float, items: list[Item] | None = None) -> Round:
        items = items or make_items(self.project, 30)
        round_ = make_round(self.project, version=version, items=items, raters=self.raters)
        for place, item in enumerate(items):
            for rater in self.raters:
                judge(round_, item, rater, {"quality": self._value(place, slips)})
        return round_

    def _value(self, place: int, slips: float) -> int:
        return self.rng.randint(1, 5) if self.rng.random() < slips else 1 + place % 5

    def alpha(self, round_: Round) -> float:
        figure = compute_report(round_).criteria[0].figure("krippendorff_alpha")
        assert figure is not None
        assert figure.estimate is not None
        return figure.estimate


@pytest.fixture
def study() -> Study:
    return Study()


def test_a_criterion_is_followed_through_the_rounds(study: Study) -> None:
    version = study.version()
    first, second = study.round(version, slips=0.6), study.round(version, slips=0.1)
    figures = project_figures([second, first])
    assert [column.public_id for column in figures.rounds] == [first.public_id, second.public_id]
    (track,) = figures.criteria
    before, after = track.cells
    assert before.change is None
    assert after.change is not None
    expected = study.alpha(second) - study.alpha(first)
    assert after.change.value == pytest.approx(expected)
    assert after.change.ci_low is not None
    assert after.change.ci_high is not None
    assert after.change.ci_low < expected < after.change.ci_high
    assert (after.is_paired, after.is_new_version) == (False, False)


def test_rounds_that_share_items_are_compared_item_by_item(study: Study) -> None:
    version, items = study.version(), make_items(study.project, 30)
    first = study.round(version, slips=0.5, items=items)
    second = study.round(version, slips=0.3, items=items)
    (track,) = project_figures([first, second]).criteria
    change = track.cells[1].change
    assert track.cells[1].is_paired
    assert change is not None
    now, then = (next(iter(ratings_of(r, scales_of(r))))[1] for r in (second, first))
    paired = difference("krippendorff_alpha", now, then)
    assert (change.value, change.ci_low) == (paired.value, paired.ci_low)
    assert change.n_units == 30
    assert (track.pooled, track.why_not_pooled) == (None, "shared_items")


def test_pooled_alpha_is_that_of_all_items_together(study: Study) -> None:
    version = study.version()
    rounds = [study.round(version, slips=slips) for slips in (0.2, 0.4)]
    (track,) = project_figures(rounds).criteria
    parts = [next(iter(ratings_of(round_, scales_of(round_))))[1] for round_ in rounds]
    together = Ratings.from_codes(
        np.concatenate([parts[0].units, parts[1].units + parts[0].n_units]),
        np.concatenate([part.raters for part in parts]),
        np.concatenate([part.values for part in parts]),
        rater_labels=parts[0].rater_labels,
        points=parts[0].points,
        level=parts[0].level,
    )
    assert track.pooled is not None
    expected = krippendorff_alpha(together.patterns())
    assert track.pooled.estimate == pytest.approx(expected.value)
    assert track.pooled.ci_low == pytest.approx(expected.ci_low)
    assert track.pooled.n_units == 60
    assert track.pooled.n_raters == 3
    assert track.pooled_rounds == tuple(each.public_id for each in rounds)
    assert track.pooled_versions == (str(version),)


def test_nothing_is_pooled_across_versions_unless_asked(study: Study) -> None:
    old, new = study.version(), study.version()
    first, second = study.round(old, slips=0.3), study.round(new, slips=0.3)
    (track,) = project_figures([first, second]).criteria
    assert (track.pooled, track.why_not_pooled) == (None, "one_round")
    assert track.cells[1].is_new_version
    assert track.cells[1].change is not None
    mixed = project_figures([first, second], is_mixed=True)
    assert mixed.is_mixed
    assert mixed.criteria[0].pooled is not None
    assert mixed.criteria[0].pooled_versions == (str(old), str(new))


def test_another_scale_under_the_same_key_is_no_change(study: Study) -> None:
    first = study.round(study.version(), slips=0.3)
    shorter = ORDINAL | {"anchors": [1, 2, 3, 4, 5, 6]}
    second = study.round(study.version(shorter), slips=0.3)
    (track,) = project_figures([first, second], is_mixed=True).criteria
    assert track.points_differ
    assert track.cells[1].change is None
    assert (track.pooled, track.why_not_pooled) == (None, "points_differ")


def test_numbers_are_one_scale_whichever_were_given(study: Study) -> None:
    version = study.version(NUMERIC)
    first, second = study.round(version, slips=0.3), study.round(version, slips=0.1)
    (track,) = project_figures([first, second]).criteria
    assert not track.points_differ
    assert track.cells[1].change is not None


def test_large_rounds_wait_for_their_figures(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    version = study.version()
    first, second = study.round(version, slips=0.3), study.round(version, slips=0.1)
    monkeypatch.setattr("reliability.services.project_report.AT_ONCE", 0)
    assert project_figures([first, second]).criteria == ()
    save_report(round_=second)
    figures = project_figures([first, second])
    assert [column.computed_at is None for column in figures.rounds] == [True, False]
    (track,) = figures.criteria
    assert track.cells[0].figure is None
    assert track.cells[1].figure is not None
    assert track.cells[1].change is None


def test_a_criterion_that_only_one_round_has_leaves_the_others_empty(study: Study) -> None:
    first = study.round(study.version(), slips=0.3)
    version = study.version(CATEGORICAL, key="other")
    items = make_items(study.project, 3)
    second = make_round(
        study.project, version=version, items=items, raters=study.raters, kind=RoundKind.CALIBRATION
    )
    for item in items:
        for rater in study.raters:
            judge(second, item, rater, {"verdict": "yes"})
    figures = project_figures([first, second])
    verdict = figures.criterion("verdict")
    assert verdict is not None
    assert verdict.cells[0].figure is None
    assert verdict.cells[1].figure is not None
    assert verdict.cells[1].figure.undefined_reason == "no_variation"
