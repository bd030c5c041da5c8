"""How many units a unit is in order with: the count behind Kendall's tau.

For one unit the count is a glance at all others; for all of them together it
takes n log n steps, by halving the units as merge sort does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Cells up to which comparing each with each other costs less than halving them.
FEW_CELLS = 256


def concordance(first: IntArray, second: IntArray, weights: FloatArray) -> FloatArray:
    r"""Weight in the same order as each cell minus weight in the opposite order.

    .. math:: Q_i = \sum_c w_c \, \mathrm{sign}(x_c - x_i) \, \mathrm{sign}(y_c - y_i)

    Half the weighted sum of Q is Kendall's C - D.

    Parameters
    ----------
    first, second : ndarray of int, shape (n_cells,)
        Codes x and y of distinct cells, sorted by x and then by y.
    weights : ndarray of float, shape (n_cells,)
        Units in each cell.

    Returns
    -------
    ndarray of float, shape (n_cells,)
        Between minus and plus the sum of weights.

    References
    ----------
    .. [1] W. R. Knight (1966), "A computer method for calculating Kendall's tau
       with ungrouped data", Journal of the American Statistical Association
       61(314), 436-439. doi:10.2307/2282833

    Examples
    --------
    >>> concordance(np.array([0, 1, 2]), np.array([0, 2, 1]), np.ones(3))
    array([2., 0., 0.])
    """
    if len(first) <= FEW_CELLS:
        along, across = (np.sign(codes - codes[:, None]) for codes in (first, second))
        few: FloatArray = (along * across) @ weights
        return few
    # Cells come in the order of x, ties by y; `upwards` is that of y, ties by x.
    upwards = np.argsort(second, kind="stable")
    place = np.empty_like(upwards)
    place[upwards] = np.arange(len(upwards))
    before_x = np.cumsum(weights) - weights
    before_y = np.cumsum(weights[upwards])[place] - weights
    tied_x, tied_y = (np.bincount(codes, weights)[codes] for codes in (first, second))
    # Before in both orders: below in both, or below in one and tied in the other.
    # Each of the nine places around a cell is then counted as the formula asks.
    both = _before_in_both(place, weights)
    found: FloatArray = 4 * both - 2 * (before_x + before_y)
    return found + weights.sum() + weights - tied_x - tied_y


def _before_in_both(place: IntArray, weights: FloatArray) -> FloatArray:
    """Weight of entries that stand before each and also have a smaller place.

    `place` is a permutation of 0 to n - 1. Bit by bit, the highest first, entries
    with equal higher bits form a block in their first order: those with the bit
    set come after those without in place, and after the ones to their left in
    order too. Then the block is parted by that bit, and the next bit decides.
    """
    n_bits = max(1, int(len(place) - 1).bit_length())
    places = np.arange(1 << n_bits)  # whole blocks: further entries weigh nothing
    places[: len(place)] = place
    masses, found = np.zeros((2, len(places)))
    masses[: len(place)] = weights
    for half in (1 << bit for bit in reversed(range(n_bits))):
        is_upper = (places & half) > 0
        lower = np.cumsum(np.where(is_upper, 0, masses)).reshape(-1, 2 * half)
        lower[1:] -= lower[:-1, -1:].copy()
        found += np.where(is_upper, lower.ravel(), 0)
        places = _parted(places, is_upper, half)
        masses, found = (_parted(column, is_upper, half) for column in (masses, found))
    return found[place]


def _parted[T: np.generic](
    column: NDArray[T], is_upper: NDArray[np.bool_], half: int
) -> NDArray[T]:
    """Each block's entries without the bit, then those with it; `half` of a block each."""
    parts = column[~is_upper].reshape(-1, half), column[is_upper].reshape(-1, half)
    return np.hstack(parts).ravel()
