"""Goes through the evidence once and writes down every label it yields."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from annotation.models import Round
from exports.labelling import LeftOut, Open, Settled, settle
from exports.records import LabelKey, LabelRecord
from exports.selectors.evidence import Evidence, evidence
from exports.splits import split_of
from rubrics.models import Criterion

FIRST_SHOWN = 5
HEARTBEAT_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Terms:
    """What a release may contain."""

    criteria: tuple[str, ...] = ()
    skip_open: bool = False
    min_ratings: int = 1


@dataclass(frozen=True, slots=True)
class OpenLabel:
    key: LabelKey
    reason: Open
    round: str


@dataclass(slots=True)
class Survey:
    """What a release of some rounds would hold. `sha256` is the content hash of its labels."""

    n_labels: int = 0
    n_items: int = 0
    by_origin: Counter[str] = field(default_factory=Counter)
    by_split: Counter[str] = field(default_factory=Counter)
    by_criterion: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_n_ratings: Counter[int] = field(default_factory=Counter)
    by_rater: Counter[str] = field(default_factory=Counter)
    by_round: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    open_by_reason: Counter[str] = field(default_factory=Counter)
    first_open: list[OpenLabel] = field(default_factory=list)
    n_superseded: int = 0
    sha256: str = ""

    @property
    def n_open(self) -> int:
        return self.open_by_reason.total()


type Heartbeat = Callable[[int], None]


def survey_rounds(
    rounds: Sequence[Round],
    *,
    terms: Terms,
    salt: str,
    spool: IO[bytes] | None = None,
    heartbeat: Heartbeat | None = None,
) -> Survey:
    """Count the labels of `rounds`; with `spool`, write each as `item criterion round json`.

    The three numbers are primary keys, so that the rows can be made without another query.
    """
    found = Survey()
    digest = hashlib.sha256()
    walker = _Walker(rounds, terms, salt)
    last_item = ""
    for n, (chosen, n_superseded) in enumerate(walker.labels(), start=1):
        if heartbeat is not None and n % HEARTBEAT_EVERY == 0:
            heartbeat(n)
        found.n_superseded += n_superseded
        result = walker.label(chosen)
        if isinstance(result, LabelRecord):
            line = result.line().encode()
            digest.update(line + b"\n")
            found.n_items += result.key.item_id != last_item
            last_item = result.key.item_id
            _count(found, result)
            if spool is not None:
                keys = f"{chosen.item.pk} {chosen.criterion_pk} {chosen.round_pk} "
                spool.write(keys.encode() + line + b"\n")
        elif isinstance(result, OpenLabel):
            _note_open(found, result, terms)
        elif result is not None:
            found.left_out[result] += 1
    found.sha256 = digest.hexdigest()
    return found


def _count(found: Survey, label: LabelRecord) -> None:
    found.n_labels += 1
    found.by_origin[label.origin] += 1
    found.by_split[label.split] += 1
    found.by_criterion[(label.key.rubric, label.key.criterion)] += 1
    found.by_n_ratings[label.n_ratings] += 1
    found.by_round[label.round] += 1
    found.by_rater.update(str(each["rater"]) for each in label.ratings)


def _note_open(found: Survey, label: OpenLabel, terms: Terms) -> None:
    found.open_by_reason[label.reason] += 1
    if len(found.first_open) < FIRST_SHOWN:
        found.first_open.append(label)
    if terms.skip_open:
        found.left_out[LeftOut.OPEN_CASE] += 1


class _Walker:
    """Turns the evidence of one label after the other into records."""

    def __init__(self, rounds: Sequence[Round], terms: Terms, salt: str) -> None:
        self.rounds = rounds
        self.terms = terms
        self.salt = salt
        self.names = {round_.pk: round_.public_id for round_ in rounds}
        self.rank = {round_.pk: n for n, round_ in enumerate(by_age(rounds))}
        self.criteria: Mapping[int, Criterion] = {
            criterion.pk: criterion
            for criterion in Criterion.objects.filter(
                version__in={round_.rubric_version_id for round_ in rounds}
            ).select_related("version__rubric")
        }

    def labels(self) -> Iterator[tuple[Evidence, int]]:
        """The evidence that counts for each label, and how much older evidence it supersedes.

        The newest round that judged the item counts: an older one never fills its gaps, neither
        of the item nor of its parts.
        """
        for views in evidence(self.rounds, self.terms.criteria or None):
            newest = max(views, key=lambda view: self.rank[view.round_pk]).round_pk
            latest = [view for view in views if view.round_pk == newest]
            n_superseded = len(views) - len(latest)
            for view in latest:
                yield view, n_superseded
                n_superseded = 0

    def label(self, chosen: Evidence) -> LabelRecord | OpenLabel | LeftOut | None:
        criterion = self.criteria[chosen.criterion_pk]
        if chosen.item.is_archived:
            return LeftOut.ARCHIVED_ITEM
        settled = settle(kind=criterion.kind, ratings=chosen.ratings, ruling=chosen.ruling)
        if isinstance(settled, Open):
            return OpenLabel(chosen.key, settled, self.names[chosen.round_pk])
        if not isinstance(settled, Settled):
            return settled
        if settled.n_ratings < self.terms.min_ratings and chosen.ruling is None:
            return LeftOut.TOO_FEW_RATINGS
        return self._record(chosen, criterion, settled)

    def _record(self, chosen: Evidence, criterion: Criterion, settled: Settled) -> LabelRecord:
        item = chosen.item
        return LabelRecord(
            key=chosen.key,
            rubric_version=criterion.version.number,
            rubric_hash=criterion.version.content_hash,
            kind=criterion.kind,
            level=criterion.level,
            value=settled.value,
            origin=settled.origin.value,
            split=split_of(salt=self.salt, group=item.group or chosen.key.item_id).value,
            n_ratings=settled.n_ratings,
            distribution=settled.distribution,
            round=self.names[chosen.round_pk],
            ratings=[rated.provenance() for rated in chosen.ratings],
            decision=chosen.ruling.record if chosen.ruling else None,
            item={
                "hash": item.content_hash,
                "group": item.group,
                "models": item.models,
                "slices": item.slices,
            },
        )


def by_age(rounds: Sequence[Round]) -> list[Round]:
    """Oldest first: by rubric version, then by when they opened."""
    return sorted(
        rounds,
        key=lambda each: (
            each.rubric_version.number,
            each.opened_at or each.created_at,
            each.pk,
        ),
    )


def spooled(spool: IO[bytes]) -> Iterator[tuple[int, int, int, bytes]]:
    """What `survey_rounds` wrote: item, criterion and round by primary key, and the line."""
    spool.seek(0)
    for row in spool:
        item, criterion, round_, line = row.split(b" ", 3)
        yield int(item), int(criterion), int(round_), line


def survey_data(found: Survey) -> dict[str, Any]:
    """The counts as plain JSON, for a data card or a job's result."""
    return {
        "labels": found.n_labels,
        "items": found.n_items,
        "by_origin": dict(sorted(found.by_origin.items())),
        "by_split": dict(sorted(found.by_split.items())),
        "by_n_ratings": {str(n): count for n, count in sorted(found.by_n_ratings.items())},
        "by_criterion": [
            {"rubric": rubric, "criterion": criterion, "labels": count}
            for (rubric, criterion), count in sorted(found.by_criterion.items())
        ],
    }
