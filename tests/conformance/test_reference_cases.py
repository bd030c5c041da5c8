"""Every reference case that the engine covers, within its tolerance."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from reliability.stats import (
    Interval,
    kappa_diagnostics,
    kappa_of_each_point,
    krippendorff_alpha,
    masi_distance,
    max_kappa,
)
from reliability.stats.diagnostics import cohen_null_se, fleiss_null_se
from reliability.stats.planning import (
    units_for_alpha,
    units_for_kappa_interval,
    units_for_kappa_test,
)

from .cases import Case, agreement_weights, all_cases, estimate_of, figures_of, ratings_of, table_of

pytestmark = pytest.mark.pure
CASES = all_cases()
# Models of raters and items, not agreement coefficients; built elsewhere.
OTHER_MODELS = {"dawid_skene", "bradley_terry"}
SPECIAL = ("per category", "test of no", "influence", "percentile bootstrap")
OWN_TEST = {"sample_size", "masi_distance", "kappa_diagnostics", "max_kappa"}


def is_special(case: Case) -> bool:
    return case["coefficient"] in OTHER_MODELS | OWN_TEST or case["variant"].startswith(SPECIAL)


ESTIMATES = [case for case in CASES if not is_special(case)]


def chosen(*, coefficient: str | None = None, variant: str | None = None) -> Any:
    """Parametrize by the cases of one kind; skipped, saying so, when there are none."""
    found = [
        case
        for case in CASES
        if (coefficient is None or case["coefficient"] == coefficient)
        and (variant is None or case["variant"].startswith(variant))
    ]
    return each(found)


def each(cases: list[Case]) -> Any:
    skip = pytest.mark.skip(reason="the reference cases beside the repository are not here")
    some = [pytest.param(case, id=case["id"]) for case in cases]
    return pytest.mark.parametrize("case", some or [pytest.param({}, marks=skip, id="absent")])


def assert_close(found: Any, expected: Any, tolerance: float, name: str) -> None:
    if expected is None or isinstance(expected, str | bool):
        assert found == expected, name
        return
    assert found is not None, name
    assert None not in np.atleast_1d(found), name
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance, err_msg=name)


@each(ESTIMATES)
def test_estimate_equals_the_reference(case: Case) -> None:
    expected, found = case["expected"], dict(figures_of(case))
    compared = [name for name in expected if name in found]
    assert "estimate" in compared
    for name in compared:
        assert_close(found[name], expected[name], case["tolerance"], name)


def test_only_known_quantities_are_left_to_other_tests() -> None:
    left = {name for case in ESTIMATES for name in case["expected"]} - {
        name for case in ESTIMATES[:1] for name, _ in figures_of(case)
    }
    assert left <= {"status", "ci95", "ci95_t", "se_null", "chi2", "df"} | {
        "estimate_equal_steps",
        "z_equal_steps",
    }


@each([case for case in ESTIMATES if "ci95_t" in case["expected"]])
def test_asymptotic_interval_with_t_equals_the_reference(case: Case) -> None:
    normal = estimate_of(case, Interval("asymptotic_normal"))
    assert normal.value is not None
    assert normal.se is not None
    reach = stats.t.ppf(0.975, normal.n_units - 1) * normal.se
    found = (normal.value - reach, min(normal.value + reach, 1.0))
    assert_close(found, case["expected"]["ci95_t"], case["tolerance"], "ci95_t")


@each([case for case in ESTIMATES if "se_null" in case["expected"]])
def test_null_error_of_kappa_equals_the_reference(case: Case) -> None:
    found = cohen_null_se(table_of(case), agreement_weights(case))
    assert_close(found, case["expected"]["se_null"], case["tolerance"], "se_null")


@each([case for case in ESTIMATES if "z_equal_steps" in case["expected"]])
def test_null_test_of_kappa_equals_the_reference(case: Case) -> None:
    table = ratings_of(case).pair_table(0, 1)
    estimate, se = estimate_of(case, Interval()), cohen_null_se(table, agreement_weights(case))
    assert estimate.value is not None
    assert se is not None
    expected = case["expected"]
    assert_close(estimate.value, expected["estimate_equal_steps"], case["tolerance"], "steps")
    assert_close(estimate.value / se, expected["z_equal_steps"], case["tolerance"], "z")


@each([case for case in ESTIMATES if "chi2" in case["expected"]])
def test_kendall_chi_square_equals_the_reference(case: Case) -> None:
    estimate = estimate_of(case, Interval())
    assert estimate.value is not None
    assert estimate.n_raters is not None
    freedom = estimate.n_units - 1
    assert freedom == case["expected"]["df"]
    found = estimate.value * estimate.n_raters * freedom
    assert_close(found, case["expected"]["chi2"], 1e-5, "chi2")


@chosen(coefficient="icc")
def test_icc_limits_equal_the_reference(case: Case) -> None:
    if "ci95" in case["expected"]:
        exact = estimate_of(case, Interval("f_distribution"))
        found = (exact.ci_low, exact.ci_high)
        assert exact.ci_method == "f_distribution"
        assert_close(found, case["expected"]["ci95"], case["tolerance"], "ci95")


@chosen(coefficient="lin_ccc")
def test_lin_limits_equal_the_reference(case: Case) -> None:
    found = estimate_of(case, Interval("fisher_z"))
    assert_close((found.ci_low, found.ci_high), case["expected"]["ci95"], case["tolerance"], "ci95")


@chosen(coefficient="sample_size")
def test_sample_size_equals_the_reference(case: Case) -> None:
    data, expected = case["data"], case["expected"]
    if "power" in data:
        found = units_for_kappa_test(
            data["kappa0"],
            data["kappa1"],
            data["prevalence"],
            alpha=data["alpha"],
            power=data["power"],
        )
    elif "kappa_lower" in data:
        found = units_for_kappa_interval(
            data["kappa"], data["kappa_lower"], data["prevalence"], alpha=data["alpha"]
        )
    else:
        found = units_for_alpha(data["alpha_min"], data["p_c"], significance=data["significance"])
    assert found.n_units == expected["n_units"]
    assert_close(found.exact, expected["n_exact"], case["tolerance"], "n_exact")


@chosen(coefficient="masi_distance")
def test_masi_distance_equals_the_reference(case: Case) -> None:
    found = masi_distance(*case["data"]["values"])
    assert_close(found, case["expected"]["estimate"], case["tolerance"], "distance")


@chosen(coefficient="kappa_diagnostics")
def test_kappa_diagnostics_equal_the_reference(case: Case) -> None:
    found = kappa_diagnostics(table_of(case))
    assert found is not None
    for name, value in case["expected"].items():
        if name != "status":
            assert_close(getattr(found, name), value, case["tolerance"], name)


@chosen(coefficient="max_kappa")
def test_max_kappa_equals_the_reference(case: Case) -> None:
    found = max_kappa(table_of(case))
    assert_close(found, case["expected"]["estimate"], case["tolerance"], "max_kappa")


@chosen(variant="per category")
def test_kappa_of_each_point_equals_the_reference(case: Case) -> None:
    found = [estimate.value for estimate in kappa_of_each_point(ratings_of(case).patterns())]
    assert_close(found, case["expected"]["per_category"], case["tolerance"], "per_category")


@chosen(variant="test of no")
def test_null_error_of_fleiss_equals_the_reference(case: Case) -> None:
    estimate, se = estimate_of(case, Interval()), fleiss_null_se(ratings_of(case).patterns())
    assert estimate.value is not None
    assert se is not None
    assert_close(estimate.value, case["expected"]["estimate"], case["tolerance"], "estimate")
    assert_close(se, case["expected"]["se_null"], case["tolerance"], "se_null")
    assert_close(estimate.value / se, case["expected"]["z"], 1e-5, "z")


@chosen(variant="percentile bootstrap")
def test_bootstrap_equals_the_reference(case: Case) -> None:
    metric = case["id"].rsplit(":", 1)[1]
    interval = Interval("bootstrap_percentile", draws=40_000, seed=11)
    found = krippendorff_alpha(ratings_of(case).patterns(), metric, interval=interval)
    expected = case["expected"]
    assert_close((found.ci_low, found.ci_high), expected["ci95_percentile"], 0.02, "ci95")
    assert_close(found.se, expected["se_bootstrap"], 0.02, "se_bootstrap")


@chosen(variant="influence")
def test_influence_of_a_unit_equals_the_reference(case: Case) -> None:
    ratings, expected = ratings_of(case), case["expected"]
    whole = krippendorff_alpha(ratings.patterns(), "nominal").value
    without = krippendorff_alpha(ratings.without_unit(5).patterns(), "nominal").value
    assert whole is not None
    assert without is not None
    found = (whole, without, whole - without)
    wanted = [expected[name] for name in ("estimate", "estimate_without_unit", "influence")]
    assert_close(found, wanted, case["tolerance"], "influence")
