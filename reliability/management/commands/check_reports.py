"""`manage.py check_reports`: are finalised reports still what was finalised?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reliability.models import FinalReport
from reliability.services.final_files import damage_of


class Command(BaseCommand):
    help = (
        "Hash every finalised report and its ratings again and compare with what was stored. "
        "Exit code: 0 all are intact, 1 one is not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", default="", help="only this project, by its slug")

    def handle(self, *args: Any, **options: Any) -> None:
        reports = FinalReport.objects.select_related("round__project").order_by("pk")
        if options["project"]:
            reports = reports.filter(round__project__slug=options["project"])
        n = n_damaged = 0
        for report in reports.iterator(chunk_size=20):
            damage = damage_of(report)
            n, n_damaged = n + 1, n_damaged + bool(damage)
            for text in damage:
                place = f"{report.round.project.slug}, {report.round.name}, report {report.number}"
                self.stderr.write(f"{place}: {text}")
        if n_damaged:
            raise CommandError(f"{n_damaged} of {n} reports were altered.", returncode=1)
        self.stdout.write(f"{n} reports, all intact.")
