"""Agreement statistics from counts: pure NumPy, SciPy and pandas.

From counts that a database has aggregated:

>>> from reliability.stats import PairTable, Patterns
>>> from reliability.stats import cohen_kappa, krippendorff_alpha, percent_agreement
>>> patterns = Patterns(
...     counts=[[3, 0, 0], [2, 1, 0], [0, 3, 0], [0, 1, 2], [0, 0, 3]],
...     frequencies=[20, 4, 15, 6, 12],
...     points=(1, 2, 3),
...     level="ordinal",
...     n_raters=3,
... )
>>> alpha = krippendorff_alpha(patterns)
>>> round(alpha.value, 3), round(alpha.ci_low, 3), round(alpha.ci_high, 3)
(0.916, 0.865, 0.967)
>>> alpha.ci_method, alpha.n_units, alpha.n_pairable, alpha.undefined
('jackknife_t', 57, 171, None)
>>> round(percent_agreement(patterns).value, 3)
0.883
>>> table = PairTable(counts=[[20, 5], [10, 15]], points=("no", "yes"))
>>> kappa = cohen_kappa(table, "identity")
>>> round(kappa.value, 3), kappa.term("p_o"), kappa.warnings
(0.4, 0.7, ())

An estimate that has no value says why, in `undefined`:

>>> krippendorff_alpha(Patterns([[3, 0]], [9], points=("no", "yes"))).undefined.value
'no_variation'
"""

from .agreement import percent_agreement
from .alpha import alpha_of_ratings, krippendorff_alpha
from .correlation import kendall_tau, kendall_w, lin_ccc, pearson, spearman
from .data import Level, PairTable, Patterns
from .diagnostics import KappaDiagnostics, kappa_diagnostics, max_kappa
from .differences import Difference, difference
from .distances import Metric, Weights, jaccard_distance, masi_distance, weight_matrix
from .errors import ConflictingRatingsError, StatisticsError
from .icc import ICC_NAMES, icc
from .inference import Interval, IntervalMethod
from .kappa import cohen_kappa, scott_pi
from .multirater import brennan_prediger, fleiss_kappa, gwet_ac1, gwet_ac2, pabak
from .points import (
    ConfusedPair,
    agreement_on_each_point,
    confused_points,
    kappa_of_each_point,
)
from .raterwise import conger_kappa, light_kappa
from .ratings import Ratings
from .registry import COEFFICIENTS, Coefficient, coefficient
from .results import Caution, Estimate, Undefined

__all__ = [
    "COEFFICIENTS",
    "ICC_NAMES",
    "Caution",
    "Coefficient",
    "ConflictingRatingsError",
    "ConfusedPair",
    "Difference",
    "Estimate",
    "Interval",
    "IntervalMethod",
    "KappaDiagnostics",
    "Level",
    "Metric",
    "PairTable",
    "Patterns",
    "Ratings",
    "StatisticsError",
    "Undefined",
    "Weights",
    "agreement_on_each_point",
    "alpha_of_ratings",
    "brennan_prediger",
    "coefficient",
    "cohen_kappa",
    "confused_points",
    "conger_kappa",
    "difference",
    "fleiss_kappa",
    "gwet_ac1",
    "gwet_ac2",
    "icc",
    "jaccard_distance",
    "kappa_diagnostics",
    "kappa_of_each_point",
    "kendall_tau",
    "kendall_w",
    "krippendorff_alpha",
    "light_kappa",
    "lin_ccc",
    "masi_distance",
    "max_kappa",
    "pabak",
    "pearson",
    "percent_agreement",
    "scott_pi",
    "spearman",
    "weight_matrix",
]
