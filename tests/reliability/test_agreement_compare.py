"""`manage.py agreement --compare`: how far apart two sides lie."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reliability.stats import Interval, Ratings, difference
from reliability.stats.permutation import permutation_test
from tests.reliability.calling import FIELDS, one, rows_of, run

pytestmark = pytest.mark.pure

RECORD = [*FIELDS, "compared", "estimates", "n_shared", "p_value"]
ALPHA = ("--coefficient", "krippendorff_alpha", "--level", "ordinal")
FEW = ("--permutations", "200")


def ratings(seed: int, noise: float, *, first: int = 0, n: int = 40, **more: str) -> pd.DataFrame:
    """Three raters of n items whose truth depends on the item alone."""
    rng = np.random.default_rng(seed)
    truth = np.random.default_rng(7).integers(1, 5, 1000)
    rows: list[dict[str, Any]] = []
    for item in range(first, first + n):
        for rater in "abc":
            off = rng.integers(-1, 2) if rng.random() < noise else 0
            value = int(np.clip(truth[item] + off, 1, 4))
            rows.append({"item_id": f"q{item}", "rater_id": rater, "value": value, **more})
    return pd.DataFrame(rows)


def written(path: Path, *frames: pd.DataFrame) -> Path:
    pd.concat(frames).to_csv(path, index=False)
    return path


def stats_ratings(frame: pd.DataFrame) -> Ratings:
    return Ratings.from_long(
        frame["item_id"],
        frame["rater_id"],
        frame["value"],
        level="ordinal",
        categories=[1, 2, 3, 4],
    )


@pytest.fixture
def rounds(tmp_path: Path) -> tuple[Path, Path]:
    return (
        written(tmp_path / "before.csv", ratings(1, 0.9)),
        written(tmp_path / "after.csv", ratings(2, 0.3)),
    )


def test_two_files_give_the_difference_of_the_engine(rounds: tuple[Path, Path]) -> None:
    before, after = rounds
    (row,) = rows_of("--compare", after, before, *ALPHA, *FEW)
    sides = [stats_ratings(pd.read_csv(path)) for path in (after, before)]
    found = difference("krippendorff_alpha", *sides, interval=Interval())
    test = permutation_test("krippendorff_alpha", *sides, draws=200, seed=0)
    assert list(row) == RECORD
    assert row["source"] == f"{after} | {before}"
    assert row["compared"] == [str(after), str(before)]
    assert row["estimate"] == pytest.approx(found.value)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((found.ci_low, found.ci_high))
    assert row["estimates"] == pytest.approx([found.first, found.second])
    assert (row["n_units"], row["n_shared"], row["n_raters"], row["n_ratings"]) == (40, 40, 3, 240)
    assert row["p_value"] == pytest.approx(test.p_value)
    assert row["p_value"] < 0.05


def test_shared_items_narrow_the_interval(tmp_path: Path) -> None:
    first, second = ratings(1, 0.5), ratings(1, 0.5)
    second.loc[second.index[:6], "value"] = 1
    same = written(tmp_path / "same.csv", second)
    other = written(tmp_path / "other.csv", second.assign(item_id="other-" + second["item_id"]))
    base = written(tmp_path / "base.csv", first)
    (paired,) = rows_of("--compare", base, same, *ALPHA, *FEW)
    (apart,) = rows_of("--compare", base, other, *ALPHA, *FEW)
    assert paired["estimate"] == pytest.approx(apart["estimate"])
    assert (paired["n_shared"], apart["n_shared"]) == (40, 0)
    assert paired["se"] < 0.7 * apart["se"]


def test_values_of_a_column_and_sides_turned_around(tmp_path: Path) -> None:
    path = written(
        tmp_path / "models.csv", ratings(1, 0.9, model="x"), ratings(2, 0.3, model="y=1", first=40)
    )
    (row,) = rows_of(path, "--compare", "model=y=1", "model=x", *ALPHA, *FEW)
    (turned,) = rows_of(path, "--compare", "model=x", "model=y=1", *ALPHA, *FEW)
    assert row["estimate"] > 0
    assert turned["estimate"] == -row["estimate"]
    assert (turned["ci_low"], turned["ci_high"]) == (-row["ci_high"], -row["ci_low"])
    assert row["source"] == str(path)


def test_rater_groups_on_the_same_items(tmp_path: Path) -> None:
    crowd = ratings(2, 0.9).assign(rater_id=lambda frame: "crowd-" + frame["rater_id"])
    path = written(tmp_path / "groups.csv", ratings(1, 0.2), crowd)
    sides = ("rater_id=a,b,c", "rater_id=crowd-a,crowd-b,crowd-c")
    (row,) = rows_of(path, "--compare", *sides, *ALPHA, *FEW)
    assert (row["n_shared"], row["n_raters"]) == (40, 6)
    assert row["ci_low"] > 0


def test_wide_files_compare_like_long_ones(rounds: tuple[Path, Path], tmp_path: Path) -> None:
    wide = []
    for path in rounds:
        frame = pd.read_csv(path).pivot(index="item_id", columns="rater_id", values="value")
        target = tmp_path / f"wide-{path.name}"
        frame.reset_index().to_csv(target, index=False)
        wide.append(target)
    (long_row,) = rows_of("--compare", *rounds, *ALPHA, *FEW)
    (wide_row,) = rows_of("--compare", *wide, "--wide", *ALPHA, *FEW)
    own = {"source", "compared"}
    assert [(name, wide_row[name]) for name in RECORD if name not in own] == [
        (name, long_row[name]) for name in RECORD if name not in own
    ]


def test_numbers_in_a_spreadsheet_meet_text_in_another_file(tmp_path: Path) -> None:
    first, second = ratings(1, 0.5), ratings(2, 0.5)
    for frame in (first, second):
        frame["item_id"] = frame["item_id"].str[1:].astype(int)
    written(tmp_path / "text.csv", first)
    second.to_excel(tmp_path / "numbers.xlsx", index=False)
    (row,) = rows_of("--compare", tmp_path / "text.csv", tmp_path / "numbers.xlsx", *ALPHA, *FEW)
    assert (row["n_units"], row["n_shared"]) == (40, 40)


def test_slices_criteria_and_levels_multiply(tmp_path: Path) -> None:
    frames = [
        ratings(seed, 0.5, first=first, model=model, language=language, dimension=dimension)
        for seed, (first, model, language, dimension) in enumerate(
            (first, model, language, dimension)
            for first, model in ((0, "x"), (40, "y"))
            for language in ("de", "en")
            for dimension in ("clear", "kind")
            if not (model == "y" and language == "en")
        )
    ]
    for frame in frames:
        frame["item_id"] += frame["language"]
    path = written(tmp_path / "all.csv", *frames)
    rows = rows_of(
        path,
        *("--compare", "model=x", "model=y", "--by", "language", *FEW),
        *("--level", "nominal,ordinal", "--coefficient", "krippendorff_alpha"),
    )
    assert len(rows) == 2 * 2 * 3
    english = one(rows, criterion="kind", level="ordinal", slice={"language": "en"})
    assert (english["estimate"], english["undefined_reason"]) == (None, "no_data")
    assert english["estimates"][0] is not None
    assert english["p_value"] is None


def test_groups_are_left_out_whole(tmp_path: Path) -> None:
    frame = ratings(3, 0.6, n=60)
    number = frame["item_id"].str[1:].astype(int)
    # Items of one group are copies of each other: sixty items that are worth twenty.
    for rater in "abc":
        of_rater = frame["rater_id"] == rater
        first = frame.loc[of_rater, "value"].to_numpy()[(number[of_rater] // 3 * 3).to_numpy()]
        frame.loc[of_rater, "value"] = first
    path = written(tmp_path / "groups.csv", frame.assign(summary=(number // 3).map("s{}".format)))
    (alone,) = rows_of(path, *ALPHA)
    (grouped,) = rows_of(path, *ALPHA, "--group", "summary")
    assert grouped["estimate"] == alone["estimate"]
    assert grouped["se"] > 1.5 * alone["se"]
    (drawn,) = rows_of(path, *ALPHA, "--group", "summary", "--bootstrap", "500")
    assert drawn["se"] == pytest.approx(grouped["se"], rel=0.2)


def test_a_unit_in_two_groups_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "moved.csv"
    path.write_text("item_id,rater_id,value,doc\nq1,a,1,x\nq1,b,1,y\n")
    done = run(path, "--group", "doc")
    assert done.returncode == 1
    assert "rows 1 and 2, column doc: q1 is in two groups, 'x' and 'y'" in done.stderr


@pytest.mark.parametrize(
    ("sides", "code", "message"),
    [
        (("model=x", "model=z"), 1, "no row has model=z; there are: x"),
        (("nosuch=x", "nosuch=z"), 1, "there is no column 'nosuch'"),
        (("model=x", "model=x"), 2, "the same side twice"),
        (("model=x", "rater_id=a"), 2, "with the same column"),
        (("model=x", "absent.csv"), 2, "with the same column"),
    ],
)
def test_wrong_sides_are_refused(
    tmp_path: Path, sides: tuple[str, str], code: int, message: str
) -> None:
    path = written(tmp_path / "models.csv", ratings(1, 0.5, model="x"))
    done = run(path, "--compare", *sides)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_no_file_and_too_many_files_are_wrong_usage(rounds: tuple[Path, Path]) -> None:
    assert run("--compare", "model=x", "model=y").returncode == 2
    assert run(rounds[0], "--compare", *rounds).returncode == 2


def test_a_bad_row_names_its_own_file(rounds: tuple[Path, Path]) -> None:
    rounds[1].write_text(rounds[1].read_text() + "q99,a,good,\n".replace(",\n", "\n"))
    done = run("--compare", *rounds, *ALPHA)
    assert done.returncode == 1
    assert f"row 121 of {rounds[1]}, column value: 'good' is not a number" in done.stderr


def test_every_format_holds_the_comparison(rounds: tuple[Path, Path]) -> None:
    call = ("--compare", *rounds, *ALPHA, *FEW)
    (row,) = rows_of(*call)
    (cells,) = csv.DictReader(io.StringIO(run(*call, "--format", "csv").stdout))
    assert cells["compared_2"] == str(rounds[1])
    assert float(cells["estimates_1"]) == row["estimates"][0]
    assert float(cells["p_value"]) == row["p_value"]
    for form in ("table", "markdown", "html"):
        # Lines break where the terminal and the length of the paths say.
        text = " ".join(run(*call, "--format", form).stdout.split())
        assert f"{row['estimate']:.3f}" in text
        assert f"{row['p_value']:.4f}" in text
        assert "B is higher than A by" in text
        assert "permutation test, 200 draws" in text


def test_no_permutations_no_p_value(rounds: tuple[Path, Path]) -> None:
    (row,) = rows_of("--compare", *rounds, *ALPHA, "--permutations", "0")
    assert row["p_value"] is None
    assert row["estimate"] is not None


def test_comparison_is_json_without_nan(rounds: tuple[Path, Path]) -> None:
    done = run("--compare", *rounds, "--format", "json", "--level", "ordinal", *FEW)
    assert done.returncode == 0
    records = json.loads(done.stdout, parse_constant=pytest.fail)
    assert {tuple(record) for record in records} == {tuple(RECORD)}
