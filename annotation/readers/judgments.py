"""The long form of human judgments: one rating a row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from .checks import Checker
from .limits import DEFAULT_LIMITS, Limits
from .problems import FileRefused, RowError, gettext_noop
from .rows import Row, RowResult

# The contract's names first, then those other tools use for the same.
NAMES = {
    "item_id": ("item_id", "item", "unit"),
    "rater_id": ("rater_id", "rater", "annotator"),
    "dimension": ("dimension", "criterion"),
    "part": ("part",),
    "value": ("value",),
    "rationale": ("rationale", "comment"),
    "timestamp": ("timestamp",),
}
REQUIRED = ("item_id", "rater_id", "dimension", "value")

NO_COLUMN = gettext_noop(
    "There is no column “%(name)s”. The file needs the columns item_id, rater_id, dimension and "
    "value; found: %(found)s."
)
EMPTY = gettext_noop("The field is empty. Every judgment names its item, rater and dimension.")
NOT_TIME = gettext_noop(
    "“%(value)s” is not a time. Write it as 2026-01-31T14:02:11+00:00, or leave it empty."
)


@dataclass(frozen=True, slots=True)
class JudgmentRow:
    """One rater's value for one item and criterion, or for a part of the item.

    `value` is what the file has: a text, or in typed formats any JSON value;
    nothing or an empty text means that there is no judgment. A time without a
    zone is taken as UTC.
    """

    number: int
    item_id: str
    rater_id: str
    dimension: str
    value: Any
    rationale: str
    timestamp: datetime | None
    part: str = ""


def read_judgments(
    rows: Iterable[RowResult], *, limits: Limits = DEFAULT_LIMITS
) -> Iterator[JudgmentRow | RowError]:
    """Judgments out of rows.

    Raises
    ------
    FileRefused
        The first row lacks a required column.
    """
    names: dict[str, str] | None = None
    for row in rows:
        if isinstance(row, RowError):
            yield row
            continue
        if names is None:
            names = _column_names(row)
        yield _judgment(row, names, limits)


def _column_names(row: Row) -> dict[str, str]:
    found = {
        ours: next((name for name in known if name in row.data), known[0])
        for ours, known in NAMES.items()
    }
    for name in REQUIRED:
        if found[name] not in row.data:
            columns = ", ".join(row.data)[:500]
            raise FileRefused(NO_COLUMN, row=row.number, field=name, name=name, found=columns)
    return found


def _judgment(row: Row, names: dict[str, str], limits: Limits) -> JudgmentRow | RowError:
    check = Checker(limits)
    cells = {ours: row.data.get(name) for ours, name in names.items()}
    texts = {name: _identifier(name, cells[name], check) for name in REQUIRED[:3]}
    rationale = check.optional_text("rationale", cells["rationale"]) or ""
    part = check.optional_text("part", cells["part"]) or ""
    judged_at = _time(cells["timestamp"], check)
    value = _value(cells["value"], check)
    check.forbidden("", {**texts, "part": part, "rationale": rationale, "value": value})
    if check.errors:
        return RowError(row.number, tuple(check.errors))
    return JudgmentRow(
        number=row.number,
        value=value,
        rationale=rationale,
        timestamp=judged_at,
        part=part,
        **texts,
    )


def _identifier(field: str, value: object, check: Checker) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None or value == "":
        check.add(field, EMPTY)
        return ""
    text = check.text(field, value)
    check.length(field, text, check.limits.id_chars)
    return text


def _value(value: object, check: Checker) -> Any:
    if isinstance(value, date):
        value = value.isoformat()
    check.not_finite("value", value)
    return check.json("value", value)


def _time(value: object, check: Checker) -> datetime | None:
    if value is None or value == "":
        return None
    judged_at = _parsed_time(value.strip()) if isinstance(value, str) else value
    if not isinstance(judged_at, datetime):
        check.add("timestamp", NOT_TIME, value=str(value)[:40])
        return None
    return judged_at if judged_at.tzinfo else judged_at.replace(tzinfo=UTC)


def _parsed_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
