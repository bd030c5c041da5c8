"""Finalising: what is refused, what is frozen, and what is noticed afterwards."""

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.canonical import canonical_json
from accounts.choices import Role
from accounts.models import AuditEvent, Job, User
from accounts.services.audit import broken_link
from accounts.services.jobs import run_job
from annotation.choices import RoundState
from annotation.models import Round
from reliability.choices import ReportFormat
from reliability.errors import ReportDamaged, ReportOutdated, ReportRefused
from reliability.models import Case, FinalReport
from reliability.selectors.final_reports import has_changed_since, newer_than, state_hash
from reliability.selectors.fingerprint import ratings_state
from reliability.services import finalise
from reliability.services.final_files import report_file
from reliability.services.finalise import finalise_report, request_final_report
from tests.factories import CATEGORICAL, make_items, make_project, make_rater, make_round, member
from tests.reliability.builders import judge, judged_round
from tests.reliability.reports import file_of

pytestmark = pytest.mark.django_db

TABLE = [["yes", "yes"], ["yes", "no"], ["no", "no"], ["no", "no"], ["yes", "yes"]]


@pytest.fixture
def lead() -> User:
    return member(make_project("study"), Role.LEAD)


@pytest.fixture
def round_(lead: User) -> Round:
    project = lead.memberships.get().project
    found, _items, _raters = judged_round(project, CATEGORICAL, TABLE, name="June")
    return _close(found)


def _close(round_: Round) -> Round:
    from django.utils import timezone

    round_.state, round_.closed_at = RoundState.CLOSED, timezone.now()
    round_.save()
    return round_


def _one_more(round_: Round) -> None:
    item = make_items(round_.project, 1, responses=2)[0]
    judge(round_, item, make_rater(round_.project), {"verdict": "no"})


@contextmanager
def _as_ratings_are_read(act: Callable[[], None]) -> Iterator[None]:
    """Another person's work, in the moment in which the ratings are written down."""
    done = []

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if (
            not done
            and "annotation_rating" in sql
            and 'ORDER BY "annotation_rating"."item_id"' in sql
        ):
            done.append(True)
            act()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield
    assert done


# -- what is stored


def test_report_is_numbered_hashed_and_on_the_record(round_: Round, lead: User) -> None:
    report = finalise_report(round_=round_, actor=lead)
    assert (report.number, report.finalised_by, report.is_intact) == (1, lead.public_id, True)
    assert hashlib.sha256(report.content.encode()).hexdigest() == report.content_hash
    assert canonical_json(json.loads(report.content)) == report.content
    event = AuditEvent.objects.get(action="report.finalised")
    assert event.data["content_hash"] == report.content_hash
    assert event.actor == lead.public_id
    assert broken_link(round_.project.pk) is None


def test_content_says_all_that_a_reader_needs(round_: Round) -> None:
    data = finalise_report(round_=round_, actor=None).data
    assert data["rubric"]["text"]["criteria"][0]["anchors"][0]["label"] == "Label yes"
    assert "verdict" in data["rubric"]["yaml"]
    assert {rule["rule"]: rule["ratings"] for rule in data["inclusion"]}["independent"] == 10
    assert (data["method"]["interval"], data["method"]["confidence"]) == ("jackknife_t", 0.95)
    assert set(data["software"]) >= {"concord", "numpy", "scipy", "krippendorff", "statsmodels"}
    assert data["figures"]["criteria"][0]["figures"][0]["coefficient"] == "krippendorff_alpha"
    assert [each["judgments"] for each in data["raters"]] == [5, 5]


def test_the_same_figures_again_are_the_same_report(round_: Round) -> None:
    first = finalise_report(round_=round_, actor=None)
    assert finalise_report(round_=round_, actor=None) == first
    assert (
        FinalReport.objects.count()
        == AuditEvent.objects.filter(action="report.finalised").count()
        == 1
    )
    _folders, files = default_storage.listdir(f"reports/{first.public_id}")
    assert files == ["ratings.csv"]


def test_new_ratings_make_a_new_report_that_supersedes(round_: Round) -> None:
    first = finalise_report(round_=round_, actor=None)
    assert not has_changed_since(first)
    _one_more(round_)
    assert has_changed_since(first)
    second = finalise_report(round_=round_, actor=None)
    assert (second.number, newer_than(first), newer_than(second)) == (2, second, None)
    assert second.ratings_hash != first.ratings_hash
    assert FinalReport.objects.get(pk=first.pk).content == first.content


