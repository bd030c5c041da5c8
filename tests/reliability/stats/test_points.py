"""Which points are confused and agreed on, against loops over pairs of ratings."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliability.stats import (
    Interval,
    Patterns,
    agreement_on_each_point,
    confused_points,
    kappa_of_each_point,
    krippendorff_alpha,
)

pytestmark = pytest.mark.pure
SCALE = (1, 2, 3, 4)
units = st.lists(st.lists(st.sampled_from(SCALE), max_size=4), max_size=8)


def patterns(rated: list[list[int]]) -> Patterns:
    counts = [[unit.count(point) for point in SCALE] for unit in rated]
    return Patterns(np.array(counts).reshape(-1, 4), np.ones(len(rated)), SCALE)


def naive_coincidences(rated: list[list[int]]) -> dict[tuple[int, int], float]:
    found: dict[tuple[int, int], float] = {}
    for unit in rated:
        for a, b in combinations(sorted(unit), 2):
            found[a, b] = found.get((a, b), 0) + 1 / (len(unit) - 1)
    return found


@given(rated=units)
@settings(max_examples=60, deadline=None)
def test_confusion_equals_a_naive_loop(rated: list[list[int]]) -> None:
    split = {pair: o for pair, o in naive_coincidences(rated).items() if pair[0] != pair[1]}
    pairable = [unit for unit in rated if len(unit) > 1]
    n_of = {point: sum(unit.count(point) for unit in pairable) for point in SCALE}
    n = sum(n_of.values())
    found = {(pair.first, pair.second): pair for pair in confused_points(patterns(rated))}
    assert found.keys() == split.keys()
    for (a, b), pair in found.items():
        assert pair.ratio_to_chance == pytest.approx(split[a, b] * (n - 1) / (n_of[a] * n_of[b]))
        assert pair.share_of_disagreement == pytest.approx(split[a, b] / sum(split.values()))
        assert pair.n_pairs == sum(unit.count(a) * unit.count(b) for unit in pairable)
        assert pair.n_units == sum(a in unit and b in unit for unit in pairable)


@given(rated=units)
@settings(max_examples=40, deadline=None)
def test_ratios_weighted_by_chance_make_up_nominal_alpha(rated: list[list[int]]) -> None:
    found, alpha = confused_points(patterns(rated)), krippendorff_alpha(patterns(rated))
    if alpha.value is not None:
        n_of = dict(zip(SCALE, patterns(rated).pairable.totals, strict=True))
        chance = {(a, b): n_of[a] * n_of[b] for a, b in combinations(SCALE, 2)}
        mean = sum(pair.ratio_to_chance * chance[pair.first, pair.second] for pair in found)
        assert 1 - mean / sum(chance.values()) == pytest.approx(alpha.value)


def test_interval_of_a_pair_leaves_units_out_one_by_one() -> None:
    rated = [[1, 1], [1, 2], [2, 2], [1, 2, 2], [3, 2], [1, 3], [3, 3, 3], [1, 1], [2, 2]]
    whole = next(p for p in confused_points(patterns(rated)) if (p.first, p.second) == (1, 2))
    left_out = []
    for at in range(len(rated)):
        rest = confused_points(patterns(rated[:at] + rated[at + 1 :]))
        left_out.append(next(p for p in rest if (p.first, p.second) == (1, 2)).ratio_to_chance)
    n = len(rated)
    se = np.sqrt((n - 1) / n * ((left_out - np.mean(left_out)) ** 2).sum())
    # 2.306 is the 97.5 % point of t with eight degrees of freedom.
    assert whole.ci_high == pytest.approx(whole.ratio_to_chance + 2.3060041350 * se)
    low = whole.ratio_to_chance - 2.3060041350 * se
    assert whole.ci_low == pytest.approx(max(0.0, low))


def test_few_units_behind_a_pair_are_said() -> None:
    rated = [[1, 2]] * 4 + [[2, 3]] * 9 + [[1, 1], [3, 3]]
    found = confused_points(patterns(rated))
    assert [(pair.first, pair.second) for pair in found] == [(2, 3), (1, 2)]
    assert [("rare_value" in pair.warnings) for pair in found] == [False, True]


def test_nothing_is_confused_without_disagreement_or_data() -> None:
    for rated in ([], [[1]], [[1, 1], [2, 2]]):
        assert confused_points(patterns(rated)) == []
    assert len(confused_points(patterns([[1, 2], [2, 3], [3, 4]]), most=2)) == 2


@given(rated=units)
@settings(max_examples=60, deadline=None)
def test_specific_agreement_equals_a_naive_loop(rated: list[list[int]]) -> None:
    for point, found in zip(SCALE, agreement_on_each_point(patterns(rated)), strict=True):
        pairs = [(a, b) for unit in rated for a, b in combinations(unit, 2)]
        chosen = sum((a == point) + (b == point) for a, b in pairs)
        both = 2 * sum(a == b == point for a, b in pairs)
        if chosen:
            assert found.value == pytest.approx(both / chosen)
        else:
            wanted = {False: "no_data", True: "no_pairable_units"}[any(rated)]
            assert found.undefined == ("point_not_used" if pairs else wanted)


def test_intervals_come_by_any_method() -> None:
    rated = [[1, 1], [1, 2], [2, 2], [1, 2, 2], [3, 2], [3, 3], [4, 4, 1]] * 4
    boot = Interval("bootstrap_percentile", draws=300, seed=3)
    for interval in (Interval(), Interval("linearized_t"), boot):
        pair = confused_points(patterns(rated), interval=interval)[0]
        assert pair.ci_method == interval.method
        assert pair.ci_low is not None
        assert pair.ci_high is not None
        assert pair.ci_low < pair.ratio_to_chance < pair.ci_high
        for each in agreement_on_each_point(patterns(rated), interval=interval):
            assert each.ci_method == interval.method


def test_a_point_against_the_rest_needs_no_order() -> None:
    words = Patterns([[2, 0, 1], [0, 3, 0], [1, 1, 1]], [3, 3, 1], ("a", "b", "c"), has_order=False)
    assert all(each.is_defined for each in kappa_of_each_point(words))
