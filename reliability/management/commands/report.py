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
        "Print the reliability report of a round: percent agreement, Krippendorff's alpha and "
        "Cohen's kappa of each rater pair, each with a 95% interval and its counts. JSON: a list "
        "of the records that `agreement` prints, with the round as source; the figures of a rater "
        'pair also hold "raters", the two codes. Exit code: 0 done, 2 wrong usage.'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--round", required=True, help="the round's name or public id")
        parser.add_argument("--format", choices=["table", "json"], default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        round_ = _round(options["project"], options["round"])
        figures = figures_of(save_report(round_=round_))
        if options["format"] == "json":
            self.stdout.write(json.dumps(figures.records(), ensure_ascii=False, indent=2))
        else:
            self.stdout.write(_table(figures))


def _round(project: str, name: str) -> Round:
    rounds = Round.objects.select_related("rubric_version__rubric").filter(project__slug=project)
    # A name may look like another round's public id: the name is what people type.
    round_ = rounds.filter(name=name).first() or rounds.filter(public_id=name).first()
    if round_ is None:
        raise CommandError(f"There is no round “{name}” in project “{project}”.", returncode=USAGE)
    return round_


def _table(figures: ReportFigures) -> str:
    lines = [
        f"{figures.round_name} ({figures.rubric}): "
        f"{figures.n_items} items, {figures.n_judgments} judgments",
        "",
    ]
    rows: list[tuple[str, ...]] = [HEADER]
    for criterion in figures.criteria:
        rows += [_row(criterion.key, figure) for figure in (*criterion.figures, *criterion.pairs)]
        rows += _without_figures(criterion)
    return "\n".join(lines + _aligned(rows))


def _row(key: str, figure: Figure) -> tuple[str, ...]:
    name = said(COEFFICIENTS, figure.coefficient)
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