def test_numbers_count_within_a_round(round_: Round) -> None:
    other, _items, _raters = judged_round(round_.project, CATEGORICAL, TABLE, name="July")
    assert finalise_report(round_=round_, actor=None).number == 1
    assert finalise_report(round_=_close(other), actor=None).number == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reliability_finalreport SET number = 9",
        "UPDATE reliability_finalreport SET content_hash = 'x'",
        "DELETE FROM reliability_finalreport",
    ],
)
def test_database_refuses_any_change(round_: Round, statement: str) -> None:
    report = finalise_report(round_=round_, actor=None)
    cursor = connection.cursor()
    with pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute(statement)
    assert FinalReport.objects.get().content_hash == report.content_hash


# -- what is refused


def test_round_without_judgments_is_refused(lead: User) -> None:
    project = lead.memberships.get().project
    empty = make_round(project, items=make_items(project, 2))
    with pytest.raises(ReportRefused, match="Nobody has judged"):
        finalise_report(round_=empty, actor=lead, reason="because")


def test_open_round_needs_a_reason_that_the_report_shows(lead: User) -> None:
    project = lead.memberships.get().project
    open_, _items, _raters = judged_round(project, CATEGORICAL, TABLE)
    with pytest.raises(ReportRefused) as refused:
        finalise_report(round_=open_, actor=lead, reason="  ")
    assert refused.value.fields["reason"]
    report = finalise_report(round_=open_, actor=lead, reason="The board meets today")
    assert report.data["round"]["why_finalised_open"] == "The board meets today"
    # Once it is closed the same ratings make a report that needs no excuse.
    closed = finalise_report(round_=_close(open_), actor=lead, reason="ignored")
    assert (closed.number, closed.data["round"]["why_finalised_open"]) == (2, "")


def test_ratings_that_changed_since_they_were_seen_are_refused(round_: Round) -> None:
    seen = state_hash(ratings_state(round_))
    _one_more(round_)
    with pytest.raises(ReportOutdated, match="11 judgments now"):
        finalise_report(round_=round_, actor=None, seen=seen)
    assert not FinalReport.objects.exists()


def test_judgment_that_comes_while_the_report_is_written_is_noticed(round_: Round) -> None:
    with _as_ratings_are_read(lambda: _one_more(round_)), pytest.raises(ReportOutdated):
        finalise_report(round_=round_, actor=None)
    assert not FinalReport.objects.exists()
    assert finalise_report(round_=round_, actor=None).n_ratings == 11


def test_round_that_is_reopened_meanwhile_is_noticed(round_: Round) -> None:
    def reopen() -> None:
        Round.objects.filter(pk=round_.pk).update(state=RoundState.OPEN, closed_at=None)

    with _as_ratings_are_read(reopen), pytest.raises(ReportOutdated, match="opened or closed"):
        finalise_report(round_=round_, actor=None)


# -- what was altered


@contextmanager
def _without_triggers() -> Iterator[None]:
    """What somebody with the database's password could do."""
    names = [f"reliability_finalreport_refuses_{verb}" for verb in ("update", "delete")]
    with connection.cursor() as cursor:
        for name in names:
            on = " ON reliability_finalreport" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{on}")
    yield


def _tampered(report: FinalReport) -> FinalReport:
    with _without_triggers():
        content = report.content.replace('"estimate":', '"estimate":0', 1)
        FinalReport.objects.filter(pk=report.pk).update(content=content)
    return FinalReport.objects.select_related("round__project").get(pk=report.pk)


def test_altered_report_shows_that_and_no_figure(round_: Round, lead: User) -> None:
    report = _tampered(finalise_report(round_=round_, actor=lead))
    page = _page(lead, "final_report", project="study", report=report.public_id)
    text = page.content.decode()
    assert "was altered after it was finalised. Do not use it." in text
    assert "Krippendorff" not in text
    with pytest.raises(ReportDamaged):
        report_file(report, ReportFormat.JSON, actor=lead)
    assert _page(lead, "report_file", 500, project="study", report=report.public_id, format="pdf")
    with pytest.raises(CommandError) as refused:
        call_command("check_reports")
    assert refused.value.returncode == 1


