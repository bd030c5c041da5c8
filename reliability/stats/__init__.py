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
from .alpha import krippendorff_alpha
from .data import Level, PairTable, Patterns
from .distances import Metric, Weights
from .errors import StatisticsError
from .inference import Interval, IntervalMethod
from .kappa import cohen_kappa, scott_pi
from .results import Caution, Estimate, Undefined

__all__ = [
    "Caution",
    "Estimate",
    "Interval",
    "IntervalMethod",
    "Level",
    "Metric",
    "PairTable",
    "Patterns",
    "StatisticsError",
    "Undefined",
    "Weights",
    "cohen_kappa",
    "krippendorff_alpha",
    "percent_agreement",
    "scott_pi",
]
