"""What the navigation says about questions, and to whom."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.choices import Role
from accounts.models import Membership
from annotation.services.assignment import next_assignment
from annotation.services.flags import answer_flag, ask_lead
from annotation.services.rounds import close_round
from tests.annotation.engine.build import study
from tests.annotation.talk.test_pages import signed_in
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def s():
    made = study(raters=2, items=4, overlap=2)
    made.lead = member(made.project, Role.LEAD)
    made.assignment = next_assignment(round_=made.round, rater=made.raters[0])
    made.address = f"/projects/{made.project.slug}/rounds/"
    return made


def counted(client, address):
    page = client.get(address).content.decode()
    return (
        page.split('class="nav-count" aria-hidden="true">')[1].split("<")[0]
        if ("nav-count" in page)
        else ""
    )


def test_entry_of_leads_counts_what_waits(s):
    lead = signed_in(s.lead)
    assert counted(lead, s.address) == ""
    flags = [ask_lead(assignment=s.assignment, question=f"Why {n}?") for n in range(2)]
    assert counted(lead, s.address) == "2"
    answer_flag(flag=flags[0], answer="So.", actor=s.lead)
    assert counted(lead, s.address) == "1"


def test_who_judges_too_is_told_nothing_of_the_others_questions(s):
    Membership.objects.create(user=s.raters[1].user, project=s.project, role=Role.LEAD)
    both = signed_in(s.raters[1].user)
    ask_lead(assignment=s.assignment, question="Why?")
    assert counted(both, s.address) == "1"
    next_assignment(round_=s.round, rater=s.raters[1])
    assert counted(both, s.address) == ""
    close_round(round_=s.round, actor=s.lead)
    assert counted(both, s.address) == "1"


def test_pages_of_raters_ask_nothing_for_it(s):
    ask_lead(assignment=s.assignment, question="Why?")
    rater = signed_in(s.raters[1].user)
    own_work = reverse("annotation:work", kwargs={"project": s.project.slug})
    with CaptureQueriesContext(connection) as asked:
        assert counted(rater, own_work) == ""
    assert not [each for each in asked if "annotation_flag" in each["sql"]]
