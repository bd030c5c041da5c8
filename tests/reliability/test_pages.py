"""Pages and API of reliability: what they show, whom, and at what cost."""

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Job, Membership, User
from annotation.choices import RoundState
from annotation.models import Item, Judgment, Rating, Round
from annotation.signals import round_closed
from reliability.models import Case, Report
from reliability.services import current_report as current
from reliability.services.cases import claim_case, queue_cases
from reliability.services.figures import AnchorFigure, SliceFamily, SliceRow, SplitFigure
from reliability.services.report import inputs_hash, save_report
from reliability.views.tables import TABLES
from rubrics.choices import Kind, Level
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
    member,
)
from tests.reliability.builders import judge, judged_round
from tests.reliability.samples import difference, figure, sample_criterion, sample_report

pytestmark = pytest.mark.django_db

TABLE = [["yes", "yes"]] * 20 + [["yes", "no"]] * 5 + [["no", "yes"]] * 10 + [["no", "no"]] * 15
SECRET = "the canary of a rationale"


@pytest.fixture
def round_() -> Round:
    found, _, _ = judged_round(make_project(), CATEGORICAL, TABLE)
    return found


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def lead(round_: Round) -> Client:
    return _client(member(round_.project, Role.LEAD))


def url(name: str, round_: Round, **parts: str) -> str:
    place = {"project": round_.project.slug, "round": round_.public_id}
    return reverse(f"reliability:{name}", kwargs=place | parts)


def _text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def test_summary_says_what_to_rely_on_before_any_figure(lead: Client, round_: Round) -> None:
    page = _text(lead.get(url("round", round_)))
    assert "Don’t conclude from it: alpha is .40" in page
    assert page.index("Don’t conclude") < page.index("Figures of each criterion")
    assert "50 items" in page
    assert page.count("<svg") >= 2


def test_pages_hold_no_inline_style_or_script(lead: Client, round_: Round) -> None:
    for name, parts in (("round", {}), ("criterion", {"criterion": "verdict"})):
        page = _text(lead.get(url(name, round_, **parts)))
        assert "<style" not in page
        assert " style=" not in page
        assert " on" + "click=" not in page


def test_criterion_links_each_figure_to_its_judgments(lead: Client, round_: Round) -> None:
    page = _text(lead.get(url("criterion", round_, criterion="verdict")))
    a, b = sorted(round_.judgments.values_list("rater__code", flat=True).distinct())
    base = url("judgments", round_)
    assert f"{base}?criterion=verdict&amp;rater={a}&amp;rater={b}" in page
    assert f"{base}?criterion=verdict&amp;value=yes&amp;value=no" in page
    assert f"{base}?criterion=verdict&amp;value=no" in page
    item = Judgment.objects.filter(round=round_).order_by("item_id")[40].item
    assert url("item", round_, item=item.public_id) in page
    assert "statsmodels" in page


def test_unknown_criterion_is_not_found(lead: Client, round_: Round) -> None:
    assert lead.get(url("criterion", round_, criterion="nonsense")).status_code == 404
    assert lead.get(url("judgments", round_) + "?criterion=nonsense").status_code == 404
    assert lead.get(url("judgments", round_) + "?cursor=x").status_code == 404


@pytest.mark.parametrize(
    ("query", "n"),
    [
        ("", 50),
        ("&value=yes&value=no", 15),
        ("&value=no&value=no", 15),
        ("&value=no", 30),
        ("&value=unsure", 0),
        ("&value=nonsense", 0),
        ("&split=1", 15),
        ("&rater=nobody", 0),
    ],
)
def test_judgments_are_filtered_by_the_address(
    lead: Client, round_: Round, query: str, n: int
) -> None:
    page = _text(lead.get(url("judgments", round_) + "?criterion=verdict" + query))
    assert page.count('<th scope="row">') == n


def test_items_that_nobody_can_be_compared_on_are_left_out_if_asked(
    lead: Client, round_: Round
) -> None:
    (alone,) = make_items(round_.project, 1)
    judge(round_, alone, make_rater(round_.project), {"verdict": "no"})
    query = "?criterion=verdict&value=no"
    assert alone.external_id in _text(lead.get(url("judgments", round_) + query))
    compared = _text(lead.get(url("judgments", round_) + query + "&compared=1"))
    assert alone.external_id not in compared
    assert compared.count('<th scope="row">') == 30


