"""Units in groups: what is read, refused, and passed on."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reliability.stats import (
    COEFFICIENTS,
    Interval,
    Patterns,
    Ratings,
    UnitRows,
    coefficient,
    fleiss_kappa,
    krippendorff_alpha,
)
from reliability.stats.errors import ConflictingGroupsError, InvalidRatingsError

pytestmark = pytest.mark.pure

UNITS, RATERS = [1, 1, 2, 2, 3, 3], list("ababab")
VALUES = [1, 1, 1, 2, 2, 2]


def test_a_group_is_read_for_each_unit() -> None:
    ratings = Ratings.from_long(UNITS, RATERS, VALUES, groups=list("xxyyxx"))
    assert ratings.groups is not None
    assert ratings.groups.tolist() == [0, 1, 0]
    assert ratings.group_labels == ["x", "y"]


def test_groups_without_ratings_leave_no_gap_in_the_codes() -> None:
    ratings = Ratings.from_long(UNITS, RATERS, [None, None, *VALUES[2:]], groups=list("xxyyzz"))
    assert ratings.groups is not None
    assert (ratings.groups.tolist(), ratings.group_labels) == ([0, 1], ["y", "z"])
    without = ratings.without_unit(0)
    assert without.groups is not None
    assert (without.groups.tolist(), without.group_labels) == ([0], ["z"])


def test_a_unit_in_two_groups_is_refused_by_name() -> None:
    with pytest.raises(ConflictingGroupsError, match="unit 2 is in two groups") as caught:
        Ratings.from_long(UNITS, RATERS, VALUES, groups=list("xxyxxx"))
    assert (caught.value.unit, set(caught.value.groups)) == (2, {"x", "y"})


def test_a_missing_group_is_refused_by_row() -> None:
    with pytest.raises(InvalidRatingsError, match="row 4: the group is missing"):
        Ratings.from_long(UNITS, RATERS, VALUES, groups=["x", "x", "y", "y", None, "x"])
    with pytest.raises(InvalidRatingsError, match="differ in length"):
        Ratings.from_long(UNITS, RATERS, VALUES, groups=["x"])


@pytest.mark.parametrize("n_points", [3, 60])
def test_the_pattern_of_each_unit_is_its_count_of_values(n_points: int) -> None:
    """Few points take the numeric key, many the dense rows: both must point right."""
    rng = np.random.default_rng(n_points)
    values = rng.integers(-1, n_points, (300, 4))
    units, raters = np.indices(values.shape)
    ratings = Ratings.from_codes(
        units.ravel(),
        raters.ravel(),
        values.ravel(),
        rater_labels=range(4),
        points=range(n_points),
    )
    counts = np.zeros((ratings.n_units, n_points))
    np.add.at(counts, (ratings.units, ratings.values), 1)
    assert np.array_equal(ratings.patterns().counts[ratings.pattern_of_unit], counts)


NAMES = sorted(COEFFICIENTS)


def study(name: str, *, seed: int = 3, groups: np.ndarray | None = None) -> Ratings:
    """Sixty units in twenty groups of alike units, rated with gaps where that may be."""
    rng = np.random.default_rng(seed)
    n_raters = COEFFICIENTS[name].n_raters or 3
    level = "interval" if "interval" in COEFFICIENTS[name].levels else "nominal"
    of_unit = np.arange(60) % 20 if groups is None else groups
    truth = rng.integers(0, 4, 20)[np.arange(60) % 20]
    values = np.where(rng.random((60, n_raters)) < 0.7, truth[:, None], rng.integers(0, 4, (60, 1)))
    values = np.where(rng.random(values.shape) < 0.85, values, rng.integers(0, 4, values.shape))
    units, raters = np.indices(values.shape)
    kept = np.ones(values.size, dtype=bool)
    if name != "kendall_w":
        # Leaves units with one rating, too.
        kept = rng.random(values.size) < (0.9 if n_raters == 2 else 0.8)
    return Ratings.from_long(
        units.ravel()[kept],
        raters.ravel()[kept],
        values.ravel()[kept],
        level=level,
        categories=range(4),
        groups=of_unit[units.ravel()[kept]],
    )


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=8, deadline=None)
def test_groups_of_one_are_units(name: str, seed: int) -> None:
    alone = study(name, seed=seed, groups=np.arange(60))
    for method in ("jackknife_t", "jackknife_log", "linearized_t"):
        found = coefficient(name, alone, interval=Interval(method))
        expected = coefficient(name, replace(alone, groups=None), interval=Interval(method))
        assert (found.n_groups, expected.n_groups) == (expected.n_units, None)
        assert found.ci_method == expected.ci_method
        assert found.warnings == expected.warnings
        for figure in ("value", "se", "ci_low", "ci_high"):
            assert getattr(found, figure) == pytest.approx(getattr(expected, figure)), figure


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["bootstrap_percentile", "bootstrap_bca"])
def test_drawing_groups_of_one_is_drawing_units(name: str, method: str) -> None:
    alone, interval = study(name, groups=np.arange(60)), Interval(method, draws=400, seed=5)
    found = coefficient(name, alone, interval=interval)
    expected = coefficient(name, replace(alone, groups=None), interval=interval)
    assert (found.ci_method, found.draws, found.seed) == (method, 400, 5)
    assert found.se == pytest.approx(expected.se, rel=0.25)


@pytest.mark.parametrize("name", NAMES)
def test_the_jackknife_leaves_out_whole_groups(name: str) -> None:
    ratings = study(name)
    found = coefficient(name, ratings)
    assert (found.n_groups, found.ci_method) == (20, "jackknife_t")
    assert ratings.groups is not None
    without = np.array(
        [
            coefficient(name, kept_units(ratings, ratings.groups != group)).value
            for group in range(20)
        ]
    )
    se = np.sqrt(19 / 20 * ((without - without.mean()) ** 2).sum())
    # A mean over pairs adds up what each pair loses, which is the same thing.
    assert found.se == pytest.approx(se, rel=1e-6)
    assert found.value is not None
    assert found.ci_low is not None
    reach = stats.t.ppf(0.975, 19) * found.se
    assert found.ci_low == pytest.approx(max(found.value - reach, -1))


def kept_units(ratings: Ratings, kept: np.ndarray) -> Ratings:
    rows = kept[ratings.units]
    return Ratings.from_codes(
        ratings.units[rows],
        ratings.raters[rows],
        ratings.values[rows],
        rater_labels=ratings.rater_labels,
        points=ratings.points,
        level=ratings.level,
    )


@pytest.mark.parametrize("name", ["krippendorff_alpha", "light_kappa", "icc_2_1"])
def test_the_bootstrap_of_groups_resamples_whole_groups(name: str) -> None:
    """As drawing groups one by one, with their units, does."""
    ratings = study(name)
    assert ratings.groups is not None
    found = coefficient(name, ratings, interval=Interval("bootstrap_percentile", draws=4000))
    rng = np.random.default_rng(8)
    naive = []
    for _ in range(400):
        drawn = rng.integers(0, 20, 20)
        naive.append(coefficient(name, of_groups(ratings, drawn)).value)
    assert found.se == pytest.approx(np.std(naive), rel=0.15)
    assert (found.draws, found.seed, found.n_groups) == (4000, 0, 20)


def of_groups(ratings: Ratings, drawn: np.ndarray) -> Ratings:
    """The units of the groups drawn, each time as units of their own."""
    assert ratings.groups is not None
    of_row = ratings.groups[ratings.units]
    rows = [np.flatnonzero(of_row == group) for group in drawn]
    taken = np.concatenate(rows)
    again = np.repeat(np.arange(len(drawn)), [len(each) for each in rows])
    return Ratings.from_codes(
        ratings.units[taken] + 1000 * again,
        ratings.raters[taken],
        ratings.values[taken],
        rater_labels=ratings.rater_labels,
        points=ratings.points,
        level=ratings.level,
    )


def test_alike_units_of_a_group_widen_the_interval() -> None:
    """Each unit three times over is no more evidence than the unit."""
    rng = np.random.default_rng(1)
    values = np.repeat(rng.integers(0, 3, (50, 3)), 3, axis=0)
    units, raters = np.indices(values.shape)
    columns = (units.ravel(), raters.ravel(), values.ravel())
    plain = coefficient("fleiss_kappa", Ratings.from_long(*columns))
    grouped = coefficient("fleiss_kappa", Ratings.from_long(*columns, groups=units.ravel() // 3))
    assert grouped.value == plain.value
    assert grouped.se == pytest.approx((plain.se or 0) * np.sqrt(3), rel=0.02)


def test_counts_by_group_equal_ratings_in_groups() -> None:
    """What a database aggregates by group and pattern says the same."""
    ratings = study("krippendorff_alpha")
    assert ratings.groups is not None
    counts = ratings.patterns().counts[ratings.pattern_of_unit]
    cells = np.column_stack([ratings.groups, counts])
    rows, frequencies = np.unique(cells, axis=0, return_counts=True)
    units = UnitRows.in_groups(rows[:, 0].astype(np.int64), frequencies)
    patterns = Patterns(rows[:, 1:], frequencies, (0, 1, 2, 3), "interval", units=units)
    for found, name in (
        (krippendorff_alpha(patterns), "krippendorff_alpha"),
        (fleiss_kappa(patterns), "fleiss_kappa"),
    ):
        expected = coefficient(name, ratings)
        assert found.n_groups == expected.n_groups == 20
        assert (found.value, found.se) == pytest.approx((expected.value, expected.se))


def test_a_single_group_has_no_interval() -> None:
    ratings = Ratings.from_long(UNITS, RATERS, VALUES, groups=["x"] * 6)
    found = coefficient("krippendorff_alpha", ratings)
    assert (found.ci_method, found.n_groups) == (None, 1)
    assert "too_few_units_for_interval" in found.warnings


def test_limits_that_know_no_groups_give_way() -> None:
    """F and Fisher's limits take units for independent."""
    for name, method in (("icc_2_1", "f_distribution"), ("lin_ccc", "fisher_z")):
        rng = np.random.default_rng(2)
        values = rng.normal(size=(40, 1)) + rng.normal(size=(40, 2))
        units, raters = np.indices(values.shape)
        columns = (units.ravel(), raters.ravel(), values.ravel())
        plain = Ratings.from_long(*columns, level="interval")
        grouped = Ratings.from_long(*columns, level="interval", groups=units.ravel() // 2)
        assert coefficient(name, plain, interval=Interval(method)).ci_method == method
        assert coefficient(name, grouped, interval=Interval(method)).ci_method == "jackknife_t"


def test_grouped_intervals_cover_where_units_of_a_group_are_alike() -> None:
    """400 studies of 40 groups of four units that share their difficulty; true agreement .58."""
    rng = np.random.default_rng(11)
    units, raters = np.indices((160, 2))
    covered = {True: 0, False: 0}
    for _ in range(400):
        # Raters agree on all units of an easy group, by chance on those of a hard one.
        easy = np.repeat(rng.random(40) < 0.44, 4)[:, None]
        values = np.where(easy, rng.integers(0, 4, (160, 1)), rng.integers(0, 4, (160, 2)))
        for grouped in covered:
            ratings = Ratings.from_long(
                units.ravel(),
                raters.ravel(),
                values.ravel(),
                groups=units.ravel() // 4 if grouped else None,
            )
            found = coefficient("percent_agreement", ratings)
            assert found.ci_low is not None
            assert found.ci_high is not None
            covered[grouped] += found.ci_low <= 0.44 + 0.56 / 4 <= found.ci_high
    assert 0.92 <= covered[True] / 400 <= 0.98
    assert covered[False] / 400 < 0.85
