"""Leaving raters out of counts equals leaving them out of the ratings."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from reliability.stats import (
    OwnRatings,
    Patterns,
    Ratings,
    coefficient,
    own_ratings,
    rater_influence,
)
from reliability.stats.errors import InvalidCountsError

pytestmark = pytest.mark.pure
NAMES = ["krippendorff_alpha", "percent_agreement", "fleiss_kappa", "gwet_ac1", "gwet_ac2"]


def study(seed: int, *, level: str = "ordinal", filled: float = 0.7) -> Ratings:
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 5, (30, 1))
    values = np.where(rng.random((30, 5)) < 0.6, truth, rng.integers(1, 5, (30, 5)))
    units, raters = np.nonzero(rng.random((30, 5)) < filled)
    return Ratings.from_long(
        units,
        [f"r{rater}" for rater in raters],
        values[units, raters],
        level=level,
        categories=[1, 2, 3, 4],
    )


def kept(ratings: Ratings, rows: np.ndarray) -> Ratings:
    return Ratings.from_codes(
        ratings.units[rows],
        ratings.raters[rows],
        ratings.values[rows],
        rater_labels=ratings.rater_labels,
        points=ratings.points,
        level=ratings.level,
        groups=ratings.groups,
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_value_without_a_rater_is_that_of_the_ratings_without_them(name: str, level: str) -> None:
    ratings = study(1, level=level)
    whole = coefficient(name, ratings).value
    weights = None if name != "gwet_ac2" else coefficient(name, ratings).weights
    found = rater_influence(name, ratings.patterns(), own_ratings(ratings), weights=weights)
    for code, influence in enumerate(found):
        rest = coefficient(name, kept(ratings, ratings.raters != code))
        assert influence.rater == ratings.rater_labels[code]
        assert influence.n_ratings == (ratings.raters == code).sum()
        assert influence.value_without == pytest.approx(rest.value, abs=1e-12)
        assert influence.ci_low == pytest.approx(rest.ci_low, abs=1e-12)
        assert influence.change == pytest.approx(rest.value - whole, abs=1e-12)


@pytest.mark.parametrize("name", ["krippendorff_alpha", "gwet_ac1"])
def test_interval_of_the_change_leaves_the_same_unit_out_of_both(name: str) -> None:
    ratings = study(2)
    influence = rater_influence(name, ratings.patterns(), own_ratings(ratings))[3]
    # Units that are compared neither with the rater nor without change nothing.
    sizes = ratings.ratings_per_unit
    used = [u for u in range(ratings.n_units) if sizes[u] > 1 or name == "gwet_ac1"]

    def change(rows: np.ndarray) -> float:
        rest = coefficient(name, kept(ratings, rows & (ratings.raters != 3))).value
        return rest - coefficient(name, kept(ratings, rows)).value

    left_out = np.array([change(ratings.units != unit) for unit in used])
    n = len(used)
    se = np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    reach = stats.t.ppf(0.975, n - 1) * se
    assert influence.change_ci_low == pytest.approx(influence.change - reach, abs=1e-9)
    assert influence.change_ci_high == pytest.approx(influence.change + reach, abs=1e-9)


def test_groups_are_left_out_whole() -> None:
    plain = study(5)
    grouped = replace(plain, groups=np.arange(plain.n_units) // 3)
    for code, influence in enumerate(
        rater_influence("krippendorff_alpha", grouped.patterns(), own_ratings(grouped))
    ):
        rest = coefficient("krippendorff_alpha", kept(grouped, plain.raters != code))
        assert influence.value_without == pytest.approx(rest.value, abs=1e-12)
        assert influence.ci_low == pytest.approx(rest.ci_low, abs=1e-9)

        def change(rows: np.ndarray, code: int = code) -> float:
            others = coefficient("krippendorff_alpha", kept(plain, rows & (plain.raters != code)))
            return others.value - coefficient("krippendorff_alpha", kept(plain, rows)).value

        left_out = np.array([change(plain.units // 3 != group) for group in range(10)])
        se = np.sqrt(9 / 10 * ((left_out - left_out.mean()) ** 2).sum())
        reach = stats.t.ppf(0.975, 9) * se
        assert influence.change_ci_low == pytest.approx(influence.change - reach, abs=1e-9)


def test_no_interval_where_nobody_says_which_group_a_unit_is_in() -> None:
    plain = study(5)
    grouped = replace(plain, groups=np.arange(plain.n_units) // 3)
    (known, *_), (unknown, *_) = (
        rater_influence("gwet_ac1", grouped.patterns(), own_ratings(ratings))
        for ratings in (grouped, plain)
    )
    assert (unknown.value_without, unknown.change) == pytest.approx(
        (known.value_without, known.change), abs=1e-12
    )
    assert (unknown.ci_low, unknown.change_ci_low) == (None, None)
    assert known.change_ci_low is not None


def test_change_is_known_better_than_two_separate_values_suggest() -> None:
    ratings = study(3, filled=1.0)
    for influence in rater_influence(
        "krippendorff_alpha", ratings.patterns(), own_ratings(ratings)
    ):
        assert influence.change_ci_high - influence.change_ci_low < (
            influence.ci_high - influence.ci_low
        )


def test_careless_rater_stands_out() -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 4, (80, 1))
    values = np.where(rng.random((80, 4)) < 0.9, truth, rng.integers(0, 4, (80, 4)))
    values[:, 2] = rng.integers(0, 4, 80)
    ratings = Ratings.from_long(np.repeat(np.arange(80), 4), list(range(4)) * 80, values.ravel())
    found = rater_influence("krippendorff_alpha", ratings.patterns(), own_ratings(ratings))
    assert max(found, key=lambda one: one.change or 0).rater == 2
    assert found[2].change_ci_low > 0
    assert all(one.change_ci_high < 0 for one in found if one.rater != 2)


def test_without_one_of_two_raters_nothing_is_left_to_compare() -> None:
    everyone = Patterns([[2, 0], [1, 1]], [3, 1], points=(0, 1))
    own = OwnRatings([[2, 0], [1, 1]], [0, 1], [3, 1])
    (influence,) = rater_influence("krippendorff_alpha", everyone, {"a": own})
    assert influence.undefined == "no_pairable_units"
    assert (influence.value_without, influence.change) == (None, None)


def test_ratings_of_other_units_are_refused() -> None:
    everyone = Patterns([[2, 0], [1, 1]], [3, 1], points=(0, 1))
    with pytest.raises(InvalidCountsError):
        rater_influence("pabak", everyone, {"a": OwnRatings([[0, 2]], [1], [1])})
    with pytest.raises(InvalidCountsError):
        OwnRatings([[2, 0]], [1], [1])
    with pytest.raises(InvalidCountsError):
        OwnRatings([[2, 0]], [0, 0], [1])
