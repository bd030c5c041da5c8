"""What stands beside a kappa: prevalence, bias, its ceiling, tests of no agreement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .data import PairTable, Patterns
from .distances import Weights, weight_matrix
from .kappa import cohen_kappa
from .multirater import fleiss_kappa

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class KappaDiagnostics:
    """Why a kappa of two raters on two points is as high or low as it is.

    All are dimensionless; None where a denominator is zero. The identity
    kappa = (pabak - prevalence^2 + bias^2) / (1 - prevalence^2 + bias^2) holds.
    """

    kappa: float | None
    pabak: float
    prevalence_index: float
    bias_index: float
    positive_agreement: float | None
    negative_agreement: float | None
    max_kappa: float | None


def kappa_diagnostics(table: PairTable) -> KappaDiagnostics | None:
    """Prevalence, bias and specific agreement of a two-point table.

    The first point is "positive". Prevalence and bias are sizes, without sign.
    None unless the scale has two points and the raters share a unit.

    References
    ----------
    .. [1] T. Byrt, J. Bishop, J. B. Carlin (1993), Journal of Clinical
       Epidemiology 46(5), 423-429. doi:10.1016/0895-4356(93)90018-V
    .. [2] D. V. Cicchetti, A. R. Feinstein (1990), Journal of Clinical
       Epidemiology 43(6), 551-558. doi:10.1016/0895-4356(90)90159-M
    """
    if len(table.points) != 2 or table.n_units == 0:
        return None
    (a, b), (c, d) = table.counts / table.n_units
    return KappaDiagnostics(
        kappa=cohen_kappa(table).value,
        pabak=float(2 * (a + d) - 1),
        prevalence_index=float(abs(a - d)),
        bias_index=float(abs(b - c)),
        positive_agreement=_share(2 * a, 2 * a + b + c),
        negative_agreement=_share(2 * d, 2 * d + b + c),
        max_kappa=max_kappa(table),
    )


def max_kappa(table: PairTable) -> float | None:
    """The largest unweighted kappa that the margins allow (Cohen 1960, p. 42).

    None without shared units, and when both raters use one and the same point.
    """
    if table.n_units == 0:
        return None
    p = table.counts / table.n_units
    first, second = p.sum(axis=1), p.sum(axis=0)
    p_e = float(first @ second)
    return _share(float(np.minimum(first, second).sum()) - p_e, 1 - p_e)


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None


def cohen_null_se(table: PairTable, weights: str | ArrayLike = Weights.IDENTITY) -> float | None:
    """Large-sample standard error of kappa if the raters were independent.

    For the test of no agreement, z = kappa / se; no interval follows from it.

    References
    ----------
    .. [1] J. L. Fleiss, J. Cohen, B. S. Everitt (1969), "Large sample standard
       errors of kappa and weighted kappa", Psychological Bulletin 72(5),
       323-327. doi:10.1037/h0028106
    """
    if cohen_kappa(table, weights).value is None:
        return None
    matrix = weight_matrix(weights, table.points)
    p = table.counts / table.n_units
    first, second = p.sum(axis=1), p.sum(axis=0)
    p_e = first @ matrix @ second
    means = (matrix @ second)[:, None] + (first @ matrix)[None, :]
    spread = float((np.outer(first, second) * (matrix - means) ** 2).sum() - p_e**2)
    return float(np.sqrt(max(spread, 0.0) / table.n_units) / (1 - p_e))


def fleiss_null_se(patterns: Patterns) -> float | None:
    """Standard error of Fleiss' kappa if all raters were independent.

    Only for the same number of ratings on every unit; None otherwise.

    References
    ----------
    .. [1] J. L. Fleiss, J. C. M. Nee, J. R. Landis (1979), "Large sample
       variance of kappa in the case of different sets of raters",
       Psychological Bulletin 86(5), 974-977. doi:10.1037/0033-2909.86.5.974
    """
    sizes = np.unique(patterns.ratings_per_unit)
    if len(sizes) != 1 or fleiss_kappa(patterns).value is None:
        return None
    m, n = float(sizes[0]), patterns.n_units
    p = patterns.totals / (n * m)
    q = 1 - p
    spread = float(p @ q)
    variance = 2 / (n * m * (m - 1) * spread**2) * (spread**2 - float(p @ (q * (q - p))))
    return float(np.sqrt(variance))
