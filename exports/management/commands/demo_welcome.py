"""What `make run` prints: the address, the accounts, the production round's agreement."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.choices import Role
from annotation.choices import RoundKind
from annotation.models import Round
from reliability.services.figures import Figure, ReportFigures
from reliability.services.report import compute_report

PROJECT = "demo"
COLUMNS = ("criterion", "coefficient", "estimate", "95 % interval", "items", "raters", "ratings")
# One row a criterion and coefficient; pairs of raters are on the page.
SHOWN = ("percent_agreement", "krippendorff_alpha")


class Command(BaseCommand):
    help = "Print where the service is, the demo's accounts and the production round's agreement."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", required=True)
        parser.add_argument("--password", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"\nConcord is at {options['address']}\n")
        round_ = production_round()
        if round_ is None:
            return
        self.stdout.write("Demo accounts (password: " + options["password"] + ")")
        for role in Role:
            self.stdout.write(f"  {role.value}@example.org")
        self.stdout.write(f"\nAgreement in the round {round_.name!r}")
        self.stdout.write(table(compute_report(round_)))
        self.stdout.write("\nStop with Ctrl+C; what is done is kept.\n")


def production_round() -> Round | None:
    """The demo's production round, if the demo was loaded."""
    rounds = Round.objects.filter(project__slug=PROJECT, kind=RoundKind.PRODUCTION)
    return rounds.order_by("-id").first()


def table(report: ReportFigures) -> str:
    rows = [COLUMNS] + [
        row(figure)
        for criterion in report.criteria
        for figure in criterion.figures
        if figure.coefficient in SHOWN
    ]
    widths = [max(len(cells[i]) for cells in rows) for i in range(len(COLUMNS))]
    return "\n".join(
        "  " + "  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()
        for cells in rows
    )


def row(figure: Figure) -> tuple[str, ...]:
    if figure.estimate is None:
        estimate, interval = f"undefined ({figure.undefined_reason})", ""
    else:
        estimate = f"{figure.estimate:.3f}"
        low, high = figure.ci_low, figure.ci_high
        interval = f"{low:.3f} to {high:.3f}" if low is not None and high is not None else "none"
    name = figure.coefficient
    if name == "krippendorff_alpha" and figure.level:
        name += f" ({figure.level})"
    counts = (str(figure.n_units), str(figure.n_raters), str(figure.n_ratings))
    return (figure.criterion, name, estimate, interval, *counts)
