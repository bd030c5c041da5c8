"""A judge's scores: all or nothing, once, and compared with people honestly."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent, Project
from annotation.models import Item
from exports.errors import ScoresRefused
from exports.models import Judge, JudgeRun, JudgeScore
from exports.selectors.judge_agreement import judge_agreement
from exports.services.gold import release_gold
from exports.services.judge_runs import import_scores
from tests.exports.builders import make_judged
from tests.factories import CATEGORICAL, ORDINAL, make_items, make_project, make_rubric_version

pytestmark = pytest.mark.django_db
HEADER = "item_id,dimension,value"


def csv(*rows: str, header: str = HEADER) -> io.BytesIO:
    return io.BytesIO("\n".join([header, *rows, ""]).encode())


def take(project: Project, file: io.BytesIO, **options: Any) -> JudgeRun:
    return import_scores(
        project=project, judge=options.pop("judge", "gpt"), file=file, actor=None, **options
    ).run


@pytest.fixture
def project() -> Project:
    project = make_project()
    make_items(project, 4)
    make_rubric_version(project, ORDINAL, CATEGORICAL)
    return project


@pytest.fixture
def ids(project: Project) -> list[str]:
    return list(Item.objects.order_by("pk").values_list("external_id", flat=True))


def test_import_scores_keeps_values_as_the_scale_writes_them(
    project: Project, ids: list[str]
) -> None:
    run = take(
        project,
        csv(
            f"{ids[0]},quality,4",
            f"{ids[1]},quality,3.5",
            f"{ids[2]},verdict,yes",
            f"{ids[0]},length,812",
            f"{ids[1]},tone,warm",
            f"{ids[3]},quality,",
        ),
        version="v2",
    )
    stored = JudgeScore.objects.order_by("pk").values_list(
        "item__external_id", "criterion_key", "value", "number"
    )
    assert list(stored) == [
        (ids[0], "quality", 4, 4.0), (ids[1], "quality", 3.5, 3.5), (ids[2], "verdict", "yes", None),
        (ids[0], "length", 812, 812.0), (ids[1], "tone", "warm", None),
    ]  # fmt: skip
    assert (run.n_scores, run.version, run.scale["missing"]) == (5, "v2", 1)
    assert run.scale["dimensions"]["quality"] == {
        "scores": 2, "is_criterion": True, "values": {"3.5": 1, "4": 1}, "range": [3.5, 4.0],
    }  # fmt: skip
    assert run.scale["dimensions"]["length"]["is_criterion"] is False


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        ("nowhere,quality,4", "item_id", "no item “nowhere”"),
        ("{0},quality,6", "value", "not on the scale"),
        ("{0},verdict,maybe", "value", "not on the scale"),
        (",quality,4", "item_id", "empty"),
        ("{0},,4", "dimension", "empty"),
        ("{1},quality,5", "item_id", "row 2 already"),
    ],
)
def test_import_scores_takes_nothing_when_one_row_is_wrong(
    project: Project, ids: list[str], row: str, field: str, says: str
) -> None:
    good = f"{ids[1]},quality,4"
    with pytest.raises(ScoresRefused) as refused:
        take(project, csv(good, row.format(*ids)))
    assert [(bad["row"], bad["field"]) for bad in refused.value.rows] == [(3, field)]
    assert says in str(refused.value.rows[0]["error"])
    assert "Row 3" in refused.value.detail
    assert (Judge.objects.count(), JudgeRun.objects.count(), JudgeScore.objects.count()) == (
        0,
        0,
        0,
    )


def test_import_scores_refuses_files_that_are_no_scores(project: Project) -> None:
    with pytest.raises(ScoresRefused, match="There is no column value"):
        take(project, csv("a,b", header="item_id,dimension"))
    with pytest.raises(ScoresRefused, match="empty"):
        take(project, io.BytesIO(b""))
    with pytest.raises(ScoresRefused):
        take(project, io.BytesIO(b"\xff\xfe\x00bad"))
    assert not JudgeRun.objects.exists()


def test_import_scores_passes_over_other_judges(project: Project, ids: list[str]) -> None:
    header = "item_id,judge,dimension,value,comment"
    file = csv(f"{ids[0]},a,quality,1,because", f"{ids[0]},b,quality,5,", header=header)
    run = take(project, file, judge="Judge A", source_judge="a")
    assert list(run.scores.values_list("value", "rationale")) == [(1, "because")]
    with pytest.raises(ScoresRefused, match="but of: a, b"):
        take(project, file, judge="c")


def test_import_scores_gives_the_same_run_for_the_same_bytes(
    project: Project, ids: list[str]
) -> None:
    rows = f"{ids[0]},quality,4"
    first = import_scores(project=project, judge="gpt", file=csv(rows), actor=None)
    second = import_scores(project=project, judge="gpt", file=csv(rows), actor=None)
    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert first.run == second.run
    assert JudgeScore.objects.count() == 1
    assert AuditEvent.objects.filter(action="scores.imported").count() == 1


def judged(project: Project, answers: list[list[Any]]) -> Any:
    items = list(Item.objects.filter(project=project).order_by("pk"))[: len(answers)]
    return make_judged(CATEGORICAL, answers, project=project, items=items)


def test_judge_agreement_compares_with_gold_and_single_raters() -> None:
    project = make_project()
    make_items(project, 6)
    round_ = judged(
        project,
        [["yes", "yes"], ["yes", "yes"], ["no", "no"], ["no", "no"], ["yes", "no"], ["no", "no"]],
    )
    release_gold(project=project, rounds=[round_], actor=None, skip_open=True)
    ids = Item.objects.order_by("pk").values_list("external_id", flat=True)
    verdicts = ["yes", "no", "no", "no", "yes", "no"]
    run = take(project, csv(*(f"{i},verdict,{v}" for i, v in zip(ids, verdicts, strict=True))))
    found = judge_agreement(run, "verdict")
    assert found.labels_are_gold
    labels = found.with_labels
    assert labels is not None
    assert (labels.n, labels.agreement.value) == (5, 0.8)
    assert labels.kappa.value == pytest.approx(0.5454545454)
    assert (labels.baseline, labels.baseline_value) == (0.6, "no")
    by_rater = {each.second: (each.n, each.agreement.value) for each in found.with_raters}
    assert by_rater == {"R001": (6, pytest.approx(5 / 6)), "R002": (6, pytest.approx(4 / 6))}
    between = [(each.first, each.second, each.n) for each in found.between_raters]
    assert between == [("R001", "R002", 6)]
    assert found.between_raters[0].agreement.value == pytest.approx(5 / 6)
    pooled, people = found.with_any_rater, found.between_any_raters
    assert pooled is not None
    assert people is not None
    assert (pooled.n, pooled.agreement.value) == (12, pytest.approx(9 / 12))
    assert (people.n, people.agreement.value) == (6, pytest.approx(5 / 6))


def test_judge_agreement_falls_back_on_strict_majorities() -> None:
    project = make_project()
    make_items(project, 3)
    judged(project, [["yes", "yes", "no"], ["yes", "no", None], ["no", "no", "no"]])
    ids = Item.objects.order_by("pk").values_list("external_id", flat=True)
    run = take(project, csv(*(f"{i},verdict,yes" for i in ids)))
    found = judge_agreement(run, "verdict")
    assert not found.labels_are_gold
    assert found.with_labels is not None
    assert (found.with_labels.n, found.with_labels.agreement.value) == (2, 0.5)


def test_judge_agreement_says_why_there_is_nothing_to_compare(
    project: Project, ids: list[str]
) -> None:
    run = take(project, csv(f"{ids[0]},quality,4", f"{ids[0]},length,3"))
    assert judge_agreement(run, "length").reason == "no_ratings"
    assert judge_agreement(run, "quality").reason == "no_ratings"


def test_judge_agreement_leaves_out_values_between_the_points(
    ids: list[str], project: Project
) -> None:
    items = list(Item.objects.order_by("pk"))
    make_judged(ORDINAL, [[4, 4]] * 4, project=project, items=items)
    run = take(project, csv(f"{ids[0]},quality,4", f"{ids[1]},quality,3.5"))
    labels = judge_agreement(run, "quality").with_labels
    assert labels is not None
    assert (labels.n, labels.n_off_scale) == (1, 1)


def test_import_scores_command_prints_json_and_exits(
    project: Project, ids: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(f"{HEADER}\n{ids[0]},quality,4\n")
    arguments = ["--project", project.slug, "--judge", "gpt", "--version", "v1", str(path)]
    call_command("import_scores", *arguments)
    run = JudgeRun.objects.get()
    assert json.loads(capsys.readouterr().out) == {
        "run": run.public_id, "judge": "gpt", "version": "v1", "scores": 1, "missing": 0,
        "dimensions": ["quality"], "repeated": False,
    }  # fmt: skip
    path.write_text(f"{HEADER}\n{ids[0]},quality,9\n")
    with pytest.raises(CommandError) as refused:
        call_command("import_scores", *arguments)
    assert refused.value.returncode == 1
    assert json.loads(capsys.readouterr().out)["rejected"][0]["row"] == 2
    with pytest.raises(CommandError) as refused:
        call_command("import_scores", *arguments[:-1], str(tmp_path / "absent.csv"))
    assert refused.value.returncode == 2
