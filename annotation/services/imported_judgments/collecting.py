"""From rows to judgments: each value checked against item and criterion."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched
from typing import Any

from accounts.errors import Invalid
from accounts.models import Project
from annotation.criteria import CriterionSpec
from annotation.models import Item
from annotation.parts import Given, part_problem
from annotation.readers import JudgmentRow, RowError
from annotation.readers.problems import FieldError, Problem, gettext_noop, row_error
from annotation.services.imported_judgments.report import JudgmentsReport
from annotation.services.imported_judgments.spans import parse_spans
from annotation.values import Shown, StoredValue, ValueRefused, is_blank, parse_value
from rubrics.choices import Kind

CHUNK = 1000
MAX_RATER_CODE = 100
# What exports of other tools write where there is no value. NA and None are not
# among them: they may be answers ("not applicable", "none of these").
MISSING_MARKERS = ("NULL", "null", "NaN", "nan")
CACHED_KINDS = frozenset((Kind.CATEGORICAL, Kind.ORDINAL, Kind.NUMERIC, Kind.MULTI_LABEL))

NO_ITEM = gettext_noop(
    "There is no item “%(item_id)s” in this project. Correct the id, or import the items first."
)
NO_CRITERION = gettext_noop("The rubric has no criterion “%(key)s”. It has: %(known)s.")
LONG_CODE = gettext_noop("A rater's code has at most %(limit)s characters.")
NO_PAIR = gettext_noop(
    "A comparison needs an item with two responses; this one has %(n)s. Correct the item or the "
    "criterion."
)
CONFLICT = gettext_noop(
    "The rater gave another value for this item and criterion in row %(first)s. Keep one of the "
    "two rows."
)
ALL_OR_PARTS = gettext_noop(
    "In row %(first)s the rater speaks of this criterion as a whole, here of a part, or the other "
    "way round. Keep one of the two."
)


@dataclass(slots=True)
class CollectedRating:
    row: int
    stored: StoredValue
    rationale: str


@dataclass(slots=True)
class CollectedJudgment:
    """What one rater said of one item; ratings by criterion key and part, in the file's order."""

    item_id: int
    n_responses: int
    rater: str
    ratings: dict[tuple[str, str], CollectedRating] = field(default_factory=dict)
    judged_at: datetime | None = None

    def contrary(self, row: JudgmentRow) -> CollectedRating | None:
        """What was said of the whole criterion where the row speaks of a part, or the reverse."""
        said = self.ratings.items()
        return next(
            (
                rating
                for (key, part), rating in said
                if key == row.dimension and bool(part) != bool(row.part)
            ),
            None,
        )

    @property
    def given(self) -> dict[str, Given]:
        """As an answer has it: a value by criterion, or with parts {part: value}."""
        found: dict[str, Given] = {}
        parts: dict[str, dict[str, StoredValue]] = {}
        for (key, part), rating in self.ratings.items():
            if part:
                found[key] = parts.setdefault(key, {})
                parts[key][part] = rating.stored
            else:
                found[key] = rating.stored
        return found


@dataclass(slots=True)
class KnownItem:
    pk: int
    n_responses: int
    content: Mapping[str, Any]


