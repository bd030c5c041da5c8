"""release_gold and export_gold, as a pipeline calls them."""

import hashlib
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from exports.models import GoldRelease
from reliability.services.report import compute_report
from tests.exports.builders import make_judged
from tests.factories import ORDINAL, make_project

pytestmark = pytest.mark.django_db


def test_release_and_export_from_the_shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    round_ = make_judged(ORDINAL, [[4, 4], [1, 3], [2, 2]])
    slug = round_.project.slug
    with pytest.raises(CommandError, match="1 label is open") as refused:
        call_command("release_gold", "--project", slug)
    assert refused.value.returncode == 1
    call_command("release_gold", "--project", slug, "--round", round_.name, "--skip-open")
    release = GoldRelease.objects.get()
    assert json.loads(capsys.readouterr().out) == {
        "release": release.public_id, "number": 1, "labels": 2, "items": 2,
        "content_hash": release.content_hash, "by_origin": {"unanimous": 2},
        "by_split": release.data_card["counts"]["by_split"], "left_out": {"open_case": 1},
    }  # fmt: skip
    path = tmp_path / "gold.csv"
    arguments = ["--project", slug, "--release", "1", "--target", "csv", "--output", str(path)]
    call_command("export_gold", *arguments)
    written = path.read_bytes()
    assert json.loads(capsys.readouterr().out) == {
        "path": str(path), "format": "csv", "rows": 2, "bytes": len(written),
        "sha256": hashlib.sha256(written).hexdigest(),
    }  # fmt: skip
    call_command("export_gold", *arguments)
    assert path.read_bytes() == written


def test_exported_ratings_give_the_agreement_that_is_displayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file alone reproduces the figure on the page (T69)."""
    round_ = make_judged(ORDINAL, [[1, 1, 2], [2, 2, 2], [3, 4, 3], [5, 5, 5], [2, 2, 1]])
    call_command("release_gold", "--project", round_.project.slug)
    path = tmp_path / "ratings.csv"
    call_command(
        "export_gold",
        "--project",
        round_.project.slug,
        "--target",
        "ratings",
        "--output",
        str(path),
    )
    capsys.readouterr()
    call_command(
        "agreement", str(path), "--level", "ordinal", "--coefficient", "krippendorff_alpha",
        "--categories", "1,2,3,4,5", "--format", "json",
    )  # fmt: skip
    recomputed = json.loads(capsys.readouterr().out)
    shown = compute_report(round_).criteria[0].figure("krippendorff_alpha")
    assert shown is not None
    assert recomputed[0]["estimate"] == pytest.approx(shown.estimate, abs=1e-12)
    assert GoldRelease.objects.get().data_card["reliability"][0]["estimate"] == shown.estimate


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["release_gold", "--project", "nowhere"], 1),
        (["release_gold", "--project", "here"], 1),
        (["release_gold", "--project", "here", "--round", "nothing"], 1),
        (["export_gold", "--project", "here", "--target", "csv", "--output", "{tmp}/x"], 1),
        (["export_gold", "--project", "here", "--target", "csv", "--output", "{tmp}"], 2),
        (["export_gold", "--project", "here", "--target", "csv", "--output", "/no/where/x"], 2),
        (["export_gold", "--project", "here", "--target", "csv", "--with-content",
          "--output", "{tmp}/x"], 2),
    ],
)  # fmt: skip
def test_commands_say_what_is_wrong(arguments: list[str], code: int, tmp_path: Path) -> None:
    make_project("here")
    with pytest.raises(CommandError) as refused:
        call_command(*(each.format(tmp=tmp_path) for each in arguments))
    assert refused.value.returncode == code
    assert str(refused.value).endswith(".")
    assert list(tmp_path.iterdir()) == []
