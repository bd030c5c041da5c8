"""Pages of rounds: the list, the plan, opening, following, pausing and closing."""

import pytest

from accounts.choices import Role
from accounts.models import AuditEvent
from annotation.choices import AssignmentPolicy, RoundState
from annotation.models import Rater, Round, RoundRater, Slot
from annotation.services.assignment import next_assignment
from annotation.services.judgments import submit_judgment
from annotation.services.rounds import open_round
from rubrics.choices import VersionState
from tests.factories import (
    PAIRWISE,
    make_batch,
    make_items,
    make_project,
    make_rubric_version,
    member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(db):
    return make_project("alpha")


@pytest.fixture
def lead(project):
    return member(project, Role.LEAD, email="lead@example.org", name="Lena")


@pytest.fixture
def as_lead(client, lead):
    client.force_login(lead)
    return client


@pytest.fixture
def version(project):
    return make_rubric_version(project)


@pytest.fixture
def annotators(project):
    return [member(project, Role.ANNOTATOR) for _ in range(3)]


NEW = "/projects/alpha/rounds/new/"


def address(round_, name=""):
    return f"/projects/{round_.project.slug}/rounds/{round_.public_id}/{name}"


def asked(version, **changes):
    return {
        "name": "Calibration 1",
        "kind": "calibration",
        "rubric_version": version.public_id,
        "policy": "overlap",
        "overlap": "2",
        "item_choice": "all",
        "rater_choice": "all",
        "only_fitting": "on",
        "do": "open",
    } | changes


def opened(project, version, lead, name="Round", **options):
    return open_round(
        project=project,
        rubric_version=version,
        kind="production",
        name=name,
        actor=lead,
        **({"overlap": 2} | options),
    )


def judge(round_, user, n=1):
    rater = Rater.objects.get(user=user, project=round_.project)
    for _ in range(n):
        assignment = next_assignment(round_=round_, rater=rater)
        submit_judgment(assignment=assignment, body={"ratings": {"quality": 3}}, author=user)


# -- the plan


def test_plan_shows_the_arithmetic_and_opens_nothing(as_lead, project, version, annotators):
    make_items(project, 5)
    text = as_lead.post(NEW, asked(version, do="plan")).content.decode()
    assert "<strong>10</strong>" in text
    assert "= 5 × 2" in text
    assert "about 4 judgments" in text
    assert not Round.objects.exists()
    assert not Rater.objects.exists()


def test_plan_answers_htmx_with_itself_alone(as_lead, project, version, annotators):
    make_items(project, 5)
    answer = as_lead.post(NEW, asked(version, do="plan"), headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert (answer.status_code, "<strong>10</strong>" in text, "<form" in text) == (
        200,
        True,
        False,
    )


def test_plan_of_everybody_judging_everything(as_lead, project, version, annotators):
    make_items(project, 5)
    text = as_lead.post(NEW, asked(version, policy="all", do="plan")).content.decode()
    assert "= 5 × 3" in text
    assert "about 5 judgments" in text


def test_plan_uses_the_measured_pace(as_lead, project, version, annotators, lead):
    make_items(project, 4)
    round_ = opened(project, version, lead)
    rater = Rater.objects.get(user=annotators[0])
    for seconds in (20, 40, 90):
        submit_judgment(
            assignment=next_assignment(round_=round_, rater=rater),
            body={"ratings": {"quality": 3}, "seconds_spent": seconds},
            author=annotators[0],
        )
    text = as_lead.post(NEW, asked(version, do="plan")).content.decode()
    assert "At 40 s a judgment, the median of this rubric so far." in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"overlap": "4"}, "4 judgments an item, but only 3 raters"),
        ({"overlap": ""}, "Say how many people judge each item."),
        ({"overlap": "0"}, "greater than or equal to 1"),
        ({"item_choice": "batches"}, "Choose at least one, or take all items."),
        ({"item_choice": "slices"}, "Choose at least one, or take all items."),
        ({"rater_choice": "chosen"}, "Choose at least one person"),
        ({"name": ""}, "This field is required."),
        ({"kind": "party"}, "Select a valid choice."),
    ],
)
def test_contradictions_are_shown_at_the_field_and_nothing_is_opened(
    as_lead, project, version, annotators, changes, sentence
):
    make_items(project, 2)
    answer = as_lead.post(NEW, asked(version, **changes))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Round.objects.exists()


def test_no_annotator_and_no_item_are_said(as_lead, project, version):
    text = as_lead.post(NEW, asked(version)).content.decode()
    assert "Nobody can judge." in text
    assert "No item is chosen." in text


def test_drafts_are_not_offered(as_lead, project, annotators):
    make_items(project, 2)
    draft = make_rubric_version(project, state=VersionState.DRAFT)
    assert draft.public_id not in as_lead.get(NEW).content.decode()
    answer = as_lead.post(NEW, asked(draft))
    assert answer.status_code == 422
    assert not Round.objects.exists()


