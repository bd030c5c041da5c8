"""Images, sound and files of items in a real browser; and the lead's preview."""

from typing import Any

import pytest
from django.core.files.base import ContentFile

from accounts.choices import Role
from annotation.models import Attachment, Item, Judgment
from tests.annotation.attachments.files import png, wav
from tests.browser.labeling import Work, begin
from tests.browser.test_items import showing
from tests.factories import CATEGORICAL, ORDINAL, make_items, make_project, make_round, member
from tests.factories import make_rubric_version as make_version

pytestmark = pytest.mark.django_db(transaction=True)


def with_files() -> Work:
    work = showing({})
    item = Item.objects.get(slots__round=work.round)
    item.content["attachments"] = [
        {"kind": "image", "description": "A red square", "response": 1},
        {"kind": "audio", "description": "Silence"},
        {"kind": "missing"},
    ]
    item.save()
    files = [("image/png", png(300, 200)), ("audio/wav", wav(20)), ("", b"")]
    for place, (media_type, body) in enumerate(files, start=1):
        Attachment.objects.create(
            item=item,
            place=place,
            original_name="secret",
            file=ContentFile(body, name="x") if body else "",
            media_type=media_type,
            size=len(body),
        )
    return work


def test_images_open_larger_and_sound_can_be_sought(
    page: Any, live_server: Any, sign_in: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    begin(page, live_server, sign_in, with_files())
    image = page.get_by_role("img", name="A red square").first
    image.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.attachment img').naturalWidth === 300")
    image.click()
    dialog = page.get_by_role("dialog", name="Image")
    before = dialog.get_by_role("img").bounding_box()["width"]
    dialog.get_by_role("button", name="Larger").click()
    assert dialog.get_by_role("img").bounding_box()["width"] > before * 1.4
    page.keyboard.press("Escape")
    sought = page.locator("audio").evaluate(
        """async (audio) => {
            await new Promise((done) => audio.readyState ? done() : audio.addEventListener('loadedmetadata', done));
            audio.currentTime = 15;
            await new Promise((done) => audio.addEventListener('seeked', done, { once: true }));
            return [Math.round(audio.duration), audio.currentTime];
        }"""
    )
    assert sought == [20, 15]
    assert page.get_by_text("An attachment is missing here.").is_visible()


def test_preview_asks_conditional_questions_as_the_page_does_and_sends_nothing(
    page: Any, live_server: Any, sign_in: Any
) -> None:
    project = make_project()
    follow_up = {**CATEGORICAL, "key": "why", "show_if": {"quality": [1]}}
    round_ = make_round(
        project, version=make_version(project, ORDINAL, follow_up), items=make_items(project, 2)
    )
    sign_in(page, member(project, Role.LEAD))
    page.goto(f"{live_server.url}/projects/{project.slug}/rounds/{round_.public_id}/preview/")
    hidden = page.locator("[data-question=why]")
    hidden.wait_for(state="hidden")
    page.locator("[data-question=quality] input[type=radio][value='1']").check()
    hidden.wait_for(state="visible")
    assert page.get_by_role("button", name="Submit").is_disabled()
    page.get_by_role("link", name="Next item").click()
    page.locator("[data-question=quality]").wait_for()
    assert not Judgment.objects.exists()
