"""The report of a round: its figures, their independent checks and when they are computed."""

import json
import random
from typing import Any

import pytest

from annotation.choices import Basis
from annotation.models import Judgment
from reliability.models import Report
from reliability.services.figures import figures_from
from reliability.services.report import (
    compute_report,
    figures_of,
    last_report,
    save_report,
    stored_report,
)
from reliability.stats import Patterns, preference_agreement, preference_kappa
from rubrics.choices import Kind, Level
from tests.factories import CATEGORICAL, ORDINAL, PAIRWISE, make_project, make_rater, make_round
from tests.reliability.builders import judge, judged_round

pytestmark = pytest.mark.django_db

NUMERIC = {"key": "seconds", "kind": Kind.NUMERIC, "level": Level.RATIO}
LABELS = {
    "key": "faults",
    "kind": Kind.MULTI_LABEL,
    "level": Level.SET,
    "anchors": ["a", "b", "c"],
}
TEXT = {"key": "comment", "kind": Kind.TEXT, "level": Level.NOMINAL}
# Cohen's worked example of two raters: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no.
COHEN = [["yes", "yes"]] * 20 + [["yes", "no"]] * 5 + [["no", "yes"]] * 10 + [["no", "no"]] * 15


def _noisy(n: int, values: list[Any], raters: int = 3) -> list[list[Any]]:
    rng = random.Random(3)
    rows = []
    for _ in range(n):
        true = rng.choice(values)
        rows.append([true if rng.random() < 0.7 else rng.choice(values) for _ in range(raters)])
    return rows


def test_kappa_of_a_pair_is_the_textbook_one() -> None:
    round_, _, raters = judged_round(make_project(), CATEGORICAL, COHEN)
    criterion = compute_report(round_).criteria[0]
    (kappa,) = criterion.pairs
    assert kappa.estimate == pytest.approx(0.4)
    assert kappa.raters == tuple(sorted(rater.code for rater in raters))
    assert (kappa.coefficient, kappa.weights, kappa.n_units) == ("cohen_kappa", "identity", 50)
    assert kappa.ci_low is not None
    assert kappa.ci_high is not None
    assert kappa.ci_low < 0.4 < kappa.ci_high
    agreement = criterion.figure("percent_agreement")
    assert agreement is not None
    assert agreement.estimate == pytest.approx(0.7)


def test_ordered_criteria_have_weighted_kappa_beside_the_plain_one() -> None:
    round_, _, _ = judged_round(make_project(), ORDINAL, _noisy(40, [1, 2, 3, 4, 5], raters=2))
    weights = [figure.weights for figure in compute_report(round_).criteria[0].pairs]
    assert weights == ["identity", "quadratic"]


@pytest.mark.parametrize(
    ("criterion", "values"),
    [
        (ORDINAL, [1, 2, 3, 4, 5]),
        (CATEGORICAL, ["yes", "no", "unsure"]),
        (NUMERIC, [1.5, 2, 7.25, 30, 31]),
    ],
)
def test_alpha_and_kappa_equal_the_independent_packages(
    criterion: dict[str, Any], values: list[Any]
) -> None:
    table = _noisy(40, values)
    table[0][1] = table[1][0] = table[2][2] = None
    round_, _, _ = judged_round(make_project(), criterion, table)
    figures = compute_report(round_).criteria[0]
    alpha = figures.figure("krippendorff_alpha")
    assert alpha is not None
    checks = [alpha.check, *(pair.check for pair in figures.pairs)]
    assert len(checks) > 3
    for check in checks:
        assert check is not None
        assert check.value is not None
        assert check.difference == pytest.approx(0, abs=1e-9)


def test_sets_have_agreement_by_overlap_that_the_package_confirms() -> None:
    table = _noisy(30, [["a"], ["a", "b"], [], ["c"]])
    round_, _, _ = judged_round(make_project(), LABELS, table)
    figures = compute_report(round_).criteria[0]
    alpha = figures.figure("krippendorff_alpha")
    assert alpha is not None
    assert alpha.level == "set"
    assert alpha.estimate is not None
    assert alpha.check is not None
    assert alpha.check.difference == pytest.approx(0, abs=1e-12)
    assert [each.value for each in figures.distribution] == [[], ["a"], ["a", "b"], ["c"]]


@pytest.mark.parametrize("has_ties", [True, False])
def test_preferences_count_a_tie_between_the_two_responses(has_ties: bool) -> None:
    options: dict[str, Any] = {} if has_ties else {"options": {"tie": False}}
    points = ["response_1", "tie", "response_2"] if has_ties else ["response_1", "response_2"]
    table = _noisy(30, points)
    round_, _, _ = judged_round(make_project(), PAIRWISE | options, table)
    criterion = compute_report(round_).criteria[0]
    assert criterion.points == tuple(points)
    given = [value for row in table for value in row]
    shares = [(each.value, each.n) for each in criterion.distribution]
    assert shares == [(point, given.count(point)) for point in points]
    counts = [[row.count(point) for point in points] for row in table]
    patterns = Patterns(counts, [1] * len(counts), points)
    for expected in (preference_agreement(patterns), preference_kappa(patterns)):
        figure = criterion.figure(expected.coefficient)
        assert figure is not None
        assert figure.weights == "tie_credit"
        assert figure.estimate == pytest.approx(expected.value)
        assert figure.ci_low == pytest.approx(expected.ci_low)
    labels = ("A is better", "Tie", "B is better") if has_ties else ("A is better", "B is better")
    assert criterion.labels == labels


