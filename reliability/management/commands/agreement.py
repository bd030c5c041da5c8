"""`manage.py agreement`: reliability figures of long files, without a database."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from django.core.management.base import BaseCommand, CommandError, DjangoHelpFormatter
from django.utils.translation import gettext as _

from reliability.longfile import (
    ALPHA,
    AgreementRow,
    Choice,
    LongFileError,
    RefusedDataError,
    StudyRequest,
    agreement_of,
    comparison_of,
    joined,
    read_long,
)
from reliability.printing import FOR_PEOPLE, FORMATS
from reliability.printing.records import to_json
from reliability.printing.words import cautions, printable
from reliability.stats.data import Level
from reliability.stats.distances import Metric, Weights
from reliability.stats.errors import StatisticsError
from reliability.stats.inference import Interval, IntervalMethod
from reliability.stats.registry import COEFFICIENTS

REFUSED, USAGE = 1, 2
LEVELS = tuple(level.value for level in Level)
SET_DISTANCES = (Metric.MASI.value, Metric.JACCARD.value)
WEIGHTS = (*(weights.value for weights in Weights), *SET_DISTANCES)
METHODS = tuple(method.value for method in IntervalMethod)
DRAWN = frozenset(name for name in METHODS if name.startswith(("bootstrap", "kalpha")))
DRAWS = 1000
SUFFIXES = {
    ".json": "json",
    ".csv": "csv",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".txt": "table",
}

EXAMPLES = """examples:
  One ordinal question, the scale declared, everything that can be said about it:
    manage.py agreement ratings.csv --level ordinal --categories 1,2,3,4,5

  Alpha of each model and language, as a page to send around:
    manage.py agreement ratings.parquet --coefficient krippendorff_alpha \\
        --by model --by language --output agreement.html

  One row an item, one column a rater:
    manage.py agreement sheet.xlsx --wide --unit item --raters ann,bob,cy

  Did agreement rise from the first round to the second? Do two models differ?
    manage.py agreement --compare round1.csv round2.csv --level ordinal
    manage.py agreement ratings.csv --compare model=a model=b

  Sentences of one summary aren't independent; a script reads the figures:
    manage.py agreement ratings.jsonl --group summary_id --format json

Exit code 0: done. 1: the data were refused; the message says where and why. 2: wrong usage.
Coefficients: {coefficients}.
"""


class _Formatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the lines of the examples, and Django's own options last."""


