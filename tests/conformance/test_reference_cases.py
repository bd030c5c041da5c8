"""Every reference case, and every quantity it expects, within its tolerance."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from reliability.stats import (
    Comparisons,
    Interval,
    bradley_terry,
    dawid_skene,
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

from .cases import (
    Case,
    agreement_weights,
    all_cases,
    estimate_of,
    figures_of,
    ratings_of,
    table_of,
    votes_of,
)

pytestmark = pytest.mark.pure
CASES = all_cases()
# Coefficients and variants with a test of their own; all others are estimates.
OWN_TEST = {
    "sample_size",
    "masi_distance",
    "kappa_diagnostics",
    "max_kappa",
    "dawid_skene",
    "bradley_terry",
}
SPECIAL = ("per category", "test of no", "influence", "percentile bootstrap")
# (case, quantity) that some test below compares.
COMPARED: set[tuple[str, str]] = set()


def is_special(case: Case) -> bool:
    return case["coefficient"] in OWN_TEST or case["variant"].startswith(SPECIAL)


ESTIMATES = [case for case in CASES if not is_special(case)]
FIGURES = (
    *("status", "estimate", "reason", "n_units", "n_pairable", "se", "ci_degenerate"),
    *("se_jackknife", "se_linearized", "ci95_linearized", "se_gwet", "ci95_gwet"),
    *("se_asymptotic", "ci95_normal", "observed_disagreement", "expected_disagreement"),
    *("pa", "pe"),
)


def chosen(*quantities: str, coefficient: str | None = None, variant: str | None = None) -> Any:
    """Parametrize by the cases of one kind; skipped, saying so, when there are none."""
    found = [
        case
        for case in CASES
        if (coefficient is None or case["coefficient"] == coefficient)
        and (variant is None or case["variant"].startswith(variant))
        and (not quantities or set(quantities) & set(case["expected"]))
    ]
    return each(found, *quantities)


def each(cases: list[Case], *quantities: str) -> Any:
    """Parametrize by cases, of which the test compares these quantities (all, if none)."""
    for case in cases:
        COMPARED.update((case["id"], name) for name in quantities or case["expected"])
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


@each(ESTIMATES, *FIGURES)
def test_estimate_equals_the_reference(case: Case) -> None:
    expected, found = case["expected"], dict(figures_of(case))
    for name in sorted(set(expected) & set(FIGURES)):
        assert_close(found[name], expected[name], case["tolerance"], name)


def test_no_quantity_of_any_case_is_left_out() -> None:
    left = [
        (case["id"], name)
        for case in CASES
        for name in case["expected"]
        if (case["id"], name) not in COMPARED
    ]
    assert not left


@each([case for case in ESTIMATES if "ci95_t" in case["expected"]], "ci95_t")
def test_asymptotic_interval_with_t_equals_the_reference(case: Case) -> None:
    normal = estimate_of(case, Interval("asymptotic_normal"))
    assert normal.value is not None
    assert normal.se is not None
    reach = stats.t.ppf(0.975, normal.n_units - 1) * normal.se
    found = (normal.value - reach, min(normal.value + reach, 1.0))
    assert_close(found, case["expected"]["ci95_t"], case["tolerance"], "ci95_t")


@each([case for case in ESTIMATES if "se_null" in case["expected"]], "se_null")
def test_null_error_of_kappa_equals_the_reference(case: Case) -> None:
    found = cohen_null_se(table_of(case), agreement_weights(case))
    assert_close(found, case["expected"]["se_null"], case["tolerance"], "se_null")


@each(
    [case for case in ESTIMATES if "z_equal_steps" in case["expected"]],
    "z_equal_steps",
    "estimate_equal_steps",
)
def test_null_test_of_kappa_equals_the_reference(case: Case) -> None:
    table = ratings_of(case).pair_table(0, 1)
    estimate, se = estimate_of(case, Interval()), cohen_null_se(table, agreement_weights(case))
    assert estimate.value is not None
    assert se is not None
    expected = case["expected"]
    assert_close(estimate.value, expected["estimate_equal_steps"], case["tolerance"], "steps")
    assert_close(estimate.value / se, expected["z_equal_steps"], case["tolerance"], "z")


@each([case for case in ESTIMATES if "chi2" in case["expected"]], "chi2", "df")
def test_kendall_chi_square_equals_the_reference(case: Case) -> None:
    estimate = estimate_of(case, Interval())
    assert estimate.value is not None
    assert estimate.n_raters is not None
    freedom = estimate.n_units - 1
    assert freedom == case["expected"]["df"]
    found = estimate.value * estimate.n_raters * freedom
    assert_close(found, case["expected"]["chi2"], 1e-5, "chi2")


@chosen("ci95", coefficient="icc")
def test_icc_limits_equal_the_reference(case: Case) -> None:
    exact = estimate_of(case, Interval("f_distribution"))
    found = (exact.ci_low, exact.ci_high)
    assert exact.ci_method == "f_distribution"
    assert_close(found, case["expected"]["ci95"], case["tolerance"], "ci95")


@each([case for case in ESTIMATES if case["id"].startswith("edge:")], "ci95")
def test_limits_of_the_edges_equal_the_reference(case: Case) -> None:
    if "ci95" in case["expected"]:
        found = estimate_of(case, Interval())
        limits = (found.ci_low, found.ci_high)
        assert_close(limits, case["expected"]["ci95"], case["tolerance"], "ci95")


@chosen("ci95", coefficient="lin_ccc")
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
    unit = case["data"]["units"].index(case["id"].rsplit(":", 1)[1])
    metric = case["level"].split("|")[0]
    whole = krippendorff_alpha(ratings.patterns(), metric).value
    without = krippendorff_alpha(ratings.without_unit(unit).patterns(), metric).value
    assert whole is not None
    assert without is not None
    found = (whole, without, whole - without)
    wanted = [expected[name] for name in ("estimate", "estimate_without_unit", "influence")]
    assert_close(found, wanted, case["tolerance"], "influence")


@chosen(coefficient="dawid_skene")
def test_rater_model_equals_the_reference(case: Case) -> None:
    fit, expected, tolerance = dawid_skene(votes_of(case)), case["expected"], case["tolerance"]
    assert fit.converged
    found = {
        "class_marginals": fit.class_shares,
        "log_likelihood": fit.log_likelihood,
        "classes": fit.classes,
    }
    for name, value in expected.items():
        assert_close(found[name], value, tolerance, name)


@chosen(coefficient="dawid_skene", variant="EM")
def test_several_starts_find_the_likelier_mode(case: Case) -> None:
    """Which starting from the majority misses on the original table."""
    best = dawid_skene(votes_of(case), start="best")
    assert best.log_likelihood == pytest.approx(-191.569, abs=5e-4)


@chosen(coefficient="bradley_terry")
def test_abilities_equal_the_reference(case: Case) -> None:
    data = case["data"]
    comparisons = Comparisons.from_wins(data["wins"], data["items"], ties=data.get("ties"))
    zero = data["items"][-1 if "last item at zero" in case["variant"] else 0]
    fit = bradley_terry(comparisons, reference=zero)
    assert_close(
        fit.log_abilities, case["expected"]["log_abilities"], case["tolerance"], "log_abilities"
    )
