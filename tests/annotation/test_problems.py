"""What is odd in an item is named, and what is not odd is not."""

from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from annotation.problems import LABELS, problem_parts
from annotation.services.batches import import_items
from tests.annotation.readers.files import item as row
from tests.annotation.readers.files import jsonl
from tests.factories import make_items, make_project, member


def content(text: str = "fine", **fields: Any) -> dict[str, Any]:
    asked = [{"role": "user", "content": "q"}]
    return {"messages": asked, "responses": [{"text": text}], "contexts": [], **fields}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (content(), {}),
        (content("  \n"), {"empty_response": ["response_1"]}),
        (content("", responses=[{"text": "", "tool_calls": [{"name": "f"}]}]), {}),
        (content(responses=[{"text": "a"}, {"text": "a"}]), {"same_responses": [""]}),
        (content("```py\nx = 1\n```"), {}),
        (content("```py\nx = 1\n"), {"unbalanced_code": ["response_1"]}),
        (content("````\n```\n````"), {}),
        (content("~~~\n```\n~~~"), {}),
        (content("a <b>bold</b> word"), {"raw_html": ["response_1"]}),
        (content("1 < 2 and x<y> and `<b>` and\n```\n<script>\n```"), {}),
        (content("price\u202e123"), {"hidden_characters": ["response_1"]}),
        (content("👩\u200d👧 نمی\u200cخواهم ❤\ufe0f"), {}),
        (content("x" * 150_000), {"too_long_to_format": ["response_1"]}),
        (content("x" * 1_000_001), {"cut_text": ["response_1"]}),
        (
            content(messages=[{"role": "human", "content": [{"type": "text", "text": "<br>"}]}]),
            {"unknown_role": ["turn_1"], "raw_html": ["turn_1"]},
        ),
        (content(contexts=["<p>", {"text": "ok"}]), {"raw_html": ["context_1"]}),
        (content(contexts=["c"] * 1001), {"many_contexts": [""]}),
        (content(attachments=[{"kind": "missing"}]), {"missing_attachment": [""]}),
    ],
)
def test_problems_are_found_where_they_are(
    given: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    assert problem_parts(given) == expected
    assert set(expected) <= set(LABELS)


def test_finding_problems_takes_no_time_on_hostile_texts() -> None:
    for text in ("<a " * 300_000, "```\n" * 200_000, "`" * 900_000, "<" * 900_000):
        problem_parts(content(text))


@pytest.mark.django_db
def test_problems_are_kept_counted_and_listed(django_assert_num_queries: Any) -> None:
    project = make_project()
    records = [row(str(n), responses=[{"text": f"<b>{n}</b>"}]) for n in range(3)]
    report = import_items(project=project, source=jsonl(*records, row("fine")))
    assert report.as_json()["with_problems"] == 3
    assert report.as_json()["problems"] == {"raw_html": 3}
    client = Client()
    client.force_login(member(project, Role.LEAD))
    batch = report.batch
    assert batch is not None
    page = client.get(f"/projects/{project.slug}/batches/{batch.public_id}/").content.decode()
    assert "HTML shown as text" in page
    assert "3 items" in page
    items = f"/projects/{project.slug}/items/"
    listed = client.get(items, {"problem": "raw_html"}).content.decode()
    assert listed.count("badge-warn") == 3
    assert ">fine</a>" not in listed
    assert ">fine</a>" in client.get(items).content.decode()
    assert client.get(items, {"problem": "empty_response"}).content.decode().count("<tr") == 0


@pytest.mark.django_db
def test_item_page_names_problems_with_ways_to_them() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    item.content["responses"] = [{"text": "```\nopen"}]
    item.save()
    client = Client()
    client.force_login(member(project, Role.LEAD))
    page = client.get(f"/projects/{project.slug}/items/{item.public_id}/").content.decode()
    assert "Code block not closed" in page
    assert 'href="#part-response_1"' in page
