"""What reasons, cautions and readings are called, in words."""

from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.direction import left_to_right

COEFFICIENTS: dict[str, Promise] = {
    "percent_agreement": _("Percent agreement"),
    "krippendorff_alpha": _("Krippendorff’s alpha"),
    "cohen_kappa": _("Cohen’s kappa"),
    "gwet_ac1": _("Gwet’s AC1"),
    "gwet_ac2": _("Gwet’s AC2"),
    "fleiss_kappa": _("Fleiss’ kappa"),
    "conger_kappa": _("Conger’s kappa"),
    "light_kappa": _("Light’s kappa"),
    "scott_pi": _("Scott’s pi"),
    "brennan_prediger": _("Brennan–Prediger"),
    "pabak": _("PABAK"),
    "randolph_kappa": _("Randolph’s kappa"),
    "specific_agreement": _("Specific agreement"),
    "percent_agreement_pooled": _("Percent agreement, pooled over pairs"),
    "icc_1_1": _("ICC(1,1)"),
    "icc_2_1": _("ICC(2,1)"),
    "icc_2_k": _("ICC(2,k)"),
    "icc_3_1": _("ICC(3,1)"),
    "kendall_w": _("Kendall’s W"),
    "lin_ccc": _("Lin’s concordance"),
    "spearman": _("Spearman’s rho"),
    "pearson": _("Pearson’s r"),
    "kendall_tau": _("Kendall’s tau"),
    "u_alpha": _("Krippendorff’s alpha for unitizing"),
    "span_f1_exact": _("F1 of marked passages, same start and end"),
    "span_f1_soft": _("F1 of marked passages, shared characters"),
    "preference_agreement": _("Agreement on preferences"),
    "preference_kappa": _("Kappa of preferences"),
}

WEIGHTS: dict[str, Promise] = {
    "identity": _("unweighted"),
    "linear": _("linear weights"),
    "quadratic": _("quadratic weights"),
    "ordinal": _("ordinal weights"),
    "masi": _("MASI distance"),
    "jaccard": _("Jaccard distance"),
    "characters": _("characters marked or not"),
    "labelled_characters": _("characters by their labels"),
    "tie_credit": _("a tie counts half"),
}

INTERVALS: dict[str, Promise] = {
    "jackknife_t": _("leave-one-item-out jackknife, t"),
    "linearized_t": _("linearised variance, t"),
    "bootstrap_percentile": _("bootstrap of items, percentiles"),
    "bootstrap_bca": _("bootstrap of items, BCa"),
    "f_distribution": _("F distribution"),
    "fisher_z": _("Fisher’s z"),
    "asymptotic_normal": _("asymptotic normal"),
}

REASONS: dict[str, Promise] = {
    "no_data": _("nobody has rated this yet"),
    "no_pairable_units": _("no item was rated by two people"),
    "no_variation": _("everybody gave one and the same value, so chance can’t be told from skill"),
    "one_category": _("the scale has one value only"),
    "too_few_units": _("there are too few items"),
    "too_few_raters": _("there are too few raters"),
    "needs_order": _("these values have no order"),
    "raters_never_meet": _("raters fall into groups that share no item"),
    "point_not_used": _("nobody gave this value to an item with two ratings"),
    "ratio_needs_non_negative": _("a ratio scale needs values of zero or more"),
    "needs_numbers": _("this level of measurement needs numbers"),
    "needs_two_raters": _("two raters are needed"),
    "needs_complete_units": _("every rater must have rated every item"),
    "unsuitable_level": _("this figure doesn’t fit this level of measurement"),
    "too_many_values": _("there are too many different values"),
    "no_finite_abilities": _(
        "some systems never lost to the others, or were never compared with them, "
        "so nothing says how far ahead they are"
    ),
    "needs_preferences": _("it needs choices between two responses, with or without ties"),
    "no_spans": _("nobody marked a passage that could be compared"),
    "overlapping_spans": _("passages of one rater with different labels overlap"),
}

