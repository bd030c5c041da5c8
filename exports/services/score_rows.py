"""The long form of a judge's scores: one score a row, checked against the scales of the project."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.canonical import canonical_json
from annotation.criteria import CriterionSpec, specs_of, tidy
from annotation.parts import part_problem
from annotation.readers import FileRefused, Row, RowError
from annotation.values import ValueRefused, as_number, is_blank, parse_value
from exports.errors import ScoresRefused
from rubrics.choices import Kind, VersionState
from rubrics.models import RubricVersion

# What no spreadsheet, XML or PostgreSQL text can carry.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

NAMES: Mapping[str, tuple[str, ...]] = {
    "item_id": ("item_id", "item", "unit"),
    "dimension": ("dimension", "criterion"),
    "part": ("part",),
    "value": ("value", "score"),
    "judge": ("judge",),
    "comment": ("comment", "rationale", "reason"),
}
REQUIRED = ("item_id", "dimension", "value")
LONGEST_KEY = 80
LONGEST_PART = 40
LONGEST_COMMENT = 20_000


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One score as the file has it; `value` blank means that the judge gave none.

    part: what of the item was scored, by its name in the item (annotation/parts.py).
    """

    row: int
    item_id: str
    dimension: str
    value: Any
    comment: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why one row can't be taken."""

    row: int
    field: str
    error: str

    def data(self) -> dict[str, object]:
        return {"row": self.row, "field": self.field, "error": self.error}


class ScoreReader:
    """Rows of one judge. `seen` collects the names in the column `judge`, if there is one."""

    def __init__(self, source_judge: str) -> None:
        self.source_judge = source_judge
        self.seen: set[str] = set()
        self._columns: dict[str, str] | None = None

    def read(self, rows: Iterable[Row | RowError]) -> Iterator[ScoreRow | BadRow]:
        for row in rows:
            if isinstance(row, RowError):
                yield BadRow(row.row, row.field, row.rendered(_))
                continue
            columns = self._columns = self._columns or _columns(row)
            name = row.data.get(columns["judge"]) if "judge" in columns else None
            if name is not None:
                self.seen.add(str(name))
                if str(name) != self.source_judge:
                    continue
            yield _score(row, columns)


def _columns(row: Row) -> dict[str, str]:
    found = {
        ours: next(name for name in known if name in row.data)
        for ours, known in NAMES.items()
        if any(name in row.data for name in known)
    }
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise ScoresRefused(
            _(
                "There is no column %(missing)s. The file needs item_id, dimension and value; "
                "found: %(found)s."
            )
            % {"missing": ", ".join(missing), "found": ", ".join(row.data)[:300]}
        )
    return found


def _score(row: Row, columns: Mapping[str, str]) -> ScoreRow | BadRow:
    cells = {ours: row.data.get(name) for ours, name in columns.items()}
    texts = {name: str(cells[name] if cells[name] is not None else "") for name in REQUIRED[:2]}
    for name, text in texts.items():
        if not text:
            return BadRow(row.number, name, _("The field is empty. Every score names it."))
    if len(texts["dimension"]) > LONGEST_KEY:
        error = _("The name is longer than %(n)d characters.") % {"n": LONGEST_KEY}
        return BadRow(row.number, "dimension", error)
    part = str(cells.get("part") or "")
    if len(part) > LONGEST_PART:
        error = _("The name is longer than %(n)d characters.") % {"n": LONGEST_PART}
        return BadRow(row.number, "part", error)
    comment = str(cells.get("comment") or "")
    for name, text in (*texts.items(), ("part", part), ("comment", comment)):
        if FORBIDDEN.search(text):
            return BadRow(row.number, name, _("The text holds a character that can't be stored."))
    if not _can_be_stored(cells["value"]):
        return BadRow(row.number, "value", _("The value is not a number, a text or a JSON list."))
    return ScoreRow(
        row.number, value=cells["value"], comment=comment[:LONGEST_COMMENT], part=part, **texts
    )


def _can_be_stored(value: Any) -> bool:
    try:
        text = value if isinstance(value, str) else canonical_json(value)
    except (TypeError, ValueError):
        return False
    return not FORBIDDEN.search(text) and "\\u0000" not in text


@dataclass(frozen=True, slots=True)
class Scored:
    """A checked score: JSON as the contract writes it, and its number if it is one."""

    value: Any
    number: float | None


class Scales:
    """The project's published criteria by key, the newest version of each rubric."""

    def __init__(self, project_pk: int) -> None:
        versions = RubricVersion.objects.filter(
            rubric__project=project_pk, state=VersionState.PUBLISHED
        ).order_by("rubric_id", "-number")
        newest: dict[int, RubricVersion] = {}
        for version in versions:
            newest.setdefault(version.rubric_id, version)
        self._specs: dict[str, list[CriterionSpec]] = {}
        for version in newest.values():
            for spec in specs_of(version):
                self._specs.setdefault(spec.key, []).append(spec)

    def __contains__(self, key: str) -> bool:
        return key in self._specs

    def has_parts(self, dimension: str) -> bool:
        return any(spec.per for spec in self._specs.get(dimension, []))

    def score(self, row: ScoreRow, content: Mapping[str, Any]) -> Scored | BadRow:
        """On the scale of the criterion of that name; any number or text where there is none.

        content: the item's, which says what parts there are; needed where `has_parts`.
        """
        known = self._specs.get(row.dimension, [])
        if not known:
            return _free(row.value)
        problems = [part_problem(spec.per, row.part, content) for spec in known]
        specs = [spec for spec, problem in zip(known, problems, strict=True) if not problem]
        if not specs:
            return BadRow(row.row, "part", problems[0])
        refusals: list[str] = []
        for spec in specs:
            try:
                return _on_scale(spec, row.value)
            except ValueRefused as refusal:
                refusals.append(refusal.detail)
        hint = _("Name the dimension otherwise if the judge uses another scale.")
        return BadRow(row.row, "value", f"{refusals[0]} {hint}")


def _free(raw: Any) -> Scored:
    number = as_number(raw)
    return Scored(raw, None) if number is None else Scored(tidy(number), number)


def _on_scale(spec: CriterionSpec, raw: Any) -> Scored:
    """As people's ratings, but a judge may also score between two points of an ordered scale."""
    number = as_number(raw)
    if spec.kind == Kind.ORDINAL and number is not None:
        points = [anchor.number for anchor in spec.anchors if anchor.number is not None]
        if points and min(points) <= number <= max(points):
            return Scored(tidy(number), number)
    stored = parse_value(spec, raw)
    return Scored(stored.value, stored.number)


def refused_file(refusal: FileRefused) -> ScoresRefused:
    sentence = refusal.problem.rendered(_)
    rows = [BadRow(refusal.row, refusal.field, sentence).data()] if refusal.row else []
    return ScoresRefused(sentence, rows=rows)


def is_missing(row: ScoreRow) -> bool:
    return is_blank(row.value)


def told(rows: Sequence[BadRow], n: int) -> str:
    """The first bad row in a sentence, and how many there are."""
    first = rows[0]
    return _("%(n)d rows can't be taken, so nothing was. Row %(row)d, %(field)s: %(error)s") % {
        "n": n,
        "row": first.row,
        "field": first.field or _("row"),
        "error": first.error,
    }
