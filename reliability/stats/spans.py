"""Agreement on passages marked in texts: where they are, and what they are called.

A continuum is a text (or recording) in which each rater marked passages. Items
are what inference leaves out: characters of one text are not independent. What an
item adds is in `continua.py`, the sums over items in `span_sums.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from .continua import (
    Continuum,
    ItemSums,
    Span,
    characters,
    exactly,
    found_again,
    in_part,
    intersections,
    segments,
    share_alike,
)
from .inference import DEFAULT_INTERVAL, Interval, Sums
from .results import Estimate
from .span_sums import Parts, SpanMeasure, SpanSums, divided

__all__ = [
    "Continuum",
    "Match",
    "Span",
    "SpanSums",
    "Unitizing",
    "character_alpha",
    "span_f1",
    "unitizing_alpha",
]


class Match(StrEnum):
    """What a span earns beside another rater's."""

    EXACT = "exact"
    SOFT = "soft"


class Unitizing(StrEnum):
    """Which property of marked passages alpha speaks about."""

    SEGMENTS = "u_alpha"
    BINARY = "u_alpha_binary"
    CODING = "cu_alpha"


def character_alpha(
    continua: Sequence[Continuum], *, labels: bool = True, interval: Interval = DEFAULT_INTERVAL
) -> Estimate:
    """Krippendorff's nominal alpha with characters as units, items left out.

    A character's value is its label, or that it is not marked; where a rater put
    several labels on it, the set of them.

    Parameters
    ----------
    continua : sequence of Continuum
        Texts that one rater read do not count.
    labels : bool
        False compares only marked with not marked.

    Returns
    -------
    Estimate
        At most 1, with terms d_o, d_e. `n_units` are items. Undefined without
        texts, without one that two raters read, and when all characters have one
        and the same value.

    References
    ----------
    .. [1] K. Krippendorff (2018), Content Analysis, 4th ed., chapter 12, Sage.

    Examples
    --------
    >>> text = Continuum(10, {"a": [Span(0, 4)], "b": [Span(2, 6)]})
    >>> round(character_alpha([text]).value, 3)
    0.208
    """
    measure = CHARACTERS_LABELLED if labels else CHARACTERS_MARKED
    return SpanSums.of(continua, measure).estimate(measure, interval=interval)


