"""Parts of items as the unit of every figure: counted, grouped by item, listed and decided."""

from collections import Counter
from itertools import product
from typing import Any

import krippendorff
import numpy as np
import pytest

from annotation.choices import Basis
from annotation.models import Item, Rating, Round
from annotation.services.rounds import close_round
from reliability.choices import DisagreementRule
from reliability.models import Case
from reliability.report_files.figures_again import compare
from reliability.selectors.cases import answers_to
from reliability.selectors.disagreement import split_items
from reliability.selectors.judgments import Filters, judgments_of, rated_items
from reliability.selectors.ratings import ratings_of
from reliability.selectors.scales import Scale, scales_of
from reliability.selectors.units import ItemPart
from reliability.services.cases import queue_cases
from reliability.services.decisions import value_distribution
from reliability.services.figures import CriterionFigures, figures_from
from reliability.services.finalise import finalise_report
from reliability.services.pooling import pooled_alpha
from reliability.services.project_report import project_figures
from reliability.services.report import compute_report
from reliability.stats import krippendorff_alpha
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

PER_TURN = ORDINAL | {"key": "clear", "options": {"per": "turn"}}
PER_RESPONSE = CATEGORICAL | {"key": "right", "options": {"per": "response"}}
NUMBER = {"key": "score", "kind": "numeric", "level": "interval", "options": {"per": "response"}}
LABELS = {
    "key": "faults",
    "kind": "multi_label",
    "level": "set",
    "anchors": ["a", "b", "c"],
    "options": {"per": "response"},
}
MARKS = {"key": "marks", "kind": "span", "level": "nominal", "options": {"per": "response"}}
CRITERIA = (ORDINAL, PER_TURN, PER_RESPONSE, NUMBER, LABELS, MARKS)
TURNS = ("turn_2", "turn_10", "response_1", "response_2")
RESPONSES = ("response_1", "response_2")


def study(n_items: int = 12, *, seed: int = 1, group: bool = False) -> Round:
    """Three raters, six criteria, some of parts; ten turns, so that names don't sort as text."""
    rng = np.random.default_rng(seed)
    project = make_project()
    version = make_rubric_version(project, *CRITERIA)
    items = make_items(project, n_items, responses=2)
    for n, item in enumerate(items):
        item.content["messages"] = [
            {"role": "user" if at % 2 == 0 else "assistant", "content": f"line {at}"}
            for at in range(10)
        ]
        item.group = f"g{n // 2}" if group else ""
        item.save()
    raters = [make_rater(project) for _ in range(3)]
    round_ = make_round(project, version=version, items=items, raters=raters)
    for item in items:
        level = int(rng.integers(1, 6))
        for at, rater in enumerate(raters):
            judge(round_, item, rater, _answers(rng, level, is_first=at == 0))
    return round_


def _answers(rng: np.random.Generator, level: int, *, is_first: bool) -> dict[str, Any]:
    def near() -> int:
        return int(np.clip(level + rng.integers(-1, 2), 1, 5))

    values: dict[str, Any] = {
        "quality": near(),
        "clear": {part: near() for part in TURNS if rng.random() < 0.9},
        "right": {part: str(rng.choice(["yes", "no"])) for part in RESPONSES},
        "score": {part: near() * 2.5 for part in RESPONSES},
        "faults": {part: ["a"] if rng.random() < 0.5 else ["a", "b"] for part in RESPONSES},
        "marks": {
            part: [{"start": 0, "end": int(rng.integers(1, 4)), "label": "x"}] for part in RESPONSES
        },
    }
    if is_first and level == 1:
        values["clear"] = {"abstain": True, "reason": "not my language"}
    return values


def of(round_: Round, key: str) -> Scale:
    return next(scale for scale in scales_of(round_) if scale.key == key)


def by_hand(round_: Round, key: str) -> dict[tuple[int, str], dict[int, Any]]:
    """{(item, part): {rater: value}} straight from the rows."""
    found: dict[tuple[int, str], dict[int, Any]] = {}
    rows = Rating.objects.filter(round=round_, criterion__key=key, is_abstention=False)
    for rating in rows.filter(basis=Basis.INDEPENDENT):
        found.setdefault((rating.item_id, rating.part), {})[rating.rater_id] = rating.value
    return found


def alpha_by_hand(round_: Round, key: str, level: str, domain: list[Any]) -> float:
    units = by_hand(round_, key)
    counts = [[Counter(map(str, each.values()))[str(v)] for v in domain] for each in units.values()]
    values = list(range(len(domain))) if isinstance(domain[0], str) else domain
    return float(
        krippendorff.alpha(
            value_counts=np.array(counts), value_domain=values, level_of_measurement=level
        )
    )


