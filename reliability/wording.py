"""What reasons, cautions and readings are called, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

COEFFICIENTS: dict[str, Promise] = {
    "percent_agreement": _("Percent agreement"),
    "krippendorff_alpha": _("Krippendorff’s alpha"),
    "cohen_kappa": _("Cohen’s kappa"),
    "gwet_ac1": _("Gwet’s AC1"),
    "gwet_ac2": _("Gwet’s AC2"),
}

WEIGHTS: dict[str, Promise] = {
    "identity": _("unweighted"),
    "linear": _("linear weights"),
    "quadratic": _("quadratic weights"),
    "ordinal": _("ordinal weights"),
    "masi": _("MASI distance"),
    "jaccard": _("Jaccard distance"),
    "characters": _("characters marked or not"),
}

INTERVALS: dict[str, Promise] = {
    "jackknife_t": _("leave-one-item-out jackknife, t"),
    "linearized_t": _("linearised variance, t"),
}

REASONS: dict[str, Promise] = {
    "no_data": _("nobody has rated this yet"),
    "no_pairable_units": _("no item was rated by two people"),
    "no_variation": _("everybody gave one and the same value, so chance can’t be told from skill"),
    "one_category": _("the scale has one value only"),
    "too_few_units": _("there are too few items"),
    "too_few_raters": _("there are too few raters"),
    "ratio_needs_non_negative": _("a ratio scale needs values of zero or more"),
    "needs_numbers": _("this level of measurement needs numbers"),
    "needs_two_raters": _("two raters are needed"),
    "needs_complete_units": _("every rater must have rated every item"),
    "unsuitable_level": _("this figure doesn’t fit this level of measurement"),
    "too_many_values": _("there are too many different values"),
}

CAUTIONS: dict[str, Promise] = {
    "few_items": _("fewer than 20 shared items: read the interval, not the figure"),
    "degenerate_interval": _("no variation left for an interval"),
    "too_few_units_for_interval": _("one shared item allows no interval"),
    "leave_one_out_undefined": _("a single item carries all variation"),
    "rare_value": _("a value occurs in fewer than five items, so the interval may be too narrow"),
    "high_agreement_low_kappa": _(
        "raters agree often, but one value prevails: read kappa beside AC1 and percent agreement"
    ),
}

NOTES: dict[str, Promise] = {
    "undefined": _("undefined there too"),
    "not_offered": _("the package has no such figure"),
    "too_large": _("too many items for the package"),
}


def said(words: dict[str, Promise], name: str | None) -> str:
    """The words for `name`, or the name itself where nobody has written any."""
    if name is None:
        return ""
    return str(words.get(name, name.replace("_", " ")))


def number(value: float | None) -> str:
    """Two decimals and no leading zero, as statistics are written: .84, 1.00."""
    if value is None:
        return "–"
    text = f"{abs(value):.2f}".removeprefix("0")
    return f"−{text}" if value < 0 and text != ".00" else text


def interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "–"
    return gettext("%(low)s to %(high)s") % {"low": number(low), "high": number(high)}