def test_free_text_has_no_agreement() -> None:
    round_, _, _ = judged_round(make_project(), TEXT, [["fine", "bad"]])
    criterion = compute_report(round_).criteria[0]
    assert (criterion.figures, criterion.pairs) == ((), ())
    assert criterion.n_ratings == 2


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([], "no_data"),
        ([["yes"], ["no"], ["no"]], "no_pairable_units"),
        ([["yes", None], [None, "no"]], "no_pairable_units"),
        ([["yes", "yes"]] * 5, "no_variation"),
    ],
)
def test_what_cannot_be_computed_says_why(table: list[list[Any]], reason: str) -> None:
    round_, _, _ = judged_round(make_project(), CATEGORICAL, table)
    alpha = compute_report(round_).criteria[0].figure("krippendorff_alpha")
    assert alpha is not None
    assert (alpha.estimate, alpha.undefined_reason) == (None, reason)
    assert (alpha.ci_low, alpha.ci_high, alpha.se) == (None, None, None)


def test_only_independent_ratings_count_and_the_rest_is_shown() -> None:
    """Re-votes after a reveal, surplus and check answers are marked and left out (T77)."""
    project = make_project()
    round_, items, _ = judged_round(project, CATEGORICAL, COHEN)
    before = compute_report(round_).criteria[0]
    for basis in (Basis.REVOTE, Basis.SURPLUS, Basis.CHECK):
        # Two of each, so that they would make pairs of their own if anything counted them.
        for late in (make_rater(project), make_rater(project)):
            for item in items[:7]:
                judge(round_, item, late, {"verdict": "unsure"}, basis=basis)
    declined = make_rater(project)
    judge(round_, items[0], declined, {"verdict": {"abstain": True, "reason": "cut off"}})
    after = compute_report(round_).criteria[0]
    assert after.figures == before.figures
    assert after.pairs == before.pairs
    excluded = after.excluded
    assert (excluded.revotes, excluded.surplus, excluded.checks) == (14, 14, 14)
    assert excluded.abstentions == 1


def test_confusions_name_the_values_given_to_the_same_items() -> None:
    round_, _, _ = judged_round(make_project(), CATEGORICAL, [["yes", "no", "no"], ["yes", "yes"]])
    (confusion,) = compute_report(round_).criteria[0].confusions
    assert confusion.values == ("yes", "no")
    assert confusion.labels == ("Label yes", "Label no")
    assert (confusion.n_items, confusion.n_pairs) == (1, 2)


def test_figures_survive_json() -> None:
    round_, _, _ = judged_round(make_project(), LABELS, _noisy(10, [["a"], ["b", "c"]]))
    figures = compute_report(round_)
    assert figures_from(json.loads(json.dumps(figures.to_json()))) == figures


def test_report_is_computed_once_for_one_state(django_assert_num_queries: Any) -> None:
    round_, _, _ = judged_round(make_project(), CATEGORICAL, COHEN)
    first = save_report(round_=round_)
    assert save_report(round_=round_) == first
    assert stored_report(round_) == first
    with django_assert_num_queries(2):
        found = stored_report(round_)
    assert found is not None
    assert figures_of(found).criteria[0].n_items == 50


def test_a_new_judgment_or_revision_makes_the_report_stale() -> None:
    project = make_project()
    round_, items, raters = judged_round(project, CATEGORICAL, COHEN)
    first = save_report(round_=round_)
    judge(round_, items[0], make_rater(project), {"verdict": "no"})
    assert stored_report(round_) is None
    assert last_report(round_) == first
    second = save_report(round_=round_)
    Judgment.objects.filter(item=items[3], rater=raters[0]).update(revision=2)
    assert stored_report(round_) is None
    assert save_report(round_=round_) != second
    assert Report.objects.filter(round=round_).count() == 3


@pytest.mark.parametrize("n_criteria", [1, 3])
def test_a_report_takes_the_same_queries_for_any_number_of_criteria(
    n_criteria: int, django_assert_num_queries: Any
) -> None:
    from tests.factories import make_items, make_rubric_version

    project = make_project()
    criteria = [ORDINAL | {"key": f"q{i}"} for i in range(n_criteria)]
    version = make_rubric_version(project, *criteria)
    items, raters = make_items(project, 4), [make_rater(project) for _ in range(2)]
    round_ = make_round(project, version=version, items=items, raters=raters)
    for item in items:
        for rater, value in zip(raters, (2, 4), strict=True):
            judge(round_, item, rater, {f"q{i}": value for i in range(n_criteria)})
    with django_assert_num_queries(18):
        compute_report(round_)
