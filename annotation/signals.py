"""What this app tells the apps above it. Receivers enqueue work on commit and do nothing slow."""

from django.dispatch import Signal

# judgment: Judgment, created: bool (False: a further revision). Sent inside the transaction.
judgment_submitted = Signal()

# round: Round. Sent inside the transaction that closed it.
round_closed = Signal()
