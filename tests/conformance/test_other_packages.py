"""The same data through krippendorff, statsmodels, scikit-learn and SciPy."""

import warnings

import krippendorff
import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from reliability.stats import Interval, PairTable, Ratings, coefficient, cohen_kappa, icc
from reliability.stats.correlation import kendall_tau, pearson, spearman

pytestmark = pytest.mark.pure


def matrix(seed: int, *, gaps: float = 0.0, n_raters: int = 3) -> np.ndarray:
    """Units x raters of a five-point scale, NaN for gaps."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, size=(40, 1))
    noise = rng.integers(-1, 2, size=(40, n_raters))
    values = np.clip(truth + noise, 1, 5).astype(float)
    values[rng.random(values.shape) < gaps] = np.nan
    return values


def long_form(values: np.ndarray, level: str) -> Ratings:
    units, raters = np.indices(values.shape)
    return Ratings.from_long(units.ravel(), raters.ravel(), values.ravel(), level=level)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_equals_the_krippendorff_package(seed: int, level: str) -> None:
    values = matrix(seed, gaps=0.3, n_raters=4)
    theirs = krippendorff.alpha(values.T, level_of_measurement=level)
    ours = coefficient("krippendorff_alpha", long_form(values, level)).value
    assert ours == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("weights", ["identity", "linear", "quadratic"])
def test_cohen_equals_statsmodels_and_scikit_learn(seed: int, weights: str) -> None:
    values = matrix(seed, n_raters=2)
    table = long_form(values, "ordinal").pair_table(0, 1)
    ours = cohen_kappa(table, weights, interval=Interval("asymptotic_normal"))
    name = None if weights == "identity" else weights
    theirs = cohen_kappa_score(values[:, 0], values[:, 1], weights=name, labels=[1, 2, 3, 4, 5])
    assert ours.value == pytest.approx(theirs, abs=1e-12)
    steps = {"identity": None, "linear": "linear", "quadratic": "quadratic"}[weights]
    found = cohens_kappa(table.counts, wt=steps)
    assert ours.value == pytest.approx(found.kappa, abs=1e-12)
    assert ours.se == pytest.approx(found.std_kappa, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_fleiss_and_randolph_equal_statsmodels(seed: int) -> None:
    values = matrix(seed)
    counts = np.stack([(values == point).sum(axis=1) for point in range(1, 6)], axis=1)
    ratings = long_form(values, "nominal")
    ours = coefficient("fleiss_kappa", ratings).value
    assert ours == pytest.approx(statsmodels_fleiss(counts), abs=1e-12)
    for name in ("brennan_prediger", "randolph_kappa"):
        free = coefficient(name, ratings).value
        assert free == pytest.approx(statsmodels_fleiss(counts, method="randolph"), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_correlations_equal_scipy(seed: int) -> None:
    values = matrix(seed, n_raters=2)
    ratings = long_form(values, "interval")
    for ours, theirs in ((pearson, stats.pearsonr), (spearman, stats.spearmanr)):
        assert ours(ratings).value == pytest.approx(theirs(*values.T)[0], abs=1e-12)
    assert kendall_tau(ratings).value == pytest.approx(stats.kendalltau(*values.T)[0], abs=1e-12)


def test_ours_answers_where_they_give_nan() -> None:
    """Everyone picks one value: a reason here, NaN or an exception there."""
    same = np.ones((6, 2))
    with pytest.raises(ValueError, match="more than one value"):
        krippendorff.alpha(same.T, level_of_measurement="nominal")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.isnan(cohen_kappa_score(same[:, 0], same[:, 1]))
    table = PairTable(np.array([[6, 0], [0, 0]]), (1, 2))
    assert cohen_kappa(table).undefined == "no_variation"
    assert coefficient("krippendorff_alpha", long_form(same, "nominal")).undefined == "no_variation"


def balanced_anova(values: np.ndarray) -> dict[str, float]:
    """ICCs of a complete matrix from the textbook's mean squares."""
    n, k = values.shape
    grand = values.mean()
    units = k * ((values.mean(axis=1) - grand) ** 2).sum() / (n - 1)
    raters = n * ((values.mean(axis=0) - grand) ** 2).sum() / (k - 1)
    within = ((values - values.mean(axis=1, keepdims=True)) ** 2).sum() / (n * (k - 1))
    error = (within * n * (k - 1) - raters * (k - 1)) / ((n - 1) * (k - 1))
    return {
        "icc_1_1": (units - within) / (units + (k - 1) * within),
        "icc_2_1": (units - error) / (units + (k - 1) * error + k * (raters - error) / n),
        "icc_3_1": (units - error) / (units + (k - 1) * error),
        "icc_1_k": (units - within) / units,
        "icc_2_k": (units - error) / (units + (raters - error) / n),
        "icc_3_k": (units - error) / units,
    }


@pytest.mark.parametrize("seed", range(4))
def test_icc_equals_the_mean_squares_of_a_balanced_design(seed: int) -> None:
    values = matrix(seed, n_raters=4)
    ratings = long_form(values, "interval")
    for name, expected in balanced_anova(values).items():
        assert icc(name, ratings).value == pytest.approx(expected, abs=1e-10), name


def test_icc_with_gaps_recovers_known_components() -> None:
    """Variances 4, 1 and 1 give ICC(2,1) = 2/3 and ICC(3,1) = 4/5."""
    rng = np.random.default_rng(3)
    units, raters = rng.normal(0, 2, (1500, 1)), rng.normal(0, 1, (1, 12))
    raters = (raters - raters.mean()) / raters.std(ddof=1)
    values = units + raters + rng.normal(0, 1, (1500, 12))
    values[rng.random(values.shape) < 0.6] = np.nan
    ratings = long_form(np.round(values, 2), "interval")
    assert icc("icc_2_1", ratings).value == pytest.approx(2 / 3, abs=0.03)
    assert icc("icc_3_1", ratings).value == pytest.approx(4 / 5, abs=0.03)


def test_icc_with_gaps_equals_least_squares() -> None:
    """Henderson's method III through explicit regressions on dummies."""
    values = matrix(7, gaps=0.35, n_raters=4)
    values = values[(~np.isnan(values)).any(axis=1)]
    unit, rater = np.nonzero(~np.isnan(values))
    y = values[unit, rater]
    by_unit = (unit[:, None] == np.unique(unit)).astype(float)
    by_rater = (rater[:, None] == np.arange(4)).astype(float)

    def squares(design: np.ndarray) -> float:
        fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
        return float(fitted @ fitted)

    n, n_units, n_raters = len(y), by_unit.shape[1], 4
    both = squares(np.hstack([by_unit, by_rater]))
    error = (y @ y - both) / (n - n_units - n_raters + 1)
    rater_part = (both - squares(by_unit) - (n_raters - 1) * error) / (n - n_units)
    unit_part = (both - squares(by_rater) - (n_units - 1) * error) / (n - n_raters)
    ratings = long_form(values, "interval")
    expected = unit_part / (unit_part + rater_part + error)
    assert icc("icc_2_1", ratings).value == pytest.approx(expected, abs=1e-7)
    assert icc("icc_3_1", ratings).value == pytest.approx(unit_part / (unit_part + error), abs=1e-7)
