"""A report as a workbook: numbers as numbers, texts as texts that nothing runs."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from itertools import chain
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.writer.excel import ExcelWriter

from reliability.report_files.archive import TimelessZip
from reliability.report_files.criteria import note_of
from reliability.report_files.document import value_text
from reliability.report_files.frozen import FrozenReport
from reliability.services.figures import Comparison, CriterionFigures, Figure

MAX_CHARACTERS = 32_767
CUT = " […cut: report.json has the whole text]"
# What XML can't carry, and what would be read as the escape of it.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
WIDTH, WIDE = 14, 44
LONG_TEXTS = frozenset({"note", "text", "description", "examples", "question", "value"})

Row = Sequence[Any]
Sheet = tuple[str, tuple[str, ...], Iterable[Row]]

FIGURE = ("coefficient", "weights", "estimate", "ci_low", "ci_high", "ci_method", "se", "items")
COUNTS = ("raters", "ratings", "pairable_ratings", "undefined_reason", "note")


def workbook_of(report: FrozenReport) -> bytes:
    """The same report gives the same bytes."""
    book = Workbook(write_only=True)
    made = report.finalised_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.properties.created = book.properties.modified = made
    book.properties.creator = "Concord"
    book.properties.title = _written(report.data["title"])
    for title, header, rows in _sheets(report):
        _write(book, title, header, rows)
    file = io.BytesIO()
    with TimelessZip(file, "w") as archive:
        ExcelWriter(book, archive).write_data()
    return file.getvalue()


def _write(book: Workbook, title: str, header: Sequence[str], rows: Iterable[Row]) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for place, name in enumerate(header, start=1):
        width = WIDE if name in LONG_TEXTS else WIDTH
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.append([_cell(sheet, name, bold=True) for name in header])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: WriteOnlyWorksheet, value: Any, *, bold: bool = False) -> Any:
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    if isinstance(value, int | float):
        return value
    cell = WriteOnlyCell(sheet, _written(value_text(value)))
    cell.data_type = "s"  # the library guesses formulas by the first character
    cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _written(text: str) -> str:
    escaped = UNWRITABLE.sub(lambda found: f"_x{ord(found.group()):04X}_", text)
    if len(escaped) <= MAX_CHARACTERS:
        return escaped
    return escaped[: MAX_CHARACTERS - len(CUT)] + CUT


# -- the sheets


def _sheets(report: FrozenReport) -> Iterator[Sheet]:
    criteria, data = report.figures.criteria, report.data
    yield "summary", ("field", "value"), _summary(report)
    yield "figures", ("criterion", *FIGURE, *COUNTS), _each(criteria, _figures)
    yield "pairs", ("criterion", "rater_1", "rater_2", *FIGURE, *COUNTS), _each(criteria, _pairs)
    yield "slices", SLICE_COLUMNS, _each(criteria, _slices)
    yield "confusion", CONFUSION_COLUMNS, _each(criteria, _confusion)
    yield "values", ("criterion", "value", "label", "ratings", "share"), _each(criteria, _values)
    yield "time", ("criterion", "start", "end", *FIGURE, *COUNTS), _each(criteria, _periods)
    yield "raters left out", RATER_COLUMNS, _each(criteria, _raters)
    yield "checks", CHECK_COLUMNS, ([row[name] for name in CHECK_COLUMNS] for row in _checks(data))
    yield "rubric", RUBRIC_COLUMNS, _rubric(data["rubric"])
    yield "ratings", RATINGS_COLUMNS, _each(criteria, _ratings)


def _each(criteria: Iterable[CriterionFigures], rows_of: Any) -> Iterable[Row]:
    return chain.from_iterable(rows_of(criterion) for criterion in criteria)


def _summary(report: FrozenReport) -> Iterator[Row]:
    data = report.data
    yield "title", data["title"]
    yield "report", report.number
    yield "finalised_at", report.at
    yield "content_sha256", report.content_hash
    yield "content_matches_hash", report.is_intact
    for part in ("project", "round", "ratings", "software", "method"):
        for name, value in data[part].items():
            yield f"{part}.{name}", value
    yield "rubric", data["rubric"]["name"]
    yield "rubric_sha256", data["rubric"]["hash"]
    yield "items", report.figures.n_items
    yield "judgments", report.figures.n_judgments
    for rule in data["inclusion"]:
        yield f"{rule['rule']}: {rule['text']}", rule["ratings"]
    yield "largest_difference_to_other_packages", data["checks"]["largest_difference"]
    yield "figures_that_differ", data["checks"]["n_differing"]


def _cells(figure: Figure | None) -> Row:
    """Cells for FIGURE and COUNTS."""
    if figure is None:
        return (None,) * (len(FIGURE) + len(COUNTS))
    return (
        figure.coefficient,
        figure.weights,
        figure.estimate,
        figure.ci_low,
        figure.ci_high,
        figure.ci_method,
        figure.se,
        figure.n_units,
        figure.n_raters,
        figure.n_ratings,
        figure.n_pairable,
        figure.undefined_reason,
        note_of(figure),
    )


def _figures(criterion: CriterionFigures) -> Iterator[Row]:
    return ((criterion.key, *_cells(figure)) for figure in criterion.figures)


def _pairs(criterion: CriterionFigures) -> Iterator[Row]:
    for figure in criterion.pairs:
        yield criterion.key, *(figure.raters or ("", "")), *_cells(figure)


COMPARISON = ("difference", "difference_low", "difference_high", "p_value", "p_adjusted")
SLICE_COLUMNS = (
    "criterion", "slice", "source", "value", "items", "ratings", "too_few_items",
    *FIGURE, *COUNTS, "agreement", *COMPARISON,
)  # fmt: skip


def _slices(criterion: CriterionFigures) -> Iterator[Row]:
    for family in criterion.slices:
        for row in family.rows:
            yield (
                criterion.key,
                family.name,
                family.source,
                row.value,
                row.n_items,
                row.n_ratings,
                row.is_suppressed,
                *_cells(row.figure),
                row.agreement.estimate if row.agreement else None,
                *_comparison(row.difference),
            )


def _comparison(found: Comparison | None) -> Row:
    if found is None:
        return (None,) * len(COMPARISON)
    return (found.value, found.ci_low, found.ci_high, found.p_value, found.p_adjusted)


CONFUSION_COLUMNS = (
    "criterion", "value_1", "label_1", "value_2", "label_2", "items", "rater_pairs",
    "share_of_disagreeing", "times_chance", "times_chance_low", "times_chance_high",
)  # fmt: skip


def _confusion(criterion: CriterionFigures) -> Iterator[Row]:
    for found in criterion.confused:
        yield (
            criterion.key,
            *chain.from_iterable(zip(found.values, found.labels, strict=True)),
            found.n_items,
            found.n_pairs,
            found.share,
            found.ratio,
            found.ci_low,
            found.ci_high,
        )
    if not criterion.confused:
        for pair in criterion.confusions:
            both = chain.from_iterable(zip(pair.values, pair.labels, strict=True))
            yield criterion.key, *both, pair.n_items, pair.n_pairs


def _values(criterion: CriterionFigures) -> Iterator[Row]:
    return ((criterion.key, s.value, s.label, s.n, s.share) for s in criterion.distribution)


def _periods(criterion: CriterionFigures) -> Iterator[Row]:
    return ((criterion.key, p.start, p.end, *_cells(p.figure)) for p in criterion.periods)


RATER_COLUMNS = (
    "criterion", "rater", "ratings", "alpha_without", "ci_low", "ci_high",
    "change", "change_low", "change_high", "agreement_with_others",
    "severity", "severity_low", "severity_high",
)  # fmt: skip


def _raters(criterion: CriterionFigures) -> Iterator[Row]:
    for each in criterion.raters_left_out:
        yield (
            criterion.key,
            each.rater,
            each.n_ratings,
            each.without.estimate,
            each.without.ci_low,
            each.without.ci_high,
            *_comparison(each.change)[:3],
            each.mean_agreement,
            each.severity,
            each.severity_low,
            each.severity_high,
        )


CHECK_COLUMNS = (
    "criterion", "coefficient", "weights", "rater_1", "rater_2", "package", "reported",
    "recomputed", "difference", "interval_difference", "agrees", "note",
)  # fmt: skip


def _checks(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in data["checks"]["figures"]:
        first, second = row["raters"] or ("", "")
        yield row | {"rater_1": first, "rater_2": second}


RUBRIC_COLUMNS = (
    "criterion", "question", "help", "kind", "level", "tier", "required", "value", "label",
    "description", "examples",
)  # fmt: skip
NO_ANCHOR = {"value": "", "label": "", "description": "", "examples": []}


def _rubric(rubric: dict[str, Any]) -> Iterator[Row]:
    yield "(guidelines)", rubric["text"]["guidelines"]
    for asked in rubric["text"]["criteria"]:
        for anchor in asked["anchors"] or [NO_ANCHOR]:
            yield (
                asked["key"],
                asked["question"],
                asked["help"],
                asked["kind"],
                asked["level"],
                asked["tier"],
                asked["required"],
                anchor["value"],
                anchor["label"],
                anchor["description"],
                "\n".join(anchor["examples"]),
            )


RATINGS_COLUMNS = (
    "criterion", "kind", "level", "items", "counted", "surplus", "revotes", "checks",
    "returned", "abstentions", "rater", "ratings_of_rater",
)  # fmt: skip


def _ratings(criterion: CriterionFigures) -> Iterator[Row]:
    out = criterion.excluded
    apart = (out.surplus, out.revotes, out.checks, out.returned, out.abstentions)
    asked = (criterion.key, criterion.kind, criterion.level)
    yield *asked, criterion.n_items, criterion.n_ratings, *apart
    for code, n in criterion.raters.items():
        yield *asked, *(None,) * (2 + len(apart)), code, n
