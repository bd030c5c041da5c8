"""The clock of leases: what lapsed goes back, and leases follow how long work takes."""

from celery import shared_task

from annotation.services.leases import open_rounds, recompute_lease, release_expired


@shared_task
def release_expired_leases() -> int:
    """Give back what lapsed, in every round, also where nobody asks for work."""
    return release_expired()


@shared_task
def recompute_leases() -> None:
    for round_ in open_rounds():
        recompute_lease(round_=round_)
