"""How figures and values of releases and judge runs are written on pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.parts import part_label
from exports.choices import Split
from exports.labelling import value_text
from exports.records import LabelRecord
from exports.selectors.judge_agreement import Comparison
from exports.views.wording import SHORT_ORIGIN, distribution_in_words
from reliability.stats import Estimate
from reliability.wording import REASONS, interval, number, said

register = template.Library()
register.filter("figure", number)
register.filter("cell", value_text)
register.filter("part", part_label)


@register.filter
def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


@register.filter
def origin(value: str) -> str:
    return str(SHORT_ORIGIN[value])


@register.filter
def split_name(value: str) -> str:
    return str(Split(value).label)


@register.filter
def distribution(counts: Mapping[str, Any]) -> str:
    return distribution_in_words(dict(counts))


@register.filter
def has_rationale(record: LabelRecord) -> bool:
    return any(rating.get("rationale") for rating in record.ratings)


@register.filter
def undefined(reason: str | None) -> str:
    """Why a coefficient has no value, never a number instead of it."""
    if reason == "not_comparable":
        return _("free text")
    return str(said(REASONS, reason))


@register.filter
def round_name(rounds: Sequence[Mapping[str, Any]], public_id: str) -> str:
    return next((str(each["name"]) for each in rounds if each["id"] == public_id), "")


@register.filter
def least_reliable(entries: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """The lowest alpha among the criteria, since a release is as good as its weakest."""
    defined = [entry for entry in entries if entry.get("estimate") is not None]
    if not defined:
        return None
    worst = min(defined, key=lambda entry: float(entry["estimate"]))
    low, high = worst.get("ci_low"), worst.get("ci_high")
    note = str(worst["criterion"])
    if low is not None and high is not None:
        note += f" [{number(low)}, {number(high)}]"
    return {"value": str(number(worst["estimate"])), "note": note}


@register.filter
def estimate(found: Estimate | None) -> SafeString:
    """A coefficient with its interval, or why it has no value."""
    if found is None:
        return format_html("–")
    if found.value is None:
        return format_html('<span class="muted">{}</span>', undefined(found.undefined))
    if found.ci_low is None or found.ci_high is None:
        return format_html("{}", number(found.value))
    low, high = number(found.ci_low), number(found.ci_high)
    return format_html('{} <span class="muted">[{}, {}]</span>', number(found.value), low, high)


@register.filter
def interval_note(estimate: Estimate) -> str:
    """The interval and how many items it rests on."""
    if estimate.ci_low is None or estimate.ci_high is None:
        return _("no interval")
    return _("95%% interval %(interval)s") % {
        "interval": interval(estimate.ci_low, estimate.ci_high)
    }


@register.filter
def baseline_note(found: Comparison) -> str:
    """What agreement is worth: a judge without a mind reaches the baseline."""
    if found.baseline is None:
        return ""
    return _("always saying “%(value)s” would agree on %(share)s") % {
        "value": found.baseline_value,
        "share": percent(found.baseline),
    }


@register.filter
def pairs_note(found: Comparison) -> str:
    """How many pairs of answers a pooled figure rests on, and how many are equal."""
    counted = ngettext("%(n)d pair", "%(n)d pairs", found.n) % {"n": found.n}
    if found.agreement.value is None:
        return counted
    return _("%(pairs)s, %(share)s equal") % {
        "pairs": counted,
        "share": percent(found.agreement.value),
    }
