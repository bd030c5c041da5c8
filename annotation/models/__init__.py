from annotation.models.batch import Batch, BatchRejection
from annotation.models.item import Attachment, CheckAnswer, Item
from annotation.models.judgment import Draft, Judgment, JudgmentRevision, Rating
from annotation.models.round import Assignment, Rater, Round, RoundRater, Slot
from annotation.models.talk import Clarification, ClarificationRead, Flag, Return

__all__ = [
    "Assignment",
    "Attachment",
    "Batch",
    "BatchRejection",
    "CheckAnswer",
    "Clarification",
    "ClarificationRead",
    "Draft",
    "Flag",
    "Item",
    "Judgment",
    "JudgmentRevision",
    "Rater",
    "Rating",
    "Return",
    "Round",
    "RoundRater",
    "Slot",
]
