"""The order in which ratings are read, and in which raters turn up, changes no figure."""

import numpy as np
import pytest

from reliability.stats import COEFFICIENTS, Interval, Ratings, coefficient, permutation_test
from reliability.stats.longform import by_label

pytestmark = pytest.mark.pure

DRAWN = Interval("bootstrap_percentile", draws=200)
Columns = tuple[list[int], list[str], list[float], list[str]]


def study(n_raters: int, *, n_values: int = 4, share: float = 1.0) -> Columns:
    rng = np.random.default_rng(n_raters)
    units, raters = (each.ravel() for each in np.indices((30, n_raters)))
    truth = rng.integers(1, n_values + 1, 30)
    noise = rng.integers(-n_values // 4, n_values // 4 + 1, len(units))
    values = np.clip(truth[units] + noise, 1, n_values).astype(float)
    kept = np.flatnonzero(rng.random(len(units)) < share)
    names = np.array([f"rater {name}" for name in rng.permutation(n_raters)])[raters]
    groups = np.array([f"group {unit // 3}" for unit in units])
    return units[kept].tolist(), names[kept].tolist(), values[kept].tolist(), groups[kept].tolist()


def read_in_order(columns: Columns, seed: int, *, grouped: bool = False) -> Ratings:
    order = np.random.default_rng(seed).permutation(len(columns[0]))
    units, raters, values, groups = ([column[row] for row in order] for column in columns)
    return Ratings.from_long(
        units, raters, values, level="interval", groups=groups if grouped else None
    )


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("name", COEFFICIENTS)
def test_drawn_limits_do_not_depend_on_the_order_of_rows(name: str, grouped: bool) -> None:
    n_raters = COEFFICIENTS[name].n_raters or 3
    columns = study(n_raters, share=1.0 if name == "kendall_w" else 0.9)
    found = [
        coefficient(name, read_in_order(columns, seed, grouped=grouped), interval=DRAWN)
        for seed in (1, 2, 3)
    ]
    assert found[0].ci_method == "bootstrap_percentile"
    for other in found[1:]:
        assert other.ci_low == pytest.approx(found[0].ci_low, abs=1e-9)
        assert other.ci_high == pytest.approx(found[0].ci_high, abs=1e-9)
        assert other.se == pytest.approx(found[0].se, abs=1e-9)


@pytest.mark.parametrize("name", ["krippendorff_alpha", "icc_2_1", "pearson"])
def test_neither_do_those_of_many_distinct_numbers(name: str) -> None:
    columns = study(4, n_values=400)
    found = [coefficient(name, read_in_order(columns, seed), interval=DRAWN) for seed in (1, 2, 3)]
    for other in found[1:]:
        assert other.ci_low == pytest.approx(found[0].ci_low, abs=1e-9)
        assert other.ci_high == pytest.approx(found[0].ci_high, abs=1e-9)


def test_neither_does_a_permutation_test() -> None:
    first, second = study(3), study(3, share=0.9)
    p_values = {
        permutation_test(
            "conger_kappa", read_in_order(first, seed), read_in_order(second, seed), draws=200
        ).p_value
        for seed in (1, 2, 3)
    }
    assert len(p_values) == 1


def test_raters_come_in_the_order_of_their_labels() -> None:
    ratings = Ratings.from_long([1, 1, 2, 2], ["b", "a", "a", "b"], [1, 2, 3, 4])
    assert ratings.rater_labels == ["a", "b"]
    assert ratings.raters.tolist() == [1, 0, 0, 1]
    codes = np.array([0, 0, 1]), np.array([1, 0, 1]), np.array([0, 1, 1])
    ratings = Ratings.from_codes(*codes, rater_labels=("z", "y", "x"), points=("no", "yes"))
    assert ratings.rater_labels == ["y", "z"]
    assert ratings.raters.tolist() == [0, 1, 0]


def test_labels_of_several_kinds_have_an_order_too() -> None:
    labels, places = by_label(["b", 2, None, 10, "a"])
    assert labels == [None, 10, 2, "a", "b"]
    assert by_label(list(reversed(["b", 2, None, 10, "a"])))[0] == labels
    assert places is not None
    assert by_label(labels)[1] is None
