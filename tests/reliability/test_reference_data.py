"""Real judgments go in by the commands and their published or recomputed agreement comes out."""

import csv
import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Project
from rubrics.choices import Kind, Level
from rubrics.models import RubricVersion
from tests.factories import make_project, make_rubric_version

pytestmark = pytest.mark.django_db

EXACT = partial(pytest.approx, abs=1e-6)
BINARY = {"kind": Kind.CATEGORICAL, "level": Level.NOMINAL}
Import = Callable[..., list[dict[str, Any]]]

RUBRICS: dict[str, list[dict[str, Any]]] = {
    "pandalm": [{"key": "preference", "kind": Kind.PAIRWISE, "level": Level.NOMINAL}],
    "ttcw": [
        BINARY | {"key": f"ttcw_{n:02}", "anchors": ["No", "Yes"], "is_required": False}
        for n in range(1, 15)
    ],
    "summeval": [
        {"key": key, "kind": Kind.ORDINAL, "level": Level.ORDINAL, "anchors": [1, 2, 3, 4, 5]}
        for key in ("coherence", "consistency", "fluency", "relevance")
    ],
    "xsum-hallucination": [
        BINARY | {"key": "has_hallucination", "anchors": ["no", "yes"], "is_required": False},
        BINARY | {"key": "is_factual", "anchors": ["no", "yes"], "is_required": False},
        {
            "key": "hallucination_types",
            "kind": Kind.MULTI_LABEL,
            "level": Level.SET,
            "anchors": ["intrinsic", "extrinsic"],
            "is_required": False,
        },
        {
            "key": "hallucination_spans",
            "kind": Kind.SPAN,
            "level": Level.NOMINAL,
            "is_required": False,
        },
    ],
    "wmt-mqm-ted-ende": [
        {"key": "error_spans", "kind": Kind.SPAN, "level": Level.NOMINAL, "is_required": False},
        {"key": "mqm_score", "kind": Kind.NUMERIC, "level": Level.RATIO, "is_required": False},
    ],
}


def _expected(shared: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared / "data" / name / "expected.json").read_text())
    return found


@pytest.fixture
def reported(shared: Path, tmp_path: Path) -> Import:
    """Import a set as a stranger would, and its report as the command prints it."""

    def do(name: str, keep: Callable[[dict[str, str]], bool] | None = None) -> list[dict[str, Any]]:
        project = make_project()
        version = make_rubric_version(project, *RUBRICS[name], key="imported")
        folder = shared / "data" / name
        judgments = folder / "judgments.csv"
        if keep is not None:
            judgments = _kept_rows(judgments, tmp_path / "judgments.csv", keep)
        return _through_commands(project, version, folder / "items.jsonl", judgments)

    return do


def _kept_rows(source: Path, target: Path, keep: Callable[[dict[str, str]], bool]) -> Path:
    with source.open(newline="") as read, target.open("w", newline="") as written:
        rows = csv.DictReader(read)
        writer = csv.DictWriter(written, rows.fieldnames or [])
        writer.writeheader()
        writer.writerows(row for row in rows if keep(row))
    return target


def _through_commands(
    project: Project, version: RubricVersion, items: Path, judgments: Path
) -> list[dict[str, Any]]:
    quiet = io.StringIO()
    call_command("import_batch", str(items), project=project.slug, stdout=quiet)
    call_command(
        "import_judgments",
        str(judgments),
        project=project.slug,
        rubric=version.rubric.key,
        round="imported",
        stdout=quiet,
    )
    printed = io.StringIO()
    call_command("report", project=project.slug, round="imported", format="json", stdout=printed)
    records: list[dict[str, Any]] = json.loads(printed.getvalue())
    return records


def _one(records: list[dict[str, Any]], criterion: str, coefficient: str) -> dict[str, Any]:
    found = [
        each
        for each in records
        if each["criterion"] == criterion
        and each["coefficient"] == coefficient
        and "raters" not in each
    ]
    assert len(found) == 1
    return found[0]


def _agrees(records: list[dict[str, Any]], key: str, expected: dict[str, Any], level: str) -> None:
    alpha = _one(records, key, "krippendorff_alpha")
    agreement = _one(records, key, "percent_agreement")
    assert alpha["estimate"] == EXACT(expected["krippendorff_alpha"][level])
    assert alpha["n_units"] == expected["krippendorff_alpha_n_units"]
    assert alpha["n_raters"] == expected["n_raters"]
    assert alpha["n_ratings"] == expected["n_judgments"]
    assert agreement["estimate"] == EXACT(expected["percent_agreement_mean_over_items"])
    low, high = expected["krippendorff_alpha_bootstrap95"]["intervals"][level]
    # Another method and another generator: close to the same interval.
    assert alpha["ci_low"] == pytest.approx(low, abs=(high - low) / 5)
    assert alpha["ci_high"] == pytest.approx(high, abs=(high - low) / 5)