class Command(BaseCommand):
    help = (
        "Agreement and reliability from files of ratings (CSV, TSV, JSONL, Parquet, XLSX),\n"
        "each figure with its interval. It needs no database."
    )
    # The files are all it needs: no database, no settings beyond Django's own.
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        names = ", ".join(COEFFICIENTS)
        return super().create_parser(
            prog_name,
            subcommand,
            epilog=EXAMPLES.format(coefficients=names),
            formatter_class=_Formatter,
            **kwargs,
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="one row a rating")
        _add_columns(parser)
        _add_figures(parser)
        _add_comparison(parser)
        _add_output(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        form = _format(options)
        request = replace(_request(options), confusions=form in FOR_PEOPLE)
        rows = self._rows(request, options)
        if form not in FOR_PEOPLE and options["verbosity"] > 1:
            self._note(cautions(rows))
        if form == "json" and options["output"] is None and not _takes_unicode(self.stdout):
            self.stdout.write(to_json(rows, ascii_only=True))
        else:
            self._write(FORMATS[form](rows), options)

    def _rows(self, request: StudyRequest, options: dict[str, Any]) -> list[AgreementRow]:
        paths: list[Path] = options["files"]
        if options["compare"] is None:
            if not paths:
                raise CommandError(_("Name at least one file of ratings."), returncode=USAGE)
            return [row for path in paths for row in self._of_file(path, request, options)]
        if options["pairs"]:
            raise CommandError(_("--compare has no figures of single pairs."), returncode=USAGE)
        sides = _sides(options["compare"])
        if sides[0].column is None:
            return self._of_two_files(sides, request, options)
        if not paths:
            raise CommandError(_("Name the file whose parts to compare."), returncode=USAGE)
        return [row for path in paths for row in self._of_parts(path, sides, request, options)]

    def _of_file(
        self, path: Path, request: StudyRequest, options: dict[str, Any]
    ) -> Sequence[AgreementRow]:
        frame, request = _read(path, request, options)
        with _Refusals(path):
            rows, notes = agreement_of(frame, request, source=str(path))
        self._note(notes)
        return rows

    def _of_parts(
        self,
        path: Path,
        sides: tuple[Choice, Choice],
        request: StudyRequest,
        options: dict[str, Any],
    ) -> Sequence[AgreementRow]:
        frame, request = _read(path, request, options, also=sides[0].column)
        with _Refusals(path):
            rows, notes = comparison_of(
                frame, request, sides, source=str(path), permutations=options["permutations"]
            )
        self._note(notes)
        return rows

    def _of_two_files(
        self, sides: tuple[Choice, Choice], request: StudyRequest, options: dict[str, Any]
    ) -> list[AgreementRow]:
        if options["files"]:
            message = _("--compare names both files itself; leave out %(file)s.")
            raise CommandError(message % {"file": options["files"][0]}, returncode=USAGE)
        read = [_read(Path(side.name), request, options) for side in sides]
        request = read[0][1]
        source = " | ".join(side.name for side in sides)
        with _Refusals(source):
            names = [side.name for side in sides]
            pairs = [(name, frame) for name, (frame, _wide) in zip(names, read, strict=True)]
            frame, files = joined(pairs, request)
            rows, notes = comparison_of(
                frame,
                request,
                sides,
                source=source,
                permutations=options["permutations"],
                files=files,
            )
        self._note(notes)
        return list(rows)

    def _note(self, notes: Sequence[str]) -> None:
        for note in notes:
            self.stderr.write(printable(note))

    def _write(self, text: str, options: dict[str, Any]) -> None:
        path: Path | None = options["output"]
        if path is None:
            self.stdout.write(_encodable(text, self.stdout))
            return
        try:
            with path.open("w" if options["overwrite"] else "x", encoding="utf-8") as file:
                file.write(text + "\n")
        except FileExistsError as error:
            message = _("There is a file %(path)s already; add --overwrite to replace it.")
            raise CommandError(message % {"path": path}, returncode=USAGE) from error
        except OSError as error:
            message = _("%(path)s can’t be written: %(reason)s.")
            words = {"path": path, "reason": error.strerror}
            raise CommandError(message % words, returncode=USAGE) from error


class _Refusals:
    """Turns what the engine refuses into exit code 1, naming the file."""

    def __init__(self, source: Path | str) -> None:
        self.source = source

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, LongFileError | RefusedDataError | StatisticsError):
            return
        message = printable(str(error))
        name = self.source.name if isinstance(self.source, Path) else self.source
        named = message if message.startswith(name) else f"{self.source}: {message}"
        raise CommandError(named, returncode=REFUSED) from error


