"""Bradley and Terry's abilities: against a general linear model, loops and closed forms."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from reliability.stats import Comparisons, Interval, bradley_terry
from reliability.stats.errors import InvalidCountsError, InvalidRatingsError, StatisticsError

pytestmark = pytest.mark.pure
ITEMS = ("a", "b", "c", "d")
NONE = Interval("none")


def drawn(n: int, *, seed: int, n_clusters: int | None = None) -> list[tuple[str, str, str, int]]:
    """Comparisons of four items of different strength, a fifth of them ties."""
    rng = np.random.default_rng(seed)
    rows = []
    for at in range(n):
        first, second = rng.choice(4, 2, replace=False)
        tie = rng.random() < 0.2
        wins = rng.random() < 1 / (1 + np.exp(0.5 * (second - first)))
        outcome = "tie" if tie else "response_1" if wins else "response_2"
        rows.append((ITEMS[first], ITEMS[second], outcome, at % (n_clusters or n)))
    return rows


def comparisons(rows: list[tuple[str, str, str, int]], *, clustered: bool = False) -> Comparisons:
    first, second, outcomes, clusters = zip(*rows, strict=True)
    return Comparisons.from_long(
        first, second, outcomes, items=ITEMS, clusters=clusters if clustered else None
    )


@pytest.mark.parametrize("seed", range(4))
def test_abilities_equal_a_logistic_model_without_intercept(seed: int) -> None:
    rows = [row for row in drawn(150, seed=seed) if row[2] != "tie"]
    design = np.zeros((len(rows), 4))
    for at, (first, second, _, _) in enumerate(rows):
        design[at, ITEMS.index(first)], design[at, ITEMS.index(second)] = 1, -1
    won = np.array([outcome == "response_1" for _, _, outcome, _ in rows], dtype=float)
    theirs = sm.GLM(won, design[:, 1:], family=sm.families.Binomial()).fit()
    ours = bradley_terry(comparisons(rows), reference="a", interval=Interval("linearized_t"))
    assert ours.log_abilities == pytest.approx([0, *theirs.params], abs=1e-6)
    assert ours.log_likelihood == pytest.approx(theirs.llf, abs=1e-8)
    # The sandwich variance, whose factor n/(n-1) the package leaves out.
    robust = sm.GLM(won, design[:, 1:], family=sm.families.Binomial()).fit(cov_type="HC0")
    factor = np.sqrt(len(rows) / (len(rows) - 1))
    assert [each.se for each in ours.abilities[1:]] == pytest.approx(robust.bse * factor, rel=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_ties_equal_direct_maximisation_of_davidsons_likelihood(seed: int) -> None:
    rows = drawn(120, seed=seed)

    def negative(parameters: np.ndarray) -> float:
        ability, nu = np.append(0, parameters[:3]), parameters[3]
        total = 0.0
        for first, second, outcome, _ in rows:
            i, j = ability[ITEMS.index(first)], ability[ITEMS.index(second)]
            odds = {"response_1": i, "response_2": j, "tie": nu + (i + j) / 2}
            total += odds[outcome] - np.log(sum(np.exp(each) for each in odds.values()))
        return -total

    direct = minimize(negative, np.zeros(4), method="BFGS", options={"gtol": 1e-8})
    ours = bradley_terry(comparisons(rows), reference="a")
    assert ours.log_abilities[1:] == pytest.approx(direct.x[:3], abs=1e-5)
    assert ours.tie is not None
    assert ours.tie.value == pytest.approx(direct.x[3], abs=1e-5)
    assert ours.log_likelihood == pytest.approx(-direct.fun, abs=1e-8)


def test_jackknife_leaves_out_whole_clusters() -> None:
    rows = drawn(120, seed=5, n_clusters=20)
    ours = bradley_terry(comparisons(rows, clustered=True))
    left_out = np.array(
        [
            bradley_terry(
                comparisons([row for row in rows if row[3] != at]), interval=NONE
            ).log_abilities
            for at in range(20)
        ],
        dtype=float,
    )
    se = np.sqrt(19 / 20 * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    assert [each.se for each in ours.abilities] == pytest.approx(se, rel=1e-6)
    assert {each.n_groups for each in ours.abilities} == {20}


@given(
    wins=st.lists(st.integers(0, 6), min_size=12, max_size=12),
    order=st.permutations(range(4)),
)
@settings(max_examples=40, deadline=None)
def test_order_of_items_is_irrelevant(wins: list[int], order: list[int]) -> None:
    table = np.zeros((4, 4))
    table[~np.eye(4, dtype=bool)] = wins
    first = bradley_terry(Comparisons.from_wins(table, ITEMS))
    moved = Comparisons.from_wins(table[np.ix_(order, order)], [ITEMS[place] for place in order])
    second = bradley_terry(moved)
    assert first.undefined == second.undefined
    by_item = dict(zip(second.items, second.log_abilities, strict=True))
    for item, value in zip(first.items, first.log_abilities, strict=True):
        other = by_item[item]
        assert (value is None) == (other is None)
        if value is not None:
            assert value == pytest.approx(other, abs=1e-6)


def test_two_items_have_a_closed_form() -> None:
    fit = bradley_terry(Comparisons.from_wins([[0, 9], [3, 0]], ("x", "y")), reference="y")
    assert fit.log_abilities == pytest.approx((np.log(3), 0))
    assert fit.abilities[0].ci_low is not None
    assert fit.abilities[1].ci_low is None  # zero by definition
    tied = Comparisons.from_wins([[0, 3], [1, 0]], ("x", "y"), ties=[[0, 4], [4, 0]])
    half = bradley_terry(tied, ties="half", reference="y")
    assert half.log_abilities[0] == pytest.approx(np.log(5 / 3))
    assert bradley_terry(tied, ties="dropped", reference="y").log_abilities[0] == pytest.approx(
        np.log(3)
    )


def test_sides_do_not_matter() -> None:
    rows = drawn(60, seed=9)
    mirror = {"response_1": "response_2", "response_2": "response_1", "tie": "tie"}
    turned = [(second, first, mirror[end], at) for first, second, end, at in rows]
    first, second = bradley_terry(comparisons(rows)), bradley_terry(comparisons(turned))
    assert first.log_abilities == pytest.approx(second.log_abilities, abs=1e-9)
    assert [each.se for each in first.abilities] == pytest.approx(
        [each.se for each in second.abilities]
    )


@pytest.mark.parametrize(
    ("wins", "reason"),
    [
        (np.zeros((4, 4)), "no_data"),
        (np.triu(np.full((4, 4), 3.0), 1), "no_finite_abilities"),
        (np.kron(np.eye(2), [[0, 2], [1, 0]]), "no_finite_abilities"),
    ],
)
def test_no_abilities_exist_without_wins_both_ways(wins: np.ndarray, reason: str) -> None:
    fit = bradley_terry(Comparisons.from_wins(wins, ITEMS))
    assert (fit.undefined, fit.log_likelihood, fit.tie) == (reason, None, None)
    assert {each.undefined for each in fit.abilities} == {reason}


def test_one_win_that_carries_everything_is_said() -> None:
    """Without the only win of the second there is no maximum."""
    fit = bradley_terry(Comparisons.from_wins([[0, 8], [1, 0]], ("x", "y")))
    assert fit.abilities[0].ci_method == "linearized_t"
    assert "leave_one_out_undefined" in fit.abilities[0].warnings


def test_bad_comparisons_are_refused() -> None:
    for rows in (
        [("a", "a", "tie", 0)],
        [("a", "b", "won", 0)],
        [("a", "z", "tie", 0)],
    ):
        with pytest.raises(InvalidRatingsError):
            comparisons(rows)  # type: ignore[arg-type]
    for wins in ([[0, 1]], [[1, 0], [0, 0]], [[0, -1], [0, 0]], [[0, 0.5], [1, 0]]):
        with pytest.raises(InvalidCountsError):
            Comparisons.from_wins(wins, ("x", "y"))
    with pytest.raises(InvalidCountsError):
        Comparisons.from_wins([[0, 1], [1, 0]], ("x", "y"), ties=[[0, 1], [0, 0]])
    with pytest.raises(StatisticsError):
        bradley_terry(Comparisons.from_wins([[0, 1], [1, 0]], ("x", "y")), reference="z")


@pytest.mark.parametrize("outcomes", [["response_1", "tie", "tie", "tie"], ["tie"] * 4])
def test_ties_that_are_likelier_the_larger_nu_is_leave_no_maximum(outcomes: list[str]) -> None:
    few = Comparisons.from_long(["a"] * 4, ["b"] * 4, outcomes)
    fit = bradley_terry(few)
    assert (fit.undefined, fit.log_likelihood, fit.tie) == ("no_finite_abilities", None, None)
    assert {each.undefined for each in fit.abilities} == {"no_finite_abilities"}
    half = bradley_terry(few, ties="half")
    assert half.undefined is None
    assert half.log_likelihood == pytest.approx(
        4 * (np.log(0.5) if outcomes[0] == "tie" else np.log(0.625) * 0.625 + np.log(0.375) * 0.375)
    )
