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

from .abilities import BradleyTerry, Ties, bradley_terry
from .agreement import percent_agreement
from .alpha import alpha_of_ratings, krippendorff_alpha
from .comparisons import Comparisons, Outcome
from .consensus import DawidSkene, Start, Votes, dawid_skene
from .correlation import kendall_tau, kendall_w, lin_ccc, pearson, spearman
from .data import Level, PairTable, Patterns
from .decision import (
    Design,
    PredictedReliability,
    RatersNeeded,
    VarianceComponents,
    predicted_reliability,
    raters_needed,
    variance_components,
)
from .diagnostics import KappaDiagnostics, kappa_diagnostics, max_kappa
from .differences import (
    Difference,
    difference,
    difference_of_estimates,
    independent_difference,
)
from .difficulty import ItemDifficulty, item_difficulty
from .distances import Metric, Weights, jaccard_distance, masi_distance, weight_matrix
from .errors import ConflictingGroupsError, ConflictingRatingsError, StatisticsError
from .icc import ICC_NAMES, icc
from .inference import Interval, IntervalMethod
from .influence import OwnRatings, RaterInfluence, own_ratings, rater_influence
from .kappa import cohen_kappa, scott_pi
from .limits import LimitsOfAgreement, bland_altman
from .multiplicity import (
    Adjustment,
    Heterogeneity,
    SliceDifference,
    adjusted,
    heterogeneity,
    slice_differences,
)
from .multirater import (
    brennan_prediger,
    fleiss_cuzick_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    pabak,
    randolph_kappa,
)
from .patternwise import PATTERN_COEFFICIENTS, coefficient_of_patterns
from .permutation import PermutationTest, permutation_test
from .planning import (
    ExpectedWidth,
    SampleSize,
    UnitsForTarget,
    UnitsForWidth,
    expected_widths,
    units_for_alpha,
    units_for_kappa_interval,
    units_for_kappa_test,
    units_for_target,
    units_for_width,
)
from .points import (
    ConfusedPair,
    agreement_on_each_point,
    confused_points,
    kappa_of_each_point,
)
from .preference import preference_agreement, preference_kappa
from .raterwise import conger_kappa, light_kappa
from .ratings import Ratings
from .registry import COEFFICIENTS, Coefficient, coefficient
from .results import Caution, Estimate, Undefined
from .retest import SelfAgreement, self_agreement
from .severity import RaterSeverity, rater_severity
from .spans import Continuum, Match, Span, Unitizing, character_alpha, span_f1, unitizing_alpha
from .thresholds import READINGS, Reading, reading, reading_probabilities
from .units import UnitRows

__all__ = [
    "COEFFICIENTS",
    "ICC_NAMES",
    "PATTERN_COEFFICIENTS",
    "READINGS",
    "Adjustment",
    "BradleyTerry",
    "Caution",
    "Coefficient",
    "Comparisons",
    "ConflictingGroupsError",
    "ConflictingRatingsError",
    "ConfusedPair",
    "Continuum",
    "DawidSkene",
    "Design",
    "Difference",
    "Estimate",
    "ExpectedWidth",
    "Heterogeneity",
    "Interval",
    "IntervalMethod",
    "ItemDifficulty",
    "KappaDiagnostics",
    "Level",
    "LimitsOfAgreement",
    "Match",
    "Metric",
    "Outcome",
    "OwnRatings",
    "PairTable",
    "Patterns",
    "PermutationTest",
    "PredictedReliability",
    "RaterInfluence",
    "RaterSeverity",
    "RatersNeeded",
    "Ratings",
    "Reading",
    "SampleSize",
    "SelfAgreement",
    "SliceDifference",
    "Span",
    "Start",
    "StatisticsError",
    "Ties",
    "Undefined",
    "UnitRows",
    "Unitizing",
    "UnitsForTarget",
    "UnitsForWidth",
    "VarianceComponents",
    "Votes",
    "Weights",
    "adjusted",
    "agreement_on_each_point",
    "alpha_of_ratings",
    "bland_altman",
    "bradley_terry",
    "brennan_prediger",
    "character_alpha",
    "coefficient",
    "coefficient_of_patterns",
    "cohen_kappa",
    "confused_points",
    "conger_kappa",
    "dawid_skene",
    "difference",
    "difference_of_estimates",
    "expected_widths",
    "fleiss_cuzick_kappa",
    "fleiss_kappa",
    "gwet_ac1",
    "gwet_ac2",
    "heterogeneity",
    "icc",
    "independent_difference",
    "item_difficulty",
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
    "own_ratings",
    "pabak",
    "pearson",
    "percent_agreement",
    "permutation_test",
    "predicted_reliability",
    "preference_agreement",
    "preference_kappa",
    "randolph_kappa",
    "rater_influence",
    "rater_severity",
    "raters_needed",
    "reading",
    "reading_probabilities",
    "scott_pi",
    "self_agreement",
    "slice_differences",
    "span_f1",
    "spearman",
    "unitizing_alpha",
    "units_for_alpha",
    "units_for_kappa_interval",
    "units_for_kappa_test",
    "units_for_target",
    "units_for_width",
    "variance_components",
    "weight_matrix",
]
