"""What the rubric pages need to show."""

from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from rubrics.choices import Kind, Level, Tier
from rubrics.form import CriterionForm, Value
from rubrics.markdown import render_markdown

register = template.Library()


@register.filter
def markdown(source: str) -> SafeString:
    return render_markdown(source)


@register.filter
def kind_label(kind: str) -> Any:
    return Kind(kind).label


@register.filter
def level_label(level: str) -> Any:
    return Level(level).label


@register.filter
def tier_label(tier: str) -> Any:
    return Tier(tier).label


@register.filter
def tier_tone(tier: str) -> str:
    return {"critical": "danger", "important": "accent"}.get(tier, "")


@register.filter
def in_words(values: tuple[Value, ...]) -> str:
    """1, 2 or 3"""
    texts = [str(value) for value in values]
    if len(texts) < 2:
        return "".join(texts)
    return _("%(first)s or %(last)s") % {"first": ", ".join(texts[:-1]), "last": texts[-1]}


@register.filter
def option_lines(criterion: CriterionForm) -> list[tuple[str, str]]:
    """The options that are set, as (label, value)."""
    labels = {
        "min": _("Least value"),
        "max": _("Greatest value") if criterion.kind == Kind.NUMERIC else _("Most labels"),
        "step": _("Step"),
        "tie": _("Tie"),
        "sides": _("Sides"),
        "severities": _("Severities"),
        "max_length": _("Most characters"),
        "per": _("Asked about each"),
        "strengths": _("Strengths of preference"),
        "ties": _("Equal places"),
        "style": _("Way of ordering"),
        "corrects": _("Corrects the response"),
        "rationale_on": _("Needs a reason"),
        "abstain_reasons": _("Reasons for “can't judge”"),
    }
    return [
        (labels[name], _option_text(value))
        for name, value in criterion.options.items()
        if name in labels
    ]


def _option_text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
