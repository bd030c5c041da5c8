"""The whole way from a file of judgments to a closed round."""

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.canonical import content_hash
from accounts.errors import Conflict
from accounts.models import Project, User
from accounts.services.audit import record
from annotation.conditions import asked
from annotation.criteria import specs_of
from annotation.models import Round
from annotation.parts import by_part
from annotation.readers import FileRefused, Format, open_rows, read_judgments
from annotation.services.batches.reading import file_limits
from annotation.services.batches.receiving import clean_file_name
from annotation.services.imported_judgments.collecting import Collector
from annotation.services.imported_judgments.report import JudgmentsReport
from annotation.services.imported_judgments.storing import RoundToBe, store_round
from rubrics.models import RubricVersion

CHUNK = 1024 * 1024
MAX_NAME = 120


@dataclass(frozen=True)
class ImportOptions:
    """How to read a file. `missing`: texts that mean "no judgment"; None: the usual ones.

    skip_bad : import the good rows of a file with bad ones; otherwise it is all or nothing.
    """

    missing: Sequence[str] | None = None
    skip_bad: bool = False
    format: Format | None = None


DEFAULT_OPTIONS = ImportOptions()


def import_judgments(
    *,
    project: Project,
    version: RubricVersion,
    source: Path | BinaryIO,
    round_name: str = "",
    imported_by: User | None = None,
    options: ImportOptions = DEFAULT_OPTIONS,
) -> JudgmentsReport:
    """A closed round of the judgments in a long file; the same file again gives the same round.

    When any row is bad nothing is stored (unless `skip_bad`), and the report has `refusal` set
    and lists the rows.

    Raises
    ------
    JudgmentsRefused
        Rater codes that belong to people of the project.
    Conflict
        Another round has this name.
    """
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as file:
        name = _round_name(round_name, source)
        import_hash = _import_hash(file, version, options)
        found = Round.objects.filter(project=project, name=name).first()
        if found is not None:
            return _earlier(found, import_hash)
        report = JudgmentsReport(rubric=str(version), name=name)
        collector = _collected(file, project, version, report, options)
    report.refusal = report.refusal or _refusal(report, collector, options)
    if not report.refusal:
        _store(project, version, name, import_hash, imported_by, collector, report)
    return report


def _round_name(given: str, source: Path | BinaryIO) -> str:
    """The name asked for, else the file's own without its ending."""
    own = PurePath(clean_file_name(str(getattr(source, "name", "")))).stem
    return (given.strip() or own)[:MAX_NAME]


def _import_hash(file: BinaryIO, version: RubricVersion, options: ImportOptions) -> str:
    """One hash for the bytes and all that decides what becomes of them."""
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    missing = None if options.missing is None else list(options.missing)
    return content_hash([digest.hexdigest(), version.public_id, missing, options.skip_bad])


def _earlier(found: Round, import_hash: str) -> JudgmentsReport:
    kept = found.policy_options.get("import")
    if not found.is_imported or found.import_hash != import_hash or kept is None:
        raise Conflict(
            _("A round “%(name)s” exists already with other content. Choose another name.")
            % {"name": found.name},
            fields={"round": [_("The name is taken.")]},
        )
    report = JudgmentsReport.from_json(kept)
    report.repeats_earlier = True
    return report


def _collected(
    file: BinaryIO,
    project: Project,
    version: RubricVersion,
    report: JudgmentsReport,
    options: ImportOptions,
) -> Collector:
    specs = specs_of(version)
    collector = Collector(project=project, specs=specs, report=report, missing=options.missing)
    limits = file_limits()
    try:
        with open_rows(file, format=options.format, limits=limits) as rows:
            collector.collect(read_judgments(rows, limits=limits))
    except FileRefused as refusal:
        report.refusal = str(refusal)
        if refusal.row is not None:
            report.rejected.append(
                {"row": refusal.row, "field": refusal.field, "error": str(refusal)}
            )
    return collector


def _refusal(report: JudgmentsReport, collector: Collector, options: ImportOptions) -> str:
    if report.tally.rejected_rows and not options.skip_bad:
        return _(
            "%(n)d of %(rows)d rows can't be accepted, so nothing was imported. Mend them, or "
            "leave them out on purpose with --skip-bad."
        ) % {"n": report.tally.rejected_rows, "rows": report.tally.rows}
    if not collector.judgments:
        return _("No row holds a judgment, so nothing was imported.")
    return ""


@transaction.atomic
def _store(
    project: Project,
    version: RubricVersion,
    name: str,
    import_hash: str,
    imported_by: User | None,
    collector: Collector,
    report: JudgmentsReport,
) -> None:
    judgments = list(collector.judgments.values())
    wanted = RoundToBe(
        project=project,
        name=name,
        version=version,
        specs=specs_of(version),
        import_hash=import_hash,
        imported_by=imported_by,
        judgments=judgments,
    )
    round_ = store_round(wanted)
    _count(report, wanted)
    report.round = round_.public_id
    round_.policy_options = {"import": report.as_json()}
    round_.save(update_fields=["policy_options"])
    record(
        actor=imported_by,
        action="judgments.imported",
        target=round_,
        project=project,
        data={"judgments": report.judgments, "ratings": report.ratings},
    )


def _count(report: JudgmentsReport, wanted: RoundToBe) -> None:
    judgments = wanted.judgments
    report.judgments = len(judgments)
    report.ratings = sum(len(each.ratings) for each in judgments)
    report.raters = len({each.rater for each in judgments})
    report.items = len({each.item_id for each in judgments})
    if any(spec.show_if for spec in wanted.specs):
        for each in judgments:
            values = each.given
            unasked = values.keys() - asked(wanted.specs, values)
            report.tally.not_asked += sum(len(by_part(values[key])) for key in unasked)
