"""Lengths of time, as people read them."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def clock(seconds: float) -> str:
    """1:02:05 for 3725 seconds: exact to the second, and summable by hand."""
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}"


@register.filter
def in_minutes(seconds: float) -> str:
    """“1 h 2 min” for 3725 seconds."""
    hours, minutes = divmod(int(seconds) // 60, 60)
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)s min") % {"minutes": minutes}
