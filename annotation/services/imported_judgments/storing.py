"""A closed round out of collected judgments, with everything that a round of our own has."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.canonical import content_hash
from accounts.models import Project, User
from accounts.public_ids import new_public_id
from annotation.answers import as_sent, parts_as_sent
from annotation.choices import (
    AssignmentPolicy,
    AssignmentState,
    Basis,
    RoundKind,
    RoundState,
    SlotPurpose,
    SlotState,
)
from annotation.criteria import CriterionSpec
from annotation.models import (
    Assignment,
    Judgment,
    JudgmentRevision,
    Rater,
    Rating,
    Round,
    RoundRater,
    Slot,
)
from annotation.services.batches.bulk_insert import insert_rows
from annotation.services.imported_judgments.collecting import CollectedJudgment
from annotation.services.imported_judgments.report import JudgmentsRefused
from annotation.services.judgments import revision_hash
from annotation.values import StoredValue
from rubrics.models import RubricVersion


@dataclass(frozen=True)
class RoundToBe:
    """What an imported round is made of."""

    project: Project
    name: str
    version: RubricVersion
    specs: Sequence[CriterionSpec]
    import_hash: str
    imported_by: User | None
    judgments: Sequence[CollectedJudgment]


def store_round(wanted: RoundToBe) -> Round:
    """The new closed round. Must run in a transaction."""
    now = timezone.now()
    raters = _raters(wanted.project, {each.rater for each in wanted.judgments})
    round_ = _round(wanted, now)
    RoundRater.objects.bulk_create(RoundRater(round=round_, rater=each) for each in raters.values())
    rows = _Rows(wanted, round_, {code: rater.pk for code, rater in raters.items()}, now)
    rows.insert()
    return round_


def _round(wanted: RoundToBe, now: datetime) -> Round:
    per_item = Counter(each.item_id for each in wanted.judgments)
    times = [each.judged_at for each in wanted.judgments if each.judged_at is not None]
    return Round.objects.create(
        project=wanted.project,
        name=wanted.name,
        kind=RoundKind.PRODUCTION,
        rubric_version=wanted.version,
        state=RoundState.CLOSED,
        policy=AssignmentPolicy.OVERLAP,
        overlap=max(per_item.values()),
        seed=0,
        is_imported=True,
        import_hash=wanted.import_hash,
        created_by=wanted.imported_by,
        opened_at=min(times, default=now),
        closed_at=now,
    )


def _raters(project: Project, codes: set[str]) -> dict[str, Rater]:
    """Raters without accounts, made where the project does not know the code yet.

    A code that belongs to a person is refused: nothing may be attributed to somebody who did
    not do it.
    """
    known = {rater.code: rater for rater in Rater.objects.filter(project=project, code__in=codes)}
    taken = sorted(code for code, rater in known.items() if rater.user_id is not None)
    if taken:
        raise JudgmentsRefused(
            _(
                "These rater codes belong to people of this project: %(codes)s. Give the raters "
                "of the file other codes."
            )
            % {"codes": ", ".join(taken[:10])},
            fields={"rater_id": taken[:10]},
        )
    fresh = [Rater(project=project, code=code) for code in sorted(codes - known.keys())]
    made = {rater.code: rater for rater in Rater.objects.bulk_create(fresh)}
    return known | made


class _Rows:
    """The rows of slots, assignments, judgments, revisions and ratings, in one order.

    Public ids are made here first: by them the keys of inserted rows are found again.
    """

    def __init__(
        self, wanted: RoundToBe, round_: Round, raters: Mapping[str, int], now: datetime
    ) -> None:
        self._wanted = wanted
        self._round = round_
        self._raters = raters
        self._now = now
        self._criteria = {spec.key: spec.pk for spec in wanted.specs}
        self._author = wanted.imported_by.public_id if wanted.imported_by else "system"

    def insert(self) -> None:
        wanted = self._wanted.judgments
        insert_rows(Slot, _columns(Slot), self._slots())
        slots = dict(Slot.objects.filter(round=self._round).values_list("position", "pk"))
        insert_rows(Assignment, _columns(Assignment), self._assignments(slots))
        assignments = self._keys(Assignment)
        insert_rows(Judgment, _columns(Judgment), self._judgments(assignments))
        keys = self._keys(Judgment)
        judgments = [(each, keys[each.item_id, self._raters[each.rater]]) for each in wanted]
        insert_rows(JudgmentRevision, _columns(JudgmentRevision), self._revisions(judgments))
        insert_rows(Rating, _columns(Rating), self._ratings(judgments))

    def _keys(self, model: type[Assignment] | type[Judgment]) -> dict[tuple[int, int], int]:
        found = model.objects.filter(round=self._round).values_list("item_id", "rater_id", "pk")
        return {(item, rater): pk for item, rater, pk in found.iterator(chunk_size=5000)}

    def _time(self, judgment: CollectedJudgment) -> datetime:
        return judgment.judged_at or self._now

    def _slots(self) -> Iterator[dict[str, Any]]:
        ordinals: Counter[int] = Counter()
        for position, judgment in enumerate(self._wanted.judgments):
            yield {
                "round_id": self._round.pk,
                "item_id": judgment.item_id,
                "ordinal": ordinals[judgment.item_id],
                "position": position,
                "state": SlotState.FILLED,
                "purpose": SlotPurpose.ORDINARY,
            }
            ordinals[judgment.item_id] += 1

    def _assignments(self, slots: Mapping[int, int]) -> Iterator[dict[str, Any]]:
        for position, judgment in enumerate(self._wanted.judgments):
            at = self._time(judgment)
            yield {
                "public_id": new_public_id(),
                "slot_id": slots[position],
                **self._place(judgment),
                "state": AssignmentState.SUBMITTED,
                "is_surplus": False,
                "side_order": list(range(judgment.n_responses)),
                "display_hash": "",
                "first_leased_at": None,
                "leased_at": at,
                "lease_expires_at": at,
                "submitted_at": at,
            }

    def _place(self, judgment: CollectedJudgment) -> dict[str, int]:
        return {
            "round_id": self._round.pk,
            "item_id": judgment.item_id,
            "rater_id": self._raters[judgment.rater],
        }

    def _judgments(self, assignments: Mapping[tuple[int, int], int]) -> Iterator[dict[str, Any]]:
        for judgment in self._wanted.judgments:
            place = self._place(judgment)
            yield {
                "public_id": new_public_id(),
                "assignment_id": assignments[place["item_id"], place["rater_id"]],
                **place,
                "rubric_version_id": self._wanted.version.pk,
                "revision": 1,
                "rationale": joined_rationales(judgment),
                "confidence": None,
                "seconds_spent": None,
                "submitted_at": self._time(judgment),
                "locked_at": self._now,
            }

    def _revisions(
        self, judgments: Sequence[tuple[CollectedJudgment, int]]
    ) -> Iterator[dict[str, Any]]:
        stored = Judgment.objects.filter(round=self._round)
        public_ids = dict(stored.values_list("pk", "public_id"))
        for judgment, pk in judgments:
            revision = self._revision(judgment, Judgment(pk=pk, public_id=public_ids[pk]))
            revision.hash = revision_hash(revision)
            yield {name: getattr(revision, name) for name in _columns(JudgmentRevision)}

    def _revision(self, judgment: CollectedJudgment, stored: Judgment) -> JudgmentRevision:
        body = revision_body(judgment)
        return JudgmentRevision(
            judgment=stored,
            number=1,
            body=body,
            body_hash=content_hash(body),
            rubric_version=self._wanted.version,
            side_order=list(range(judgment.n_responses)),
            author=self._author,
            software_version=settings.SOFTWARE_VERSION,
            created_at=self._now,
        )

    def _ratings(
        self, judgments: Sequence[tuple[CollectedJudgment, int]]
    ) -> Iterator[dict[str, Any]]:
        for judgment, pk in judgments:
            place = self._place(judgment)
            for (key, part), rating in judgment.ratings.items():
                stored = rating.stored
                yield {
                    "judgment_id": pk,
                    "criterion_id": self._criteria[key],
                    **place,
                    "part": part,
                    "value": stored.value,
                    "point": stored.point,
                    "number": stored.number,
                    "is_abstention": stored.is_abstention,
                    "abstention_reason": stored.abstention_reason,
                    "basis": Basis.INDEPENDENT,
                }


def _columns(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if not field.primary_key]


def revision_body(judgment: CollectedJudgment) -> dict[str, Any]:
    """The submission word for word: ratings, and rationales by criterion where there are any."""
    ratings = {
        key: as_sent(given) if isinstance(given, StoredValue) else parts_as_sent(given)
        for key, given in judgment.given.items()
    }
    body: dict[str, Any] = {
        "ratings": ratings,
        "rationale": joined_rationales(judgment),
        "confidence": None,
    }
    if rationales := _rationales(judgment):
        body["rationales"] = rationales
    return body


def _rationales(judgment: CollectedJudgment) -> dict[str, str]:
    """By criterion; with parts by criterion and part."""
    return {
        f"{key}.{part}" if part else key: each.rationale
        for (key, part), each in judgment.ratings.items()
        if each.rationale
    }


def joined_rationales(judgment: CollectedJudgment) -> str:
    """One text for the judgment: as it is when there is one, else each under its criterion."""
    given = _rationales(judgment)
    if len(set(given.values())) == 1:
        return next(iter(given.values()))
    return "\n\n".join(f"{key}: {text}" for key, text in given.items())
