"""A report as PDF. The template lays out data; no text of the study is ever read as markup."""

import json
import unicodedata
from collections.abc import Iterator
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from reliability.report_files.document import Block, Document, Facts, Forest, Table, Text
from reliability.report_files.frozen import FrozenReport

TEMPLATE = "templates/reliability/report.typ"
STANDARDS = ["ua-1", "a-2a"]
# Scripts, as Unicode names begin, whose letters the embedded fonts hold.
DRAWN = {"LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC", "DEVANAGARI"}
DRAWN |= {"MICRO", "FEMININE", "MASCULINE"}  # letters that are named for what they stand for
LETTERS = frozenset({"Lu", "Ll", "Lt", "Lo"})


def pdf_of(report: FrozenReport, document: Document) -> bytes:
    """Accessible and archival PDF; the same report gives the same bytes on every machine.

    Both standards want every letter drawn. A report that holds others says so at its top.
    """
    import typst  # noqa: PLC0415 - a large library that only this file needs

    data = _data(report, document)
    try:
        return _typeset(report, data, STANDARDS)
    except typst.TypstError:
        texts = json.dumps([data["title"], data["sections"]], ensure_ascii=False)
        return _typeset(report, data | {"missing": _missing(texts)}, [])


def _typeset(report: FrozenReport, data: dict[str, Any], standards: list[Any]) -> bytes:
    """No clock and no font of the machine is asked, and no file but the template is read."""
    import typst  # noqa: PLC0415 - as above

    template: Path = settings.BASE_DIR / TEMPLATE
    made = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=_fonts(),
        format="pdf",
        sys_inputs={"report": json.dumps(data, ensure_ascii=False)},
        timestamp=int(report.finalised_at.astimezone(UTC).timestamp()),
        pdf_standards=standards,
    )
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> Any:
    """Those inside the package only, so that every machine draws the same."""
    import typst  # noqa: PLC0415 - as above

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def scripts_without_font(text: str) -> list[str]:
    """Scripts whose letters would appear as boxes, by the first word of their names."""
    foreign = {c for c in set(text) if unicodedata.category(c) in LETTERS}
    return sorted({unicodedata.name(c, "UNNAMED").split()[0] for c in foreign} - DRAWN)


def _missing(text: str) -> str:
    scripts = [script.capitalize() for script in scripts_without_font(text)]
    named = f" ({', '.join(scripts)})" if scripts else ""
    return _(
        "This file has no font for some characters of this report%(named)s; they appear as boxes. "
        "Every other format shows them."
    ) % {"named": named}


def _data(report: FrozenReport, document: Document) -> dict[str, Any]:
    return {
        "title": document.title,
        "lead": document.lead,
        "foot": _("%(round)s, report %(number)d")
        % {"round": report.data["round"]["name"], "number": report.number},
        "hash": report.content_hash,
        "missing": "",
        "sections": _sections(document),
    }


def _sections(document: Document) -> list[dict[str, Any]]:
    return [
        {
            "title": section.title,
            "level": section.level,
            "blocks": [_block(block) for block in section.blocks],
        }
        for section in document.sections
    ]


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Text):
        return {
            "kind": "source" if block.is_source else "text",
            "text": block.text,
            "tone": block.tone,
        }
    if isinstance(block, Facts):
        return {"kind": "facts", "rows": [list(row) for row in block.rows]}
    if isinstance(block, Table):
        return _table(block)
    return _forest(block)


def _table(block: Table) -> dict[str, Any]:
    return {
        "kind": "table",
        "title": block.title,
        "columns": [
            {"title": column.title, "number": column.is_number} for column in block.columns
        ],
        "rows": [[text for _column, text in row] for row in block.shown_rows],
        "note": block.note,
    }


def _forest(block: Forest) -> dict[str, Any]:
    return {
        "kind": "forest",
        "title": block.title,
        "note": block.note,
        "targets": list(block.targets),
        "least": min([0.0, *_ends(block)]),
        "marks": [
            {"label": m.label, "estimate": m.estimate, "low": m.low, "high": m.high}
            for m in block.marks
        ],
    }


def _ends(block: Forest) -> Iterator[float]:
    for mark in block.marks:
        yield from (end for end in (mark.estimate, mark.low) if end is not None)
