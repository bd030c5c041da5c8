"""How figures are written on pages."""

import json
from typing import Any

from django import template
from django.utils.translation import gettext as _

from accounts.direction import left_to_right
from annotation.parts import part_label
from reliability import wording
from reliability.services.figures import (
    Comparison,
    ConfusedAnchors,
    Decision,
    Figure,
    Predicted,
    RaterInfluence,
)
from reliability.wording import (
    BENCHMARKS,
    CAUTIONS,
    COEFFICIENTS,
    INTERVALS,
    NOTES,
    POOLING,
    REASONS,
    WEIGHTS,
    brief,
    said,
)

# Two programs that add in another order differ by this much.
NO_DIFFERENCE = 1e-9

register = template.Library()
register.filter("part", part_label)


@register.filter
def stat(value: float | None) -> str:
    return wording.number(value)


@register.filter
def interval(figure: Figure | Comparison | ConfusedAnchors | Predicted | None) -> str:
    return "–" if figure is None else wording.interval(figure.ci_low, figure.ci_high)


@register.filter
def severity(rater: RaterInfluence) -> str:
    """The interval of how far a rater's values lie from the others'."""
    return wording.interval(rater.severity_low, rater.severity_high)


@register.filter
def signed(value: float | None) -> str:
    return wording.signed(value)


@register.filter
def probability(value: float | None) -> str:
    return wording.probability(value)


@register.filter
def benchmark(word: str) -> str:
    return said(BENCHMARKS, word)


@register.filter
def pooling(name: str) -> str:
    return said(POOLING, name)


@register.filter
def short(text: str) -> str:
    return brief(text)


@register.filter
def variance(value: float | None) -> str:
    """Three decimals: variances of a rating are small numbers."""
    return "–" if value is None else left_to_right(f"{value:.3f}".replace("-", "−"))


@register.filter
def reason(figure: Figure | Decision | None) -> str:
    return "" if figure is None else said(REASONS, figure.undefined_reason)


@register.filter
def coefficient(name: str) -> str:
    return said(COEFFICIENTS, name)


@register.filter
def weights(name: str | None) -> str:
    return said(WEIGHTS, name)


@register.filter
def interval_method(name: str | None) -> str:
    return said(INTERVALS, name)


@register.filter
def check_note(name: str) -> str:
    return said(NOTES, name)


@register.filter
def value(given: Any) -> str:
    """A rating's value as text: sets with commas, marks by their words, nothing as a dash."""
    if given is None:
        return "–"
    if isinstance(given, list):
        if not given:
            return _("none")
        return "; ".join(_mark(each) if isinstance(each, dict) else _group(each) for each in given)
    if isinstance(given, float) and given.is_integer():
        return str(int(given))
    return str(given) if isinstance(given, str | int | float) else json.dumps(given)


def _group(entry: Any) -> str:
    return " = ".join(map(str, entry)) if isinstance(entry, list) else str(entry)


def _mark(span: dict[str, Any]) -> str:
    parts = [span.get("label"), span.get("severity")]
    named = ", ".join(str(part) for part in parts if part)
    quote = f"“{span.get('text', '')}”"
    return f"{named}: {quote}" if named else quote


@register.filter
def percent(share: float | None) -> str:
    return wording.percentage(share)


@register.filter
def bar(share: float) -> str:
    """A share as a whole number out of 100, whatever the language's decimal sign."""
    return str(round(100 * share))


@register.filter
def exact(value: float) -> str:
    return f"{value:.6f}"


@register.filter
def difference(value: float) -> str:
    """Rounding of the last binary digit is none."""
    return (
        _("none")
        if abs(value) < NO_DIFFERENCE
        else left_to_right(f"{value:+.1e}".replace("-", "−"))
    )


@register.filter
def cautions(figure: Figure) -> str:
    return "; ".join(said(CAUTIONS, name) for name in figure.warnings)
