"""Dawid and Skene's model: maxima against direct maximisation, modes, recovery, reasons."""

import numpy as np
import pytest
from scipy.optimize import minimize

from reliability.stats import Ratings, Votes, dawid_skene
from reliability.stats.errors import InvalidRatingsError, InvalidScaleError, StatisticsError

pytestmark = pytest.mark.pure


def simulated(n_units: int, accuracy: list[float], *, seed: int) -> tuple[Votes, np.ndarray]:
    """Binary votes of raters who are right with the given probabilities."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n_units) < 0.3
    right = rng.random((n_units, len(accuracy))) < accuracy
    votes = np.where(right, truth[:, None], ~truth[:, None])
    units, raters = np.indices(votes.shape)
    columns = (units.ravel(), raters.ravel(), votes.ravel().astype(int))
    return Votes.from_long(*columns, categories=[0, 1]), truth


def negative_log_likelihood(logits: np.ndarray, votes: Votes) -> float:
    """Of two classes: log odds of the class, then of saying 1, by rater and class."""
    said = votes.counts.toarray().reshape(votes.counts.shape[0], -1, 2)
    share = 1 / (1 + np.exp(-logits[0]))
    one = 1 / (1 + np.exp(-logits[1:].reshape(2, -1)))
    likely = [
        prior * np.prod(one[k] ** said[:, :, 1] * (1 - one[k]) ** said[:, :, 0], axis=1)
        for k, prior in enumerate((1 - share, share))
    ]
    return -float(np.log(sum(likely)).sum())


def test_the_fit_is_the_maximum_that_a_general_optimiser_finds() -> None:
    votes, _ = simulated(400, [0.9, 0.8, 0.75, 0.7], seed=1)
    fit = dawid_skene(votes)
    begin = np.concatenate([[-1.0], np.full(4, -1.0), np.full(4, 1.0)])
    direct = minimize(negative_log_likelihood, begin, args=(votes,), method="BFGS")
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(-direct.fun, abs=1e-6)
    assert fit.class_shares[1] == pytest.approx(1 / (1 + np.exp(-direct.x[0])), abs=1e-4)


def test_raters_errors_and_shares_are_recovered() -> None:
    accuracy = [0.95, 0.85, 0.75, 0.65, 0.6]
    votes, truth = simulated(6000, accuracy, seed=2)
    fit = dawid_skene(votes)
    diagonal = fit.errors[:, [0, 1], [0, 1]]
    assert diagonal.mean(axis=1) == pytest.approx(accuracy, abs=0.03)
    assert fit.class_shares == pytest.approx([0.7, 0.3], abs=0.03)
    majority = votes.by_point().argmax(axis=1)
    model, plain = (float(np.mean(found == truth)) for found in (fit.classes, majority))
    assert model > plain


def test_best_of_several_starts_is_never_less_likely_and_keeps_the_names() -> None:
    for seed in range(5):
        votes, _ = simulated(60, [0.8, 0.7, 0.7], seed=seed)
        majority, best = dawid_skene(votes), dawid_skene(votes, start="best", seed=seed)
        assert best.log_likelihood is not None
        assert majority.log_likelihood is not None
        assert best.log_likelihood >= majority.log_likelihood - 1e-9
        got = best.probabilities.T @ votes.by_point()
        assert np.trace(got) >= np.trace(got[::-1])
        again = dawid_skene(votes, start="best", seed=seed)
        assert np.array_equal(again.probabilities, best.probabilities)


def test_order_of_units_and_raters_is_irrelevant() -> None:
    rows = [(u, r, (u * 7 + r * 3) % 3) for u in range(12) for r in range(4) if (u + r) % 5]
    rng = np.random.default_rng(0)
    moved = [rows[at] for at in rng.permutation(len(rows))]
    first, second = (dawid_skene(Votes.from_long(*zip(*r, strict=True))) for r in (rows, moved))
    assert first.log_likelihood == pytest.approx(second.log_likelihood, abs=1e-6)
    by_unit = [
        dict(zip(fit.unit_labels, fit.probabilities, strict=True)) for fit in (first, second)
    ]
    for unit in range(12):
        assert by_unit[0][unit] == pytest.approx(by_unit[1][unit], abs=1e-5)


def test_repeated_votes_of_one_rater_all_count() -> None:
    once = Votes.from_long([1, 1, 1, 2, 2], list("abcab"), list("xxyyy"))
    twice = Votes.from_long([1, 1, 1, 1, 2, 2], list("aabcab"), list("xxxyyy"))
    assert (once.n_votes, twice.n_votes) == (5, 6)
    assert twice.by_point().tolist() == [[3, 1], [0, 2]]


def test_votes_of_ratings_are_the_same_votes() -> None:
    columns = ([1, 1, 2, 2, 3, 3], list("ababab"), list("xyxxyy"))
    ratings, votes = Ratings.from_long(*columns), Votes.from_long(*columns)
    assert np.array_equal(Votes.of(ratings).counts.toarray(), votes.counts.toarray())


@pytest.mark.parametrize(
    ("units", "raters", "values", "categories", "reason"),
    [
        ([], [], [], None, "no_data"),
        ([1, 2], ["a", "b"], [None, float("nan")], None, "no_data"),
        ([1, 1, 1], ["a", "b", "c"], ["x", "x", "x"], None, "one_category"),
        ([1, 1, 2, 2], ["a", "b", "a", "b"], list("xyyy"), None, "too_few_raters"),
    ],
)
def test_what_cannot_be_fitted_has_a_reason(
    units: list[int], raters: list[str], values: list[object], categories: None, reason: str
) -> None:
    fit = dawid_skene(Votes.from_long(units, raters, values, categories=categories))
    assert fit.undefined == reason
    assert fit.log_likelihood is None
    assert fit.classes == ()


def test_units_without_votes_are_no_units() -> None:
    votes = Votes.from_long([1, 1, 1, 2], list("abca"), ["x", "x", "y", None])
    assert list(votes.unit_labels) == [1]


def test_bad_input_is_refused_with_words() -> None:
    with pytest.raises(InvalidRatingsError):
        Votes.from_long([1, 2], ["a"], ["x", "y"])
    with pytest.raises(InvalidRatingsError):
        Votes.from_long([1, None], ["a", "b"], ["x", "y"])
    with pytest.raises(InvalidScaleError):
        Votes.from_long([1], ["a"], ["z"], categories=["x", "y"])
    with pytest.raises(StatisticsError):
        dawid_skene(Votes.from_long([1], ["a"], ["x"]), n_starts=-1)