class Collector:
    """Gathers a file's judgments in memory; the reader's row limit bounds them."""

    def __init__(
        self,
        *,
        project: Project,
        specs: Sequence[CriterionSpec],
        report: JudgmentsReport,
        missing: Sequence[str] | None,
    ) -> None:
        self.judgments: dict[tuple[int, str], CollectedJudgment] = {}
        self._project = project
        self._specs = {spec.key: spec for spec in specs}
        self._needs_content = any(spec.kind == Kind.SPAN or spec.per for spec in specs)
        self._report = report
        self._missing = MISSING_MARKERS if missing is None else tuple(missing)
        self._missing_for_sure = missing is not None
        self._cache: dict[tuple[str, Any], StoredValue] = {}

    def collect(self, rows: Iterable[JudgmentRow | RowError]) -> None:
        tally = self._report.tally
        for chunk in batched(rows, CHUNK):
            items = self._known_items(chunk)
            for row in chunk:
                tally.rows += 1
                if isinstance(row, RowError):
                    self._report.reject(row)
                else:
                    self._add(row, items.get(row.item_id))

    def _known_items(self, chunk: Sequence[JudgmentRow | RowError]) -> dict[str, KnownItem]:
        ids = {row.item_id for row in chunk if isinstance(row, JudgmentRow)}
        found = Item.objects.filter(project=self._project, external_id__in=ids)
        names = ["external_id", "pk", "n_responses"]
        if self._needs_content:
            names.append("content")
        return {
            external_id: KnownItem(*rest, *([] if self._needs_content else [{}]))
            for external_id, *rest in found.values_list(*names)
        }

    def _add(self, row: JudgmentRow, item: KnownItem | None) -> None:
        spec = self._specs.get(row.dimension)
        error = self._unknown(row, item, spec)
        if error is not None or item is None or spec is None:
            self._report.reject(error or row_error(row.number, "", NO_ITEM, item_id=row.item_id))
            return
        if is_blank(row.value) or (self._missing_for_sure and row.value in self._missing):
            self._report.tally.missing += 1
            return
        try:
            stored = self._stored(spec, row.value, item)
            _check_part(spec, row, item, stored)
        except PartRefused as refused:
            self._report.reject(_error(row.number, "part", refused.detail))
            return
        except ValueRefused as refused:
            if isinstance(row.value, str) and row.value.strip() in self._missing:
                self._report.tally.missing += 1
            else:
                self._report.reject(_error(row.number, "value", refused.detail))
            return
        self._keep(row, item, stored)

    def _unknown(
        self, row: JudgmentRow, item: KnownItem | None, spec: CriterionSpec | None
    ) -> RowError | None:
        if item is None:
            return row_error(row.number, "item_id", NO_ITEM, item_id=row.item_id)
        if spec is None:
            known = ", ".join(self._specs)[:500]
            return row_error(row.number, "dimension", NO_CRITERION, key=row.dimension, known=known)
        if len(row.rater_id) > MAX_RATER_CODE:
            return row_error(row.number, "rater_id", LONG_CODE, limit=MAX_RATER_CODE)
        if spec.kind == Kind.PAIRWISE and item.n_responses != 2:
            return row_error(row.number, "item_id", NO_PAIR, n=item.n_responses)
        return None

    def _stored(self, spec: CriterionSpec, raw: Any, item: KnownItem) -> StoredValue:
        raw = _abstention(raw)
        if spec.kind == Kind.SPAN and not isinstance(raw, Mapping):
            tally = self._report.tally
            return parse_spans(spec, raw, item.content, missing=self._missing, tally=tally)
        if spec.kind not in CACHED_KINDS or not isinstance(raw, str):
            return parse_value(spec, raw, shown=Shown(n_responses=item.n_responses))
        # A file has few different values: each is read once.
        key = (spec.key, raw)
        if key not in self._cache:
            self._cache[key] = parse_value(spec, raw)
        return self._cache[key]

    def _keep(self, row: JudgmentRow, item: KnownItem, stored: StoredValue) -> None:
        judgment = self.judgments.setdefault(
            (item.pk, row.rater_id), CollectedJudgment(item.pk, item.n_responses, row.rater_id)
        )
        rating = CollectedRating(row.number, stored, row.rationale)
        if self._specs[row.dimension].per and (other := judgment.contrary(row)):
            self._report.reject(row_error(row.number, "part", ALL_OR_PARTS, first=other.row))
            return
        first = judgment.ratings.setdefault((row.dimension, row.part), rating)
        if first is not rating:
            self._repeat(row, first, rating)
            return
        if row.timestamp is not None:
            judgment.judged_at = max(judgment.judged_at or row.timestamp, row.timestamp)

    def _repeat(self, row: JudgmentRow, first: CollectedRating, again: CollectedRating) -> None:
        if replace(again, row=first.row) == first:
            self._report.tally.duplicates += 1
        else:
            self._report.reject(row_error(row.number, "value", CONFLICT, first=first.row))


def _abstention(raw: Any) -> Any:
    """An abstention may stand in a table as the JSON text that the API takes."""
    if isinstance(raw, str) and raw.lstrip().startswith("{"):
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError):
            return raw
        return found if isinstance(found, dict) and "abstain" in found else raw
    return raw


class PartRefused(Invalid):  # the project's errors are named for what happened
    """The row names no part where one is needed, or one that the item lacks."""

    code = "part_refused"


def _check_part(
    spec: CriterionSpec, row: JudgmentRow, item: KnownItem, stored: StoredValue
) -> None:
    """An abstention without a part is one from the whole criterion."""
    if not row.part and (stored.is_abstention or not spec.per):
        return
    if problem := part_problem(spec.per, row.part, item.content):
        raise PartRefused(problem)


def _error(row: int, name: str, detail: str) -> RowError:
    return RowError(row, (FieldError(name, Problem(detail)),))