def _add_columns(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("columns")
    group.add_argument("--unit", default="item_id", help="column of what was rated (%(default)s)")
    group.add_argument("--rater", default="rater_id", help="column of who rated (%(default)s)")
    group.add_argument("--value", default="value", help="column of the rating (%(default)s)")
    group.add_argument("--criterion", help="column of what was asked (dimension, if there is one)")
    group.add_argument("--only", default="", help="criteria to compute, comma-separated")
    group.add_argument(
        "--by",
        action="append",
        default=[],
        metavar="COLUMN[,COLUMN]",
        help="slice columns: each combination apart, beside the whole; "
        "repeat the option for separate families of slices",
    )
    group.add_argument(
        "--group",
        metavar="COLUMN",
        help="column of what items belong to, such as the summary of a sentence: "
        "intervals then leave out whole groups",
    )
    group.add_argument("--wide", action="store_true", help="one row an item, one column a rater")
    group.add_argument("--raters", default="", help="the rater columns of a wide file")
    group.add_argument(
        "--missing",
        action="append",
        default=[],
        help="values that mean a missing rating, such as NULL; repeat or separate by commas. "
        "Only empty cells are missing otherwise",
    )


def _add_figures(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("figures")
    group.add_argument(
        "--level", default="nominal", help=f"of measurement: {', '.join(LEVELS)} (nominal)"
    )
    group.add_argument("--coefficient", default="all", help="all, or names, comma-separated")
    group.add_argument("--weights", default="", help=f"of: {', '.join(WEIGHTS)}")
    group.add_argument("--categories", help="the scale in order, unused points included")
    group.add_argument("--pairs", action="store_true", help="two-rater figures for each pair too")
    group.add_argument("--confidence", type=float, default=0.95, help="of intervals (%(default)s)")
    group.add_argument(
        "--interval", choices=METHODS, metavar="METHOD", help=f"of: {', '.join(METHODS)}"
    )
    group.add_argument(
        "--bootstrap",
        type=int,
        default=0,
        metavar="N",
        help="intervals from N resamples of the items, instead of the jackknife's (0: none)",
    )
    group.add_argument("--seed", type=int, default=0, help="of what is drawn (%(default)s)")


def _add_comparison(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("comparison")
    group.add_argument(
        "--compare",
        nargs=2,
        metavar=("A", "B"),
        help="the differences A minus B instead: two files, or COLUMN=VALUE twice "
        "(several values: COLUMN=V1,V2), paired by item where items are shared",
    )
    group.add_argument(
        "--permutations",
        type=int,
        default=2000,
        metavar="N",
        help="of the test beside each difference (%(default)s; 0: no test)",
    )


def _add_output(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("--format", choices=tuple(FORMATS), help="(table)")
    group.add_argument(
        "--output", type=Path, metavar="PATH", help="a file, whose suffix may name the format"
    )
    group.add_argument("--overwrite", action="store_true", help="replace the file if it exists")


def _format(options: dict[str, Any]) -> str:
    path: Path | None = options["output"]
    suggested = "table" if path is None else SUFFIXES.get(path.suffix.lower(), "table")
    return str(options["format"] or suggested)


def _request(options: dict[str, Any]) -> StudyRequest:
    names = _names(options["coefficient"], tuple(COEFFICIENTS), "coefficient", every=True)
    categories = options["categories"]
    return StudyRequest(
        unit=options["unit"],
        rater=options["rater"],
        value=options["value"],
        criterion=options["criterion"],
        by=tuple(_list(family) for family in options["by"]),
        group=options["group"],
        wide=_list(options["raters"]) or None,
        only=_list(options["only"]),
        levels=tuple(map(Level, _names(options["level"], LEVELS, "level"))),
        coefficients=names,
        weights=_weights(options["weights"], names),
        categories=None if categories is None else _list(categories),
        missing=tuple(cell for text in options["missing"] for cell in _list(text)),
        pairs=options["pairs"],
        interval=_interval(options),
    )


def _weights(text: str, coefficients: tuple[str, ...]) -> tuple[str, ...]:
    chosen = _names(text, WEIGHTS, "weights")
    if set(chosen) & set(SET_DISTANCES) and coefficients != (ALPHA,):
        message = _(
            "masi and jaccard are distances of sets, for alpha alone: add --coefficient %(alpha)s."
        )
        raise CommandError(message % {"alpha": ALPHA}, returncode=USAGE)
    return chosen


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _names(text: str, known: tuple[str, ...], role: str, *, every: bool = False) -> tuple[str, ...]:
    if every and text == "all":
        return known
    names = tuple(dict.fromkeys(_list(text)))
    for name in names:
        if name not in known:
            message = _("There is no %(role)s %(name)r; there are: %(known)s.")
            words = {"role": role, "name": name, "known": ", ".join(known)}
            raise CommandError(message % words, returncode=USAGE)
    return names


def _interval(options: dict[str, Any]) -> Interval:
    draws, named = options["bootstrap"], options["interval"]
    if min(draws, options["seed"], options["permutations"]) < 0:
        message = _("--bootstrap, --permutations and --seed are zero or more.")
        raise CommandError(message, returncode=USAGE)
    if draws and named is not None and named not in DRAWN:
        message = _("--bootstrap %(draws)d draws nothing for the interval %(name)s; leave out one.")
        raise CommandError(message % {"draws": draws, "name": named}, returncode=USAGE)
    default = IntervalMethod.BOOTSTRAP_PERCENTILE if draws else IntervalMethod.JACKKNIFE_T
    method = default if named is None else IntervalMethod(named)
    try:
        return Interval(method, options["confidence"], draws or DRAWS, options["seed"])
    except StatisticsError as error:
        raise CommandError(str(error), returncode=USAGE) from error


def _sides(texts: Sequence[str]) -> tuple[Choice, Choice]:
    first, second = (_choice(text) for text in texts)
    if first.column != second.column:
        message = _("--compare takes two files, or COLUMN=VALUE twice with the same column.")
        raise CommandError(message, returncode=USAGE)
    if first.values == second.values:
        raise CommandError(_("--compare was given the same side twice."), returncode=USAGE)
    return first, second


def _choice(text: str) -> Choice:
    """A file if there is one of that name; otherwise values of a column."""
    column, is_choice, value = text.partition("=")
    if Path(text).is_file() or not is_choice:
        return Choice(name=text, column=None, values=(text,))
    return Choice(name=text, column=column.strip(), values=_list(value))


def _read(
    path: Path, request: StudyRequest, options: dict[str, Any], *, also: str | None = None
) -> tuple[pd.DataFrame, StudyRequest]:
    """The file's columns that matter, and the request with its rater columns named."""
    if not path.is_file():
        message = _("There is no file %(path)s.")
        raise CommandError(message % {"path": path}, returncode=USAGE)
    with _Refusals(path):
        frame = _columns_of(path, request, _wanted(request, options), also)
    if options["wide"]:
        request = _wide_request(request, list(map(str, frame.columns)), also)
    return frame, request


def _columns_of(
    path: Path, request: StudyRequest, wanted: list[str] | None, also: str | None
) -> pd.DataFrame:
    """The wanted columns; all of them when one is missing, so that the refusal can name them."""
    if wanted is None:
        return read_long(path)
    frame = read_long(path, [*wanted, *([also] if also else [])])
    optional = "dimension" if request.criterion is None else None
    missing = {*wanted, *([also] if also else [])} - {optional, *map(str, frame.columns)}
    return read_long(path) if missing else frame


def _wanted(request: StudyRequest, options: dict[str, Any]) -> list[str] | None:
    """Columns to read; all of a wide file whose raters are not named."""
    if options["wide"] and request.wide is None:
        return None
    ratings = list(request.wide) if request.wide else [request.rater, request.value]
    return [*_about_units(request), *ratings]


def _about_units(request: StudyRequest) -> list[str]:
    by = [name for family in request.by for name in family]
    group = [] if request.group is None else [request.group]
    return [request.unit, request.criterion or "dimension", *by, *group]


def _wide_request(request: StudyRequest, columns: list[str], also: str | None) -> StudyRequest:
    if request.wide is not None:
        return request
    taken = {*_about_units(request), also}
    return replace(request, wide=tuple(name for name in columns if name not in taken))


_PLAIN_SIGNS = str.maketrans("▕▏─█┊·–−…’", "||-#:---~'")


def _takes_unicode(stream: Any) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")


def _encodable(text: str, stream: Any) -> str:
    """The text with signs for lines, and whatever else the stream can't hold as a code."""
    if _takes_unicode(stream):
        return text
    text = text.translate(_PLAIN_SIGNS)
    return text.encode(stream.encoding, "backslashreplace").decode(stream.encoding)
