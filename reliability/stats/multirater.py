"""Chance-corrected agreement of any number of raters, from value counts.

All have the form :math:`(p_o - p_e) / (1 - p_e)` with the same observed
agreement and differ in what they expect by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .agreement import mean_pair_agreement, no_comparison, weights_name
from .data import Level, Patterns
from .distances import Weights, product_with, weight_matrix
from .inference import DEFAULT_INTERVAL, Interval, Sums, UnitSums, fixed_pairs, infer
from .kappa import with_paradox
from .results import Estimate, Undefined

FloatArray = NDArray[np.float64]
# Expected agreement from the share of each point, shape (..., n_points).
Chance = Callable[[Sums], Sums]

# Shares are sums of thirds and fifths, so "no expected disagreement" is not
# exactly zero; with 10^8 units and 10^3 raters a real one is still above this.
_NO_DISAGREEMENT = 1e-13


def fleiss_kappa(
    patterns: Patterns,
    weights: str | ArrayLike = Weights.IDENTITY,
    *,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    r"""Fleiss' kappa, weighted or not, with any gaps.

    .. math:: p_e = \sum_{kl} w_{kl} \pi_k \pi_l, \quad
              \pi_k = \frac1n \sum_u r_{uk} / r_u

    Parameters
    ----------
    patterns : Patterns
        Units with one rating count for the shares only.
    weights : str or array_like, shape (n_points, n_points)
        A name of `Weights`, or agreement weights, one on the diagonal.

    Returns
    -------
    Estimate
        At most 1; with terms p_o, p_e. Undefined without data, without a unit
        that holds two ratings, and when all ratings are the same.

    References
    ----------
    .. [1] J. L. Fleiss (1971), "Measuring nominal scale agreement among many
       raters", Psychological Bulletin 76(5), 378-382. doi:10.1037/h0031619
    .. [2] K. L. Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed.,
       for gaps and weights.

    Examples
    --------
    >>> patterns = Patterns([[2, 0], [1, 1], [0, 2]], [5, 4, 1], points=(0, 1))
    >>> round(fleiss_kappa(patterns).value, 4)
    0.0476
    """
    credited = product_with(weight_matrix(weights, patterns.points))

    def chance(shares: Sums) -> Sums:
        expected: Sums = (shares * credited(shares)).sum(axis=-1)
        return expected

    return _corrected("fleiss_kappa", patterns, weights, chance, interval)


def fleiss_cuzick_kappa(patterns: Patterns, *, interval: Interval = DEFAULT_INTERVAL) -> Estimate:
    r"""The mean-square kappa that Stata prints for unequal numbers of ratings.

    .. math:: \kappa_k = 1 - \frac{\sum_u r_{uk} (r_u - r_{uk}) / r_u}
              {\sum_u (r_u - 1)\, p_k (1 - p_k)}, \quad
              \kappa = \frac{\sum_k p_k (1 - p_k) \kappa_k}{\sum_k p_k (1 - p_k)}

    Here :math:`p_k` is the share of all ratings, so units count by how often they
    were rated; `fleiss_kappa` weights units alike. Both are the same when every
    unit has as many ratings.

    Parameters, result and undefined cases are those of `fleiss_kappa` without
    weights.

    References
    ----------
    .. [1] J. L. Fleiss, J. Cuzick (1979), "The reliability of dichotomous
       judgments: unequal numbers of judges per subject", Applied Psychological
       Measurement 3(4), 537-542. doi:10.1177/014662167900300410
    .. [2] J. L. Fleiss, B. Levin, M. C. Paik (2003), Statistical Methods for Rates
       and Proportions, 3rd ed., section 18.3. doi:10.1002/0471445428

    Examples
    --------
    Fleiss, Levin and Paik (2003), table 18.7: 25 subjects, two to five ratings.

    >>> ratings = [2, 2, 3, 4, 3, 4, 3, 5, 2, 4, 5, 3, 4, 4, 2, 2, 3, 2, 4, 5, 3, 4, 3, 3, 2]
    >>> positive = [2, 0, 2, 3, 3, 1, 0, 0, 0, 4, 5, 3, 4, 3, 0, 2, 1, 1, 1, 4, 2, 0, 0, 3, 2]
    >>> counts = [[x, m - x] for m, x in zip(ratings, positive)]
    >>> patterns = Patterns(counts, [1] * 25, points=("+", "-"))
    >>> round(fleiss_cuzick_kappa(patterns).value, 4), round(fleiss_kappa(patterns).value, 4)
    (0.5415, 0.562)
    """
    counts, ratings = patterns.counts, patterns.ratings_per_unit[:, None]
    reason = no_comparison(patterns)
    if reason is None and np.count_nonzero(patterns.totals) < 2:
        reason = Undefined.NO_VARIATION
    within = (counts * (ratings - counts) / ratings).sum(axis=1)
    rows = np.column_stack([within, ratings[:, 0] - 1, counts])
    return infer(
        UnitSums(rows, patterns.frequencies, _mean_square_kappa, compared=rows[:, 1]),
        undefined=reason,
        counts=patterns.evidence(n_units=patterns.n_units),
        interval=interval,
        units=patterns.units,
        coefficient="fleiss_cuzick_kappa",
        level=patterns.level.value,
        weights=Weights.IDENTITY.value,
    )


def _mean_square_kappa(sums: Sums) -> Sums:
    within, others, n_k = sums[..., 0], sums[..., 1], sums[..., 2:]
    p = n_k / n_k.sum(axis=-1, keepdims=True)
    expected = others * (p * (1 - p)).sum(axis=-1)
    empty = np.real(expected) < _NO_DISAGREEMENT
    value: Sums = np.where(empty, np.nan, 1 - within / np.where(empty, 1, expected))
    return value


def gwet_ac1(patterns: Patterns, *, interval: Interval = DEFAULT_INTERVAL) -> Estimate:
    r"""Gwet's AC1: chance is guessing on the units that are hard to rate.

    .. math:: p_e = \frac{1}{q - 1} \sum_k \pi_k (1 - \pi_k)

    Parameters and shares are those of `fleiss_kappa`; q is the number of points
    of the declared scale. Defined when all ratings are the same (1, if q is 2
    or more); undefined ("one_category") on a scale of one point.

    References
    ----------
    .. [1] K. L. Gwet (2008), "Computing inter-rater reliability and its
       variance in the presence of high agreement", British Journal of
       Mathematical and Statistical Psychology 61(1), 29-48.
       doi:10.1348/000711006X126600

    Examples
    --------
    >>> patterns = Patterns([[2, 0], [1, 1], [0, 2]], [5, 4, 1], points=(0, 1))
    >>> round(gwet_ac1(patterns).value, 4)
    0.3103
    """
    return _gwet("gwet_ac1", patterns, Weights.IDENTITY, interval)


def gwet_ac2(
    patterns: Patterns,
    weights: str | ArrayLike | None = None,
    *,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    r"""Gwet's AC2: AC1 with partial credit.

    .. math:: p_e = \frac{\sum_{kl} w_{kl}}{q (q - 1)} \sum_k \pi_k (1 - \pi_k)

    Weights follow the level of the patterns if not given (see
    `weights_for_level`); otherwise as `gwet_ac1`.

    References
    ----------
    .. [1] K. L. Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed.,
       chapter 4.
    """
    chosen = weights_for_level(patterns.level) if weights is None else weights
    return _gwet("gwet_ac2", patterns, chosen, interval)


def weights_for_level(level: Level) -> Weights:
    """The weights that a level of measurement suggests."""
    return _LEVEL_WEIGHTS.get(level, Weights.IDENTITY)


_LEVEL_WEIGHTS = {
    Level.ORDINAL: Weights.ORDINAL,
    Level.INTERVAL: Weights.QUADRATIC,
    Level.RATIO: Weights.RATIO,
    Level.CIRCULAR: Weights.CIRCULAR,
    Level.BIPOLAR: Weights.BIPOLAR,
}


def brennan_prediger(
    patterns: Patterns,
    weights: str | ArrayLike = Weights.IDENTITY,
    *,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    r"""Brennan and Prediger's coefficient: chance is uniform over the scale.

    .. math:: p_e = \sum_{kl} w_{kl} / q^2

    Unweighted, this is Bennett's S for two raters and Randolph's free-marginal
    kappa for more. Defined when all ratings are the same; undefined
    ("one_category") on a scale of one point.

    References
    ----------
    .. [1] R. L. Brennan, D. J. Prediger (1981), "Coefficient kappa: some uses,
       misuses, and alternatives", Educational and Psychological Measurement
       41(3), 687-699. doi:10.1177/001316448104100307

    Examples
    --------
    >>> patterns = Patterns([[2, 0], [1, 1], [0, 2]], [5, 4, 1], points=(0, 1))
    >>> round(brennan_prediger(patterns).value, 4)
    0.2
    """
    return _uniform("brennan_prediger", patterns, weights, interval)


def pabak(patterns: Patterns, *, interval: Interval = DEFAULT_INTERVAL) -> Estimate:
    r"""Prevalence- and bias-adjusted kappa, :math:`(q p_o - 1) / (q - 1)`.

    Byrt, Bishop and Carlin define it for two raters and two points, where it is
    :math:`2 p_o - 1`; on other designs this is unweighted `brennan_prediger`.

    References
    ----------
    .. [1] T. Byrt, J. Bishop, J. B. Carlin (1993), "Bias, prevalence and
       kappa", Journal of Clinical Epidemiology 46(5), 423-429.
       doi:10.1016/0895-4356(93)90018-V

    Examples
    --------
    >>> pabak(Patterns([[2, 0], [1, 1]], [3, 1], points=("no", "yes"))).value
    0.5
    """
    return _uniform("pabak", patterns, Weights.IDENTITY, interval)


def randolph_kappa(patterns: Patterns, *, interval: Interval = DEFAULT_INTERVAL) -> Estimate:
    r"""Randolph's free-marginal kappa, :math:`(p_o - 1/q) / (1 - 1/q)`.

    Any number of raters who were not told how often to use each of the q points
    of the scale. Unweighted `brennan_prediger`, under the name that many papers
    give it.

    References
    ----------
    .. [1] J. J. Randolph (2005), "Free-marginal multirater kappa: an alternative
       to Fleiss' fixed-marginal multirater kappa", Joensuu Learning and
       Instruction Symposium. ERIC ED490661.

    Examples
    --------
    Randolph (2005), example 1: three raters, four cases.

    >>> patterns = Patterns([[3, 0], [2, 1], [1, 2], [0, 3]], [1] * 4, points=("yes", "no"))
    >>> round(randolph_kappa(patterns).value, 2)
    0.33
    """
    return _uniform("randolph_kappa", patterns, Weights.IDENTITY, interval)


def _gwet(name: str, patterns: Patterns, weights: str | ArrayLike, interval: Interval) -> Estimate:
    matrix = weight_matrix(weights, patterns.points)
    q = len(patterns.points)
    factor = matrix.sum() / max(1, q * (q - 1))

    def chance(shares: Sums) -> Sums:
        expected: Sums = factor * (shares * (1 - shares)).sum(axis=-1)
        return expected

    return _corrected(name, patterns, weights, chance, interval, needs_scale=True)


def _uniform(
    name: str, patterns: Patterns, weights: str | ArrayLike, interval: Interval
) -> Estimate:
    expected = weight_matrix(weights, patterns.points).mean() if patterns.points else 1

    def chance(shares: Sums) -> Sums:
        # Times the sum of shares, 1 by definition, to keep the sums' shape.
        return expected * shares.sum(axis=-1)

    return _corrected(name, patterns, weights, chance, interval, needs_scale=True)


def _corrected(
    name: str,
    patterns: Patterns,
    weights: str | ArrayLike,
    chance: Chance,
    interval: Interval,
    *,
    needs_scale: bool = False,
) -> Estimate:
    reason = no_comparison(patterns, weights)
    if reason is None and needs_scale and len(patterns.points) < 2:
        reason = Undefined.ONE_CATEGORY
    if reason is None and not needs_scale and np.count_nonzero(patterns.totals) < 2:
        reason = Undefined.NO_VARIATION
    labels: dict[str, Any] = {
        "coefficient": name,
        "level": patterns.level.value,
        "weights": weights_name(weights),
    }
    sums = None
    if reason is None:
        sums, labels["terms"] = corrected_sums(
            share_rows(patterns, weight_matrix(weights, patterns.points)),
            patterns.frequencies,
            chance,
        )
    estimate = infer(
        sums,
        undefined=reason,
        counts=patterns.evidence(n_units=patterns.n_units),
        interval=interval,
        units=patterns.units,
        **labels,
    )
    return with_paradox(estimate)


def share_rows(patterns: Patterns, weights: FloatArray) -> FloatArray:
    """Sums of observed agreement: share of agreeing pairs, comparability, shares."""
    agreeing, compared = mean_pair_agreement(patterns, weights)
    shares = patterns.counts / patterns.ratings_per_unit[:, None]
    return np.column_stack([agreeing, compared, shares])


def corrected_sums(
    rows: FloatArray, frequencies: FloatArray, chance: Chance
) -> tuple[UnitSums, tuple[tuple[str, float], ...]]:
    """The coefficient and its terms; rows as `share_rows` lays them out.

    Terms are p_o, p_e and, on two points, the prevalence index of Byrt, Bishop
    and Carlin (1993): the difference of the two shares.
    """

    def parts(sums: Sums) -> tuple[Sums, Sums]:
        shares = sums[..., 2:]
        total = shares.sum(axis=-1)[..., None]
        return sums[..., 0] / sums[..., 1], chance(shares / total)

    def coefficient(sums: Sums) -> Sums:
        return corrected(*parts(sums))

    unit_sums = UnitSums(rows, frequencies, coefficient, compared=rows[:, 1])
    held = fixed_pairs(rows[:, 1], frequencies, unit_sums.value())
    unit_sums = replace(unit_sums, as_gwet=held)
    p_o, p_e = parts(unit_sums.totals)
    terms = [("p_o", float(p_o)), ("p_e", float(p_e))]
    shares = unit_sums.totals[2:]
    if len(shares) == 2:
        terms.append(("prevalence_index", float(abs(shares[0] - shares[1]) / shares.sum())))
    return unit_sums, tuple(terms)


def corrected(p_o: Sums, p_e: Sums) -> Sums:
    """Agreement beyond chance; NaN where chance alone explains everything."""
    empty = np.real(1 - p_e) < _NO_DISAGREEMENT
    value: Sums = np.where(empty, np.nan, (p_o - p_e) / np.where(empty, 1, 1 - p_e))
    return value
