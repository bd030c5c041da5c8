"""`manage.py agreement`: reliability figures of long files, without a database."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reliability.longfile import (
    AgreementRow,
    LongFileError,
    RefusedDataError,
    StudyRequest,
    agreement_of,
    read_long,
)
from reliability.longfile.output import FORMATS
from reliability.stats.data import Level
from reliability.stats.distances import Weights
from reliability.stats.errors import StatisticsError
from reliability.stats.inference import Interval, IntervalMethod
from reliability.stats.registry import COEFFICIENTS

REFUSED, USAGE = 1, 2
LEVELS = tuple(level.value for level in Level)
METHODS = ("jackknife_t", "linearized_t", "gwet_t", "asymptotic_normal", "f_distribution")


class Command(BaseCommand):
    help = (
        "Agreement and reliability from long files of ratings (CSV, JSONL, Parquet, XLSX), each "
        "figure with its interval. Exit code 0: done; 1: the data were refused, the message says "
        "which row and why; 2: wrong usage."
    )
    # The files are all it needs: no database, no settings beyond Django's own.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        _add_columns(parser)
        _add_figures(parser)
        parser.add_argument("--format", choices=tuple(FORMATS), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        rows: list[AgreementRow] = []
        for path in options["files"]:
            rows += self._rows(path, options)
        self.stdout.write(FORMATS[options["format"]](rows))

    def _rows(self, path: Path, options: dict[str, Any]) -> list[AgreementRow]:
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=USAGE)
        request = _request(options)
        try:
            frame = read_long(path, _wanted(request, options))
            if options["wide"]:
                request = _wide_request(request, list(map(str, frame.columns)))
            rows, notes = agreement_of(frame, request, source=str(path))
        except (LongFileError, RefusedDataError, StatisticsError) as error:
            message = str(error)
            named = message if message.startswith(path.name) else f"{path}: {message}"
            raise CommandError(named, returncode=REFUSED) from error
        for note in notes:
            self.stderr.write(note)
        return rows


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
        help="slice columns, comma-separated: each combination apart, beside the whole; "
        "repeat the option for separate families of slices",
    )
    group.add_argument("--wide", action="store_true", help="one row a unit, one column a rater")
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
    group.add_argument("--level", default="nominal", help=f"of: {', '.join(LEVELS)} (nominal)")
    group.add_argument("--coefficient", default="all", help="all, or names, comma-separated")
    group.add_argument("--weights", default="", help=f"of: {', '.join(Weights)}")
    group.add_argument("--categories", help="the scale in order, unused points included")
    group.add_argument("--pairs", action="store_true", help="two-rater figures for each pair too")
    group.add_argument(
        "--bootstrap",
        type=int,
        default=0,
        metavar="N",
        help="percentile intervals from N resamples of the units, instead of the jackknife's",
    )
    group.add_argument("--seed", type=int, default=0, help="of the bootstrap (%(default)s)")
    group.add_argument("--confidence", type=float, default=0.95)
    group.add_argument("--interval", choices=METHODS, default="jackknife_t")


def _request(options: dict[str, Any]) -> StudyRequest:
    names = _names(options["coefficient"], tuple(COEFFICIENTS), "coefficient", every=True)
    categories = options["categories"]
    return StudyRequest(
        unit=options["unit"],
        rater=options["rater"],
        value=options["value"],
        criterion=options["criterion"],
        by=tuple(_list(family) for family in options["by"]),
        wide=_list(options["raters"]) or None,
        only=_list(options["only"]),
        levels=tuple(map(Level, _names(options["level"], LEVELS, "level"))),
        coefficients=names,
        weights=_names(options["weights"], tuple(Weights), "weights"),
        categories=None if categories is None else _list(categories),
        missing=tuple(cell for text in options["missing"] for cell in _list(text)),
        pairs=options["pairs"],
        interval=_interval(options),
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _names(text: str, known: tuple[str, ...], role: str, *, every: bool = False) -> tuple[str, ...]:
    if every and text == "all":
        return known
    names = tuple(dict.fromkeys(_list(text)))
    for name in names:
        if name not in known:
            message = f"There is no {role} {name!r}; there are: {', '.join(known)}."
            raise CommandError(message, returncode=USAGE)
    return names


def _interval(options: dict[str, Any]) -> Interval:
    draws = options["bootstrap"]
    if draws < 0 or options["seed"] < 0:
        raise CommandError("--bootstrap and --seed are zero or more.", returncode=USAGE)
    method = IntervalMethod.BOOTSTRAP_PERCENTILE if draws else IntervalMethod(options["interval"])
    try:
        return Interval(method, options["confidence"], draws or 1, options["seed"])
    except StatisticsError as error:
        raise CommandError(str(error), returncode=USAGE) from error


def _wanted(request: StudyRequest, options: dict[str, Any]) -> list[str] | None:
    """Columns to read; all of a wide file whose raters are not named."""
    if options["wide"] and request.wide is None:
        return None
    by = [name for family in request.by for name in family]
    criterion = request.criterion or "dimension"
    ratings = list(request.wide) if request.wide else [request.rater, request.value]
    return [request.unit, criterion, *by, *ratings]


def _wide_request(request: StudyRequest, columns: list[str]) -> StudyRequest:
    if request.wide is not None:
        return request
    taken = {request.unit, request.criterion or "dimension"}
    taken |= {name for family in request.by for name in family}
    return replace(request, wide=tuple(name for name in columns if name not in taken))