def figures(round_: Round, key: str) -> CriterionFigures:
    found = compute_report(round_).criterion(key)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("key", "level", "domain"),
    [
        ("clear", "ordinal", [1, 2, 3, 4, 5]),
        ("right", "nominal", ["yes", "no", "unsure"]),
        ("quality", "ordinal", [1, 2, 3, 4, 5]),
        ("score", "interval", [2.5, 5, 7.5, 10, 12.5]),
    ],
)
def test_alpha_counts_each_part_as_a_unit(key: str, level: str, domain: list[Any]) -> None:
    round_ = study()
    found = figures(round_, key).figure("krippendorff_alpha")
    assert found is not None
    assert found.estimate is not None
    assert found.estimate == pytest.approx(alpha_by_hand(round_, key, level, domain), abs=1e-12)


def test_units_are_items_and_parts_in_their_order() -> None:
    round_ = study(3)
    ((_scale, ratings),) = ratings_of(round_, [of(round_, "clear")])
    expected = {ItemPart(*place) for place in by_hand(round_, "clear")}
    assert set(ratings.unit_labels or ()) == expected
    first = [unit.part for unit in ratings.unit_labels or () if unit.item == min(expected).item]
    assert first == [part for part in TURNS if part in first]


def test_every_kind_of_criterion_is_counted_by_part() -> None:
    report = compute_report(study())
    per = {each.key: (each.per, each.n_whole_items) for each in report.criteria}
    assert per["quality"] == ("", None)
    assert per["clear"] == ("turn", 12)
    for key in ("right", "score", "faults", "marks"):
        found = report.criterion(key)
        assert found is not None
        assert (found.per, found.n_items, found.n_whole_items) == ("response", 24, 12)
        assert found.n_ratings == 72


def test_intervals_leave_out_whole_items_with_all_their_parts() -> None:
    round_ = study()
    ((_scale, ratings),) = ratings_of(round_, [of(round_, "right")])
    items = [unit.item for unit in ratings.unit_labels or ()]
    assert ratings.groups is not None
    assert len(set(zip(items, ratings.groups.tolist(), strict=True))) == len(set(items)) == 12
    whole = krippendorff_alpha(ratings.patterns())
    assert whole.n_groups == 12
    shown = figures(round_, "right").figure("krippendorff_alpha")
    assert shown is not None
    assert (shown.ci_low, shown.ci_high) == (whole.ci_low, whole.ci_high)


def test_parts_of_items_in_one_group_are_left_out_together() -> None:
    round_ = study(group=True)
    ((_scale, ratings),) = ratings_of(round_, [of(round_, "right")])
    assert ratings.groups is not None
    assert len(set(ratings.groups.tolist())) == 6


def test_one_part_an_item_is_as_good_as_the_item() -> None:
    round_ = study()
    Rating.objects.filter(criterion__key="clear").exclude(part="turn_2").delete()
    ((_scale, ratings),) = ratings_of(round_, [of(round_, "clear")])
    assert ratings.groups is None


def test_counting_whole_items_asks_nothing_about_parts(
    django_assert_num_queries: Any,
) -> None:
    """The statement for rubrics without parts is answered by the index of counts alone."""
    round_ = study(2)
    scale = of(round_, "quality")
    with django_assert_num_queries(2) as captured:
        list(ratings_of(round_, [scale]))
    counting = captured.captured_queries[-1]["sql"]
    assert "FROM annotation_rating" in counting
    assert "part" not in counting


def test_recomputation_agrees_on_every_figure() -> None:
    round_ = study()
    report = finalise_report(round_=round_, actor=None, reason="still open")
    checks = report.data["checks"]
    assert checks["n_differing"] == 0
    assert checks["n_compared"] > 20
    assert {row["criterion"] for row in checks["figures"]} == {each["key"] for each in CRITERIA}
    assert report.data["ratings"]["has_parts"] is True


def test_round_without_parts_is_finalised_as_ever() -> None:
    project = make_project()
    version = make_rubric_version(project)
    items, raters = make_items(project, 4), [make_rater(project) for _ in range(2)]
    round_ = make_round(project, version=version, items=items, raters=raters)
    for item, rater in product(items, raters):
        judge(round_, item, rater, {"quality": 3})
    report = finalise_report(round_=round_, actor=None, reason="open")
    assert "has_parts" not in report.data["ratings"]
    assert all("per" not in scale for scale in report.data["scales"])


def test_report_with_parts_is_read_back_unchanged() -> None:
    report = compute_report(study(4))
    assert figures_from(report.to_json()) == report


def test_split_items_name_the_part() -> None:
    round_ = study()
    scale = of(round_, "clear")
    ((_scale, ratings),) = ratings_of(round_, [scale])
    worst = split_items(ratings, scale, n=1)[0]
    values = by_hand(round_, "clear")[worst.item, worst.part]
    assert dict(worst.values) == Counter(values.values())
    shown = figures(round_, "clear").split[0]
    assert shown.part == worst.part


def test_rounds_are_not_pooled_over_parts() -> None:
    rounds = [study(4, seed=seed) for seed in (1, 2)]
    found = pooled_alpha([(each, figures(each, "clear")) for each in rounds])
    assert (found.figure, found.why_not) == (None, "parts_of_items")