def test_rubric_of_another_project_is_not_accepted(as_lead, project, annotators):
    make_items(project, 2)
    foreign = make_rubric_version(make_project("beta"))
    assert as_lead.post(NEW, asked(foreign)).status_code == 422


def test_items_that_do_not_fit_are_left_out_or_named(as_lead, project, annotators):
    make_items(project, 2)
    make_items(project, 3, responses=2)
    version = make_rubric_version(project, PAIRWISE)
    text = as_lead.post(NEW, asked(version, do="plan")).content.decode()
    assert "= 3 × 2" in text
    answer = as_lead.post(NEW, asked(version, only_fitting=""))
    fields = {k: v for k, v in asked(version).items() if k != "only_fitting"}
    answer = as_lead.post(NEW, fields)
    assert answer.status_code == 422
    assert "2 of 5 items don" in answer.content.decode()


def test_version_page_leads_to_a_form_that_names_it(as_lead, project, version, annotators):
    page = as_lead.get(f"/projects/alpha/rubrics/versions/{version.public_id}/").content.decode()
    assert f'href="{NEW}?version={version.public_id}"' in page
    form = as_lead.get(f"{NEW}?version={version.public_id}").content.decode()
    assert f'<option value="{version.public_id}" selected>' in form


# -- opening


def test_opened_round_is_what_was_asked_for(as_lead, project, version, annotators, lead):
    make_items(project, 4)
    answer = as_lead.post(NEW, asked(version, instructions="Read twice.", shows_reference="on"))
    round_ = Round.objects.get()
    assert answer["Location"] == address(round_)
    assert (
        round_.name, round_.kind, round_.rubric_version, round_.policy, round_.overlap,
        round_.instructions, round_.shows_reference, round_.created_by, round_.state,
    ) == (
        "Calibration 1", "calibration", version, AssignmentPolicy.OVERLAP, 2,
        "Read twice.", True, lead, RoundState.OPEN,
    )  # fmt: skip
    assert Slot.objects.filter(round=round_).count() == 8
    assert AuditEvent.objects.filter(action="round.opened", actor=lead.public_id).count() == 1


def test_chosen_batches_and_people_limit_the_round(as_lead, project, version, annotators):
    make_items(project, 2)
    batch = make_batch(project)
    make_items(project, 3, batch=batch)
    people = [annotators[0].public_id, annotators[2].public_id]
    as_lead.post(
        NEW,
        asked(
            version, item_choice="batches", batches=[batch.public_id],
            rater_choice="chosen", raters=people,
        ),
    )  # fmt: skip
    round_ = Round.objects.get()
    assert Slot.objects.filter(round=round_, ordinal=0).count() == 3
    assert set(RoundRater.objects.values_list("rater__user__public_id", flat=True)) == set(people)


def test_slices_of_one_name_add_up_and_names_narrow(as_lead, project, version, annotators):
    items = make_items(project, 6)
    for item, language, domain in zip(
        items, ["en", "de", "fr", "en", "de", "fr"], ["a", "a", "a", "b", "b", "b"], strict=True
    ):
        item.slices = {"language": language, "domain": domain}
        item.save()
    page = as_lead.get(NEW).content.decode()
    assert 'value="language=de"' in page
    as_lead.post(
        NEW,
        asked(
            version, item_choice="slices", slices=["language=de", "language=en", "domain=a"]
        ),
    )  # fmt: skip
    chosen = Slot.objects.filter(ordinal=0).values_list("item", flat=True)
    assert set(chosen) == {items[0].pk, items[1].pk}


def test_taken_name_is_said_at_the_field(as_lead, project, version, annotators, lead):
    make_items(project, 2)
    opened(project, version, lead, name="Calibration 1")
    answer = as_lead.post(NEW, asked(version))
    assert answer.status_code == 422
    assert "This name is taken." in answer.content.decode()
    assert Round.objects.count() == 1


# -- following


@pytest.mark.parametrize("n", [1, 3])
def test_list_costs_the_same_however_many(
    as_lead, project, version, annotators, lead, django_assert_num_queries, n
):
    make_items(project, 2)
    for i in range(n):
        judge(opened(project, version, lead, name=f"Round {i}"), annotators[0])
    with django_assert_num_queries(12):
        page = as_lead.get("/projects/alpha/rounds/").content.decode()
    assert page.count("1 of 4, 25%") == n


@pytest.mark.parametrize("n", [1, 3])
def test_round_page_costs_the_same_however_many_raters(
    as_lead, project, version, lead, django_assert_num_queries, n
):
    make_items(project, 2)
    people = [member(project, Role.ANNOTATOR) for _ in range(n)]
    round_ = opened(project, version, lead, overlap=1)
    judge(round_, people[0])
    with django_assert_num_queries(23):
        page = as_lead.get(address(round_)).content.decode()
    assert page.count('data-label="Judged"') == n
    assert "1 of 2" in page


