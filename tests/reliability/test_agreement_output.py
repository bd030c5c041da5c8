"""What `manage.py agreement` prints for people, and what hostile names can do to it."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reliability.longfile import StudyRequest, agreement_of, read_long
from reliability.printing.words import reading
from tests.reliability.calling import rows_of, run

pytestmark = pytest.mark.pure

HEADER = "item_id,rater_id,value,model\n"
ALPHA = ("--coefficient", "krippendorff_alpha")
HOSTILE = "<img src=x onerror=alert(1)>"


def study(path: Path, n: int = 60, *, disagree: int = 7, model: str = "m") -> Path:
    """Two raters; every `disagree`-th item gets 1 from one and 2 from the other."""
    lines = [
        f'q{i},{rater},{(i % 3) + (rater == "b" and i % disagree == 0 and i % 3 == 1)},"{model}{i % 2}"\n'
        for i in range(n)
        for rater in "ab"
    ]
    path.write_text(HEADER + "".join(lines))
    return path


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    return study(tmp_path / "ratings.csv")


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def test_table_reads_alpha_names_confused_values_and_the_interval(ratings: Path) -> None:
    text = run(ratings, "--level", "ordinal", *ALPHA).stdout
    row = rows_of(ratings, "--level", "ordinal", *ALPHA)[0]
    assert f"{row['estimate']:.3f}  {row['ci_low']:.3f} to {row['ci_high']:.3f}" in text
    assert "Krippendorff’s thresholds" in text
    assert "Confused: 1 and 2, on 3 items (100% of the disagreement" in text
    assert "95% interval: leave-one-item-out jackknife, t (jackknife_t)" in text


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.8, 0.9, "at least .800 at its lower limit, so conclusions may rest on it"),
        (0.7995, 0.9, "above .667 but below .800 at its lower limit, so tentative"),
        (0.667, 0.7, "above .667 but below .800 at its lower limit, so tentative"),
        (0.666, 0.9, "below .667 at its lower limit, so not shown to be reliable"),
        (0.1, 0.666, "below .667 even at its upper limit, so draw no conclusions"),
        (None, None, "without an interval: nothing follows"),
    ],
)
def test_reading_follows_the_limits(
    ratings: Path, low: float | None, high: float | None, verdict: str
) -> None:
    request = StudyRequest(coefficients=("krippendorff_alpha",))
    (row,), _notes = agreement_of(read_long(ratings), request, source="x")
    assert verdict in reading(replace(row, ci_low=low, ci_high=high))


def test_full_agreement_is_no_certainty(tmp_path: Path) -> None:
    path = study(tmp_path / "ratings.csv", disagree=1000)
    text = run(path, *ALPHA).stdout
    # i = 0 is a multiple of everything, but keeps its value.
    assert "no disagreement to form an interval from: not certainty" in text


def test_undefined_figures_say_why_and_have_no_line(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text(HEADER + "q1,a,1,m\nq2,b,2,m\n")
    text = run(path, *ALPHA).stdout
    assert "no item was rated by two people (no_pairable_units)" in text
    assert "nan" not in text.lower()


def test_slices_with_one_figure_each_share_a_table(ratings: Path) -> None:
    lines = run(ratings, *ALPHA, "--by", "model").stdout.splitlines()
    labels = [line.split()[0] for line in lines if "▕" in line]
    assert labels == ["all", "model=m0", "model=m1"]


def test_table_fits_its_width_and_aligns_wide_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reliability.printing.terminal import columns_of

    path = study(tmp_path / "ratings.csv", model="模型" * 30)
    for width in (60, 80, 132):
        monkeypatch.setenv("COLUMNS", str(width))
        lines = run(path, *ALPHA, "--by", "model").stdout.splitlines()[1:]
        assert max(map(columns_of, lines)) <= width
        figures = [line for line in lines if " to " in line and line.endswith(("60", "30", "▏"))]
        assert len({columns_of(line.partition(" to ")[0]) for line in figures}) == 1


def test_table_has_no_colours_and_no_control_characters(tmp_path: Path) -> None:
    path = study(tmp_path / "ratings.csv", model="\x1b[31mred\u202e")
    done = run(path, *ALPHA, "--by", "model")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\u202e" not in done.stdout
    assert "\\x1b[31mred\\u202e0" in done.stdout


class Page(HTMLParser):
    """Tags and their attributes, and the text of cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _value in attrs}


