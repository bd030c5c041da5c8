"""Real studies: the figures that independent packages give for them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reliability.stats import (
    COEFFICIENTS,
    Interval,
    Patterns,
    Ratings,
    alpha_of_ratings,
    coefficient,
    fleiss_kappa,
)

pytestmark = pytest.mark.pure

# Their figures are printed to six places, irrCAC's to five.
SIX, FIVE = 6e-7, 6e-6
IRRCAC = {
    "gwet": "gwet_ac1",
    "fleiss": "fleiss_kappa",
    "bp": "brennan_prediger",
    "conger": "conger_kappa",
}


def study(shared: Path, name: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    folder = shared / "data" / name
    frame = pd.read_csv(folder / "judgments.csv", dtype=str, keep_default_na=False)
    return frame, json.loads((folder / "expected.json").read_text())


def ratings(rows: pd.DataFrame, level: str) -> Ratings:
    values = rows["value"] if level == "nominal" else rows["value"].astype(float)
    return Ratings.from_long(rows["item_id"], rows["rater_id"], values, level=level)


def assert_figures(rows: pd.DataFrame, expected: dict[str, Any]) -> None:
    """Compare everything of one dimension that the engine computes."""
    nominal = ratings(rows, "nominal")
    assert nominal.n_ratings == expected["n_judgments"]
    assert nominal.n_raters == expected["n_raters"]
    found = dict(_simple(nominal))
    for name, value in found.items():
        assert value == pytest.approx(expected[name], abs=SIX), name
    for level, value in expected["krippendorff_alpha"].items():
        alpha = alpha_of_ratings(ratings(rows, level))
        assert alpha.value == pytest.approx(value, abs=SIX), level
        assert alpha.n_units == expected["krippendorff_alpha_n_units"]
    _assert_bootstrap(rows, expected)
    _assert_complete_fleiss(nominal.patterns(), expected["fleiss_kappa_statsmodels"])
    _assert_irrcac(nominal, expected.get("irrCAC_identity_weights", {}))
    _assert_pairs(nominal, expected.get("pairwise", {}).get("pairs", []))


def _simple(nominal: Ratings) -> Iterator[tuple[str, float | None]]:
    pooled = coefficient("percent_agreement_pooled", nominal)
    yield "percent_agreement_pooled_over_pairs", pooled.value
    yield "percent_agreement_mean_over_items", coefficient("percent_agreement", nominal).value


def _assert_bootstrap(rows: pd.DataFrame, expected: dict[str, Any]) -> None:
    interval = Interval("bootstrap_percentile", draws=4000, seed=5)
    for level, limits in expected["krippendorff_alpha_bootstrap95"]["intervals"].items():
        alpha = alpha_of_ratings(ratings(rows, level), interval=interval)
        # Theirs is one run of 1,000 draws: its limits vary by a fifth of the standard error.
        assert alpha.se is not None
        assert (alpha.ci_low, alpha.ci_high) == pytest.approx(limits, abs=0.3 * alpha.se), level


def _assert_complete_fleiss(patterns: Patterns, expected: dict[str, Any]) -> None:
    kept = patterns.ratings_per_unit == expected["raters_per_item"]
    complete = Patterns(patterns.counts[kept], patterns.frequencies[kept], patterns.points)
    assert complete.n_units == expected["n_items"]
    assert fleiss_kappa(complete).value == pytest.approx(expected["value"], abs=SIX)


def _assert_irrcac(nominal: Ratings, expected: dict[str, Any]) -> None:
    for theirs, name in IRRCAC.items():
        if theirs in expected:
            figures, found = (
                expected[theirs],
                coefficient(name, nominal, interval=Interval("gwet_t")),
            )
            assert found.value == pytest.approx(figures["est"], abs=FIVE), name
            assert found.se == pytest.approx(figures["se"], abs=FIVE), name
            # Their limits come from rounded figures.
            assert (found.ci_low, found.ci_high) == pytest.approx(figures["ci95"], abs=3e-5), name
    if "krippendorff" in expected:
        alpha = alpha_of_ratings(nominal)
        assert alpha.value == pytest.approx(expected["krippendorff"]["est"], abs=FIVE)


def _assert_pairs(nominal: Ratings, expected: list[dict[str, Any]]) -> None:
    place = {label: code for code, label in enumerate(nominal.rater_labels)}
    for pair in expected:
        two = nominal.of_pair(place[pair["a"]], place[pair["b"]])
        kappa = coefficient("cohen_kappa", two, interval=Interval("asymptotic_normal"))
        assert kappa.n_units == pair["n"]
        assert kappa.value == pytest.approx(pair["cohen_kappa"], abs=SIX)
        if "cohen_kappa_statsmodels_interval" in pair:
            theirs = pair["cohen_kappa_statsmodels_interval"]
            assert kappa.se == pytest.approx(theirs["se"], abs=SIX)
            assert (kappa.ci_low, kappa.ci_high) == pytest.approx(theirs["ci95"], abs=SIX)


def test_pandalm_preferences_match(shared: Path) -> None:
    frame, expected = study(shared, "pandalm")
    assert_figures(frame, expected["dimensions"]["preference"])


@pytest.mark.parametrize("group", ["expert", "turker"])
def test_summeval_dimensions_match(shared: Path, group: str) -> None:
    frame, expected = study(shared, "summeval")
    rows = frame[frame["rater_id"].str.startswith(group)]
    figures = expected["dimensions_by_rater_group"][group]
    for name in ("coherence", "consistency", "fluency", "relevance"):
        assert_figures(rows[rows["dimension"] == name], figures[name])


def test_ttcw_tests_match_though_many_raters_never_meet(shared: Path) -> None:
    frame, expected = study(shared, "ttcw")
    for name, figures in expected["dimensions"].items():
        assert_figures(frame[frame["dimension"] == name], figures)
    pooled = frame.assign(item_id=frame["item_id"] + "/" + frame["dimension"])
    assert_figures(pooled, expected["pooled_over_dimensions (unit = story x test)"])


@pytest.mark.parametrize("name", ["has_hallucination", "is_factual"])
def test_xsum_binaries_match_with_null_as_missing(shared: Path, name: str) -> None:
    frame, expected = study(shared, "xsum-hallucination")
    rows = frame[(frame["dimension"] == name) & ~frame["value"].isin(["NULL", ""])]
    assert_figures(rows, expected["dimensions"][name])


def test_xsum_sets_match_as_exact_labels_and_by_masi(shared: Path) -> None:
    frame, expected = study(shared, "xsum-hallucination")
    figures = expected["dimensions"]["hallucination_types"]
    rows = frame[frame["dimension"] == "hallucination_types"]
    sets = [frozenset(json.loads(cell)) for cell in rows["value"]]
    found = Ratings.from_long(rows["item_id"], rows["rater_id"], sets, level="set")
    exact = alpha_of_ratings(found, "nominal")
    wanted = figures["exact_set_as_nominal"]["krippendorff_alpha"]["nominal"]
    assert exact.value == pytest.approx(wanted, abs=SIX)
    full = np.flatnonzero(found.ratings_per_unit == 3)
    kept = rows[np.isin(found.units, full)]
    some = [frozenset(json.loads(cell)) for cell in kept["value"]]
    three = Ratings.from_long(kept["item_id"], kept["rater_id"], some, level="set")
    theirs = figures["nltk_alpha_items_with_3_raters"]
    for metric in ("masi", "jaccard"):
        value = next((v for k, v in theirs.items() if metric in k.lower()), None)
        if isinstance(value, float):
            # NLTK rounds MASI's factors to .67 and .33.
            tolerance = 2e-3 if metric == "masi" else SIX
            assert alpha_of_ratings(three, metric).value == pytest.approx(value, abs=tolerance)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_mqm_with_one_rater_an_item_is_undefined_throughout(shared: Path, level: str) -> None:
    frame, _ = study(shared, "wmt-mqm-ted-ende")
    rows = frame[frame["dimension"] == "mqm_score"]
    scores = rows.assign(value=rows["value"].astype(float).astype(str))
    found = ratings(scores, level)
    for name in COEFFICIENTS:
        estimate = coefficient(name, found)
        assert estimate.value is None
        assert estimate.undefined in {"no_pairable_units", "unsuitable_level"}, name
