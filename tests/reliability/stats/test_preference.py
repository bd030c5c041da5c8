"""Agreement on preferences with ties, against a loop over pairs of raters."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliability.stats import (
    Patterns,
    Ratings,
    coefficient,
    percent_agreement,
    preference_agreement,
    preference_kappa,
)
from reliability.stats.errors import StatisticsError

pytestmark = pytest.mark.pure
POINTS = ("response_1", "response_2", "tie")
units = st.lists(st.lists(st.sampled_from(POINTS), max_size=4), max_size=8)


def patterns(rated: list[list[str]], points: tuple[str, ...] = POINTS) -> Patterns:
    counts = [[unit.count(point) for point in points] for unit in rated]
    return Patterns(np.array(counts).reshape(-1, len(points)), np.ones(len(rated)), points)


@given(rated=units, credit=st.sampled_from([0.0, 0.5, 1.0]))
@settings(max_examples=60, deadline=None)
def test_agreement_equals_a_naive_loop(rated: list[list[str]], credit: float) -> None:
    shares = [
        np.mean(
            [1 if a == b else credit if "tie" in (a, b) else 0 for a, b in combinations(unit, 2)]
        )
        for unit in rated
        if len(unit) > 1
    ]
    found = preference_agreement(patterns(rated), tie_credit=credit)
    assert found.value == (pytest.approx(np.mean(shares)) if shares else None)


@given(rated=units)
@settings(max_examples=40, deadline=None)
def test_order_of_points_and_names_of_sides_are_irrelevant(rated: list[list[str]]) -> None:
    mirror = {"response_1": "response_2", "response_2": "response_1", "tie": "tie"}
    turned = [[mirror[each] for each in unit] for unit in rated]
    for function in (preference_agreement, preference_kappa):
        value = function(patterns(rated)).value
        for other in (patterns(rated, POINTS[::-1]), patterns(turned)):
            again = function(other).value
            assert again == (value if value is None else pytest.approx(value))


def test_linear_weights_over_the_ordered_outcomes_are_the_same_figure() -> None:
    rated = [["response_1", "tie"], ["tie", "tie"], ["response_2", "response_1"], ["tie"]]
    ordered = patterns(rated, ("response_1", "tie", "response_2"))
    linear = percent_agreement(ordered, "linear")
    assert preference_agreement(patterns(rated)).value == pytest.approx(linear.value)
    assert preference_agreement(patterns(rated)).se == pytest.approx(linear.se)
    cells = [(u, r, value) for u, unit in enumerate(rated) for r, value in enumerate(unit)]
    long = Ratings.from_long(*zip(*cells, strict=True), categories=ordered.points)
    fleiss = coefficient("fleiss_kappa", long, weights="linear")
    assert preference_kappa(patterns(rated)).value == pytest.approx(fleiss.value)


def test_scales_without_ties_are_plain_agreement() -> None:
    rated = [["response_1", "response_2"], ["response_1", "response_1"]]
    two = patterns(rated, POINTS[:2])
    assert preference_agreement(two).value == 0.5
    assert preference_agreement(two, tie_credit=0).value == percent_agreement(two).value


def test_what_is_no_preference_has_a_reason() -> None:
    other = Patterns([[1, 1]], [3], ("yes", "no"))
    single = patterns([["tie"], ["response_1"]])
    for function in (preference_agreement, preference_kappa):
        assert function(other).undefined == "needs_preferences"
        assert function(single).undefined == "no_pairable_units"
        assert function(patterns([])).undefined == "no_data"
    assert preference_kappa(patterns([["tie", "tie"]] * 3)).undefined == "no_variation"
    with pytest.raises(StatisticsError):
        preference_agreement(single, tie_credit=2)
