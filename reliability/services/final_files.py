"""The files of a finalised report. None is ever made from a report that was altered."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.audit import record
from reliability.choices import ReportFormat
from reliability.errors import ReportDamaged
from reliability.models import FinalReport
from reliability.report_files.bundle import json_of, recompute_zip
from reliability.report_files.document import Document
from reliability.report_files.frozen import FrozenReport, frozen
from reliability.report_files.markdown import markdown_of
from reliability.report_files.pdf import pdf_of
from reliability.report_files.sections import document_of
from reliability.report_files.xlsx import workbook_of

BLOCK = 1024 * 1024

# Fixed types: nothing is ever guessed from content (T40).
MEDIA_TYPE = {
    ReportFormat.PDF: "application/pdf",
    ReportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ReportFormat.MARKDOWN: "text/markdown; charset=utf-8",
    ReportFormat.JSON: "application/json",
    ReportFormat.ZIP: "application/zip",
}

_WRITERS: Mapping[ReportFormat, Callable[[FrozenReport], bytes]] = {
    ReportFormat.PDF: lambda report: pdf_of(report, document_of(report)),
    ReportFormat.XLSX: workbook_of,
    ReportFormat.MARKDOWN: lambda report: markdown_of(document_of(report)).encode(),
    ReportFormat.JSON: json_of,
}


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file to send: `blocks` are made as they are asked for."""

    name: str
    media_type: str
    blocks: Iterator[bytes]


def entity_tag(report: FinalReport, format: ReportFormat) -> str:
    """Names the bytes: the same report written by the same software."""
    return f'"{report.content_hash[:32]}-{report.number}-{format}-{settings.SOFTWARE_VERSION}"'


def report_document(report: FinalReport) -> Document:
    return document_of(_intact(report))


def report_file(report: FinalReport, format: ReportFormat, *, actor: User | None) -> ReportFile:
    """The file, which leaves on the record (T66). Raises ReportDamaged."""
    found = _intact(report)
    if format is ReportFormat.ZIP:
        _require_ratings(report)
        blocks = recompute_zip(found, lambda: _open(report), report.ratings_hash)
    else:
        # A document of record: the same bytes for every reader, whatever they read pages in.
        with translation.override(settings.LANGUAGE_CODE):
            blocks = iter([_WRITERS[format](found)])
    record(
        actor=actor,
        action="report.exported",
        target=report,
        project=report.round.project,
        data={"number": report.number, "format": format.value},
    )
    suffix = "recompute.zip" if format is ReportFormat.ZIP else format.value
    return ReportFile(found.file_name(suffix), MEDIA_TYPE[format], blocks)


def _intact(report: FinalReport) -> FrozenReport:
    if not report.is_intact:
        raise ReportDamaged(
            _("This report was altered after it was finalised: it does not match its hash.")
        )
    return frozen(report)


def _require_ratings(report: FinalReport) -> None:
    """Before the first byte is sent: an answer that has begun can't be refused any more."""
    if damage := ratings_damage(report):
        raise ReportDamaged(damage)


def _open(report: FinalReport) -> IO[bytes]:
    opened: IO[bytes] = default_storage.open(report.ratings_file, "rb")
    return opened


def ratings_damage(report: FinalReport) -> str:
    """What is wrong with the stored ratings; empty if nothing is. Reads the file once."""
    if not default_storage.exists(report.ratings_file):
        return _("The file with this report’s ratings is gone from the file store.")
    digest = hashlib.sha256()
    with _open(report) as file:
        while block := file.read(BLOCK):
            digest.update(block)
    if digest.hexdigest() != report.ratings_hash:
        return _("The file with this report’s ratings was altered: it does not match its hash.")
    return ""


def damage_of(report: FinalReport) -> list[str]:
    """Everything that is wrong with a stored report."""
    found = [] if report.is_intact else [_("The content does not match its hash.")]
    damage = ratings_damage(report)
    return [*found, damage] if damage else found
