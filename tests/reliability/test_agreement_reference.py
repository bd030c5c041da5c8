"""`manage.py agreement` on real judgments gives the figures that other packages computed."""

import csv
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.calling import one, rows_of

pytestmark = pytest.mark.pure

EXACT = partial(pytest.approx, abs=2e-6)
FIVE_PLACES = partial(pytest.approx, abs=1.1e-5)
IRRCAC = {
    "gwet": "gwet_ac2",
    "fleiss": "fleiss_kappa",
    "krippendorff": "krippendorff_alpha",
    "bp": "brennan_prediger",
    "conger": "conger_kappa",
}
NUMBERS = {"nominal", "ordinal", "interval"}


def studies(shared: Path, tmp_path: Path) -> Iterator[tuple[Path, str, dict[str, Any], list[str]]]:
    """File, criterion, what is expected and the options of the call."""
    for name in ("pandalm", "ttcw"):
        for criterion, figures in expected(shared, name)["dimensions"].items():
            yield shared / "data" / name / "judgments.csv", criterion, figures, []
    xsum = expected(shared, "xsum-hallucination")["dimensions"]
    for criterion in ("has_hallucination", "is_factual"):
        path = shared / "data/xsum-hallucination/judgments.csv"
        yield path, criterion, xsum[criterion], ["--missing", "NULL"]
    summeval = expected(shared, "summeval")
    scale = ["--level", "nominal,ordinal,interval", "--categories", "1,2,3,4,5"]
    for criterion, figures in summeval["dimensions_all_8_raters"].items():
        yield shared / "data/summeval/judgments.csv", criterion, figures, scale
    for group, criteria in summeval["dimensions_by_rater_group"].items():
        path = rows_where(shared / "data/summeval/judgments.csv", tmp_path / f"{group}.csv", group)
        for criterion, figures in criteria.items():
            if not criterion.startswith("all"):
                yield path, criterion, figures, scale


def expected(shared: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared / "data" / name / "expected.json").read_text())
    return found


def rows_where(source: Path, target: Path, group: str) -> Path:
    with source.open(newline="") as read, target.open("w", newline="") as written:
        rows = csv.DictReader(read)
        writer = csv.DictWriter(written, rows.fieldnames or [])
        writer.writeheader()
        writer.writerows(row for row in rows if row["rater_id"].startswith(group))
    return target


def test_all_files_at_all_their_levels(shared: Path, tmp_path: Path) -> None:
    checked = 0
    for path, criterion, figures, options in studies(shared, tmp_path):
        call: Callable[..., list[dict[str, Any]]] = partial(
            rows_of, path, "--only", criterion, *options
        )
        rows = call("--pairs")
        checked += agrees_over_all(rows, figures) + agrees_by_pair(rows, figures)
        checked += agrees_with_irrcac(call, figures)
    # A loop that finds nothing to compare would pass too.
    assert checked == 281


def agrees_over_all(rows: list[dict[str, Any]], figures: dict[str, Any]) -> int:
    level = next(iter(figures["krippendorff_alpha"]))
    for name, value in figures["krippendorff_alpha"].items():
        alpha = one(rows, coefficient="krippendorff_alpha", level=name, slice=None)
        assert alpha["estimate"] == EXACT(value)
        assert alpha["n_units"] == figures["krippendorff_alpha_n_units"]
        assert (alpha["n_raters"], alpha["n_ratings"]) == (
            figures["n_raters"],
            figures["n_judgments"],
        )
    mean = one(rows, coefficient="percent_agreement", level=level, slice=None)
    pooled = one(rows, coefficient="percent_agreement_pooled", level=level, slice=None)
    assert mean["estimate"] == EXACT(figures["percent_agreement_mean_over_items"])
    assert pooled["estimate"] == EXACT(figures["percent_agreement_pooled_over_pairs"])
    return len(figures["krippendorff_alpha"]) + 2


def agrees_by_pair(rows: list[dict[str, Any]], figures: dict[str, Any]) -> int:
    pairs = figures.get("pairwise", {}).get("pairs", [])
    for pair in pairs:
        found = [
            row
            for row in rows
            if row["coefficient"] == "cohen_kappa"
            and row["level"] == "nominal"
            and (row["slice"] or {}).get("raters")
            in {f"{pair['a']} | {pair['b']}", f"{pair['b']} | {pair['a']}"}
        ]
        assert [row["estimate"] for row in found] == [EXACT(pair["cohen_kappa"])]
        assert found[0]["n_units"] == pair["n"]
    return len(pairs)


def agrees_with_irrcac(call: Callable[..., list[dict[str, Any]]], figures: dict[str, Any]) -> int:
    checked = 0
    for weights in ("identity", "linear", "quadratic", "ordinal"):
        theirs = figures.get(f"irrCAC_{weights}_weights", {})
        rows = call("--weights", weights, "--interval", "gwet_t") if theirs else []
        level = rows[0]["level"] if rows else ""
        for name, numbers in theirs.items():
            if name == "krippendorff" and weights != "identity":
                continue  # weights of Gwet's in place of a level's own metric
            row = one(rows, coefficient=IRRCAC[name], level=level, slice=None)
            assert row["estimate"] == FIVE_PLACES(numbers["est"])
            assert row["se"] == FIVE_PLACES(numbers["se"])
            checked += 1
    return checked


def test_one_rater_an_item_has_no_figure_at_any_level(shared: Path) -> None:
    path = shared / "data/wmt-mqm-ted-ende/judgments.csv"
    levels = "nominal,ordinal,interval,ratio"
    rows = rows_of(path, "--only", "mqm_score", "--level", levels)
    assert {row["estimate"] for row in rows} == {None}
    assert {row["undefined_reason"] for row in rows} <= {"no_pairable_units", "unsuitable_level"}


def test_sets_of_labels(shared: Path) -> None:
    path = shared / "data/xsum-hallucination/judgments.csv"
    figures = expected(shared, "xsum-hallucination")["dimensions"]["hallucination_types"]
    rows = rows_of(path, "--only", "hallucination_types", "--level", "set,nominal")
    same = one(rows, coefficient="percent_agreement", level="nominal")
    assert same["estimate"] == EXACT(
        figures["exact_set_as_nominal"]["percent_agreement_mean_over_items"]
    )
    masi = one(rows, coefficient="krippendorff_alpha", level="set")
    # The reference leaves out the one item with two raters and rounds the factors.
    assert masi["estimate"] == pytest.approx(
        figures["nltk_alpha_items_with_3_raters"]["masi"], abs=2e-3
    )