def test_lead_who_judges_in_the_round_sees_no_figures_of_it(client, project, version, annotators):
    make_items(project, 2)
    both = annotators[0]
    project.memberships.create(user=both, project=project, role=Role.LEAD)
    round_ = opened(project, version, both)
    judge(round_, annotators[1], n=2)
    judge(round_, both)
    client.force_login(both)
    page = client.get(address(round_)).content.decode()
    assert "You judge in this round" in page
    assert "3 of 4" not in page
    assert 'data-label="Judged"' not in page
    listed = client.get("/projects/alpha/rounds/").content.decode()
    assert "Hidden while you judge in it" in listed
    assert "3 of 4" not in listed


def test_pause_reopen_close(as_lead, project, version, annotators, lead):
    make_items(project, 2)
    round_ = opened(project, version, lead)
    states = []
    for act in ("pause/", "reopen/", "close/", "reopen/"):
        as_lead.post(address(round_, act))
        round_.refresh_from_db()
        states.append(round_.state)
    assert states == ["paused", "open", "closed", "open"]


def test_closed_round_can_not_be_paused(as_lead, project, version, annotators, lead):
    make_items(project, 2)
    round_ = opened(project, version, lead)
    as_lead.post(address(round_, "close/"))
    assert as_lead.post(address(round_, "pause/")).status_code == 409


def test_rater_is_added_paused_with_a_reason_and_resumed(
    as_lead, project, version, annotators, lead
):
    make_items(project, 2)
    raters = [Rater.objects.create(project=project, user=annotators[0], code="R01")]
    round_ = opened(project, version, lead, raters=raters, overlap=1)
    as_lead.post(address(round_, "raters/"), {"person": annotators[1].public_id})
    added = RoundRater.objects.get(round=round_, rater__user=annotators[1])
    rater_url = address(round_, f"raters/{added.rater.public_id}/")
    as_lead.post(rater_url, {"do": "pause", "reason": "Recalibrate first."})
    added.refresh_from_db()
    assert (added.state, added.pause_reason) == ("paused", "Recalibrate first.")
    assert "Recalibrate first." in as_lead.get(address(round_)).content.decode()
    as_lead.post(rater_url, {"do": "resume"})
    added.refresh_from_db()
    assert added.state == "active"
    assert as_lead.post(rater_url, {"do": "promote"}).status_code == 404


def test_only_annotators_of_the_project_are_added(as_lead, project, version, annotators, lead):
    make_items(project, 2)
    round_ = opened(project, version, lead)
    stranger = member(make_project("beta"), Role.ANNOTATOR)
    answer = as_lead.post(address(round_, "raters/"), {"person": stranger.public_id})
    assert answer.status_code == 422
    assert not Rater.objects.filter(user=stranger).exists()


# -- the preview


def test_preview_shows_the_rubric_beside_a_fitting_item(as_lead, project):
    make_items(project, 1)
    pair = make_items(project, 1, responses=2)[0]
    version = make_rubric_version(project, PAIRWISE, state=VersionState.DRAFT)
    page = as_lead.get(f"/projects/alpha/rubrics/versions/{version.public_id}/preview/")
    text = page.content.decode()
    assert pair.external_id in text
    assert "preference?" in text
    assert "model-0" not in text


def test_preview_without_items_says_what_to_do(as_lead, project, version):
    page = as_lead.get(f"/projects/alpha/rubrics/versions/{version.public_id}/preview/")
    assert "There is no item to try the rubric on" in page.content.decode()


def test_preview_shows_no_item_of_another_project(as_lead, project, version):
    make_items(project, 1)
    foreign = make_items(make_project("beta"), 1)[0]
    address = f"/projects/alpha/rubrics/versions/{version.public_id}/preview/"
    assert as_lead.get(f"{address}?item={foreign.public_id}").status_code == 404


# -- who may not


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.VENDOR])
def test_only_leads_see_and_run_rounds(client, project, version, annotators, lead, role):
    make_items(project, 2)
    round_ = opened(project, version, lead)
    client.force_login(member(project, role))
    pages = ["/projects/alpha/rounds/", NEW, address(round_)]
    acts = [NEW, *(address(round_, act) for act in ("pause/", "close/", "reopen/", "raters/"))]
    answers = [client.get(page).status_code for page in pages]
    answers += [client.post(act).status_code for act in acts]
    assert answers == [404] * 8
    round_.refresh_from_db()
    assert round_.state == RoundState.OPEN


def test_round_of_another_project_is_not_found(client, project, version, annotators, lead):
    make_items(project, 2)
    round_ = opened(project, version, lead)
    client.force_login(member(make_project("beta"), Role.LEAD))
    swapped = address(round_).replace("/alpha/", "/beta/")
    answers = [client.get(address(round_)), client.get(swapped), client.post(swapped + "close/")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
