"""What lists of items say about each."""

from django import template
from django.utils.functional import Promise

from annotation.problems import LABELS

register = template.Library()


@register.filter
def problem_labels(codes: str) -> list[Promise]:
    """{{ item.problems|problem_labels }}: a badge's words for each code kept with an item."""
    return [LABELS[code] for code in codes.split() if code in LABELS]
