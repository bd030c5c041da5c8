"""Published sets go through the commands, and the judges' figures come out."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from exports.models import GoldRelease, JudgeRun
from exports.selectors.judge_agreement import judge_agreement
from tests.factories import PAIRWISE, make_project, make_rubric_version

pytestmark = pytest.mark.django_db


def test_judges_of_pandalm_agree_with_gold_as_expected(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared / "data" / "pandalm"
    expected = json.loads((folder / "expected.json").read_text())["judges"]["preference"]
    project = make_project("pandalm")
    make_rubric_version(project, PAIRWISE, key="preference")
    name = ["--project", "pandalm"]
    call_command("import_batch", *name, str(folder / "items.jsonl"))
    call_command("import_judgments", *name, "--rubric", "preference", str(folder / "judgments.csv"))
    call_command("release_gold", *name)
    assert GoldRelease.objects.get().data_card["counts"]["by_origin"] == {
        "majority": 120, "unanimous": 879,
    }  # fmt: skip
    for judge, figures in expected.items():
        call_command("import_scores", *name, "--judge", judge, str(folder / "judge_scores.csv"))
        run = JudgeRun.objects.get(judge__name=judge)
        found = judge_agreement(run, "preference")
        labels = found.with_labels
        assert labels is not None
        assert found.labels_are_gold
        assert run.n_scores == figures["n_scores"]
        assert labels.n == figures["n_vs_strict_majority"]
        assert labels.agreement.value == pytest.approx(figures["accuracy_vs_majority"], abs=1e-6)
        assert labels.kappa.value == pytest.approx(figures["cohen_kappa_vs_majority"], abs=1e-6)
        pairs = sum(each.n for each in found.with_raters)
        agreeing = sum(each.n * (each.agreement.value or 0) for each in found.with_raters)
        assert pairs == figures["n_judge_human_pairs"]
        assert agreeing / pairs == pytest.approx(figures["agreement_with_single_ratings"], abs=1e-6)
    capsys.readouterr()