def test_failed_figures_are_told_instead_of_waited_for(
    lead: Client, round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(current.current_report.__kwdefaults__, "at_once", 10)
    lead.post(url("compute", round_))
    Job.objects.filter(kind="compute_report").update(state="failed", error="Reference 1234.")
    page = _text(lead.get(url("round", round_)))
    assert "could not be computed" in page
    assert "Reference 1234." in page
    lead.post(url("compute", round_))
    assert "being computed" in _text(lead.get(url("round", round_)))


def test_judgments_of_a_pair_hold_only_what_both_judged(lead: Client, round_: Round) -> None:
    alone = make_rater(round_.project)
    first = Judgment.objects.filter(round=round_).order_by("item_id").first()
    assert first is not None
    judge(round_, first.item, alone, {"verdict": "no"})
    query = f"?criterion=verdict&rater={first.rater.code}&rater={alone.code}"
    page = _text(lead.get(url("judgments", round_) + query))
    assert page.count('<th scope="row">') == 1
    assert first.item.external_id in page


def test_judgments_go_on_after_a_page(lead: Client) -> None:
    project = make_project()
    round_, items, _ = judged_round(project, CATEGORICAL, [["yes", "no"]] * 53)
    client = _client(member(project, Role.LEAD))
    page = _text(client.get(url("judgments", round_)))
    assert page.count('<th scope="row">') == 50
    assert f"cursor={items[49].pk}" in page
    page = _text(client.get(url("judgments", round_) + f"?cursor={items[49].pk}"))
    assert page.count('<th scope="row">') == 3


def test_item_shows_every_judgment_with_its_history(lead: Client, round_: Round) -> None:
    judgment = Judgment.objects.filter(round=round_).order_by("item_id")[0]
    Judgment.objects.filter(pk=judgment.pk).update(rationale="<b>Because</b>")
    page = _text(lead.get(url("item", round_, item=judgment.item.public_id)))
    assert "&lt;b&gt;Because&lt;/b&gt;" in page
    assert judgment.revisions.get().receipt in page
    for code in judgment.item.judgments.values_list("rater__code", flat=True):
        assert code in page


def test_item_of_another_round_is_not_found(lead: Client, round_: Round) -> None:
    other = make_items(round_.project, 1)[0]
    assert lead.get(url("item", round_, item=other.public_id)).status_code == 404


def test_empty_round_says_what_is_missing() -> None:
    project = make_project()
    client, round_ = _client(member(project, Role.LEAD)), make_round(project)
    assert "Nobody has judged in this round yet" in _text(client.get(url("round", round_)))
    _text(client.get(url("criterion", round_, criterion="quality")))
    assert "No judgment fits" in _text(client.get(url("judgments", round_)))
    assert "No cases yet" in _text(client.get(url("round_cases", round_)))


def test_reading_pages_writes_nothing(lead: Client, round_: Round) -> None:
    """A GET changes nothing (T17): small reports are kept in memory, not stored."""
    lead.get(url("round", round_))
    assert not Report.objects.exists()
    assert not Job.objects.exists()


def test_large_round_shows_the_last_figures_and_offers_new_ones(
    lead: Client, round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(current.current_report.__kwdefaults__, "at_once", 10)
    assert "not computed yet" in _text(lead.get(url("round", round_)))
    save_report(round_=round_)
    assert "Judgments came since" not in _text(lead.get(url("round", round_)))
    judge(
        round_,
        make_items(round_.project, 1)[0],
        make_rater(round_.project),
        {"verdict": "no"},
    )
    assert "Judgments came since" in _text(lead.get(url("round", round_)))
    for _ in range(2):
        assert lead.post(url("compute", round_)).status_code == 302
    assert Job.objects.filter(kind="compute_report").count() == 1
    assert "being computed" in _text(lead.get(url("round", round_)))


def test_rater_who_leads_sees_nothing_until_the_round_is_closed(round_: Round) -> None:
    """Acting as rater means rater sight (T13), on pages and API alike."""
    both = member(round_.project, Role.LEAD)
    Membership.objects.create(user=both, project=round_.project, role=Role.ANNOTATOR)
    item = make_items(round_.project, 1)[0]
    judge(round_, item, make_rater(round_.project, both), {"verdict": "no"})
    client = _client(both)
    paths = [
        url("round", round_),
        url("criterion", round_, criterion="verdict"),
        url("judgments", round_),
        url("judgments_file", round_),
        url("figures_file", round_),
        url("item", round_, item=item.public_id),
        url("round_cases", round_),
        f"/api/v1/rounds/{round_.public_id}/report/",
    ]
    for path in paths:
        assert client.get(path).status_code == 403, path
    Round.objects.filter(pk=round_.pk).update(state=RoundState.CLOSED, closed_at=timezone.now())
    for path in paths:
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.VENDOR])
def test_others_find_no_figures(round_: Round, role: Role) -> None:
    client = _client(member(round_.project, role))
    assert client.get(url("round", round_)).status_code == 404
    assert client.get(f"/api/v1/rounds/{round_.public_id}/report/").status_code == 404


