"""A finalised report is one document, whatever language its readers read pages in."""

import pytest
from django.utils import translation

from reliability.choices import ReportFormat
from reliability.services.final_files import report_document
from reliability.services.finalise import finalise_report
from tests.factories import ORDINAL, make_project
from tests.reliability.builders import judged_round
from tests.reliability.reports import file_of

pytestmark = pytest.mark.django_db
TABLE = [[1, 2], [2, 2], [3, 3], [4, 4], [5, 4], [1, 1]]


def test_whoever_finalises_the_content_is_the_same() -> None:
    round_, _items, _raters = judged_round(make_project(), ORDINAL, TABLE)
    with translation.override("ar"):
        report = finalise_report(round_=round_, actor=None, reason="to see")
    assert report.data["title"].startswith("Reliability of ")


def test_files_are_the_same_in_every_language_and_the_page_is_not() -> None:
    round_, _items, _raters = judged_round(make_project(), ORDINAL, TABLE)
    report = finalise_report(round_=round_, actor=None, reason="to see")
    for format in ReportFormat:
        english = file_of(report, format)
        with translation.override("ar"):
            assert file_of(report, format) == english, format
    with translation.override("ar"):
        document = report_document(report)
    assert document.title.startswith("موثوقية ")
    rules = next(s for s in document.sections if s.title == "ما حُسب").blocks[0]
    assert "المحسوب: التقييمات" in str(rules)
