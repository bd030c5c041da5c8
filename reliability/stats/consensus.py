"""The class of each unit behind raters who err: Dawid and Skene's model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from .data import Point
from .errors import InvalidRatingsError, StatisticsError
from .ratings import Ratings, on_scale
from .results import Undefined

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Below this change of any class probability a further step says nothing new.
_CONVERGED = 1e-9
_SMALLEST = 1e-300
# Votes that identify a rater's errors: with two there are as many classes as answers.
_FEWEST_VOTES = 3


class Start(StrEnum):
    """Where the EM algorithm begins, which decides the mode it ends in."""

    MAJORITY = "majority"
    BEST = "best"


@dataclass(frozen=True, eq=False, kw_only=True)
class Votes:
    """How often each rater gave each unit each point; a rater may vote repeatedly.

    Attributes
    ----------
    counts : sparse array, shape (n_units, n_raters * n_points)
        Column `rater * n_points + point`.
    unit_labels, rater_labels : sequence
        What rows and raters stand for.
    points : tuple
        The scale; the classes are its points.
    """

    counts: sparse.csr_array
    unit_labels: Sequence[Any]
    rater_labels: Sequence[Any]
    points: tuple[Point, ...]

    @classmethod
    def from_long(
        cls,
        units: ArrayLike,
        raters: ArrayLike,
        values: ArrayLike,
        *,
        categories: Sequence[Point] | None = None,
    ) -> Votes:
        """Votes from three columns of one length; None and NaN values are left out.

        Raises
        ------
        InvalidRatingsError
            Unequal lengths, or a unit or rater is missing.
        InvalidScaleError
            A value lies off the declared scale.
        """
        columns = [pd.Series(column, dtype=object) for column in (units, raters, values)]
        if len({len(column) for column in columns}) > 1:
            raise InvalidRatingsError("units, raters and values differ in length")
        given = columns[2].notna()
        (unit, unit_labels), (rater, rater_labels), (value, observed) = (
            pd.factorize(column[given]) for column in columns
        )
        if (unit < 0).any() or (rater < 0).any():
            raise InvalidRatingsError("every vote needs a unit and a rater")
        points, value = on_scale(value.astype(np.int64), list(observed), categories)
        return cls._counted(
            unit,
            rater,
            value,
            unit_labels=list(unit_labels),
            rater_labels=list(rater_labels),
            points=points,
        )

    @classmethod
    def of(cls, ratings: Ratings) -> Votes:
        """Votes of raters who rated each unit once."""
        labels = ratings.unit_labels
        return cls._counted(
            ratings.units,
            ratings.raters,
            ratings.values,
            unit_labels=range(ratings.n_units) if labels is None else labels,
            rater_labels=ratings.rater_labels,
            points=ratings.points,
        )

    @classmethod
    def _counted(cls, units: IntArray, raters: IntArray, values: IntArray, **labels: Any) -> Votes:
        n_points = len(labels["points"])
        shape = (len(labels["unit_labels"]), len(labels["rater_labels"]) * n_points)
        cells = (np.ones(len(units)), (units, raters * n_points + values))
        counts = sparse.csr_array(cells, shape=shape)
        counts.sum_duplicates()
        return cls(counts=counts, **labels)

    @property
    def n_votes(self) -> int:
        return int(self.counts.sum())

    def by_point(self) -> FloatArray:
        """Votes of each unit for each point, shape (n_units, n_points)."""
        n_points, n_raters = len(self.points), len(self.rater_labels)
        pooled = sparse.csr_array(np.tile(np.eye(n_points), (n_raters, 1)))
        by_point: FloatArray = (self.counts @ pooled).toarray()
        return by_point


@dataclass(frozen=True, eq=False, kw_only=True)
class DawidSkene:
    """The fitted model, or the reason why there is none.

    Attributes
    ----------
    points : tuple
        The classes, in the scale's order.
    class_shares : ndarray of float, shape (n_points,)
        Share of each class among units; sums to 1.
    errors : ndarray of float, shape (n_raters, n_points, n_points)
        What each rater says (last axis) of units of each class; rows sum to 1,
        and are 0 where a rater never met the class.
    probabilities : ndarray of float, shape (n_units, n_points)
        The class of each unit given its votes; rows sum to 1.
    log_likelihood : float
        Without the multinomial coefficients; None when undefined.
    start : Start
        Which mode was sought.
    n_steps, converged
        EM steps taken, and whether the last one changed no probability by more
        than 1e-9.
    n_modes : int
        Different likelihoods found over all starts, to 1e-4.
    """

    points: tuple[Point, ...]
    unit_labels: Sequence[Any]
    rater_labels: Sequence[Any]
    start: Start
    class_shares: FloatArray
    errors: FloatArray
    probabilities: FloatArray
    log_likelihood: float | None
    n_steps: int
    converged: bool
    n_modes: int = 0
    undefined: Undefined | None = None

    @property
    def classes(self) -> tuple[Point, ...]:
        """The most probable class of each unit; the first of equal ones."""
        if self.undefined is not None:
            return ()
        return tuple(self.points[place] for place in self.probabilities.argmax(axis=1))


def dawid_skene(
    votes: Votes,
    *,
    start: Start | str = Start.MAJORITY,
    n_starts: int = 20,
    seed: int = 0,
    most_steps: int = 20_000,
) -> DawidSkene:
    r"""Maximum-likelihood classes and raters' errors by expectation-maximisation.

    .. math:: L = \prod_u \sum_k p_k \prod_{r,l} \pi_{rkl}^{n_{url}}

    Parameters
    ----------
    votes : Votes
        Any gaps; a rater may vote on one unit repeatedly, all votes count.
    start : Start or str
        "majority": from the shares of votes, as Dawid and Skene do; it finds the
        mode nearest to the votes, which need not be the best. "best": the
        likeliest of `n_starts` further random starts and that one. Its classes are
        named so that they match the votes best.
    seed : int
        Of the random starts.
    most_steps : int
        Steps of one start at most.

    Returns
    -------
    DawidSkene
        Undefined without votes ("no_data"), on a scale of one point
        ("one_category"), and where no unit has three votes and there are fewer
        than three raters ("too_few_raters"): errors and classes can't then be told
        apart.

    References
    ----------
    .. [1] A. P. Dawid, A. M. Skene (1979), "Maximum likelihood estimation of
       observer error-rates using the EM algorithm", Applied Statistics 28(1),
       20-28. doi:10.2307/2346806

    Examples
    --------
    >>> votes = Votes.from_long(
    ...     [unit for unit in range(6) for _ in range(3)],
    ...     ["a", "b", "c"] * 6,
    ...     list("yyynnnyynyyynnnnny"),
    ... )
    >>> fit = dawid_skene(votes)
    >>> fit.classes
    ('y', 'n', 'y', 'y', 'n', 'n')
    >>> fit.class_shares.round(3), fit.converged
    (array([0.5, 0.5]), True)
    """
    start = Start(start)
    if n_starts < 0:
        raise StatisticsError("the number of starts is zero or more")
    reason = _why_undefined(votes)
    if reason is not None:
        return _without_fit(votes, start, reason)
    fits = [_maximised(votes, _majority(votes), most_steps)]
    if start is Start.BEST:
        rng = np.random.default_rng(seed)
        fits += [_maximised(votes, _anywhere(votes, rng), most_steps) for _ in range(n_starts)]
    best = max(fits, key=lambda fit: fit.log_likelihood)
    best = best.matched(votes) if start is Start.BEST else best
    return DawidSkene(
        points=votes.points,
        unit_labels=votes.unit_labels,
        rater_labels=votes.rater_labels,
        start=start,
        n_modes=len({round(fit.log_likelihood, 4) for fit in fits}),
        **vars(best),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Fit:
    class_shares: FloatArray
    errors: FloatArray
    probabilities: FloatArray
    log_likelihood: float
    n_steps: int
    converged: bool

    def matched(self, votes: Votes) -> _Fit:
        """The same fit with classes named after the points that their units got."""
        got = self.probabilities.T @ votes.by_point()
        _, order = linear_sum_assignment(got.T, maximize=True)
        return _Fit(
            class_shares=self.class_shares[order],
            errors=self.errors[:, order],
            probabilities=self.probabilities[:, order],
            log_likelihood=self.log_likelihood,
            n_steps=self.n_steps,
            converged=self.converged,
        )


def _maximised(votes: Votes, probabilities: FloatArray, most_steps: int) -> _Fit:
    converged, step = False, 0
    while not converged and step < most_steps:
        shares, errors = _parameters(votes, probabilities)
        updated, log_likelihood = _classes(votes, shares, errors)
        converged = bool(np.abs(updated - probabilities).max() < _CONVERGED)
        probabilities, step = updated, step + 1
    n_points = len(votes.points)
    return _Fit(
        class_shares=shares,
        errors=errors.reshape(-1, n_points, n_points).transpose(0, 2, 1),
        probabilities=probabilities,
        log_likelihood=log_likelihood,
        n_steps=step,
        converged=converged,
    )


def _parameters(votes: Votes, probabilities: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shares of the classes; errors by vote (rows, rater by rater) and class."""
    n_points = len(votes.points)
    given = (votes.counts.T @ probabilities).reshape(-1, n_points, n_points)
    total = given.sum(axis=1, keepdims=True)
    errors = np.divide(given, total, out=np.zeros_like(given), where=total > 0)
    return probabilities.mean(axis=0), errors.reshape(-1, n_points)