def unitizing_alpha(
    continua: Sequence[Continuum],
    form: Unitizing | str = Unitizing.SEGMENTS,
    *,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    r"""Krippendorff's alpha for unitizing, whose units are the passages themselves.

    .. math:: \ell_{ck} = \sum_{i \ne j} \sum_{gh} \frac{L(S_{igc} \cap S_{jhk})}{m - 1},
              \quad e_{ck} = \ell \frac{\ell_c \ell_k - [c = k] \sum_{ig} s(S_{igc})}
              {\ell^2 - \sum_{cig} s(S_{igc})}, \quad
              \alpha = 1 - \frac{\ell - \sum_c \ell_{cc}}{\ell - \sum_c e_{cc}}

    s is the squared length of a marked passage, and the length of a gap: chance
    deals out whole passages, not characters. Several texts are one continuum.

    Parameters
    ----------
    continua : sequence of Continuum
        Passages that one rater marked may touch, not overlap, unless their labels
        are the same (they are then one passage).
    form : Unitizing or str
        "u_alpha": where passages are and what they are called; "u_alpha_binary":
        marked against not marked, over everything; "cu_alpha": the labels alone,
        where both raters marked something.

    Returns
    -------
    Estimate
        At most 1, with terms d_o, d_e as lengths. `n_units` are items. Undefined
        as `character_alpha`; "overlapping_spans" where one rater's passages with
        different labels overlap; "no_spans" for "cu_alpha" where no two raters
        marked the same place.

    References
    ----------
    .. [1] K. Krippendorff, Y. Mathet, S. Bouvry, A. Widlöcher (2016), "On the
       reliability of unitizing textual continua: Further developments", Quality &
       Quantity 50(6), 2347-2364. doi:10.1007/s11135-015-0266-1

    Examples
    --------
    Three raters, sixty characters:

    >>> marks = {
    ...     "Alex": [Span(2, 5, 1)],
    ...     "Paul": [Span(2, 5, 1), Span(10, 20, 2)],
    ...     "Susan": [Span(2, 5, 2), Span(15, 20, 2)],
    ... }
    >>> text = Continuum(60, marks)
    >>> round(unitizing_alpha([text]).value, 3)
    0.398
    >>> round(unitizing_alpha([text], "u_alpha_binary").value, 3)
    0.524
    """
    measure = UNITIZING[Unitizing(form)]
    return SpanSums.of(continua, measure).estimate(measure, interval=interval)


def span_f1(
    continua: Sequence[Continuum],
    match: Match | str = Match.EXACT,
    *,
    labels: bool = True,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    r"""F1 of one rater's passages against another's, pooled over rater pairs and items.

    .. math:: F_1 = \frac{\sum_{i \ne j} \sum_{g} c_{ijg}}{\sum_{i \ne j} n_i}

    Either rater of a pair may stand for the reference, so precision, recall and F1
    are one and the same share of passages found again.

    Parameters
    ----------
    continua : sequence of Continuum
        Texts that one rater read do not count.
    match : Match or str
        "exact": a passage is found again where the other rater marked from the
        same start to the same end; "soft": to the share of its characters that the
        other rater marked.
    labels : bool
        Whether labels must be equal too. A label may be a pair of type and
        severity.

    Returns
    -------
    Estimate
        Between 0 and 1, not corrected for chance; named "span_f1_exact" or
        "span_f1_soft". Undefined without texts, without one that two raters read,
        and where nobody marked anything ("no_spans").

    References
    ----------
    .. [1] G. Hripcsak, A. S. Rothschild (2005), "Agreement, the F-measure, and
       reliability in information retrieval", JAMIA 12(3), 296-298.
       doi:10.1197/jamia.M1733
    .. [2] G. Da San Martino et al. (2019), "Fine-grained analysis of propaganda in
       news articles", EMNLP-IJCNLP 2019, 5636-5646. doi:10.18653/v1/D19-1565

    Examples
    --------
    >>> text = Continuum(30, {"a": [Span(0, 4), Span(9, 12)], "b": [Span(0, 4), Span(10, 14)]})
    >>> span_f1([text]).value, round(span_f1([text], "soft").value, 3)
    (0.5, 0.792)
    """
    measure = replace(F1[Match(match)], labels=labels)
    return SpanSums.of(continua, measure).estimate(measure, interval=interval)


def _disagreement(fixed: Sums, lengths: Sums, squares: Sums) -> Parts:
    """Observed and expected disagreement, as lengths."""
    total = lengths.sum(axis=-1)
    alike = (lengths**2 - squares).sum(axis=-1)
    alike = divided(total * alike, total**2 - squares.sum(axis=-1))
    return total - fixed[..., 0], total - alike


def _of_gaps(fixed: Sums, lengths: Sums, squares: Sums) -> Parts:
    """Marked together against gaps, whose length comes first; chance as for segments."""
    total, gap = lengths.sum(axis=-1), lengths[..., 0]
    expected = divided(total * gap * (total - gap), total**2 - squares.sum(axis=-1))
    return gap - fixed[..., 1], expected


def _share(fixed: Sums, lengths: Sums, squares: Sums) -> Parts:
    return fixed[..., 0], fixed[..., 1]


# Share of rater pairs that agree on a character, mean over items.
CHARACTER_AGREEMENT = SpanMeasure(
    "percent_agreement",
    share_alike,
    2,
    _share,
    labels=False,
    weights="characters",
    is_alpha=False,
)
CHARACTERS_LABELLED = SpanMeasure(
    "krippendorff_alpha", ItemSums.over(characters), 1, _disagreement, weights="labelled_characters"
)
CHARACTERS_MARKED = replace(CHARACTERS_LABELLED, labels=False, weights="characters")
UNITIZING = {
    Unitizing.SEGMENTS: SpanMeasure("u_alpha", ItemSums.over(segments), 2, _disagreement),
    Unitizing.BINARY: SpanMeasure("u_alpha_binary", ItemSums.over(segments), 2, _of_gaps),
    Unitizing.CODING: SpanMeasure(
        "cu_alpha", ItemSums.over(intersections), 1, _disagreement, needs_marks=True
    ),
}
F1 = {
    match: SpanMeasure(
        f"span_f1_{match.value}",
        ItemSums.over(found_again(earned)),
        2,
        _share,
        is_alpha=False,
        needs_marks=True,
    )
    for match, earned in ((Match.EXACT, exactly), (Match.SOFT, in_part))
}