def test_lead_of_another_project_finds_nothing(round_: Round) -> None:
    client = _client(member(make_project(), Role.LEAD))
    assert client.get(url("round", round_)).status_code == 404
    assert client.get(f"/api/v1/rounds/{round_.public_id}/report/").status_code == 404


def test_adjudicator_who_leads_sees_no_answer_before_deciding_blind() -> None:
    """Not on any page that shows how raters judged, by whatever address (T76)."""
    project = make_project()
    round_, items, raters = judged_round(project, ORDINAL, [[1, 5], [3, 3]])
    Rating.objects.filter(item=items[0]).first()
    Judgment.objects.filter(item=items[0]).update(rationale=SECRET)
    queue_cases(round_=round_)
    both = member(project, Role.LEAD)
    Membership.objects.create(user=both, project=project, role=Role.ADJUDICATOR)
    client = _client(both)
    case = Case.objects.get()
    hidden = url("item", round_, item=items[0].public_id)
    answers = reverse(
        "reliability:case_answers", kwargs={"project": project.slug, "case": case.public_id}
    )
    assert client.get(hidden).status_code == 403
    assert client.get(answers).status_code == 403
    assert items[0].external_id not in _text(client.get(url("judgments", round_)))
    assert items[0].external_id not in _text(client.get(url("judgments_file", round_)))
    criterion = _text(client.get(url("criterion", round_, criterion="quality")))
    assert items[0].external_id not in criterion
    assert claim_case(adjudicator=both, project=project) == case
    page = _text(
        client.get(
            reverse("reliability:case", kwargs={"project": project.slug, "case": case.public_id})
        )
    )
    assert SECRET not in page
    for rater in raters:
        assert rater.code not in page


def test_figures_file_holds_every_figure(lead: Client, round_: Round) -> None:
    response = lead.get(url("figures_file", round_))
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert response["Content-Disposition"].startswith("attachment")
    names = [row["coefficient"] for row in rows]
    assert names[:2] == ["krippendorff_alpha", "percent_agreement"]
    assert {"gwet_ac1", "fleiss_kappa", "cohen_kappa"} <= set(names)
    kappas = [row for row in rows if row["coefficient"] == "cohen_kappa"]
    assert float(kappas[-1]["estimate"]) == pytest.approx(0.4)


def test_files_are_safe_to_open_in_a_spreadsheet() -> None:
    project = make_project()
    text = {"key": "note", "kind": Kind.TEXT, "level": Level.NOMINAL}
    round_, _, _ = judged_round(project, text, [["=HYPERLINK(1)", "fine"]])
    response = _client(member(project, Role.LEAD)).get(url("judgments_file", round_))
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["value"] for row in rows] == ["'=HYPERLINK(1)", "fine"]


@pytest.mark.parametrize("n_items", [1, 3])
def test_pages_take_the_same_queries_for_any_number_of_items(
    n_items: int, django_assert_num_queries: Any
) -> None:
    project = make_project()
    round_, items, _ = judged_round(project, CATEGORICAL, [["yes", "no"]] * n_items)
    save_report(round_=round_)
    client = _client(member(project, Role.LEAD))
    client.get(url("round", round_))
    for name, parts, queries in (
        ("round", {}, QUERIES["round"]),
        ("criterion", {"criterion": "verdict"}, QUERIES["criterion"]),
        ("judgments", {}, QUERIES["judgments"]),
        ("item", {"item": items[0].public_id}, QUERIES["item"]),
        ("round_cases", {}, QUERIES["round_cases"]),
    ):
        with django_assert_num_queries(queries):
            client.get(url(name, round_, **parts))


QUERIES = {"round": 13, "criterion": 14, "judgments": 15, "item": 20, "round_cases": 16}


def test_api_gives_the_figures_of_the_page(lead: Client, round_: Round) -> None:
    body = lead.get(f"/api/v1/rounds/{round_.public_id}/report/").json()
    assert body["is_stale"] is False
    (criterion,) = body["figures"]["criteria"]
    assert criterion["pairs"][0]["estimate"] == pytest.approx(0.4)
    assert criterion["pairs"][0]["check"]["difference"] == pytest.approx(0, abs=1e-9)


def test_api_has_the_report_computed_in_the_background(lead: Client, round_: Round) -> None:
    response = lead.post(f"/api/v1/rounds/{round_.public_id}/report/")
    assert response.status_code == 202
    assert Job.objects.get().public_id == response.json()["job"]


