"""Parts of sentences: counts, values and links, safe to put into a page."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reliability.services.figures import Comparison, Figure
from reliability.wording import brief, interval, number, signed


def n_items(n: int) -> str:
    return ngettext("%(n)s item", "%(n)s items", n) % {"n": n}


def n_raters(n: int) -> str:
    return ngettext("%(n)s rater", "%(n)s raters", n) % {"n": n}


def name(text: str) -> SafeString:
    """A name that can't turn the direction of what is around it; long ones in full on hover."""
    shown = brief(text)
    if shown == text:
        return format_html("<bdi>{}</bdi>", shown)
    return format_html('<bdi title="{}">{}</bdi>', text, shown)


def anchor(value: Any, label: str) -> SafeString:
    """A point of a scale with its label: 2 “Partly”; a set of several stands in brackets."""
    is_set = isinstance(value, list | tuple) and len(value) > 1
    text = f"({point(value)})" if is_set else point(value)
    if not distinct(label, value):
        return format_html("<b>{}</b>", name(text))
    return format_html("<b>{}</b> “{}”", name(text), name(label))


def point(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or _("none")
    return str(value)


def link(url: str, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, text)


def with_interval(figure: Figure) -> str:
    """.52 (95% interval .43 to .61), or the figure alone where no interval exists."""
    if figure.ci_low is None:
        return number(figure.estimate)
    return _("%(value)s (95%% interval %(interval)s)") % {
        "value": number(figure.estimate),
        "interval": interval(figure.ci_low, figure.ci_high),
    }


def is_clear(change: Comparison | None) -> bool:
    """Whether the interval of a change leaves out zero."""
    if change is None or change.ci_low is None or change.ci_high is None:
        return False
    return not change.ci_low <= 0 <= change.ci_high


def distinct(label: str, value: Any) -> str:
    """A label that says more than the value itself, else nothing."""
    return "" if label.casefold() == point(value).casefold() else label


def change_with_interval(change: Comparison) -> str:
    return _("%(value)s (95%% interval %(interval)s)") % {
        "value": signed(change.value),
        "interval": interval(change.ci_low, change.ci_high),
    }
