"""`manage.py report`: the reliability report of a round."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.models import Round
from reliability.services.figures import CriterionFigures, Figure, ReportFigures
from reliability.services.report import figures_of, save_report
from reliability.wording import COEFFICIENTS, REASONS, WEIGHTS, said

USAGE = 2
HEADER = ("criterion", "figure", "estimate", "95% interval", "items", "raters", "note")


class Command(BaseCommand):
    help = (
        "Print the reliability report of a round: Krippendorff's alpha, percent agreement and the "
        "kappas, and Cohen's kappa of each rater pair, with 95% intervals and counts. JSON: a "
        "list of the records that `agreement` prints, with the round as source; the figures of a "
        'rater pair also hold "raters", the two codes, and those of a slice (--by) its value. '
        "Exit code: 0 done, 2 wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--round", required=True, help="the round's name or public id")
        parser.add_argument(
            "--by",
            metavar="NAME",
            help="also by slice: model, batch, vendor, length, or a key that items carry",
        )
        parser.add_argument("--format", choices=["table", "json"], default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        round_ = _round(options["project"], options["round"])
        figures = figures_of(save_report(round_=round_))
        by = options["by"]
        _require_slice(figures, by)
        if options["format"] == "json":
            records = [*figures.records(), *figures.slice_records(by)]
            self.stdout.write(json.dumps(records, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(_table(figures, by))


def _round(project: str, name: str) -> Round:
    rounds = Round.objects.select_related("rubric_version__rubric").filter(project__slug=project)
    # A name may look like another round's public id: the name is what people type.
    round_ = rounds.filter(name=name).first() or rounds.filter(public_id=name).first()
    if round_ is None:
        raise CommandError(f"There is no round “{name}” in project “{project}”.", returncode=USAGE)
    return round_


def _require_slice(figures: ReportFigures, by: str | None) -> None:
    known = dict.fromkeys(family.name for each in figures.criteria for family in each.slices)
    if by is not None and by not in known:
        names = ", ".join(known) or "none"
        raise CommandError(
            f"Items of this round can't be told apart by “{by}”. Known: {names}.", returncode=USAGE
        )


def _table(figures: ReportFigures, by: str | None) -> str:
    lines = [
        f"{figures.round_name} ({figures.rubric}): "
        f"{figures.n_items} items, {figures.n_judgments} judgments",
        "",
    ]
    rows: list[tuple[str, ...]] = [HEADER]
    for criterion in figures.criteria:
        rows += [_row(criterion.key, figure) for figure in (*criterion.figures, *criterion.pairs)]
        rows += _without_figures(criterion)
        rows += _slice_rows(criterion, by)
    return "\n".join(lines + _aligned(rows))


def _slice_rows(criterion: CriterionFigures, by: str | None) -> list[tuple[str, ...]]:
    family = criterion.slice_family(by) if by else None
    rows: list[tuple[str, ...]] = []
    for row in family.rows if family else ():
        place = f"{by}={row.value}"
        if row.is_suppressed:
            too_few = f"fewer than {family.min_items} items" if family else ""
            rows.append((criterion.key, place, "-", "-", str(row.n_items), "", too_few))
        rows += [
            _row(criterion.key, figure, f"{place}: ")
            for figure in (row.figure, row.agreement)
            if figure is not None
        ]
    return rows


def _row(key: str, figure: Figure, before: str = "") -> tuple[str, ...]:
    name = before + said(COEFFICIENTS, figure.coefficient)
    if figure.raters:
        name += f" {figure.raters[0]} × {figure.raters[1]}"
    if figure.weights not in {None, "identity"}:
        name += f", {said(WEIGHTS, figure.weights)}"
    reason = said(REASONS, figure.undefined_reason)
    raters = "" if figure.n_raters is None else str(figure.n_raters)
    evidence = (_number(figure.estimate), _interval(figure), str(figure.n_units), raters)
    return (key, name, *evidence, reason)


def _without_figures(criterion: CriterionFigures) -> list[tuple[str, ...]]:
    if criterion.figures:
        return []
    return [(criterion.key, "-", "", "", str(criterion.n_items), "", "free text has no agreement")]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(figure: Figure) -> str:
    if figure.ci_low is None or figure.ci_high is None:
        return "-"
    return f"{figure.ci_low:.3f} to {figure.ci_high:.3f}"


def _aligned(rows: Sequence[Iterable[str]]) -> list[str]:
    cells = [list(row) for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(HEADER))]
    cells.insert(1, ["-" * width for width in widths])
    padded = ([c.ljust(w) for c, w in zip(row, widths, strict=True)] for row in cells)
    return ["  ".join(row).rstrip() for row in padded]
