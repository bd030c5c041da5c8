"""Counts and values in words."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exports.choices import Origin
from exports.labelling import LeftOut, Open, value_text

# Where a column or a bar has no room for the whole sentence.
SHORT_ORIGIN = {
    Origin.UNANIMOUS.value: gettext_lazy("Unanimous"),
    Origin.MAJORITY.value: gettext_lazy("Majority"),
    Origin.ADJUDICATED.value: gettext_lazy("Adjudicated"),
    Origin.SOFT.value: gettext_lazy("Distribution kept"),
}


def origin_counts(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """In the order of the vocabulary, by its short words."""
    return [
        (str(text), counts[origin]) for origin, text in SHORT_ORIGIN.items() if counts.get(origin)
    ]


def changes_in_words(counts: dict[str, int] | None) -> str:
    if counts is None:
        return ""
    if not (counts["added"] or counts["removed"] or counts["changed"]):
        return _("No label differs from the release before.")
    return _("%(added)d added, %(changed)d changed, %(removed)d removed") % counts


def exclusions_in_words(exclusions: dict[str, Any]) -> list[str]:
    """One sentence a reason, with its count."""
    sentences = []
    for reason, n in exclusions.get("left_out", {}).items():
        text = LEFT_OUT.get(reason)
        sentences.append((text(n) if text else f"{reason}: {n}") % {"n": n})
    superseded = exclusions.get("superseded_by_a_later_round", 0)
    if superseded:
        sentences.append(
            ngettext(
                "%(n)d older answer gave way to a newer round.",
                "%(n)d older answers gave way to a newer round.",
                superseded,
            )
            % {"n": superseded}
        )
    return sentences


LEFT_OUT = {
    LeftOut.OPEN_CASE.value: lambda n: ngettext(
        "%(n)d open label was left out.", "%(n)d open labels were left out.", n
    ),
    LeftOut.DEFECTIVE_ITEM.value: lambda n: ngettext(
        "%(n)d label was left out: its item was found defective.",
        "%(n)d labels were left out: their items were found defective.",
        n,
    ),
    LeftOut.ARCHIVED_ITEM.value: lambda n: ngettext(
        "%(n)d label was left out: its item is archived.",
        "%(n)d labels were left out: their items are archived.",
        n,
    ),
    LeftOut.TOO_FEW_RATINGS.value: lambda n: ngettext(
        "%(n)d label was left out: too few ratings.",
        "%(n)d labels were left out: too few ratings.",
        n,
    ),
}


def open_in_words(reason: Open) -> str:
    return {
        Open.UNDECIDED: _("its case is not decided"),
        Open.NO_MAJORITY: _("no majority, and nobody decided"),
        Open.ONLY_ABSTENTIONS: _("every rater abstained, and nobody decided"),
    }[reason]


def value_in_words(content: dict[str, Any] | None) -> str:
    """A side of a change: the value, or the distribution of a label without one."""
    if content is None:
        return "–"
    if "value" in content:
        return value_text(content["value"])
    return distribution_in_words(content["distribution"])


def distribution_in_words(distribution: dict[str, Any]) -> str:
    return ", ".join(f"{value} ({_short(count)}×)" for value, count in distribution.items())


def _short(count: Any) -> str:
    return f"{count:g}" if isinstance(count, float) else json.dumps(count)
