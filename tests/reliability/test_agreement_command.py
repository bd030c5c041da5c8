"""`manage.py agreement` as people and pipelines call it."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from reliability.longfile import AgreementRow
from reliability.services.figures import Figure
from reliability.stats import IntervalMethod
from tests.reliability.calling import FIELDS, one, rows_of, run

pytestmark = pytest.mark.pure

REPOSITORY = Path(__file__).resolve().parents[2]
LONG = """item_id,rater_id,dimension,value,model
q1,ann,clear,1,a
q1,bob,clear,1,a
q2,ann,clear,2,a
q2,bob,clear,3,a
q3,ann,clear,5,b
q3,bob,clear,5,b
q4,ann,clear,4,b
q4,bob,clear,4,b
q5,ann,clear,,b
q1,ann,tone,warm,a
q1,bob,tone,cold,a
q2,ann,tone,warm,a
q2,bob,tone,warm,a
"""


def test_command_runs_in_a_process_of_its_own_without_a_warning(long_csv: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "manage.py",
            "agreement",
            str(long_csv),
            "--format",
            "json",
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == rows_of(long_csv)


@pytest.fixture
def long_csv(tmp_path: Path) -> Path:
    path = tmp_path / "judgments.csv"
    path.write_text(LONG)
    return path


def test_json_has_the_fields_of_the_contract_in_order(long_csv: Path) -> None:
    rows = rows_of(long_csv, "--level", "ordinal", "--categories", "1,2,3,4,5", "--only", "clear")
    assert all(list(row) == FIELDS for row in rows)
    alpha = one(rows, coefficient="krippendorff_alpha")
    assert alpha["source"] == str(long_csv)
    assert (alpha["criterion"], alpha["slice"], alpha["level"]) == ("clear", None, "ordinal")
    assert (alpha["n_units"], alpha["n_raters"], alpha["n_ratings"], alpha["n_pairable"]) == (
        4,
        2,
        8,
        8,
    )
    assert alpha["ci_method"] == "jackknife_t"
    assert alpha["ci_low"] < alpha["estimate"] < alpha["ci_high"]
    assert alpha["undefined_reason"] is None


def test_every_coefficient_gives_a_row_for_every_criterion_and_level(long_csv: Path) -> None:
    rows = rows_of(long_csv, "--level", "nominal,ordinal", "--only", "clear")
    names = {row["coefficient"] for row in rows}
    contract = "percent_agreement krippendorff_alpha cohen_kappa fleiss_kappa scott_pi conger_kappa"
    contract += " gwet_ac1 gwet_ac2 brennan_prediger pabak light_kappa icc_1_1 icc_1_k icc_2_1"
    contract += " icc_2_k icc_3_1 icc_3_k kendall_w lin_ccc spearman pearson kendall_tau"
    assert names >= set(contract.split())
    assert len(rows) == 2 * len(names)
    unsuitable = one(rows, coefficient="icc_2_1", level="ordinal")
    assert unsuitable["estimate"] is None
    assert unsuitable["undefined_reason"] == "unsuitable_level"


def test_unused_points_of_the_declared_scale_count(long_csv: Path) -> None:
    call = (long_csv, "--only", "clear", "--coefficient", "brennan_prediger")
    declared = rows_of(*call, "--categories", "1,2,3,4,5,6,7,8,9,10")[0]["estimate"]
    observed = rows_of(*call)[0]["estimate"]
    assert declared == pytest.approx((0.75 - 0.1) / 0.9)
    assert observed == pytest.approx((0.75 - 0.2) / 0.8)


def test_words_at_an_ordered_level_need_their_order(long_csv: Path) -> None:
    call = (long_csv, "--level", "ordinal", "--only", "tone", "--coefficient", "krippendorff_alpha")
    assert rows_of(*call)[0]["undefined_reason"] == "needs_order"
    ordered = rows_of(*call, "--categories", "cold,warm")[0]
    assert ordered["estimate"] == pytest.approx(0.0)


def test_slices_stand_beside_the_whole(long_csv: Path) -> None:
    call = ("--only", "clear", "--coefficient", "percent_agreement", "--by", "model")
    rows = rows_of(long_csv, *call)
    assert [(row["slice"], row["estimate"]) for row in rows] == [
        (None, 0.75),
        ({"model": "a"}, 0.5),
        ({"model": "b"}, 1.0),
    ]


def test_files_levels_and_families_of_slices_multiply(tmp_path: Path) -> None:
    paths = []
    for name in ("one.csv", "two.csv"):
        paths.append(tmp_path / name)
        rows = [
            f"q{i},{rater},{i % 3},m{i % 2},{'de' if i % 3 else 'en'},{i % 5 or ''}"
            for i in range(30)
            for rater in "ab"
        ]
        head = "item_id,rater_id,value,model,language,length"
        paths[-1].write_text("\n".join([head, *rows, ""]))
    call = ("--level", "nominal,ordinal", "--coefficient", "percent_agreement")
    rows = rows_of(*paths, *call, "--by", "model,language", "--by", "length")
    slices = [row["slice"] for row in rows if row["source"] == str(paths[1])]
    families = [
        None,
        {"model": "m0", "language": "en"},
        {"model": "m0", "language": "de"},
        {"model": "m1", "language": "en"},
        {"model": "m1", "language": "de"},
        {"length": None},
        *({"length": length} for length in "1234"),
    ]
    assert sorted(map(str, slices[: len(families)])) == sorted(map(str, families))
    assert slices[: len(families)] == slices[len(families) :]
    assert [row["source"] for row in rows] == [str(path) for path in paths for _ in slices]
    assert {row["level"] for row in rows} == {"nominal", "ordinal"}
    whole = one(rows, source=str(paths[0]), level="nominal", slice=None)
    parts = [row for row in rows if set(row["slice"] or ()) == {"model", "language"}]
    assert sum(row["n_ratings"] for row in parts) == 4 * whole["n_ratings"]


def test_formats_of_files_give_the_same_rows(long_csv: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(long_csv, dtype=str, keep_default_na=False)
    records = frame[frame["dimension"] == "clear"].to_dict("records")
    jsonl, parquet, xlsx = (tmp_path / f"same.{kind}" for kind in ("jsonl", "parquet", "xlsx"))
    for record in records:
        record["value"] = int(record["value"]) if record["value"] else None
    jsonl.write_text("".join(json.dumps(record) + "\n" for record in records))
    pd.DataFrame(records).to_parquet(parquet)
    pd.DataFrame(records).to_excel(xlsx, index=False)
    call = ("--level", "interval", "--only", "clear")
    rows = [rows_of(path, *call) for path in (long_csv, jsonl, parquet, xlsx)]
    for row in (row for each in rows for row in each):
        row.pop("source")
    assert rows[0] == rows[1] == rows[2] == rows[3]


def test_wide_files_read_as_long_ones(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("item_id,ann,bob,cy\nq1,1,1,2\nq2,2,2,\nq3,3,3,3\n")
    rows = rows_of(
        path, "--wide", "--level", "interval", "--coefficient", "krippendorff_alpha,icc_2_1"
    )
    assert (rows[0]["n_raters"], rows[0]["n_ratings"], rows[0]["criterion"]) == (3, 8, None)
    named = rows_of(path, "--raters", "ann,bob", "--coefficient", "cohen_kappa")
    assert (named[0]["n_raters"], named[0]["estimate"]) == (2, 1.0)


def test_sets_are_json_lists(tmp_path: Path) -> None:
    path = tmp_path / "sets.jsonl"
    cells = [
        ("q1", "a", ["x"]),
        ("q1", "b", ["x", "y"]),
        ("q2", "a", []),
        ("q2", "b", []),
        ("q3", "a", ["y"]),
        ("q3", "b", ["y"]),
    ]
    path.write_text(
        "".join(json.dumps({"item_id": i, "rater_id": r, "value": v}) + "\n" for i, r, v in cells)
    )
    rows = rows_of(path, "--level", "set", "--coefficient", "krippendorff_alpha")
    # Observed: MASI of {x} and {x, y} is 1 - 1/2 * 2/3 = 2/3, over three pairs.
    assert rows[0]["weights"] == "masi"
    assert rows[0]["estimate"] == pytest.approx(1 - (2 / 9) / naive_expected())


def naive_expected() -> float:
    from reliability.stats import masi_distance

    everything: list[list[str]] = [["x"], ["x", "y"], [], [], ["y"], ["y"]]
    pairs = [
        masi_distance(a, b)
        for i, a in enumerate(everything)
        for j, b in enumerate(everything)
        if i != j
    ]
    return float(np.mean(pairs))


def test_null_text_is_a_value_unless_declared_missing(tmp_path: Path) -> None:
    path = tmp_path / "null.csv"
    path.write_text(
        "item_id,rater_id,value\nq1,a,yes\nq1,b,NULL\nq2,a,no\nq2,b,no\nq3,a,NA\nq3,b,yes\n"
    )
    call = (path, "--coefficient", "percent_agreement")
    assert rows_of(*call)[0]["n_ratings"] == 6
    assert rows_of(*call, "--missing", "NULL,NA")[0]["n_ratings"] == 4
    assert rows_of(*call, "--missing", "NULL", "--missing", "NA")[0]["estimate"] == 1.0


def test_a_rating_repeated_exactly_counts_once_and_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("item_id,rater_id,value\nq1,a,1\nq1,b,1\nq1,b,1\nq2,a,2\nq2,b,2\n")
    done = run(path, "--format", "json", "--coefficient", "percent_agreement")
    assert json.loads(done.stdout)[0]["n_ratings"] == 4
    assert "1 rows repeat a rating exactly" in done.stderr


REFUSALS = {
    "conflict": ("q1,a,1\nq1,b,1\nq1,b,2\n", [], "rows 2 and 3: b gave q1 two values, '1' and '2'"),
    "word": (
        "q1,a,1\nq1,b,good\n",
        ["--level", "interval"],
        "row 2, column value: 'good' is not a number",
    ),
    "decimal comma": (
        'q1,a,"1,5"\nq1,b,2\n',
        ["--level", "interval"],
        "row 1, column value: '1,5' is not a number, while other values are; write decimals",
    ),
    "scale": (
        "q1,a,1\nq1,b,7\n",
        ["--categories", "1,2,3"],
        "row 2, column value: '7' is not on the scale",
    ),
    "set": (
        'q1,a,"[""x""]"\nq1,b,x\n',
        ["--level", "set"],
        "row 2, column value: 'x' is not a JSON list",
    ),
    "unit": ("q1,a,1\n,b,1\n", [], "row 2, column item_id: the cell is empty"),
    "column": ("q1,a,1\n", ["--value", "score"], "there is no column 'score'"),
    "criterion": ("q1,a,1\n", ["--criterion", "aspect"], "there is no column 'aspect'"),
}


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_refused_data_exit_with_1_and_name_the_place(tmp_path: Path, name: str) -> None:
    body, options, message = REFUSALS[name]
    path = tmp_path / "bad.csv"
    path.write_text("item_id,rater_id,value\n" + body)
    done = run(path, *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.jsonl", b'{"item_id": 1}\n{"item_id"\n'),
        ("broken.parquet", b"PAR1 but not really"),
        ("broken.xlsx", b"PK not a zip"),
        ("ragged.csv", b"item_id,rater_id,value\nq1,a,1,2,3\n"),
        ("short.csv", b"item_id,rater_id,value\nq1,a\n"),
        ("double.csv", b"item_id,rater_id,value,value\nq1,a,1,2\n"),
        ("empty.csv", b""),
        ("latin.csv", b"item_id,rater_id,value\nq1,a,\xff\xfe\n"),
        ("notes.txt", b"hello"),
    ],
)
def test_unreadable_files_exit_with_1(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    done = run(path)
    assert done.returncode == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ["--level", "nominel"],
        ["--coefficient", "kappa"],
        ["--weights", "cubic"],
        ["--confidence", "95"],
        ["--bootstrap", "-1"],
        ["--format", "yaml"],
        ["--interval", "jackknife_t", "--bootstrap", "100"],
        ["--permutations", "-1"],
        ["--compare", "model=a", "model=b", "--pairs"],
    ],
)
def test_wrong_usage_exits_with_2(long_csv: Path, options: list[str]) -> None:
    done = run(long_csv, *options)
    assert (done.returncode, done.stdout) == (2, "")


def test_missing_file_and_no_file_exit_with_2(tmp_path: Path) -> None:
    assert run(tmp_path / "none.csv").returncode == 2
    assert run().returncode == 2


def test_bootstrap_replaces_the_interval_and_repeats_by_seed(long_csv: Path) -> None:
    call = (long_csv, "--only", "clear", "--coefficient", "krippendorff_alpha", "--bootstrap", 300)
    first, second, other = (rows_of(*call, "--seed", seed)[0] for seed in (4, 4, 5))
    assert first == second
    assert first["ci_method"] == "bootstrap_percentile"
    assert (first["ci_low"], first["ci_high"], first["se"]) != (
        other["ci_low"],
        other["ci_high"],
        other["se"],
    )


@pytest.mark.parametrize("method", [method.value for method in IntervalMethod])
def test_every_interval_of_the_engine_can_be_named(long_csv: Path, method: str) -> None:
    call = (long_csv, "--only", "clear", "--level", "interval", "--interval", method)
    rows = rows_of(*call, "--confidence", "0.9")
    alpha = one(rows, coefficient="krippendorff_alpha")
    assert alpha["estimate"] is not None
    assert (alpha["ci_method"] is None) == (method == "none")


def test_several_weights_give_rows_for_coefficients_that_take_them(long_csv: Path) -> None:
    rows = rows_of(
        long_csv,
        "--only",
        "clear",
        "--level",
        "ordinal",
        "--weights",
        "linear,quadratic",
        "--coefficient",
        "cohen_kappa,krippendorff_alpha",
    )
    assert [(row["coefficient"], row["weights"]) for row in rows] == [
        ("cohen_kappa", "linear"),
        ("cohen_kappa", "quadratic"),
        ("krippendorff_alpha", None),
    ]


def test_pairs_adds_a_row_for_each_pair_of_raters(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("item_id,ann,bob,cy\nq1,1,1,2\nq2,2,2,1\nq3,3,3,3\n")
    rows = rows_of(path, "--wide", "--coefficient", "cohen_kappa", "--pairs")
    assert rows[0]["undefined_reason"] == "needs_two_raters"
    assert [row["slice"]["raters"] for row in rows[1:]] == ["ann | bob", "ann | cy", "bob | cy"]
    assert rows[1]["estimate"] == 1.0


EXTREME = {
    "a number of five thousand digits": ("interval", 1, "9" * 5000),
    "no finite number": ("interval", 1, "1e999"),
    "a list in itself": ("set", 1, "[" * 100_000),
    "a set of one huge number": ("set", 1, f"[{'9' * 5000}]"),
    "a cell of many lines": ("interval", 1, "a\nb\n" * 1000),
}


@pytest.mark.parametrize("name", sorted(EXTREME))
def test_extreme_cells_are_refused_in_one_short_line(tmp_path: Path, name: str) -> None:
    level, code, cell = EXTREME[name]
    path = tmp_path / "extreme.csv"
    with path.open("w", newline="") as file:
        rows = [("q1", "a", "1" if level == "interval" else "[]"), ("q1", "b", cell)]
        csv.writer(file).writerows([("item_id", "rater_id", "value"), *rows])
    done = run(path, "--level", level)
    assert (done.returncode, done.stdout) == (code, "")
    assert "row 2, column value" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert len(done.stderr) < 500


def test_huge_whole_numbers_of_json_are_no_numbers(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    lines = [{"item_id": "q", "rater_id": r, "value": v} for r, v in (("a", 10**400), ("b", 1))]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = run(path, "--level", "interval")
    assert (done.returncode, "is not a number" in done.stderr) == (1, True)


def test_report_and_command_print_the_same_record() -> None:
    figure = Figure(
        criterion="clear",
        coefficient="krippendorff_alpha",
        level="ordinal",
        weights=None,
        estimate=0.5,
        ci_low=0.4,
        ci_high=0.6,
        ci_method="jackknife_t",
        se=0.05,
        n_units=30,
        n_raters=3,
        n_ratings=90,
        n_pairable=90,
        undefined_reason=None,
    )
    assert set(figure.record("round")) == set(AgreementRow.names()) == set(FIELDS)


def test_one_rater_an_item_is_undefined_and_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "single.csv"
    path.write_text("item_id,rater_id,value\nq1,a,1\nq2,b,2\nq3,a,3\n")
    rows = rows_of(path, "--level", "nominal,ordinal,interval,ratio")
    assert {row["undefined_reason"] for row in rows} == {"no_pairable_units", "unsuitable_level"}
    assert all(row["estimate"] is None and row["ci_low"] is None for row in rows)


def test_raters_without_a_shared_item_have_no_figure_by_any_interval(tmp_path: Path) -> None:
    path = tmp_path / "disjoint.csv"
    path.write_text("item_id,rater_id,value\nq1,a,1\nq2,a,2\nq3,b,1\nq4,b,2\n")
    for method in IntervalMethod:
        rows = rows_of(path, "--level", "interval", "--interval", method.value)
        assert {row["undefined_reason"] for row in rows} == {"no_pairable_units"}


def test_header_alone_is_no_data(tmp_path: Path) -> None:
    path = tmp_path / "header.csv"
    path.write_text("item_id,rater_id,value\n")
    rows = rows_of(path)
    assert {row["undefined_reason"] for row in rows} == {"no_data", "unsuitable_level"}


def test_csv_markdown_and_table_carry_every_row(long_csv: Path) -> None:
    call = (long_csv, "--coefficient", "percent_agreement,krippendorff_alpha")
    table = list(csv.DictReader(io.StringIO(run(*call, "--format", "csv").stdout)))
    assert [list(row) for row in table] == [FIELDS] * 4
    assert float(table[0]["estimate"]) == 0.75
    markdown = run(*call, "--format", "markdown").stdout
    assert markdown.count("| krippendorff_alpha |") == 2
    text = run(*call).stdout
    assert "clear" in text
    assert "0.750" in text
    assert text.count("\n  krippendorff_alpha ") == 2


def test_xlsx_keeps_numbers_and_blank_cells(tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["item_id", "rater_id", "value"],
        [1, "a", 3],
        [1, "b", 3.0],
        [2, "a", None],
        [2, "b", 1],
    ):
        sheet.append(row)
    book.save(path)
    rows = rows_of(path, "--level", "interval", "--coefficient", "percent_agreement")
    assert (rows[0]["estimate"], rows[0]["n_ratings"], rows[0]["n_units"]) == (1.0, 3, 2)


def test_real_study_gives_the_published_kappas(shared: Path) -> None:
    """The three kappas in the README of the PandaLM repository: .85, .88, .86."""
    path = shared / "data/pandalm/judgments.csv"
    rows = rows_of(path, "--coefficient", "cohen_kappa", "--pairs")
    assert [round(row["estimate"], 2) for row in rows[1:]] == [0.85, 0.88, 0.86]