def test_page_holds_everything_itself_and_escapes_names(tmp_path: Path) -> None:
    path = study(tmp_path / "ratings.csv", model=HOSTILE)
    text = run(path, "--by", "model", "--format", "html").stdout
    page = Page(text)
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert not {"style", "src", "href", "onerror"} & page.attributes
    assert "&lt;img src=x onerror=alert(1)&gt;0" in text
    assert "url(" not in text
    assert page.tags.count("section") == 3


def test_page_and_markdown_hold_the_figures_of_the_records(ratings: Path) -> None:
    row = rows_of(ratings, *ALPHA)[0]
    interval = f"{row['ci_low']:.3f} to {row['ci_high']:.3f}"
    assert (
        f"<td>{row['estimate']:.3f}</td><td>{interval}</td>"
        in run(ratings, *ALPHA, "--format", "html").stdout
    )
    markdown = run(ratings, *ALPHA, "--format", "markdown").stdout
    assert f"| krippendorff_alpha | {row['estimate']:.3f} | {interval} | 60 |" in markdown


def test_markdown_cells_cannot_break_the_table(tmp_path: Path) -> None:
    path = study(tmp_path / "ratings.csv", model=f"a|b{HOSTILE}")
    lines = run(path, *ALPHA, "--by", "model", "--format", "markdown").stdout.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {5}
    assert "<img" not in "\n".join(lines)


def test_cells_that_a_spreadsheet_would_run_are_quoted(tmp_path: Path) -> None:
    path = tmp_path / "formula.csv"
    path.write_text("item_id,rater_id,dimension,value\nq1,a,=1+1,x\nq1,b,=1+1,x\n")
    text = run(path, *ALPHA, "--format", "csv").stdout
    assert ",'=1+1," in text


def test_output_takes_its_format_from_the_name_and_replaces_only_when_told(
    ratings: Path, tmp_path: Path
) -> None:
    target = tmp_path / "figures.json"
    assert run(ratings, "--output", target).returncode == 0
    assert json.loads(target.read_text()) == rows_of(ratings)
    again = run(ratings, *ALPHA, "--output", target)
    assert (again.returncode, "--overwrite" in again.stderr) == (2, True)
    assert json.loads(target.read_text()) == rows_of(ratings)
    assert run(ratings, *ALPHA, "--output", target, "--overwrite").returncode == 0
    assert json.loads(target.read_text()) == rows_of(ratings, *ALPHA)


def test_cautions_of_records_are_said_beside_them_on_request(tmp_path: Path) -> None:
    path = study(tmp_path / "ratings.csv", 9)
    quiet = run(path, *ALPHA, "--format", "json")
    told = run(path, *ALPHA, "--format", "json", "-v", "2")
    assert (quiet.stderr, quiet.stdout) == ("", told.stdout)
    assert "fewer than 20 shared items" in told.stderr


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_terminal_without_unicode_gets_signs_and_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    path = study(tmp_path / "ratings.csv", model="模")
    call = ["agreement", str(path), *ALPHA, "--by", "model", "--format", form]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "manage.py", *call],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        check=True,
    )
    text = done.stdout.decode("ascii")
    if form == "json":
        assert json.loads(text)[1]["slice"] == {"model": "模0"}
    else:
        assert "model=\\u6a210" in text
        assert "|" in text


def test_help_shows_examples_and_every_coefficient() -> None:
    from reliability.stats import COEFFICIENTS

    done = run("--help")
    assert done.returncode == 0
    assert "--compare round1.csv round2.csv" in done.stdout
    assert all(name in done.stdout for name in COEFFICIENTS)
