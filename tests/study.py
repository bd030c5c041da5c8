"""A whole study with a canary in every column that somebody must not see."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.choices import Role
from accounts.models import ApiToken, Invitation, Job, Project, User, Vendor
from accounts.services.audit import record
from annotation.choices import AssignmentState, Basis, RoundState, SlotState
from annotation.models import (
    Attachment,
    BatchRejection,
    CheckAnswer,
    Clarification,
    Flag,
    Judgment,
    JudgmentRevision,
    Rater,
    Rating,
    Return,
    Round,
    RoundRater,
    Slot,
)
from exports.choices import Origin, Split
from exports.models import GoldLabel, GoldRelease, Judge, JudgeRun, JudgeScore
from reliability.models import Case, Decision, FinalReport
from reliability.services.finalise import finalise_report
from rubrics.choices import VersionState
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    PAIRWISE,
    make_assignment,
    make_batch,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
    make_user,
    make_vendor,
    member,
)

MODEL = "canary-model-7f3a"
RATIONALE = "canary-rationale-51c9"
CHECK = "canary-check-a2d4"
OTHER_VENDOR = "canary-other-vendor-88e1"
DECISION = "canary-decision-c07b"
SLICE = "canary-slice-d913"
META = "canary-meta-e4f0"
REFERENCE = "canary-reference-b6a2"
SCORE = "canary-score-19ab"
RATER = "canary-rater-77d2"
QUESTION = "canary-question-0d3e"
ANSWER = "canary-answer-92b7"
RETURNED = "canary-returned-4e1c"
CANARIES = (
    MODEL, RATIONALE, CHECK, OTHER_VENDOR, DECISION, SLICE, META, REFERENCE, SCORE, RATER,
    QUESTION, ANSWER, RETURNED,
)  # fmt: skip


@dataclass
class Study:
    """`people` by role; `ids` by URL parameter; `outsider` holds every role elsewhere."""

    project: Project
    people: dict[Role, User]
    outsider: User
    ids: dict[str, str]
    round: Round
    vendor: Vendor
    extra: dict[str, Any] = field(default_factory=dict)


def make_study() -> Study:
    project = make_project("study")
    vendor = make_vendor("own-vendor")
    people = {r: member(project, r, vendor if r == Role.VENDOR else None) for r in Role}
    outsider = make_user("outsider@example.org")
    elsewhere = make_project("elsewhere")
    for role in Role:
        elsewhere.memberships.create(
            user=outsider,
            role=role,
            vendor=make_vendor("outside-vendor") if role == Role.VENDOR else None,
        )
    batch = make_batch(project, vendor, uploaded_by=people[Role.VENDOR])
    _batch_of_another_vendor(project)
    BatchRejection.objects.create(batch=batch, row=3, field="item_id", error="is missing")
    items = _items(project, batch)
    version = make_rubric_version(project, ORDINAL, CATEGORICAL, PAIRWISE, key="study-rubric")
    draft = make_rubric_version(project, key="study-rubric", state=VersionState.DRAFT)
    own = make_rater(project, people[Role.ANNOTATOR], code="R001")
    others = [make_rater(project, code=f"{RATER}-{n}") for n in range(2)]
    closed = make_round(
        project,
        version=version,
        items=items,
        raters=[own, *others],
        overlap=3,
        state=RoundState.CLOSED,
        closed_at=timezone.now(),
        name="closed round",
    )
    open_ = make_round(
        project, version=version, items=items, raters=[own, *others], overlap=3, name="open round"
    )
    judgment = _judge_everything(closed, others, items)
    flag, clarification = _talk(open_, _judge_everything(open_, others, items[:2]))
    slot = Slot.objects.filter(round=open_, state=SlotState.OPEN).order_by("position").first()
    assert slot is not None
    assignment = make_assignment(open_, own, slot, side_order=[1, 0], display_hash="d" * 64)
    Slot.objects.filter(pk=slot.pk).update(state=SlotState.TAKEN)
    RoundRater.objects.filter(round=open_, rater=own).update(cursor=slot.position)
    case = _case(closed, items[0])
    release = _release(closed, items)
    run = _judge_run(project, items)
    report = _final_report(closed)
    job = Job.objects.create(kind="study", project=project, requested_by=people[Role.LEAD])
    token = ApiToken.objects.create(
        user=people[Role.LEAD], name="x", token_hash="f" * 64, expires_at=_later()
    )
    invitation = Invitation.objects.create(
        project=project,
        email="new@example.org",
        role=Role.ANNOTATOR,
        token_hash="0" * 64,
        invited_by=people[Role.ADMIN],
        expires_at=_later(),
    )
    record(actor=people[Role.ADMIN], action="study.made", target=project, project=project)
    ids = {
        "project": project.slug,
        "vendor": vendor.public_id,
        "batch": batch.public_id,
        "item": items[0].public_id,
        "place": "1",
        "rubric": version.rubric.public_id,
        "version": version.public_id,
        "draft": draft.public_id,
        "criterion": "quality",
        "round": closed.public_id,
        "open_round": open_.public_id,
        "assignment": assignment.public_id,
        "judgment": judgment.public_id,
        "flag": flag.public_id,
        "clarification": clarification.public_id,
        "rater": own.public_id,
        "case": case.public_id,
        "release": release.public_id,
        "judge": run.judge.public_id,
        "run": run.public_id,
        "report": report.public_id,
        "job": job.public_id,
        "token": token.public_id,
        "invitation": invitation.public_id,
        "user": people[Role.ANNOTATOR].public_id,
        "role": Role.ANNOTATOR.value,
        "format": "jsonl",
        "template": "faithfulness",
    }
    extra = {"items": items, "assignment": assignment, "open_round": open_, "own": own}
    return Study(project, people, outsider, ids, closed, vendor, extra)


def _later() -> Any:
    return timezone.now() + timedelta(days=1)


def _batch_of_another_vendor(project: Project) -> None:
    other = Vendor.objects.create(slug="rival", name=OTHER_VENDOR)
    member(project, Role.VENDOR, other)
    make_batch(project, other, name=OTHER_VENDOR, original_name=OTHER_VENDOR)


def _items(project: Project, batch: Any) -> list[Any]:
    items = make_items(project, 4, responses=2, batch=batch)
    for item in items:
        item.sources = [
            {"model": f"{MODEL}-{n}", "url": f"https://{MODEL}.example"} for n in (0, 1)
        ]
        item.slices = {"model": SLICE}
        item.meta = {"note": META}
        item.reference = REFERENCE
        item.content["attachments"] = [{"kind": "file", "description": "notes", "sha256": "7" * 64}]
        item.save()
        Attachment.objects.create(
            item=item,
            original_name=f"{MODEL}.txt",
            file=ContentFile(b"notes", name="notes"),
            media_type="text/plain",
            sha256="7" * 64,
            size=5,
        )
    CheckAnswer.objects.create(
        item=items[0], criterion_key="quality", accepted=[CHECK], reason=CHECK
    )
    return items


def _judge_everything(round_: Round, raters: list[Rater], items: list[Any]) -> Judgment:
    """Both raters judge every item and differ on every criterion."""
    judgment = None
    for n, rater in enumerate(raters):
        for item in items:
            slot = Slot.objects.get(round=round_, item=item, ordinal=n)
            assignment = make_assignment(
                round_,
                rater,
                slot,
                state=AssignmentState.SUBMITTED,
                submitted_at=timezone.now(),
                side_order=[0, 1],
            )
            Slot.objects.filter(pk=slot.pk).update(state=SlotState.FILLED)
            judgment = _judgment(assignment, n)
    assert judgment is not None
    return judgment


def _judgment(assignment: Any, n: int) -> Judgment:
    version = assignment.round.rubric_version
    judgment = Judgment.objects.create(
        assignment=assignment,
        round=assignment.round,
        item=assignment.item,
        rater=assignment.rater,
        rubric_version=version,
        rationale=RATIONALE,
        confidence=4,
        seconds_spent=30,
    )
    values = {"quality": n + 2, "verdict": ["yes", "no"][n], "preference": f"response_{n + 1}"}
    JudgmentRevision.objects.create(
        judgment=judgment,
        number=1,
        body={"ratings": values, "rationale": RATIONALE, "confidence": 4, "seconds_spent": 30},
        body_hash="1" * 64,
        rubric_version=version,
        author=assignment.rater.public_id,
        software_version="0",
        hash="2" * 64,
    )
    for criterion in version.criteria.all():
        value = values[criterion.key]
        point = n + 1 if criterion.key == "quality" else n
        Rating.objects.create(
            judgment=judgment,
            criterion=criterion,
            round=assignment.round,
            item=assignment.item,
            rater=assignment.rater,
            value=value,
            point=point,
            number=value if criterion.key == "quality" else None,
            basis=Basis.INDEPENDENT,
        )
    return judgment


def _talk(round_: Round, judgment: Judgment) -> tuple[Flag, Clarification]:
    """What another rater asked and was told, and what everybody was."""
    about = {"round": round_, "assignment": judgment.assignment, "rater": judgment.rater}
    Flag.objects.create(question=QUESTION, answer=ANSWER, answered_at=timezone.now(), **about)
    Return.objects.create(
        judgment=judgment, round=round_, rater=judgment.rater, revision=1, comment=RETURNED
    )
    clarification = Clarification.objects.create(round=round_, text="For everybody.")
    return Flag.objects.create(question=QUESTION, **about), clarification


def _case(round_: Round, item: Any) -> Case:
    criterion = round_.rubric_version.criteria.get(key="quality")
    decided = Case.objects.create(
        round=round_,
        item=item,
        criterion=round_.rubric_version.criteria.get(key="verdict"),
        state="decided",
    )
    Decision.objects.create(
        case=decided,
        number=1,
        stage="informed",
        adjudicator="someone",
        value="yes",
        rationale=DECISION,
        cause="rater_error",
    )
    return Case.objects.create(round=round_, item=item, criterion=criterion, priority=1)


def _final_report(round_: Round) -> FinalReport:
    """Made by the service: its files are read back by the walk over all routes."""
    return finalise_report(round_=round_, actor=None)


def _release(round_: Round, items: list[Any]) -> GoldRelease:
    release = GoldRelease.objects.create(
        project=round_.project,
        number=1,
        split_salt="salt",
        canary="canary-gold-5ac1",
        n_labels=len(items),
        content_hash="3" * 64,
        software_version="0",
    )
    criterion = round_.rubric_version.criteria.get(key="quality")
    for item in items:
        GoldLabel.objects.create(
            release=release,
            round=round_,
            item=item,
            criterion=criterion,
            value=3,
            distribution={"3": 2},
            origin=Origin.ADJUDICATED,
            split=Split.TEST,
            n_ratings=2,
            provenance={"ratings": [], "decision": {"rationale": DECISION}},
        )
    return release


def _judge_run(project: Project, items: list[Any]) -> JudgeRun:
    judge = Judge.objects.create(project=project, name="judge-one")
    run = JudgeRun.objects.create(judge=judge, sha256="4" * 64, n_scores=len(items))
    for item in items:
        JudgeScore.objects.create(
            run=run, item=item, criterion_key="quality", value=4, number=4, rationale=SCORE
        )
    return run