# What changes an undefined figure.
REMEDIES: dict[str, Promise] = {
    "no_data": _("Ask raters to judge it."),
    "no_pairable_units": _("Give at least 20 items to two raters each."),
    "no_variation": _("Add items on which another answer would be right."),
    "one_category": _("Publish a rubric version whose scale has two values or more."),
    "too_few_units": _("Give at least 20 items to two raters each."),
    "too_few_raters": _("Give the items to two raters or more."),
    "needs_numbers": _("Publish a rubric version with another level of measurement."),
    "needs_order": _("Publish a rubric version with another level of measurement."),
    "ratio_needs_non_negative": _("Publish a rubric version at interval level."),
    "raters_never_meet": _("Give some items to raters of both groups."),
    "needs_complete_units": _("Read Krippendorff’s alpha, which needs no complete items."),
    "needs_two_raters": _("Read Krippendorff’s alpha, which takes any number of raters."),
    "unsuitable_level": _("Read Krippendorff’s alpha, which fits every level of measurement."),
    "too_many_values": _("Publish a rubric version whose scale has fewer values."),
    "point_not_used": _("Add items to which this value may apply."),
    "no_finite_abilities": _("Compare each system with others until all have won and lost."),
    "needs_preferences": _("Publish a rubric version that asks which of two responses is better."),
    "no_spans": _("Give at least 20 texts to two raters each."),
    "overlapping_spans": _("Read the agreement on characters, which lets passages overlap."),
}

CAUTIONS: dict[str, Promise] = {
    "few_items": _("fewer than 20 shared items: read the interval, not the figure"),
    "degenerate_interval": _("no variation left for an interval"),
    "too_few_units_for_interval": _("one shared item allows no interval"),
    "leave_one_out_undefined": _("a single item carries all variation"),
    "rare_value": _("a value occurs in fewer than five items, so the interval may be too narrow"),
    "few_informative_units": _(
        "few items carry the whole variation, so the interval may be too narrow"
    ),
    "draws_undefined": _("some resamples have no value and are left out of the interval"),
    "incomplete_units_dropped": _("items that not everybody rated are left out"),
    "pairs_undefined": _("some rater pairs have no value and are left out of the mean"),
    "high_agreement_low_kappa": _(
        "raters agree often, but one value prevails: read kappa beside AC1 and percent agreement"
    ),
}

# The words of benchmark scales, as their authors wrote them.
BENCHMARKS: dict[str, Promise] = {
    "almost perfect": _("almost perfect"),
    "substantial": _("substantial"),
    "moderate": _("moderate"),
    "fair": _("fair"),
    "slight": _("slight"),
    "poor": _("poor"),
    "very good": _("very good"),
    "good": _("good"),
    "excellent": _("excellent"),
    "fair to good": _("fair to good"),
    "questionable": _("questionable"),
    "unacceptable": _("unacceptable"),
    "reliable": _("reliable"),
    "tentative": _("tentative"),
    "not reliable": _("not reliable"),
}

# What a coefficient compares, by its name and weights, where these do not say it.
MEANINGS: dict[tuple[str, str | None], Promise] = {
    ("krippendorff_alpha", "characters"): _(
        "whether each character is marked, whatever the label, corrected for chance"
    ),
    ("percent_agreement", "characters"): _(
        "share of rater pairs that both marked a character or both did not"
    ),
    ("krippendorff_alpha", "labelled_characters"): _(
        "which labels each character has, if any, corrected for chance"
    ),
    ("u_alpha", None): _(
        "where passages begin and end and what they are called; chance deals out whole passages"
    ),
    ("span_f1_exact", None): _(
        "share of passages that the other rater marked from the same start to the same end, "
        "with the same label"
    ),
    ("span_f1_soft", None): _(
        "share of each passage’s characters that the other rater marked with the same label"
    ),
    ("preference_agreement", "tie_credit"): _(
        "share of rater pairs that prefer the same response; a tie against a decision is half"
    ),
    ("preference_kappa", "tie_credit"): _(
        "the same, corrected for how often each response and ties are chosen (Fleiss’ kappa)"
    ),
}

