"""The demo study, brought in through the services that pages and commands use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Role
from accounts.errors import Conflict
from accounts.models import AuditEvent, Membership, Project
from accounts.services.audit import record
from annotation.choices import AssignmentPolicy, RoundKind
from annotation.models import Batch, Item, Judgment, Round
from annotation.services.batches import import_items
from annotation.services.rounds import close_round, open_round
from exports.services.demo.cast import Cast, hire
from exports.services.demo.deciding import adjudicate
from exports.services.demo.judging import run_judge
from exports.services.demo.material import Material
from exports.services.demo.simulation import SEED, Text
from exports.services.demo.working import WorkPlan, work
from exports.services.gold import release_gold
from reliability.choices import DisagreementRule
from reliability.services.finalise import finalise_report
from reliability.services.report import save_report
from rubrics.library import template_named
from rubrics.services.versions import load_rubric

LOADED = "demo.loaded"
DRAFT = "helpfulness"
TOUR = "tour-"


@dataclass(frozen=True)
class DemoSummary:
    """What is there. `accounts`: (role, e-mail address); rounds by name."""

    project: str
    accounts: tuple[tuple[str, str], ...]
    rounds: tuple[str, ...]
    n_items: int
    n_judgments: int
    is_new: bool


@transaction.atomic
def load_demo(*, password: str) -> DemoSummary:
    """Make the demo project, whole or not at all; once it is there nothing is touched.

    Raises Conflict when a project that is not the demo has its name.
    """
    material = Material()
    project = Project.objects.filter(slug=material.study["project"]["slug"]).first()
    if project is not None:
        _require_demo(project)
        return _summary(project, is_new=False)
    cast = hire(material, password=password)
    now = timezone.now()
    _deliver(cast, material, now)
    for number, plan in enumerate(material.study["rounds"], start=1):
        _hold_round(cast, material, plan, number=number, now=now)
    for tour in material.study["tours"]:
        _offer_tour(cast, material, tour)
    _release(cast, material)
    run_judge(cast, material)
    load_rubric(
        project=cast.project,
        form=template_named(DRAFT).form,
        actor=cast.holder_of(Role.LEAD),
    )
    record(actor=None, action=LOADED, target=cast.project, project=cast.project)
    return _summary(cast.project, is_new=True)


def _require_demo(project: Project) -> None:
    loaded = AuditEvent.objects.filter(chain=project.pk, action=LOADED, object_id=project.public_id)
    if not loaded.exists():
        raise Conflict(
            _("A project “%(slug)s” exists that is not the demo. Rename it to load the demo.")
            % {"slug": project.slug}
        )


def _deliver(cast: Cast, material: Material, now: datetime) -> None:
    for delivery in material.study["batches"]:
        sender = cast.users[delivery["by"]]
        report = import_items(
            project=cast.project,
            source=material.folder / delivery["file"],
            name=delivery["name"],
            uploaded_by=sender,
            vendor=cast.vendor if sender == cast.holder_of(Role.VENDOR) else None,
        )
        if report.batch is not None:
            came_at = now - timedelta(days=delivery["days_ago"])
            Batch.objects.filter(pk=report.batch.pk).update(
                created_at=came_at, finished_at=came_at + timedelta(seconds=2)
            )


def _hold_round(
    cast: Cast, material: Material, plan: dict[str, Any], *, number: int, now: datetime
) -> None:
    lead = cast.holder_of(Role.LEAD)
    round_ = _open(cast, material, plan, seed=SEED + number)
    first_day = now - timedelta(days=plan["days_ago"])
    days = WorkPlan(Text(plan["text"]), first_day, plan["days"], plan["share"])
    work(round_, cast=cast, material=material, plan=days)
    is_done = plan["share"] == 1
    if is_done:
        close_round(round_=round_, actor=lead)
    _date(round_, opened_at=first_day.replace(hour=8, minute=30), is_closed=is_done)
    if is_done:
        save_report(round_=round_)
    if plan.get("finalised"):
        finalise_report(round_=round_, actor=lead)
    if "cases" in plan:
        rule, share = DisagreementRule(plan["cases"]["rule"]), plan["cases"]["decided"]
        adjudicate(round_, cast=cast, material=material, rule=rule, share=share)


def _open(cast: Cast, material: Material, plan: dict[str, Any], *, seed: int) -> Round:
    lead = cast.holder_of(Role.LEAD)
    version = load_rubric(
        project=cast.project, form=material.rubric(plan["text"]), actor=lead, publish=True
    )
    everybody = plan["kind"] == RoundKind.CALIBRATION
    return open_round(
        project=cast.project,
        rubric_version=version,
        kind=RoundKind(plan["kind"]),
        name=plan["name"],
        actor=lead,
        policy=AssignmentPolicy.ALL if everybody else AssignmentPolicy.OVERLAP,
        overlap=plan.get("overlap", 1),
        items=Item.objects.filter(
            project=cast.project, external_id__in=material.item_ids(plan["items"])
        ),
        instructions=plan["instructions"],
        seed=seed,
    )


def _offer_tour(cast: Cast, material: Material, tour: dict[str, Any]) -> None:
    """An open round without judgments, in which people try the labeling page."""
    lead = cast.holder_of(Role.LEAD)
    version = load_rubric(
        project=cast.project, form=material.rubric(tour["text"]), actor=lead, publish=True
    )
    open_round(
        project=cast.project,
        rubric_version=version,
        kind=RoundKind.CALIBRATION,
        name=tour["name"],
        actor=lead,
        policy=AssignmentPolicy.ALL,
        items=Item.objects.filter(
            project=cast.project,
            external_id__startswith=TOUR,
            n_responses__in=tour["n_responses"],
        ),
        instructions="",
        seed=SEED,
        shows_reference=True,
    )


def _date(round_: Round, *, opened_at: datetime, is_closed: bool) -> None:
    """Rounds open and close by the server's clock; the demo's lie in the past, like its work."""
    last = Judgment.objects.filter(round=round_).order_by("-submitted_at").first()
    closed_at = last.submitted_at + timedelta(hours=1) if is_closed and last else None
    Round.objects.filter(pk=round_.pk).update(
        created_at=opened_at, opened_at=opened_at, closed_at=closed_at
    )
    round_.refresh_from_db()


def _release(cast: Cast, material: Material) -> None:
    release = material.study["release"]
    release_gold(
        project=cast.project,
        rounds=list(Round.objects.filter(project=cast.project, name=release["round"])),
        actor=cast.holder_of(Role.ADMIN),
        name=release["name"],
        note=release["note"],
        criteria=release["criteria"],
        skip_open=True,
    )


def _summary(project: Project, *, is_new: bool) -> DemoSummary:
    members = Membership.objects.filter(project=project).order_by("pk")
    return DemoSummary(
        project=project.slug,
        accounts=tuple(members.values_list("role", "user__email")),
        rounds=tuple(
            Round.objects.filter(project=project).order_by("pk").values_list("name", flat=True)
        ),
        n_items=Item.objects.filter(project=project).count(),
        n_judgments=Judgment.objects.filter(round__project=project).count(),
        is_new=is_new,
    )
