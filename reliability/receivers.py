"""What happens here when rounds move on."""

from typing import Any

from django.dispatch import receiver

from accounts.tasks import send_job
from annotation.choices import RoundKind
from annotation.models import Round
from annotation.signals import round_closed
from reliability.services.current_report import request_report
from reliability.services.queue_jobs import request_cases


@receiver(round_closed, dispatch_uid="reliability.round_closed")
def report_and_queue(sender: type, round: Round, **kwargs: Any) -> None:  # the signal names it so
    """A closed round gets its report; a production round's disagreements wait to be decided."""
    send_job(request_report(round_=round, requested_by=None))
    if round.kind == RoundKind.PRODUCTION:
        send_job(request_cases(round_=round))