# Why rounds have no common figure.
POOLING: dict[str, Promise] = {
    "one_round": _("only one round of the newest rubric version has this criterion"),
    "points_differ": _("the rounds use different scales"),
    "too_many_values": _("there are too many different values to keep"),
    "parts_of_items": _("parts of items are rated, and which item each is of is not kept"),
    "shared_items": _("the rounds judged the same items, which would count twice"),
}

# Of criteria that are asked of parts of items, what a unit is and what intervals leave out.
PARTS_TITLES: dict[str, Promise] = {
    "response": _("Each response is rated for itself"),
    "turn": _("Each turn is rated for itself"),
    "step": _("Each tool call is rated for itself"),
}
PARTS_NOTES: dict[str, Promise] = {
    "response": _(
        "Where items are counted here, each rated response is one: %(n)d responses of %(items)d "
        "items. The responses of one item are not independent, so intervals leave out one item "
        "with all its responses at a time; only the limits of a rater’s severity take them for "
        "independent."
    ),
    "turn": _(
        "Where items are counted here, each rated turn is one: %(n)d turns of %(items)d items. The "
        "turns of one item are not independent, so intervals leave out one item with all its turns "
        "at a time; only the limits of a rater’s severity take them for independent."
    ),
    "step": _(
        "Where items are counted here, each rated tool call is one: %(n)d calls of %(items)d "
        "items. The calls of one item are not independent, so intervals leave out one item with "
        "all its calls at a time; only the limits of a rater’s severity take them for independent."
    ),
}

NOTES: dict[str, Promise] = {
    "undefined": _("undefined there too"),
    "not_offered": _("the package has no such figure"),
    "too_large": _("too many items for the package"),
}


LEAST_PROBABILITY = 0.001


def said(words: dict[str, Promise], name: str | None) -> str:
    """The words for `name`, or the name itself where nobody has written any."""
    if name is None:
        return ""
    return str(words.get(name, name.replace("_", " ")))


def meaning(coefficient: str, weights: str | None) -> str:
    """What the coefficient compares; nothing where its name says it."""
    return str(MEANINGS.get((coefficient, weights), ""))


def parts_title(per: str) -> str:
    return said(PARTS_TITLES, per) if per else ""


def parts_note(per: str, *, n_parts: int, n_items: int | None) -> str:
    """What the units of a criterion with parts are; nothing of one without."""
    if not per:
        return ""
    return said(PARTS_NOTES, per) % {"n": n_parts, "items": n_items or 0}


# Names come from outside and may be thousands of characters long.
LONGEST_NAME = 60


def brief(text: str) -> str:
    return str(Truncator(text).chars(LONGEST_NAME))


def number(value: float | None) -> str:
    """Two decimals and no leading zero, as statistics are written: .84, 1.00."""
    if value is None:
        return "–"
    text = f"{abs(value):.2f}".removeprefix("0")
    return left_to_right(f"−{text}" if value < 0 and text != ".00" else text)


def signed(value: float | None) -> str:
    """A difference with its sign."""
    if value is None or value < 0:
        return number(value)
    text = f"{value:.2f}".removeprefix("0")
    return left_to_right(text if text == ".00" else f"+{text}")


def probability(value: float | None) -> str:
    """A p-value to three decimals, as it is written after the letter p."""
    if value is None:
        return "–"
    text = "< .001" if value < LEAST_PROBABILITY else f"{value:.3f}".removeprefix("0")
    return left_to_right(text)


def percentage(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f}%"


def interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "–"
    return gettext("%(low)s to %(high)s") % {"low": number(low), "high": number(high)}
