"""Units in groups: what is read, refused, and passed on."""

import numpy as np
import pytest

from reliability.stats import Ratings
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