def test_closing_a_production_round_reports_and_queues(
    round_: Round, django_capture_on_commit_callbacks: Any
) -> None:
    from accounts.services.jobs import run_job

    for _ in range(2):
        round_closed.send(sender=Round, round=round_)
    kinds = sorted(Job.objects.values_list("kind", flat=True))
    assert kinds == ["compute_report", "queue_cases"]
    for job in Job.objects.all():
        run_job(job_id=job.pk)
    assert Report.objects.filter(round=round_).count() == 1
    assert Case.objects.filter(round=round_).count() == 15


def test_lead_queues_disagreements_by_rule(lead: Client, round_: Round) -> None:
    response = lead.post(url("queue_cases", round_), {"rule": "not_unanimous"})
    assert response.status_code == 302
    job = Job.objects.get()
    assert job.payload == {"round": round_.pk, "rule": "not_unanimous"}
    assert "being queued" in _text(lead.get(response["Location"]))
    assert lead.post(url("queue_cases", round_), {"rule": "nonsense"}).status_code == 422


def test_many_criteria_take_the_queries_of_one(django_assert_num_queries: Any) -> None:
    project = make_project()
    version = make_rubric_version(project, *[ORDINAL | {"key": f"q{i}"} for i in range(5)])
    items, raters = make_items(project, 2), [make_rater(project) for _ in range(3)]
    round_ = make_round(project, version=version, items=items, raters=raters)
    for item in items:
        for rater in raters:
            judge(round_, item, rater, {f"q{i}": 1 + i for i in range(5)})
    save_report(round_=round_)
    client = _client(member(project, Role.LEAD))
    client.get(url("round", round_))
    with django_assert_num_queries(QUERIES["round"]):
        client.get(url("round", round_))


def _stored(round_: Round, **changes: Any) -> None:
    """A report of the round with every section filled."""
    figures = sample_report(sample_criterion(key="verdict", **changes))
    Report.objects.create(
        round=round_,
        inputs_hash=inputs_hash(round_),
        figures=figures.to_json(),
        software_version="0",
    )


def test_criterion_shows_every_section_with_its_file(lead: Client, round_: Round) -> None:
    _stored(round_)
    page = _text(lead.get(url("criterion", round_, criterion="verdict")))
    for name in TABLES.keys() - {"distribution"}:
        assert f"?criterion=verdict&amp;table={name}" in page, name
    assert "Agreement differs between them by more than chance (Q 14.20, df 3, p .003)." in page
    assert "fewer than 20 items: not told" in page
    assert "4 raters an item would give .83 (95% interval .79 to .86)." in page


@pytest.mark.parametrize("table", list(TABLES))
def test_every_table_is_a_file_as_wide_as_its_head(lead: Client, round_: Round, table: str) -> None:
    _stored(round_)
    response = lead.get(url("figures_file", round_), {"criterion": "verdict", "table": table})
    head, *lines = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert tuple(head) == TABLES[table].header
    assert lines
    assert {len(line) for line in lines} == {len(head)}
    assert {line[0] for line in lines} == {"verdict"}


def test_unknown_table_is_not_found(lead: Client, round_: Round) -> None:
    assert lead.get(url("figures_file", round_), {"table": "nonsense"}).status_code == 404


def test_file_tells_nothing_of_a_small_slice(lead: Client, round_: Round) -> None:
    _stored(round_)
    response = lead.get(url("figures_file", round_), {"table": "slices"})
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    small = [row for row in rows if row["is_suppressed"] == "True"]
    assert len(small) == 2
    assert all(row["estimate"] == row["difference"] == row["agreement"] == "" for row in small)


def test_files_hide_items_that_wait_to_be_decided_blind() -> None:
    project = make_project()
    round_, items, _ = judged_round(project, ORDINAL, [[1, 5], [1, 4], [3, 3]])
    queue_cases(round_=round_)
    Case.objects.exclude(item=items[0]).delete()
    both = member(project, Role.LEAD)
    Membership.objects.create(user=both, project=project, role=Role.ADJUDICATOR)
    for table in ("split", "agreed"):
        body = _client(both).get(url("figures_file", round_), {"table": table}).content.decode()
        assert items[0].external_id not in body
        assert items[2].external_id in body or table == "split"


