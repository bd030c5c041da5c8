"""Whether two studies differ at all: the permutation test of a coefficient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .differences import RatedSide
from .errors import InvalidRatingsError, StatisticsError
from .joint import counted, in_either_and_both, indicator, matched, on_one_scale, present
from .ratings import Ratings
from .registry import WeightsLike
from .resampling import block_sizes
from .results import Caution, Undefined
from .sums import BLOCK_VALUES, Resampled

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class PermutationTest:
    """The difference that was found, and how rare one as large is by chance.

    `p_value` is two-sided and never zero; `n_shared` units were swapped between
    the sides, the others moved from side to side. `n_groups` is set when whole
    groups of units were moved.
    """

    coefficient: str
    draws: int
    seed: int
    n_units: int
    n_shared: int
    n_groups: int | None = None
    value: float | None = None
    p_value: float | None = None
    undefined: Undefined | None = None
    warnings: tuple[Caution, ...] = ()


def permutation_test(
    name: str,
    first: Ratings,
    second: Ratings,
    *,
    weights: WeightsLike | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> PermutationTest:
    r"""Test of no difference between the sides, by exchanging units.

    .. math:: p = \frac{1 + \#\{|d^*| \ge |d|\}}{1 + m}

    If the sides do not differ, it is chance which side a unit's ratings landed
    on. A unit rated on both sides swaps its two sets of ratings with
    probability one half; the other units are dealt to the sides anew, as many
    to each as before. The hypothesis is that the sides are alike in every
    respect, not only in the coefficient. Where the ratings carry groups, whole
    groups move.

    Parameters
    ----------
    name : str
        A registered coefficient.
    first, second : Ratings
        With `unit_labels`. Raters of equal label are the same; the remaining
        ones take each other's place in the order of their codes, so that
        coefficients of named raters can be exchanged too.
    draws : int
        Permutations m.

    Returns
    -------
    PermutationTest
        Undefined where either side, or the two put together, have no value.
        Permutations without a value count as at least as large, with a caution.

    Raises
    ------
    InvalidRatingsError
        No unit labels, unequal levels, or only one side carries groups.

    References
    ----------
    .. [1] B. Phipson, G. K. Smyth (2010), "Permutation p-values should never be
       zero", Statistical Applications in Genetics and Molecular Biology 9(1),
       article 39. doi:10.2202/1544-6115.1585
    .. [2] E. J. G. Pitman (1937), "Significance tests which may be applied to
       samples from any populations", Supplement to the Journal of the Royal
       Statistical Society 4(1), 119-130. doi:10.2307/2984124

    Examples
    --------
    >>> units, raters = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8], list("ab") * 8
    >>> before = Ratings.from_long(units, raters, list("xyxxyyxyxxyyxyyy"))
    >>> after = Ratings.from_long(units, raters, list("xyxxyyxxxxyyyyyy"))
    >>> found = permutation_test("percent_agreement", after, before)
    >>> found.value, round(found.p_value, 1), found.n_shared
    (0.25, 0.5, 8)
    """
    if draws < 1:
        raise StatisticsError("a test needs at least one draw")
    first, second = on_one_scale(first, second)
    both = RatedSide.of(name, together(first, second), weights)
    sides = [RatedSide.of(name, ratings, weights) for ratings in (first, second)]
    units = matched([side.unit_labels for side in sides])
    n_units, n_shared = in_either_and_both(units)
    labels: dict[str, Any] = {
        "coefficient": name,
        "draws": draws,
        "seed": seed,
        "n_units": n_units,
        "n_shared": n_shared,
    }
    reasons = [side.estimate.undefined for side in (*sides, both) if side.estimate.undefined]
    if reasons:
        return PermutationTest(undefined=reasons[0], **labels)
    if first.groups is not None:
        units = matched([side.group_labels for side in sides])
        labels["n_groups"], _ = in_either_and_both(units)
    exchange = Exchange.of(both, units)
    return _tested(exchange, draws, seed, labels)


def _tested(exchange: Exchange, draws: int, seed: int, labels: dict[str, Any]) -> PermutationTest:
    observed = float(exchange.differences(exchange.observed[None])[0])
    if not np.isfinite(observed):
        return PermutationTest(undefined=Undefined.NO_VARIATION, **labels)
    # Equal differences differ by rounding of the sums.
    least = abs(observed) * (1 - 1e-9) - 1e-12
    rng = np.random.default_rng(seed)
    as_large = n_undefined = 0
    for size in block_sizes(draws, exchange.block):
        found = exchange.differences(exchange.drawn(rng, size))
        n_undefined += int((~np.isfinite(found)).sum())
        as_large += int((np.abs(found) >= least).sum())
    p_value = (1 + as_large + n_undefined) / (1 + draws)
    warnings = (Caution.DRAWS_UNDEFINED,) if n_undefined else ()
    return PermutationTest(value=observed, p_value=p_value, warnings=warnings, **labels)


@dataclass(frozen=True, eq=False)
class Exchange:
    """Both sides as rows of one set of sums, and which units may change places.

    Attributes
    ----------
    sums : Resampled
        The coefficient over the ratings of both sides.
    swapped : ndarray of int, shape (n_joint, 2)
        Rows that a unit of both sides shows on the first and on the second.
    swapped_units : ndarray of int, shape (n_joint,)
        Units showing both.
    dealt : ndarray of int, shape (2, n_rows)
        Units of one side alone that show each row, by side.
    """

    sums: Resampled
    swapped: IntArray
    swapped_units: IntArray
    dealt: IntArray

    @classmethod
    def of(cls, both: RatedSide, units: list[IntArray]) -> Exchange:
        """`units` has the code of each unit (or group) of the first and second side."""
        clusters = both.clusters()
        n_rows = len(clusters.sums.frequencies)
        n_codes = 1 + max(int(side.max()) for side in units)
        rows = np.full((n_codes, 2), -1)
        rows[units[0], 0] = clusters.rows[: len(units[0])]
        rows[units[1], 1] = clusters.rows[len(units[0]) :]
        shared = present(units[0], n_codes) & present(units[1], n_codes)
        span = n_rows + 1
        keys, n_each = counted((rows[shared] + 1) @ np.array([span, 1]))
        alone = rows[~shared].T
        return cls(
            clusters.sums,
            np.column_stack([keys // span - 1, keys % span - 1]),
            n_each,
            np.stack([np.bincount(side[side >= 0], minlength=n_rows) for side in alone]),
        )

    @property
    def block(self) -> int:
        """Permutations drawn at once."""
        return max(1, BLOCK_VALUES // max(1, len(self.sums.frequencies) + len(self.swapped)))

    @property
    def observed(self) -> FloatArray:
        """Frequencies of the first side as it was, shape (n_rows,)."""
        first = indicator(self.swapped[:, 0], len(self.sums.frequencies))
        frequencies: FloatArray = self.dealt[0] + self.swapped_units @ first
        return frequencies

    def drawn(self, rng: np.random.Generator, size: int) -> FloatArray:
        """Frequencies of the first side after `size` exchanges, shape (size, n_rows)."""
        n_rows = len(self.sums.frequencies)
        moved = rng.binomial(self.swapped_units, 0.5, size=(size, len(self.swapped)))
        first, second = (indicator(rows, n_rows) for rows in self.swapped.T)
        frequencies = np.asarray((self.swapped_units - moved) @ first + moved @ second)
        if self.dealt.any():
            n_first = int(self.dealt[0].sum())
            pool = self.dealt.sum(axis=0)
            frequencies = frequencies + rng.multivariate_hypergeometric(
                pool, n_first, size=size, method="marginals"
            )
        return frequencies.astype(np.float64)

    def differences(self, first: FloatArray) -> FloatArray:
        """First minus second, from frequencies of the first in shape (size, n_rows)."""
        difference: FloatArray = self.sums.draw(first) - self.sums.draw(
            self.sums.frequencies - first
        )
        return difference


def together(first: Ratings, second: Ratings) -> Ratings:
    """The ratings of both sides, each unit of each side a unit of its own."""
    first, second = on_one_scale(first, second)
    if (first.groups is None) != (second.groups is None):
        raise InvalidRatingsError("only one side says which group a unit is in")
    groups = _joint_groups(first, second)
    labels, renamed = _joint_raters(first, second)
    return Ratings.from_codes(
        np.concatenate([first.units, first.n_units + second.units]),
        np.concatenate([first.raters, renamed[second.raters]]),
        np.concatenate([first.values, second.values]),
        rater_labels=labels,
        points=first.points,
        level=first.level,
        has_order=first.has_order,
        unit_labels=range(first.n_units + second.n_units),
        groups=groups,
        group_labels=None if groups is None else range(int(groups.max(initial=-1)) + 1),
    )


def _joint_groups(first: Ratings, second: Ratings) -> IntArray | None:
    if first.groups is None or second.groups is None:
        return None
    return np.concatenate([first.groups, int(first.groups.max(initial=-1)) + 1 + second.groups])


def _joint_raters(first: Ratings, second: Ratings) -> tuple[list[Any], IntArray]:
    """Labels of all raters, and the code that each rater of the second side gets.

    Equal labels are one rater; the others take the places of those of the first
    side that are left, in order, and new places after that.
    """
    labels = list(first.rater_labels)
    place = {label: code for code, label in enumerate(labels)}
    known = set(second.rater_labels)
    free: Iterator[int] = iter([code for label, code in place.items() if label not in known])
    codes = []
    for label in second.rater_labels:
        code = place[label] if label in place else next(free, -1)
        if code < 0:
            code = len(labels)
            labels.append(label)
        codes.append(code)
    return labels, np.array(codes, dtype=np.int64)