def test_altered_or_lost_ratings_are_noticed(round_: Round, capsys: Any) -> None:
    report = finalise_report(round_=round_, actor=None)
    call_command("check_reports")
    assert "1 reports, all intact." in capsys.readouterr().out
    with default_storage.open(report.ratings_file, "r+b") as file:
        file.seek(0)
        file.write(b"X")
    with pytest.raises(ReportDamaged, match="altered"):
        report_file(report, ReportFormat.ZIP, actor=None)
    default_storage.delete(report.ratings_file)
    with pytest.raises(ReportDamaged, match="gone"):
        report_file(report, ReportFormat.ZIP, actor=None)
    with pytest.raises(CommandError):
        call_command("check_reports", project="study")


# -- who sees it


def test_files_name_raters_by_code_only(round_: Round, lead: User) -> None:
    people = User.objects.filter(raters__project=round_.project)
    people.update(name="Canary Surname")
    report = finalise_report(round_=round_, actor=lead)
    private = [person.email.encode() for person in (*people, lead)] + [b"Canary Surname"]
    for format in (ReportFormat.JSON, ReportFormat.MARKDOWN):
        written = file_of(report, format)
        assert not [each for each in private if each in written]
    with default_storage.open(report.ratings_file) as file:
        ratings = file.read()
    assert not [each for each in private if each in ratings]
    assert report.data["raters"][0]["code"].encode() in ratings


def test_who_must_still_decide_blind_gets_no_single_rating(round_: Round, lead: User) -> None:
    report = finalise_report(round_=round_, actor=None)
    address = {"project": "study", "report": report.public_id}
    assert "Items that raters disagree on most" in _text(lead, "final_report", **address)
    lead.memberships.create(project=round_.project, role=Role.ADJUDICATOR)
    Case.objects.create(
        round=round_,
        item=round_.judgments.all()[0].item,
        criterion=round_.rubric_version.criteria.get(),
    )
    page = _text(lead, "final_report", **address)
    assert "wait to be decided blind" in page
    assert "× 1" not in page
    for format in ReportFormat.values:
        _page(lead, "report_file", 403, **address, format=format)


def _page(user: User, name: str, status: int = 200, /, **place: str) -> Any:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    answer = client.get(reverse(f"reliability:{name}", kwargs=place))
    if answer.streaming:
        answer.content = b"".join(answer.streaming_content)
    assert answer.status_code == status, answer
    return answer


def _text(user: User, name: str, /, **place: str) -> str:
    found: str = _page(user, name, **place).content.decode()
    return found


# -- pages


def _finalise_address(round_: Round) -> str:
    place = {"project": round_.project.slug, "round": round_.public_id}
    return reverse("reliability:finalise_report", kwargs=place)


def test_lead_sees_what_is_frozen_and_finalises_it(round_: Round, lead: User) -> None:
    client = Client()
    client.force_login(lead)
    shown = client.get(_finalise_address(round_))
    assert "What is frozen" in shown.content.decode()
    seen = shown.context["seen"]
    done = client.post(_finalise_address(round_), {"seen": seen}, follow=True)
    assert "Report 1 is finalised" in done.content.decode()
    listed = _text(lead, "reports", project="study", round=round_.public_id)
    assert "same ratings" in listed
    _one_more(round_)
    late = client.post(_finalise_address(round_), {"seen": seen})
    assert late.status_code == 409
    assert "The ratings changed since you looked" in late.content.decode()
    assert FinalReport.objects.count() == 1


def test_open_round_asks_for_the_reason_on_its_page(lead: User) -> None:
    project = lead.memberships.get().project
    open_, _items, _raters = judged_round(project, CATEGORICAL, TABLE)
    client = Client()
    client.force_login(lead)
    refused = client.post(_finalise_address(open_))
    assert refused.status_code == 422
    assert "not closed" in refused.content.decode()


