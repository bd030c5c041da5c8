"""The demo study as loaded: every screen has something to show, and loading again does nothing."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Project, User
from annotation.choices import AssignmentState, RoundState
from annotation.models import Assignment, Batch, Judgment, JudgmentRevision, Rater, Rating, Round
from annotation.services.assignment import next_assignment
from exports.models import GoldLabel, GoldRelease, JudgeRun
from exports.services.demo import DemoSummary, load_demo
from exports.services.demo.material import Material
from exports.services.demo.simulation import RATERS, Text, simulate_judgment
from reliability.choices import CaseState
from reliability.models import Case, Decision, FinalReport
from reliability.services.report import compute_report
from rubrics.models import RubricVersion

PASSWORD = "a-password-for-the-tests"
README = Path(__file__).resolve().parents[2] / "fixtures" / "demo" / "README.md"


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[DemoSummary]:
    """Loaded once: each test's own changes are rolled back to this state, and this at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load_demo(password=PASSWORD)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every test here reads the database."""


def snapshot() -> dict[str, list[Any]]:
    """Every row of every table of ours."""
    ours = {"accounts", "rubrics", "annotation", "reliability", "exports"}
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.app_label in ours
    }


def alphas() -> dict[str, str]:
    return {
        f"{round_.name} / {criterion.key}": f"{figure.estimate:.2f}"
        for round_ in Round.objects.order_by("pk")
        for criterion in compute_report(round_).criteria
        for figure in criterion.figures
        if figure.coefficient == "krippendorff_alpha" and figure.estimate is not None
    }


def test_loading_again_changes_nothing(demo: DemoSummary) -> None:
    before = snapshot()
    again = load_demo(password="another")
    assert snapshot() == before
    assert not again.is_new
    assert again.accounts == demo.accounts
    assert again.n_judgments == demo.n_judgments == Judgment.objects.count()


def test_every_role_has_an_account_that_signs_in(demo: DemoSummary) -> None:
    held = {email: role for role, email in demo.accounts}
    for role in Role:
        assert held[f"{role.value}@example.org"] == role.value
    assert Counter(held.values())[Role.ANNOTATOR] == len(RATERS) == 6
    for user in User.objects.filter(email__in=held):
        assert user.check_password(PASSWORD), user.email


def test_account_that_was_there_before_keeps_its_password() -> None:
    with transaction.atomic():
        Project.objects.filter(slug="demo").update(slug="demo-before")
        User.objects.filter(email="admin@example.org").update(email="former@example.org")
        User.objects.create_user("admin@example.org", "my-own-password")
        load_demo(password=PASSWORD)
        assert User.objects.get(email="admin@example.org").check_password("my-own-password")


def test_project_of_somebody_else_is_left_alone() -> None:
    Project.objects.filter(slug="demo").update(slug="demo-before")
    Project.objects.create(slug="demo", name="Not the demo")
    before = snapshot()
    with pytest.raises(CommandError, match="that is not the demo"):
        call_command("load_demo", password=PASSWORD, stdout=StringIO())
    assert snapshot() == before


def test_rounds_stand_where_the_story_says() -> None:
    stand = {
        round_.name: (
            round_.state,
            str(round_.rubric_version),
            round_.slots.count(),
            round_.judgments.count(),
        )
        for round_ in Round.objects.all()
    }
    assert stand == {
        "Calibration 1": (RoundState.CLOSED, "faithfulness@1", 144, 144),
        "Calibration 2": (RoundState.CLOSED, "faithfulness@2", 144, 144),
        "Preferences": (RoundState.CLOSED, "preference@1", 85, 85),
        "Response quality": (RoundState.OPEN, "response-quality@1", 198, 119),
        "Tour: one response": (RoundState.OPEN, "tour-responses@1", 72, 0),
        "Tour: two responses": (RoundState.OPEN, "tour-pairs@1", 18, 0),
        "Tour: several responses": (RoundState.OPEN, "tour-ranking@1", 12, 0),
    }
    assert not Assignment.objects.exclude(state=AssignmentState.SUBMITTED).exists()


def test_revised_rubric_agrees_better_in_the_reports() -> None:
    found = alphas()
    for criterion in ("faithful", "hallucination"):
        first, second = (float(found[f"Calibration {n} / {criterion}"]) for n in (1, 2))
        assert first < 0.667 < second


def test_report_of_the_second_calibration_is_finalised() -> None:
    report = FinalReport.objects.get()
    assert report.round.name == "Calibration 2"


