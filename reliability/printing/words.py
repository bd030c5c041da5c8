"""What figures of a file say in words."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reliability.longfile import AgreementRow, ComparisonRow
from reliability.stats.points import ConfusedPair
from reliability.stats.results import Caution
from reliability.wording import CAUTIONS, INTERVALS, REASONS, said

# Krippendorff (2018): rely on alpha from .800, conclude tentatively from .667.
RELIABLE, TENTATIVE = 0.8, 0.667
FEW_UNITS = 20

# What helps here, where pages would send people elsewhere.
_REASONS = REASONS | {
    "needs_order": gettext_lazy(
        "the order of the words is not known: declare the scale with --categories"
    ),
    "needs_two_raters": gettext_lazy(
        "it compares exactly two raters: add --pairs, or take a coefficient of many raters"
    ),
}
_INTERVALS = {
    "gwet_t": gettext_lazy("variance of irrCAC, for comparison only"),
    "jackknife_log": gettext_lazy("leave-one-item-out jackknife on a log scale"),
    "welch_t": gettext_lazy("leave-one-item-out jackknife on each side, Welch’s t"),
    "kalpha_pairs": gettext_lazy("bootstrap of pairs as in KALPHA, for comparison only"),
} | INTERVALS


def slice_name(label: Mapping[str, str | None] | None) -> str:
    """The slice in one cell: "model=a, source=b"; empty for the whole."""
    return ", ".join(
        f"{name}={'(none)' if value is None else value}" for name, value in (label or {}).items()
    )


# Characters that turn the direction of a line, or break it.
_TURNS = frozenset(
    "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def printable(text: str) -> str:
    """The text on one line, with whatever could move a cursor or turn a line shown as code.

    Labels come from files that strangers wrote.
    """
    return "".join(_as_code(each) if _is_active(each) else each for each in text)


def _is_active(character: str) -> bool:
    return character in _TURNS or unicodedata.category(character) in {"Cc", "Cs"}


def _as_code(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def figure(value: float | None) -> str:
    """Three places, as every table prints it."""
    if value is None:
        return "–"
    return f"{value:.3f}".replace("-0.000", "0.000")


def short(value: float | None) -> str:
    """Three places and no leading zero, as statistics are written in a sentence."""
    text = figure(value)
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def interval(row: AgreementRow) -> str:
    if row.estimate is None:
        return ""
    if row.ci_low is None or row.ci_high is None:
        return _("no interval")
    return _("%(low)s to %(high)s") % {"low": figure(row.ci_low), "high": figure(row.ci_high)}


def evidence(rows: Sequence[AgreementRow]) -> str:
    """The most that any of the figures rests on."""
    units = max(row.n_units for row in rows)
    ratings = max(row.n_ratings for row in rows)
    raters = max((row.n_raters or 0 for row in rows), default=0)
    return ", ".join(
        (
            ngettext("%(n)d item", "%(n)d items", units) % {"n": units},
            ngettext("%(n)d rater", "%(n)d raters", raters) % {"n": raters},
            ngettext("%(n)d rating", "%(n)d ratings", ratings) % {"n": ratings},
        )
    )


def readings(rows: Sequence[AgreementRow]) -> list[str]:
    """What alpha allows to conclude; other coefficients have no agreed thresholds."""
    return [
        reading(row)
        for row in rows
        if row.coefficient == "krippendorff_alpha" and row.estimate is not None
    ]


def reading(row: AgreementRow) -> str:
    """A verdict on alpha by its lower limit, named for the author of the thresholds."""
    words = {"value": short(row.estimate), "low": short(row.ci_low), "high": short(row.ci_high)}
    if row.ci_low is None or row.ci_high is None:
        return _("Alpha %(value)s without an interval: nothing follows from it.") % words
    if Caution.DEGENERATE_INTERVAL in row.beside.cautions:
        text = _("Alpha %(value)s, and no disagreement to form an interval from: not certainty.")
        return text % words
    said_first = _("Alpha %(value)s, between %(low)s and %(high)s: ") % words
    if row.ci_low >= RELIABLE:
        verdict = _("at least .800 at its lower limit, so conclusions may rest on it")
    elif row.ci_low >= TENTATIVE:
        verdict = _("above .667 but below .800 at its lower limit, so tentative conclusions only")
    elif row.ci_high < TENTATIVE:
        verdict = _("below .667 even at its upper limit, so draw no conclusions from it")
    else:
        verdict = _("below .667 at its lower limit, so not shown to be reliable")
    return said_first + verdict + _(" (Krippendorff’s thresholds).")


# With more than this, sentences would only repeat the table.
_MOST_SENTENCES = 3


def difference_readings(rows: Sequence[AgreementRow]) -> list[str]:
    """Which side is higher, by alpha where it is there, else by the few figures there are."""
    found = [row for row in rows if isinstance(row, ComparisonRow) and row.estimate is not None]
    alphas = [row for row in found if row.coefficient == "krippendorff_alpha"]
    return [difference_reading(row) for row in alphas or found[:_MOST_SENTENCES]]


def difference_reading(row: ComparisonRow) -> str:
    """Whether the interval tells the sides apart, and which is higher."""
    low, high, shared = row.ci_low, row.ci_high, row.n_shared
    if low is None or high is None:
        return _("%(name)s: no interval, so nothing tells A and B apart.") % {
            "name": row.coefficient
        }
    is_reversed = high < 0
    words = {
        "name": row.coefficient,
        "low": short(-high if is_reversed else low),
        "high": short(-low if is_reversed else high),
        "shared": ngettext("%(n)d item", "%(n)d items", shared) % {"n": shared},
    }
    if low > 0:
        text = _("%(name)s: A is higher than B by %(low)s to %(high)s (%(shared)s on both sides).")
    elif is_reversed:
        text = _("%(name)s: B is higher than A by %(low)s to %(high)s (%(shared)s on both sides).")
    else:
        text = _(
            "%(name)s: not shown to differ; A − B lies between %(low)s and %(high)s "
            "(%(shared)s on both sides)."
        )
    return text % words


def confusions(pairs: Sequence[ConfusedPair]) -> list[str]:
    """Which two values raters split between, and on how many items."""
    return [
        _(
            "Confused: %(first)s and %(second)s, on %(units)s (%(share)d%% of the disagreement; "
            "%(ratio)s times as often as by chance)."
        )
        % {
            "first": printable(point(pair.first)),
            "second": printable(point(pair.second)),
            "units": ngettext("%(n)d item", "%(n)d items", pair.n_units) % {"n": pair.n_units},
            "share": round(100 * pair.share_of_disagreement),
            "ratio": f"{pair.ratio_to_chance:.2f}",
        }
        for pair in pairs
    ]


def point(value: object) -> str:
    """A point of the scale as people typed it: 2, not 2.0."""
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole and isinstance(value, float) else str(value)


def cautions(rows: Sequence[AgreementRow]) -> list[str]:
    """Each caution once, after the figures that carry it."""
    defined = {row.coefficient for row in rows if row.estimate is not None}
    carried = [(each.value, row.coefficient) for row in rows for each in row.beside.cautions]
    carried += [("few_items", row.coefficient) for row in rows if _is_few(row)]
    carried.sort(key=lambda pair: pair[0])
    return [
        _("%(coefficients)s: %(caution)s.")
        % {
            "coefficients": _named([name for _caution, name in members], defined),
            "caution": said(CAUTIONS, caution),
        }
        for caution, members in groupby(carried, key=lambda pair: pair[0])
    ]


def _named(names: Sequence[str], every: set[str]) -> str:
    if len(every) > 1 and set(names) == every:
        return _("all figures")
    return ", ".join(dict.fromkeys(names))


def _is_few(row: AgreementRow) -> bool:
    return row.ci_low is not None and row.n_units < FEW_UNITS


def reasons(rows: Sequence[AgreementRow]) -> list[str]:
    """Each reason once, with the name that records use, after the figures it leaves undefined."""
    by_pair = {row.coefficient for row in rows if "raters" in (row.slice or {})}
    missing = [
        (row.undefined_reason, row.coefficient)
        for row in rows
        if row.undefined_reason is not None
        and not (row.undefined_reason == "needs_two_raters" and row.coefficient in by_pair)
    ]
    missing.sort(key=lambda pair: pair[0])
    # A comparison has no figures of single pairs to point to.
    words = REASONS if any(isinstance(row, ComparisonRow) for row in rows) else _REASONS
    return [
        f"{', '.join(dict.fromkeys(name for _reason, name in members))}: "
        f"{said(words, reason)} ({reason})"
        for reason, members in groupby(missing, key=lambda pair: pair[0])
    ]


def intervals(rows: Sequence[AgreementRow]) -> str:
    """How the intervals were formed, with draws and seed where there are any."""
    found = dict.fromkeys(
        (row.ci_method, row.beside.confidence, row.beside.draws, row.beside.seed)
        for row in rows
        if row.ci_method is not None
    )
    texts = [
        _interval_words(method or "", confidence, draws, seed)
        for method, confidence, draws, seed in found
    ]
    tests = dict.fromkeys(row.beside.permutations for row in rows if row.beside.permutations)
    return "; ".join(
        texts + [_("p: permutation test, %(draws)d draws") % {"draws": draws} for draws in tests]
    )


def _interval_words(method: str, confidence: float, draws: int | None, seed: int | None) -> str:
    text = _("%(percent)s%% interval: %(words)s (%(method)s)") % {
        "percent": f"{100 * confidence:g}",
        "words": said(_INTERVALS, method),
        "method": method,
    }
    if draws is None:
        return text
    return text + _(", %(draws)d draws, seed %(seed)s") % {"draws": draws, "seed": seed}