def test_slice_leads_to_its_judgments(lead: Client) -> None:
    project = make_project()
    round_, items, _ = judged_round(project, CATEGORICAL, [["yes", "no"]] * 5)
    for place, each in enumerate(items):
        Item.objects.filter(pk=each.pk).update(
            sources=[{"model": "small" if place < 2 else "large"}],
            slices={"model": "other" if place else "x"},
        )
    client = _client(member(project, Role.LEAD))
    for query, n in (
        ("by=model&slice=small", 2),
        ("by=slice:model&slice=other", 4),
        ("by=model&slice=other", 0),
        ("by=nonsense&slice=small", 0),
        ("by=model&slice=large&value=yes", 3),
        ("by=model&slice=large&value=unsure", 0),
    ):
        page = _text(client.get(url("judgments", round_) + f"?criterion=verdict&{query}"))
        assert page.count('<th scope="row">') == n, query


def test_period_leads_to_its_judgments(lead: Client, round_: Round) -> None:
    early = Judgment.objects.filter(round=round_).order_by("item_id")[:2]
    for judgment in early:
        Judgment.objects.filter(item=judgment.item).update(
            submitted_at=datetime(2026, 1, 5, 12, tzinfo=UTC)
        )
    n_early = len({judgment.item_id for judgment in early})
    for query, n in (
        ("since=2026-01-05&until=2026-01-05", n_early),
        ("until=2026-01-04", 0),
        ("since=2026-01-06", 50 - n_early),
    ):
        page = _text(lead.get(url("judgments", round_) + f"?criterion=verdict&{query}"))
        assert page.count('<th scope="row">') == n, query
    assert lead.get(url("judgments", round_) + "?since=yesterday").status_code == 404


def test_hostile_names_are_text_on_every_page(lead: Client, round_: Round) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202e" + "y" * 10_000
    rows = (SliceRow(hostile, 80, 240, figure(0.3), None, difference(-0.3, 0.1, 0.01)),)
    split = (SplitFigure("item", hostile, 1.0, ((hostile, 2),)),)
    _stored(
        round_,
        slices=(SliceFamily(hostile, "meta", rows),),
        split=split,
        agreed=split,
        labels=(hostile,) * 5,
        anchors=(AnchorFigure(hostile, hostile, 3, figure(0.2)),),
    )
    for name, parts in (("round", {}), ("criterion", {"criterion": "verdict"})):
        page = _text(lead.get(url(name, round_, **parts)))
        assert "<img" not in page
        texts = re.sub(r"<[^>]*>", " ", page)
        assert max(map(len, texts.split())) < 300, name


def test_what_the_address_asks_of_the_slices_is_kept(lead: Client, round_: Round) -> None:
    _stored(round_)
    place = url("criterion", round_, criterion="verdict")
    page = _text(lead.get(place, {"by": "model", "min": "100"}))
    assert '<option value="model" selected>' in page
    assert "Each of its 4 values has fewer than 100 items: only counts are told." in page
    assert '<option value="100" selected>' in page
    _text(lead.get(place, {"by": hex(7), "min": "-1"}))


def test_very_many_rater_pairs_show_those_that_agree_least(lead: Client, round_: Round) -> None:
    pairs = tuple(
        figure(n / 100, coefficient="cohen_kappa", raters=("A", f"B{n:02d}"), n_units=30)
        for n in range(90)
    )
    _stored(round_, pairs=pairs)
    page = _text(lead.get(url("criterion", round_, criterion="verdict")))
    assert "90 rater pairs with their kappas" in page
    assert "The 60 pairs that agree least; the file has all." in page
    assert "A × B59" in page
    assert "A × B60" not in page


def _page_of(criterion: dict[str, Any], table: list[list[Any]]) -> str:
    round_, _items, _raters = judged_round(make_project(), criterion, table)
    lead = _client(member(round_.project, Role.LEAD))
    return _text(lead.get(url("criterion", round_, criterion=criterion["key"])))


def test_criterion_nobody_rated_shows_no_empty_tables() -> None:
    page = _page_of(ORDINAL, [[None], [None]])
    assert "Nobody has rated this yet" in page
    assert "Every coefficient" not in page


def test_one_rater_alone_is_not_said_to_agree() -> None:
    page = _page_of(ORDINAL, [[1], [2], [3]])
    assert "No item was rated by two people, so nobody can disagree." in page
    assert "Nobody disagrees." not in page
    assert "Nobody disagrees." in _page_of(ORDINAL, [[1, 1], [2, 2], [3, 3]])


def test_scale_of_many_points_says_which_values_it_leaves_out() -> None:
    wide = ORDINAL | {"anchors": list(range(1, 51))}
    page = _page_of(wide, [[n, n % 50 + 1] for n in range(1, 51)])
    assert "too many values to compare two by two" in page
    assert re.search(r"Only the \d+ most common values are shown", page)