def test_large_round_is_finalised_by_a_job(
    round_: Round, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finalise, "AT_ONCE", 3)
    client = Client()
    client.force_login(lead)
    for _again in range(2):
        answer = client.post(_finalise_address(round_))
        assert answer.url == reverse(
            "reliability:reports", kwargs={"project": "study", "round": round_.public_id}
        )
    job = Job.objects.get(kind=finalise.FINALISE_REPORT)
    assert "A report is being written" in client.get(answer.url).content.decode()
    run_job(job_id=job.pk)
    job.refresh_from_db()
    report = FinalReport.objects.get()
    assert (job.state, job.result["report"]) == ("done", report.public_id)
    assert report.finalised_by == lead.public_id


def test_reader_who_has_the_file_is_told_so(round_: Round, lead: User) -> None:
    report = finalise_report(round_=round_, actor=None)
    client = Client()
    client.force_login(lead)
    place = {"project": "study", "report": report.public_id, "format": "json"}
    address = reverse("reliability:report_file", kwargs=place)
    first = client.get(address)
    body = b"".join(first.streaming_content)
    assert json.loads(body)["content_hash"] == report.content_hash
    assert first["Content-Disposition"] == 'attachment; filename="study-june-report-1.json"'
    assert first["Cache-Control"] == "private, no-cache"
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert _page(lead, "report_file", 404, **(place | {"format": "exe"}))
    assert AuditEvent.objects.filter(action="report.exported").count() == 1


def test_report_of_another_project_is_not_found(round_: Round, lead: User) -> None:
    report = finalise_report(round_=round_, actor=None)
    other = make_project("other")
    lead.memberships.create(project=other, role=Role.LEAD)
    _page(lead, "final_report", 404, project="other", report=report.public_id)


# -- the API and the command


def test_api_finalises_lists_and_delivers(round_: Round, lead: User) -> None:
    client = Client()
    client.force_login(lead)
    reports = f"/api/v1/rounds/{round_.public_id}/reports/"
    made = client.post(reports, {}, content_type="application/json")
    assert made.status_code == 201
    again = client.post(reports, {}, content_type="application/json")
    assert again.json()["id"] == made.json()["id"]
    listed = client.get(reports).json()["results"]
    assert [(each["number"], each["ratings"]) for each in listed] == [(1, 10)]
    detail = client.get(f"/api/v1/reports/{listed[0]['id']}/").json()
    assert (detail["is_intact"], detail["has_changed_since"]) == (True, False)
    assert detail["content"]["title"] == "Reliability of June"
    for format in ReportFormat.values:
        file = client.get(f"/api/v1/reports/{listed[0]['id']}/{format}/")
        assert file.status_code == 200
        assert b"".join(file.streaming_content)
    assert client.get(f"/api/v1/reports/{listed[0]['id']}/exe/").status_code == 404


def test_command_writes_the_files(round_: Round, tmp_path: Any, capsys: Any) -> None:
    options = {"project": "study", "round": "June", "output": tmp_path, "files": "json,md"}
    call_command("finalise_report", **options)
    printed = json.loads(capsys.readouterr().out)
    assert printed["figures_that_differ"] == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["study-june-report-1.json", "study-june-report-1.md"]
    with pytest.raises(CommandError) as refused:
        call_command("finalise_report", project="study", round="June", files="exe")
    assert refused.value.returncode == 2


def at_once(n: int, call: Callable[[int], Any]) -> list[Any]:
    barrier = Barrier(n)

    def called(place: int) -> Any:
        try:
            barrier.wait()
            return call(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(called, range(n)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("reasons", "numbers"), [(["same"] * 4, [1, 1, 1, 1]), (["a", "b", "c"], [1, 2, 3])]
)
def test_reports_finalised_at_once_are_one_or_numbered(
    reasons: list[str], numbers: list[int]
) -> None:
    open_, _items, _raters = judged_round(make_project(), CATEGORICAL, TABLE)

    def finalised(place: int) -> int:
        return finalise_report(round_=open_, actor=None, reason=reasons[place]).number

    assert sorted(at_once(len(reasons), finalised)) == numbers
    assert FinalReport.objects.count() == max(numbers)


@pytest.mark.django_db(transaction=True)
def test_a_report_asked_for_at_once_is_one_job() -> None:
    open_, _items, _raters = judged_round(make_project(), CATEGORICAL, TABLE)
    jobs = at_once(
        4, lambda _place: request_final_report(round_=open_, requested_by=None, reason="why")
    )
    assert len({job.pk for job in jobs}) == 1
