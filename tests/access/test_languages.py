"""Every page in Arabic: it opens as in English, and what machines read is the same."""

import re
from collections import Counter
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from tests.routes import Route, own_routes
from tests.study import Study

# People read labels and texts; scripts, forms and drawings read these.
READ_BY_MACHINES = re.compile(
    r"""\s(?:value|id|for|name|action|href|src|min|max|step|datetime|d|x|y|x1|x2|y1|y2|cx|cy|r"""
    r"""|width|height|points|transform|viewBox|data-(?:key|value|part|start|end|seconds|url|user|"""
    r'''assignment|item|expires))="([^"]*)"'''
)
# Its descriptions are for people.
IN_WORDS = {"api/v1/schema/"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|hx-headers=\S+ \S+')


def _machine_readable(answer: Any) -> Counter[str]:
    """Attributes with a digit in them: ids, addresses, numbers, coordinates."""
    page = TOKEN.sub("", answer.content.decode())
    return Counter(value for value in READ_BY_MACHINES.findall(page) if re.search(r"\d", value))


def _body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def _differs(route: Route, english: Any, arabic: Any) -> str:
    if english.status_code != arabic.status_code:
        return f"{route.text}: {english.status_code}, {arabic.status_code} in Arabic"
    if english["Content-Type"] != arabic["Content-Type"]:
        return f"{route.text}: another type in Arabic"
    if english.status_code >= 300 or route.text in IN_WORDS:
        return ""
    if not english["Content-Type"].startswith("text/html"):
        return "" if _body(english) == _body(arabic) else f"{route.text}: other data in Arabic"
    ours, theirs = _machine_readable(english), _machine_readable(arabic)
    return "" if ours == theirs else f"{route.text}: {ours - theirs}, {theirs - ours} in Arabic"


@pytest.mark.parametrize("role", [Role.LEAD, Role.ANNOTATOR])
def test_pages_and_data_are_the_same_in_arabic_for_machines(study: Study, role: Role) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(study.people[role])
    different = []
    for route in own_routes():
        english, arabic = (
            client.get(route.path(study.ids), headers={"Accept-Language": language})
            for language in ("en", "ar")
        )
        different.append(_differs(route, english, arabic))
    wrong = [found for found in different if found]
    assert wrong == [], "\n".join(wrong)
