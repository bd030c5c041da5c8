from annotation.models.batch import Batch, BatchRejection
from annotation.models.item import Attachment, CheckAnswer, Item
from annotation.models.judgment import Draft, Judgment, JudgmentRevision, Rating
from annotation.models.round import Assignment, Rater, Round, RoundRater, Slot

__all__ = [
    "Assignment",
    "Attachment",
    "Batch",
    "BatchRejection",
    "CheckAnswer",
    "Draft",
    "Item",
    "Judgment",
    "JudgmentRevision",
    "Rater",
    "Rating",
    "Round",
    "RoundRater",
    "Slot",
]