def _kappas_agree(
    records: list[dict[str, Any]], key: str, pairs: list[dict[str, Any]], **names: str
) -> None:
    found = {
        (tuple(sorted(each["raters"])), each["weights"]): each
        for each in records
        if each["criterion"] == key and each["coefficient"] == "cohen_kappa"
    }
    for pair in pairs:
        raters = tuple(sorted((pair["a"], pair["b"])))
        for weights, name in ({"identity": "cohen_kappa"} | names).items():
            figure = found[raters, weights]
            assert figure["n_units"] == pair["n"]
            assert figure["estimate"] == EXACT(pair[name])


def _ac1_agrees(records: list[dict[str, Any]], key: str, expected: dict[str, Any]) -> None:
    ac1 = _one(records, key, "gwet_ac1")
    assert ac1["estimate"] == pytest.approx(
        expected["irrCAC_identity_weights"]["gwet"]["est"], abs=1e-5
    )


def test_pairwise_preferences(reported: Import, shared: Path) -> None:
    expected = _expected(shared, "pandalm")["dimensions"]["preference"]
    records = reported("pandalm")
    _agrees(records, "preference", expected, "nominal")
    _ac1_agrees(records, "preference", expected)
    _kappas_agree(records, "preference", expected["pairwise"]["pairs"])


def test_binary_tests_in_a_sparse_design(reported: Import, shared: Path) -> None:
    expected = _expected(shared, "ttcw")["dimensions"]
    records = reported("ttcw")
    assert len(expected) == 14
    for key, figures in expected.items():
        _agrees(records, key, figures, "nominal")
        _ac1_agrees(records, key, figures)


def test_conditional_and_set_valued_criteria(reported: Import, shared: Path) -> None:
    expected = _expected(shared, "xsum-hallucination")["dimensions"]
    records = reported("xsum-hallucination")
    for key in ("has_hallucination", "is_factual"):
        _agrees(records, key, expected[key], "nominal")
        _ac1_agrees(records, key, expected[key])
        _kappas_agree(records, key, expected[key]["pairwise"]["pairs"])
    sets = expected["hallucination_types"]["exact_set_as_nominal"]
    agreement = _one(records, "hallucination_types", "percent_agreement")
    assert agreement["estimate"] == EXACT(sets["percent_agreement_mean_over_items"])
    alpha = _one(records, "hallucination_types", "krippendorff_alpha")
    assert (alpha["level"], alpha["n_units"]) == ("set", 2500)
    marked = [each for each in records if each["weights"] == "characters"]
    spans = _one(marked, "hallucination_spans", "krippendorff_alpha")
    characters = expected["hallucination_spans"]["character_level_over_items_with_3_raters"]
    # The reference leaves out the one item with two raters.
    assert spans["estimate"] == pytest.approx(characters["krippendorff_alpha_nominal"], abs=2e-4)
    assert spans["n_units"] == 2500
    assert spans["ci_low"] < spans["estimate"] < spans["ci_high"]


def test_ordinal_ratings_of_one_rater_group(reported: Import, shared: Path) -> None:
    expected = _expected(shared, "summeval")["dimensions_by_rater_group"]["expert"]
    records = reported("summeval", lambda row: row["rater_id"].startswith("expert"))
    for key in ("coherence", "consistency", "fluency", "relevance"):
        _agrees(records, key, expected[key], "ordinal")
        _ac1_agrees(records, key, expected[key])
        _kappas_agree(
            records,
            key,
            expected[key]["pairwise"]["pairs"],
            quadratic="cohen_kappa_quadratic",
        )


def test_ordinal_ratings_of_all_eight(reported: Import, shared: Path) -> None:
    expected = _expected(shared, "summeval")["dimensions_all_8_raters"]
    records = reported("summeval")
    for key, figures in expected.items():
        _agrees(records, key, figures, "ordinal")


def test_one_rater_an_item_leaves_every_figure_undefined(reported: Import) -> None:
    records = reported("wmt-mqm-ted-ende")
    assert {each["criterion"] for each in records} == {"error_spans", "mqm_score"}
    for record in records:
        assert record["estimate"] is None
        assert record["undefined_reason"] == "no_pairable_units"
        assert record["ci_low"] is None
