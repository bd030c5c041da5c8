"""A delivery by hand, in a real browser."""

import pytest

from accounts.choices import JobState, Role
from accounts.models import Job
from accounts.services.jobs import run_job
from annotation.models import Batch, Item
from tests.annotation.readers.files import item, jsonl
from tests.factories import make_project, make_vendor, member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_vendor_uploads_a_file_and_the_page_turns_into_the_report(live_server, page, sign_in):
    project = make_project("study", name="Study")
    sign_in(page, member(project, Role.VENDOR, make_vendor()))
    page.goto(f"{live_server.url}/projects/study/batches/")
    page.get_by_role("link", name="Upload a batch").first.click()
    content = jsonl(item("a"), item("b", responses=[{"text": True}]), item("c")).getvalue()
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "march <b>.jsonl", "mimeType": "application/jsonl", "buffer": content}
    )
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("Reading it starts as soon as a worker is free").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "march <b>"

    run_job(job_id=Job.objects.get(state=JobState.QUEUED).pk)

    page.get_by_text("Some rows were not accepted.").wait_for()
    assert page.get_by_role("cell", name="responses[0].text").is_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    batch = Batch.objects.get()
    assert download.value.suggested_filename == f"rejected-rows-{batch.public_id}.csv"
    assert Item.objects.count() == 2