def test_change_between_rounds_is_paired_by_item_and_part() -> None:
    round_ = study(8)
    again = make_round(
        round_.project,
        version=round_.rubric_version,
        items=list(Item.objects.filter(project=round_.project)),
        raters=[],
    )
    rng = np.random.default_rng(5)
    raters = [make_rater(round_.project) for _ in range(2)]
    for item, rater in product(Item.objects.filter(project=round_.project), raters):
        judge(again, item, rater, _answers(rng, 3, is_first=False))
    track = {each.key: each for each in project_figures([round_, again]).criteria}
    assert track["clear"].cells[-1].is_paired
    assert track["clear"].cells[-1].change is not None


# -- lists


def test_judgments_are_listed_part_by_part() -> None:
    round_ = study(3)
    scale = of(round_, "clear")
    listed = rated_items(round_, scale, Filters()).items
    expected = by_hand(round_, "clear")
    names = dict(Item.objects.values_list("external_id", "pk"))
    assert {(names[each.external_id], each.part) for each in listed} == set(expected)
    for each in listed:
        counted = [given.value for given in each.given if given.is_counted]
        assert Counter(counted) == Counter(expected[names[each.external_id], each.part].values())


def test_who_abstained_from_all_parts_stands_at_each() -> None:
    round_ = study(12)
    abstained = Rating.objects.filter(criterion__key="clear", is_abstention=True, part="").first()
    assert abstained is not None
    listed = rated_items(round_, of(round_, "clear"), Filters()).items
    of_item = [each for each in listed if each.external_id == abstained.item.external_id]
    assert of_item
    assert all(any(given.is_abstention for given in each.given) for each in of_item)


def test_filters_speak_of_one_and_the_same_part() -> None:
    round_ = study(6)
    scale, expected = of(round_, "right"), by_hand(round_, "right")
    names = dict(Item.objects.values_list("external_id", "pk"))

    def found(filters: Filters) -> set[tuple[int, str]]:
        listed = rated_items(round_, scale, filters).items
        return {(names[each.external_id], each.part) for each in listed}

    both = {unit for unit, given in expected.items() if {"yes", "no"} <= set(given.values())}
    assert found(Filters(values=("yes", "no"))) == both
    assert found(Filters(only_split=True)) == both
    twice = {unit for unit, given in expected.items() if list(given.values()).count("yes") >= 2}
    assert found(Filters(values=("yes", "yes"))) == twice
    assert found(Filters(only_compared=True)) == set(expected)


def test_item_page_has_every_part_of_every_judgment() -> None:
    round_ = study(2)
    item = Item.objects.filter(project=round_.project).first()
    assert item is not None
    for record in judgments_of(round_, item, scales_of(round_)):
        stored = record.judgment.ratings.values_list("criterion__key", "part")
        assert sorted((key, given.part) for key, given in record.given) == sorted(stored)


# -- cases


def test_case_is_of_a_part() -> None:
    round_ = study(6)
    close_round(round_=round_, actor=None)
    queued = queue_cases(round_=round_, rule=DisagreementRule.NOT_UNANIMOUS)
    expected = {
        unit for unit, given in by_hand(round_, "clear").items() if len(set(given.values())) > 1
    }
    cases = Case.objects.filter(criterion__key="clear")
    assert set(cases.values_list("item_id", "part")) == expected
    assert queued.n_created == Case.objects.count()
    assert queue_cases(round_=round_, rule=DisagreementRule.NOT_UNANIMOUS).n_created == 0

    case = cases.first()
    assert case is not None
    votes = by_hand(round_, "clear")[case.item_id, case.part]
    assert value_distribution(case) == dict(sorted(Counter(map(str, votes.values())).items()))
    given = [each for each in answers_to(case) if not each.is_abstention]
    assert Counter(each.value for each in given) == Counter(votes.values())


def test_settled_part_leaves_the_queue_alone() -> None:
    round_ = study(6)
    close_round(round_=round_, actor=None)
    queue_cases(round_=round_, rule=DisagreementRule.NOT_UNANIMOUS)
    case = Case.objects.filter(criterion__key="right").first()
    assert case is not None
    rows = Rating.objects.filter(item=case.item_id, criterion=case.criterion_id, part=case.part)
    rows.update(value="yes", point=0)
    before = set(Case.objects.values_list("pk", flat=True))
    queue_cases(round_=round_, rule=DisagreementRule.NOT_UNANIMOUS)
    assert before - set(Case.objects.values_list("pk", flat=True)) == {case.pk}


def test_script_reads_units_and_not_items() -> None:
    """The delivered script must not fall back on items: without units its figures differ."""
    round_ = study()
    report = finalise_report(round_=round_, actor=None, reason="open")
    assert compare is not None
    alpha = next(
        row
        for row in report.data["checks"]["figures"]
        if row["criterion"] == "clear" and row["coefficient"] == "krippendorff_alpha"
    )
    assert alpha["recomputed"] == pytest.approx(
        alpha_by_hand(round_, "clear", "ordinal", [1, 2, 3, 4, 5]), abs=1e-9
    )
    assert alpha["interval_difference"] == pytest.approx(0, abs=1e-9)