def _classes(votes: Votes, shares: FloatArray, errors: FloatArray) -> tuple[FloatArray, float]:
    """Class probabilities of each unit, and the log likelihood."""
    joint = np.log(np.maximum(shares, _SMALLEST)) + votes.counts @ np.log(
        np.maximum(errors, _SMALLEST)
    )
    most = joint.max(axis=1, keepdims=True)
    relative = np.exp(joint - most)
    total = relative.sum(axis=1, keepdims=True)
    return relative / total, float((most + np.log(total)).sum())


def _majority(votes: Votes) -> FloatArray:
    by_point = votes.by_point()
    shares: FloatArray = by_point / by_point.sum(axis=1, keepdims=True)
    return shares


def _anywhere(votes: Votes, rng: np.random.Generator) -> FloatArray:
    n_units, n_points = votes.counts.shape[0], len(votes.points)
    drawn: FloatArray = rng.dirichlet(np.ones(n_points), size=n_units)
    # Halfway to the votes: pure noise mostly ends in modes that name no class.
    return (drawn + _majority(votes)) / 2


def _why_undefined(votes: Votes) -> Undefined | None:
    if votes.n_votes == 0:
        return Undefined.NO_DATA
    if len(votes.points) < 2:
        return Undefined.ONE_CATEGORY
    most = float(votes.counts.sum(axis=1).max())
    if len(votes.rater_labels) < _FEWEST_VOTES and most < _FEWEST_VOTES:
        return Undefined.TOO_FEW_RATERS
    return None


def _without_fit(votes: Votes, start: Start, reason: Undefined) -> DawidSkene:
    return DawidSkene(
        points=votes.points,
        unit_labels=votes.unit_labels,
        rater_labels=votes.rater_labels,
        start=start,
        class_shares=np.zeros(0),
        errors=np.zeros((0, 0, 0)),
        probabilities=np.zeros((0, len(votes.points))),
        log_likelihood=None,
        n_steps=0,
        converged=False,
        undefined=reason,
    )
