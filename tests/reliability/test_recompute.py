"""The recompute file gives a report's figures again, without any of our code."""

import csv
import hashlib
import io
import json
import random
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from reliability.choices import ReportFormat
from reliability.models import FinalReport
from reliability.services.finalise import finalise_report
from tests.factories import ORDINAL, make_project
from tests.reliability.builders import judged_round
from tests.reliability.reports import closed_round, file_of, unpacked

pytestmark = pytest.mark.django_db


@pytest.fixture
def report() -> FinalReport:
    return finalise_report(round_=closed_round(make_project()), actor=None)


def _run(folder: Path) -> subprocess.CompletedProcess[str]:
    """Without our settings and paths: only what lies in the folder, and packages, can be had."""
    return subprocess.run(
        [sys.executable, "-E", "-s", "-W", "error", "recompute.py"],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_every_figure_of_every_kind_is_computed_again(report: FinalReport, tmp_path: Path) -> None:
    done = _run(unpacked(report, tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    figures = [
        figure
        for criterion in report.data["figures"]["criteria"]
        for figure in (*criterion["figures"], *criterion["pairs"])
    ]
    assert len(figures) > 50
    assert done.stdout.splitlines()[-1].startswith(f"{len(figures)} figures, ")
    assert done.stdout.rstrip().endswith(", 0 differ by more than 1e-9.")
    for criterion in ("quality", "preference", "words", "seconds", "labels", "order", "errors"):
        assert f"{criterion} krippendorff_alpha" in done.stdout


def test_alpha_and_kappa_come_from_the_packages_and_intervals_too(report: FinalReport) -> None:
    rows = report.data["checks"]["figures"]
    defined = [row for row in rows if row["reported"] is not None]
    by = {row["coefficient"]: row["package"] for row in defined}
    assert by["krippendorff_alpha"] == "krippendorff"
    assert by["cohen_kappa"] == "statsmodels"
    assert {row["package"] for row in defined if row["coefficient"] == "krippendorff_alpha"} == {
        "krippendorff"
    }
    assert all(abs(row["difference"]) < 1e-12 for row in defined if row["difference"] is not None)
    checked = [row for row in defined if row["interval_difference"] is not None]
    assert len(checked) > 0.6 * len(defined)
    assert report.data["checks"]["n_differing"] == 0
    assert report.data["checks"]["largest_difference"] < 1e-9


def test_order_of_the_ratings_does_not_matter(report: FinalReport, tmp_path: Path) -> None:
    path = unpacked(report, tmp_path) / "ratings.csv"
    header, *rows = path.read_text().splitlines(keepends=True)
    random.Random(1).shuffle(rows)
    path.write_text(header + "".join(rows))
    assert _run(tmp_path).returncode == 0


def test_a_changed_rating_is_found(report: FinalReport, tmp_path: Path) -> None:
    path = unpacked(report, tmp_path) / "ratings.csv"
    rows = list(csv.reader(path.read_text().splitlines()))
    changed = next(row for row in rows if row[2] == "quality")
    changed[3] = "1" if changed[3] != "1" else "5"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    done = _run(tmp_path)
    assert done.returncode == 1
    assert "DIFFERS" in done.stdout


def test_a_changed_report_is_found(report: FinalReport, tmp_path: Path) -> None:
    path = unpacked(report, tmp_path) / "report.json"
    path.write_text(path.read_text().replace('"tier":"important"', '"tier":"critical"', 1))
    done = _run(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "altered" in done.stderr


def test_wrong_usage_is_two(tmp_path: Path, report: FinalReport) -> None:
    unpacked(report, tmp_path)
    (tmp_path / "ratings.csv").unlink()
    assert _run(tmp_path).returncode == 2


def test_our_command_line_gives_the_same_alpha(report: FinalReport, tmp_path: Path) -> None:
    readme = (unpacked(report, tmp_path) / "README.md").read_text()
    commands = [line.strip() for line in readme.splitlines() if "manage.py agreement" in line]
    expected = {
        (criterion["key"], figure["coefficient"]): figure
        for criterion in report.data["figures"]["criteria"]
        for figure in criterion["figures"]
    }
    assert len(commands) >= 6
    for command in commands:
        for record in _agreement(command, tmp_path):
            figure = expected.get((record["criterion"], record["coefficient"]))
            if figure is None or figure["estimate"] is None:
                continue
            found = [record[name] for name in ("estimate", "ci_low", "ci_high")]
            wanted = [figure[name] for name in ("estimate", "ci_low", "ci_high")]
            assert found == pytest.approx(wanted, abs=1e-9), command


def _agreement(command: str, folder: Path) -> list[dict[str, Any]]:
    _manage, _agreement, file, *options = shlex.split(command)
    printed = io.StringIO()
    call_command("agreement", str(folder / file), *options, "--format", "json", stdout=printed)
    found: list[dict[str, Any]] = json.loads(printed.getvalue())
    return found


def test_sums_are_those_of_the_files(report: FinalReport, tmp_path: Path) -> None:
    unpacked(report, tmp_path)
    listed = [line.split("  ") for line in (tmp_path / "SHA256SUMS").read_text().splitlines()]
    files = (path for path in tmp_path.rglob("*") if path.is_file())
    others = {str(path.relative_to(tmp_path)) for path in files} - {"SHA256SUMS"}
    assert {name for _sum, name in listed} == others
    for expected, name in listed:
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == expected
    assert report.ratings_hash in {each for each, _name in listed}


def test_same_report_gives_the_same_bytes(report: FinalReport) -> None:
    for format in ReportFormat:
        assert file_of(report, format) == file_of(report, format), format


@pytest.mark.parametrize(
    "table",
    [
        [[3, 3], [3, 3], [3, 3]],
        [[1, None], [None, 2]],
        [[1, 2]],
        [[1, 1], [5, 5], [3, 3]],
        [[1, 5], [5, 1]],
    ],
    ids=["one value", "never shared", "one item", "perfect", "opposite"],
)
def test_degenerate_rounds_are_reports_too(table: list[list[Any]], tmp_path: Path) -> None:
    round_, _items, _raters = judged_round(make_project(), ORDINAL, table)
    report = finalise_report(round_=round_, actor=None, reason="a test")
    assert report.data["checks"]["n_differing"] == 0
    done = _run(unpacked(report, tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_items_of_one_group_are_left_out_together(tmp_path: Path) -> None:
    table = [[1 + n % 5, 1 + (n * n) % 5, None if n % 4 else 3] for n in range(24)]
    round_, items, _raters = judged_round(make_project(), ORDINAL, table)
    for n, item in enumerate(items):
        item.group = f"text {n // 3}" if n < 20 else ""
        item.save()
    report = finalise_report(round_=round_, actor=None, reason="a test")
    checked = [
        row for row in report.data["checks"]["figures"] if row["interval_difference"] is not None
    ]
    assert {row["coefficient"] for row in checked} >= {"krippendorff_alpha", "cohen_kappa"}
    assert all(row["agrees"] for row in report.data["checks"]["figures"])
    assert _run(unpacked(report, tmp_path)).returncode == 0
    (command,) = [
        line for line in (tmp_path / "README.md").read_text().splitlines() if "--only" in line
    ]
    alpha = report.data["figures"]["criteria"][0]["figures"][0]
    found = _agreement(command.strip(), tmp_path)[0]
    assert found["coefficient"] == alpha["coefficient"]
    assert [found["ci_low"], found["ci_high"]] == pytest.approx([alpha["ci_low"], alpha["ci_high"]])