def test_readme_states_the_alphas_of_the_rounds() -> None:
    text = README.read_text("utf-8")
    for name, value in alphas().items():
        if not name.startswith("Calibration"):
            assert f"| {name} | " in text
            assert any(
                line.startswith(f"| {name} |") and line.endswith(f"| {value} |")
                for line in text.splitlines()
            ), (name, value)


def test_ratings_of_pairs_are_stored_in_the_order_of_the_item() -> None:
    material = Material()
    profiles = {profile.email: profile for profile in RATERS}
    stored = Rating.objects.filter(criterion__key="preference", is_abstention=False)
    assert stored.count() > 70
    assert Assignment.objects.filter(item__n_responses=2, side_order=[1, 0]).exists()
    for rating in stored.select_related("item", "rater__user"):
        item_id = rating.item.external_id
        meant = simulate_judgment(
            rater=profiles[rating.rater.user.email],
            item_id=item_id,
            truth=material.truths[item_id],
            text=Text.PREFERENCE,
            comments=material.comments,
        )
        assert rating.value == meant.ratings["preference"], item_id


def test_annotator_has_work_waiting() -> None:
    rater = Rater.objects.get(user__email="annotator@example.org")
    production = Round.objects.get(name="Response quality")
    assert rater.judgments.filter(round=production).exists()
    assert next_assignment(round_=production, rater=rater) is not None


def test_work_lies_on_several_past_days_in_working_hours() -> None:
    moments = [judgment.submitted_at for judgment in Judgment.objects.all()]
    assert max(moments) < timezone.now()
    assert min(moments) < timezone.now() - timedelta(days=10)
    assert len({moment.date() for moment in moments}) >= 6
    assert {moment.hour for moment in moments} <= set(range(9, 18))
    for round_ in Round.objects.exclude(judgments=None):
        times = round_.judgments.values_list("submitted_at", flat=True)
        assert round_.opened_at < min(times)
        assert round_.closed_at is None or round_.closed_at > max(times)
    revision = JudgmentRevision.objects.select_related("judgment").first()
    assert revision.created_at == revision.judgment.submitted_at


def test_cases_wait_and_some_are_decided_by_somebody_who_did_not_rate() -> None:
    states = Counter(Case.objects.values_list("state", flat=True))
    assert states[CaseState.OPEN] >= 10
    assert states[CaseState.DECIDED] >= 10
    assert states[CaseState.BLIND] == 0
    adjudicator = User.objects.get(email="adjudicator@example.org")
    waiting = Case.objects.filter(state=CaseState.OPEN, round__state=RoundState.OPEN).count()
    assert f"{waiting} disagreements so far wait" in README.read_text("utf-8")
    assert set(Decision.objects.values_list("adjudicator", flat=True)) == {adjudicator.public_id}
    assert len(set(Decision.objects.exclude(cause="").values_list("cause", flat=True))) == 3


def test_deliveries_show_accepted_and_rejected_rows() -> None:
    shown = {
        batch.name: (batch.vendor and batch.vendor.slug, batch.n_created, batch.n_rejected)
        for batch in Batch.objects.all()
    }
    assert shown == {
        "Spring release": (None, 83, 0),
        "Tour of the page": (None, 17, 0),
        "Museum questions": ("harbour-data", 8, 0),
        "Ferry questions": ("harbour-data", 4, 8),
    }


def test_vendor_has_raters_of_its_own() -> None:
    assert set(
        Rater.objects.filter(vendor__slug="harbour-data").values_list("user__name", flat=True)
    ) == {"Tomás Reyes", "Olek Sawicki"}


def test_release_has_labels_of_every_origin_that_the_round_allows() -> None:
    release = GoldRelease.objects.get()
    origins = Counter(GoldLabel.objects.values_list("origin", flat=True))
    assert release.n_labels == origins.total() > 20
    assert set(origins) == {"unanimous", "adjudicated", "soft"}


def test_judge_has_scored_every_item_of_the_production_round() -> None:
    run = JudgeRun.objects.get()
    production = Round.objects.get(name="Response quality")
    assert run.n_scores == production.slots.values("item").distinct().count() == 66
    assert run.judge.description


def test_a_draft_of_a_rubric_waits_for_its_author() -> None:
    assert list(RubricVersion.objects.filter(state="draft").values_list("rubric__key")) == [
        ("helpfulness",)
    ]


def test_command_says_what_there_is(demo: DemoSummary) -> None:
    out = StringIO()
    call_command("load_demo", format="json", stdout=out)
    printed = json.loads(out.getvalue())
    assert printed["n_judgments"] == demo.n_judgments
    assert printed["is_new"] is False
    assert PASSWORD not in out.getvalue()
