"""Reading the reference cases into the engine's shapes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from reliability.stats import (
    Estimate,
    Interval,
    PairTable,
    Patterns,
    Ratings,
    Votes,
    alpha_of_ratings,
    brennan_prediger,
    coefficient,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    jaccard_distance,
    kendall_w,
    krippendorff_alpha,
    percent_agreement,
    weight_matrix,
)
from reliability.stats.distances import distance_matrix

Case = dict[str, Any]
PATH = Path(__file__).resolve().parents[2].parent / "shared/reference/agreement_cases.json"

OF_COUNTS: dict[str, Callable[..., Estimate]] = {
    "percent_agreement": percent_agreement,
    "fleiss_kappa": fleiss_kappa,
    "gwet_ac2": gwet_ac2,
    "brennan_prediger": brennan_prediger,
}


def all_cases() -> list[Case]:
    return json.loads(PATH.read_text()) if PATH.is_file() else []


def coefficient_name(case: Case) -> str:
    """The name of the case's coefficient here."""
    if case["coefficient"] == "gwet_ac":
        return "gwet_ac1" if case["weights"] == "identity" else "gwet_ac2"
    if case["coefficient"] == "icc":
        model, form = case["variant"][4], case["variant"][6]
        return f"icc_{model}_{form}"
    return str(case["coefficient"])


def agreement_weights(case: Case) -> Any:
    weights = case["weights"]
    if isinstance(weights, dict):
        if "agreement" in weights:
            return np.array(weights["agreement"])
        return 1 - np.array(weights["disagreement"])
    return None if weights == "none" else weights


def estimate_of(case: Case, interval: Interval) -> Estimate:
    weights, name = agreement_weights(case), coefficient_name(case)
    if case["data"]["form"] == "distribution":
        return _of_distribution(case, name, weights, interval)
    ratings = ratings_of(case)
    if name == "krippendorff_alpha":
        metric = _metric(case, ratings) if weights is None else None
        if metric is None:
            metric = 1 - weight_matrix(weights, ratings.points)
        return alpha_of_ratings(ratings, metric, interval=interval)
    if name == "kendall_w":
        ties = not case["variant"].startswith("not")
        return kendall_w(ratings, ties=ties, interval=interval)
    return coefficient(name, ratings, weights=weights, interval=interval)


def _of_distribution(case: Case, name: str, weights: Any, interval: Interval) -> Estimate:
    counts = np.array(case["data"]["counts"])
    patterns = Patterns(counts, np.ones(len(counts)), case["data"]["categories"])
    if name == "krippendorff_alpha":
        metric = 1 - weight_matrix(weights, patterns.points)
        return krippendorff_alpha(patterns, metric, interval=interval)
    if name == "gwet_ac1":
        return gwet_ac1(patterns, interval=interval)
    return OF_COUNTS[name](patterns, weights, interval=interval)


def _metric(case: Case, ratings: Ratings) -> Any:
    variant = case["variant"]
    if not variant.startswith("set-valued"):
        return variant
    name = variant.split(", ")[1].removesuffix(" distance")
    if name == "jaccard-times-passonneau2004":
        return distance_matrix(_dkpro_masi, ratings.points)
    return name


def _dkpro_masi(first: frozenset[str], second: frozenset[str]) -> float:
    """The distance of DKPro Statistics: Jaccard's times 1/3, 2/3 or 1."""
    if first == second:
        return 0.0
    factor = 1 / 3 if first <= second or second <= first else 2 / 3 if first & second else 1
    return jaccard_distance(first, second) * factor


def ratings_of(case: Case) -> Ratings:
    data = case["data"]
    if data["form"] == "table":
        return _of_table(np.array(data["counts"]), data["categories"])
    cells = [
        (unit, rater, frozenset(value) if isinstance(value, list) else value)
        for unit, row in enumerate(data["values"])
        for rater, value in enumerate(row)
        if value is not None
    ]
    units, raters, values = zip(*cells, strict=True) if cells else ((), (), ())
    numeric = case["coefficient"] in {"icc", "kendall_w", "lin_ccc"}
    level = "set" if case["level"] == "set" else "interval" if numeric else "nominal"
    return Ratings.from_long(units, raters, values, level=level, categories=data.get("categories"))


def votes_of(case: Case) -> Votes:
    """Repeated judgments, all of which count."""
    data = case["data"]
    rows = [
        (unit, rater, value)
        for unit, row in enumerate(data["values"])
        for rater, values in enumerate(row)
        for value in values
    ]
    return Votes.from_long(*zip(*rows, strict=True), categories=data["categories"])


def table_of(case: Case) -> PairTable:
    return PairTable(case["data"]["counts"], case["data"]["categories"])


def _of_table(counts: Any, points: list[Any]) -> Ratings:
    first, second = (
        np.repeat(codes, counts.ravel()) for codes in np.indices(counts.shape).reshape(2, -1)
    )
    n_units = len(first)
    return Ratings.from_codes(
        np.tile(np.arange(n_units), 2),
        np.repeat([0, 1], n_units),
        np.concatenate([first, second]),
        rater_labels=["first", "second"],
        points=points,
    )


def figures_of(case: Case) -> Iterator[tuple[str, Any]]:
    """Every quantity of the case's `expected` that estimates give."""
    plain = estimate_of(case, Interval())
    linear = estimate_of(case, Interval("linearized_t"))
    gwet = estimate_of(case, Interval("gwet_t"))
    normal = estimate_of(case, Interval("asymptotic_normal"))
    yield "estimate", plain.value
    yield "status", _status(case, plain)
    yield "reason", plain.undefined
    yield "n_units", plain.n_units
    yield "n_pairable", plain.n_pairable
    yield "se", plain.se
    yield "ci_degenerate", "degenerate_interval" in plain.warnings
    yield "se_jackknife", plain.se
    yield "se_linearized", linear.se
    yield "ci95_linearized", (linear.ci_low, linear.ci_high)
    yield "se_gwet", gwet.se
    yield "ci95_gwet", (gwet.ci_low, gwet.ci_high)
    yield "se_asymptotic", normal.se
    yield "ci95_normal", (normal.ci_low, normal.ci_high)
    yield from _terms(plain)
    if plain.is_defined and not case["coefficient"].startswith(("icc", "lin")):
        yield "ci95", (plain.ci_low, plain.ci_high)


def _status(case: Case, estimate: Estimate) -> str:
    if estimate.is_defined:
        return "ok"
    # "error" is a refusal of the data, which here is a reason like any other.
    return "error" if case["expected"].get("status") == "error" else "undefined"


def _terms(estimate: Estimate) -> Iterator[tuple[str, Any]]:
    d_o, d_e = estimate.term("d_o"), estimate.term("d_e")
    yield "observed_disagreement", d_o
    yield "expected_disagreement", d_e
    if estimate.coefficient == "percent_agreement":
        yield from (("pa", estimate.value), ("pe", 0.0))
    elif d_o is not None and d_e is not None:
        # Alpha as an agreement: the small-sample factor sits in p_o.
        factor = 1 - 1 / estimate.n_pairable
        yield from (("pa", 1 - d_o * factor), ("pe", 1 - d_e * factor))
    else:
        yield from (("pa", estimate.term("p_o")), ("pe", estimate.term("p_e")))
