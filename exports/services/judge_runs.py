"""Taking in a judge's scores: the whole file or nothing of it."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Project, User
from accounts.services.audit import record
from annotation.models import Item
from annotation.readers import FileRefused, open_rows
from exports.choices import JudgeKind
from exports.errors import ScoresRefused
from exports.labelling import value_text
from exports.models import Judge, JudgeRun, JudgeScore
from exports.services.score_rows import (
    BadRow,
    Scales,
    ScoreReader,
    ScoreRow,
    is_missing,
    refused_file,
    told,
)

BATCH = 500
MAX_TOLD = 100
MAX_VALUES = 50
BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ScoresTaken:
    """The run, and whether it is the outcome of an earlier import of the same bytes."""

    run: JudgeRun
    is_repeat: bool


def import_scores(
    *,
    project: Project,
    judge: str,
    file: BinaryIO,
    actor: User | None,
    version: str = "",
    kind: JudgeKind = JudgeKind.MODEL,
    source_judge: str = "",
) -> ScoresTaken:
    """A run of `judge` from a long file: item_id, dimension, value, optional part, comment, judge.

    `source_judge`: what the column `judge` calls it, by default the same; other judges' rows
    are passed over. The same bytes again give the run they gave before. Raises ScoresRefused
    with the bad rows; nothing is stored then.
    """
    sha256 = _sha256(file)
    known = JudgeRun.objects.filter(judge__project=project, judge__name=judge, sha256=sha256)
    try:
        with transaction.atomic():
            found = known.first()
            if found is not None:
                return ScoresTaken(found, is_repeat=True)
            taken = _take(project, judge, kind, version, sha256, actor)
            _fill(taken, file, source_judge or judge)
            _note(taken, actor)
            return ScoresTaken(taken, is_repeat=False)
    except FileRefused as refusal:
        raise refused_file(refusal) from refusal
    except IntegrityError:
        # The same file at the same time: the other one was first.
        return ScoresTaken(known.get(), is_repeat=True)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(BLOCK):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


def _take(
    project: Project, name: str, kind: JudgeKind, version: str, sha256: str, actor: User | None
) -> JudgeRun:
    judge, _created = Judge.objects.get_or_create(
        project=project, name=name, defaults={"kind": kind}
    )
    return JudgeRun.objects.create(judge=judge, version=version, sha256=sha256, created_by=actor)


@dataclass(slots=True)
class _Tally:
    """What the file held, by dimension."""

    values: dict[str, Counter[str]] = field(default_factory=dict)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    n_missing: int = 0

    def add(self, dimension: str, value: Any, number: float | None) -> None:
        self.counts[dimension] += 1
        values = self.values.setdefault(dimension, Counter())
        if len(values) <= MAX_VALUES:
            values[value_text(value)] += 1
        if number is not None:
            low, high = self.ranges.get(dimension, (number, number))
            self.ranges[dimension] = (min(low, number), max(high, number))

    def data(self, scales: Scales) -> dict[str, Any]:
        return {
            "missing": self.n_missing,
            "dimensions": {
                dimension: {
                    "scores": n,
                    "is_criterion": dimension in scales,
                    "values": self._values(dimension),
                    "range": list(self.ranges[dimension]) if dimension in self.ranges else None,
                }
                for dimension, n in sorted(self.counts.items())
            },
        }

    def _values(self, dimension: str) -> dict[str, int] | None:
        """Counts by value; None where there are too many different ones to list."""
        values = self.values[dimension]
        return dict(sorted(values.items())) if len(values) <= MAX_VALUES else None


def _fill(run: JudgeRun, file: BinaryIO, source_judge: str) -> None:
    scales = Scales(run.judge.project_id)
    reader, tally = ScoreReader(source_judge), _Tally()
    bad: list[BadRow] = []
    n_bad = 0
    with open_rows(file) as rows:
        for each in _checked(run, reader.read(rows), scales, tally):
            n_bad += 1
            if len(bad) < MAX_TOLD:
                bad.append(each)
    if bad:
        raise ScoresRefused(told(bad, n_bad), rows=[each.data() for each in bad])
    if not tally.counts:
        raise ScoresRefused(_nothing(reader, source_judge))
    run.scale = tally.data(scales)
    run.n_scores = tally.counts.total()
    run.save(update_fields=["scale", "n_scores"])


def _checked(
    run: JudgeRun, rows: Iterator[ScoreRow | BadRow], scales: Scales, tally: _Tally
) -> Iterator[BadRow]:
    """Store the good rows and hand out the bad ones. One query a batch finds the items."""
    first_rows: dict[tuple[int, str, str], int] = {}
    for batch in batched(rows, BATCH):
        items = _items(run, batch, scales)
        scores = []
        for row in batch:
            score = row if isinstance(row, BadRow) else _one(run, row, items, scales, first_rows)
            if isinstance(score, BadRow):
                yield score
            elif score is None:
                tally.n_missing += 1
            else:
                tally.add(score.criterion_key, score.value, score.number)
                scores.append(score)
        JudgeScore.objects.bulk_create(scores)


@dataclass(frozen=True, slots=True)
class _Known:
    """An item of the project; its content only where parts of it are scored."""

    pk: int
    content: Mapping[str, Any]


def _items(
    run: JudgeRun, batch: tuple[ScoreRow | BadRow, ...], scales: Scales
) -> dict[str, _Known]:
    scored = [row for row in batch if isinstance(row, ScoreRow)]
    items = Item.objects.filter(
        project=run.judge.project_id, external_id__in={row.item_id for row in scored}
    )
    if any(scales.has_parts(row.dimension) for row in scored):
        found = items.values_list("external_id", "pk", "content")
        return {external_id: _Known(pk, content) for external_id, pk, content in found}
    return {name: _Known(pk, {}) for name, pk in items.values_list("external_id", "pk")}


def _one(
    run: JudgeRun,
    row: ScoreRow,
    items: Mapping[str, _Known],
    scales: Scales,
    first_rows: dict[tuple[int, str, str], int],
) -> JudgeScore | BadRow | None:
    item = items.get(row.item_id)
    if item is None:
        error = _("There is no item “%(item)s” in this project. Import its batch first.")
        return BadRow(row.row, "item_id", error % {"item": row.item_id[:80]})
    first = first_rows.setdefault((item.pk, row.dimension, row.part), row.row)
    if first != row.row:
        error = _("This item and dimension stand in row %(row)d already. Keep one of the two.")
        return BadRow(row.row, "item_id", error % {"row": first})
    if is_missing(row):
        return None
    scored = scales.score(row, item.content)
    if isinstance(scored, BadRow):
        return scored
    return JudgeScore(
        run=run,
        item_id=item.pk,
        criterion_key=row.dimension,
        part=row.part,
        value=scored.value,
        number=scored.number,
        rationale=row.comment,
    )


def _nothing(reader: ScoreReader, source_judge: str) -> str:
    if reader.seen and source_judge not in reader.seen:
        names = ", ".join(sorted(reader.seen)[:10])
        return _("The file has no scores of “%(judge)s”, but of: %(names)s. Name one of them.") % {
            "judge": source_judge,
            "names": names,
        }
    return _("The file holds no scores: every value is empty.")


def _note(run: JudgeRun, actor: User | None) -> None:
    record(
        actor=actor,
        action="scores.imported",
        target=run,
        project=run.judge.project,
        data={"judge": run.judge.name, "scores": run.n_scores, "sha256": run.sha256},
    )
