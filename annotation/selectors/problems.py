"""What was found odd in the items of a batch."""

from collections import Counter

from django.db.models import Count, QuerySet

from annotation.models import Attachment, Batch, Item

SHOWN_MISSING = 100


def problem_counts(batch: Batch) -> Counter[str]:
    """{code: number of items}; the database counts the few combinations that occur."""
    if not batch.n_problems:
        return Counter()
    found = Item.objects.filter(batch=batch).exclude(problems="").order_by()
    counts: Counter[str] = Counter()
    for codes, n in found.values_list("problems").annotate(n=Count("pk")):
        counts.update(dict.fromkeys(codes.split(), n))
    return counts


def missing_files(batch: Batch) -> list[tuple[str, str]]:
    """(item, name) of files that were named and did not come, the first hundred."""
    if not batch.n_problems:
        return []
    found = Attachment.objects.filter(item__batch=batch, file="").order_by("item", "place")
    return list(found.values_list("item__external_id", "original_name")[:SHOWN_MISSING])


def with_problem(items: QuerySet[Item], code: str) -> QuerySet[Item]:
    """Items with the problem `code`; "any": with whatever problem."""
    if code == "any":
        return items.exclude(problems="")
    return items.filter(problems__contains=code)


def attachment_at(item: Item, place: int) -> Attachment | None:
    """The file at the item's own place, if one came."""
    return Attachment.objects.filter(item=item, place=place).exclude(file="").first()


def attachments_of(item: Item) -> list[Attachment]:
    return list(Attachment.objects.filter(item=item).order_by("place"))
