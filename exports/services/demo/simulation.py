"""Six simulated raters: how the demo's judgments come about. Pure, no database.

A latent-trait model. Every item has a hidden true quality (`fixtures/demo/truth.json`). A rater
perceives it shifted by an own severity and blurred by noise, and the rubric text decides how far
these differences show: vague anchors multiply noise and let every rater set own thresholds,
described anchors damp both. `fixtures/demo/README.md` documents raters, seed and figures.

Each answer depends on (seed, text, rater, item) alone, so the order in which raters are handed
items changes nothing.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

SEED = 20_250_601
Value = int | str
# fixtures/demo/comments.yaml: {text: {criterion: {value: [comment]}}, abstention: [reason], ...}
Comments = Mapping[str, Any]

PROBLEMS = ("unsupported", "incorrect", "incomplete", "instructions", "refusal", "unsafe")
REASONS = ("safety", "truth", "request", "completeness", "usability")
TIE_BAND = 0.45


class Text(StrEnum):
    """The rubric texts of the demo, as their files are called."""

    FAITHFULNESS_POOR = "faithfulness-v1"
    FAITHFULNESS_REVISED = "faithfulness-v2"
    RESPONSE_QUALITY = "response-quality"
    PREFERENCE = "preference"


# Texts with a free comment, and the criterion that says what it is about.
COMMENT_ON = {Text.RESPONSE_QUALITY: "main_problem", Text.PREFERENCE: "decided_by"}
MAIN_CRITERION = {
    Text.FAITHFULNESS_POOR: "faithful",
    Text.FAITHFULNESS_REVISED: "faithful",
    Text.RESPONSE_QUALITY: "quality",
    Text.PREFERENCE: "preference",
}


@dataclass(frozen=True)
class RaterProfile:
    """How one rater works.

    severity: scale points by which grades come out lower; noise: standard deviation of a grade
    in points of a five-point scale; carelessness: probability of answering without reading;
    reading: what a vague question means to this rater, from 0 (support by the sources) to
    1 (general quality); threshold: faithfulness under which a vague "problem" is seen;
    seconds: median active time for an item of 100 words; talkativeness: probability of a comment.
    """

    email: str
    name: str
    severity: float
    noise: float
    carelessness: float
    reading: float
    threshold: float
    seconds: float
    talkativeness: float
    languages: tuple[str, ...] = ("en",)


RATERS = (
    RaterProfile("annotator@example.org", "Robin Adair", 0.0, 0.40, 0.00, 0.2, 2.6, 62, 0.5),
    RaterProfile(
        "hana@example.org", "Hana Farouk", 0.5, 0.35, 0.00, 0.1, 3.6, 88, 0.7, ("en", "ar")
    ),
    RaterProfile(
        "noa@example.org", "Noa Lindqvist", -0.5, 0.45, 0.01, 0.8, 1.6, 70, 0.35, ("en", "he")
    ),
    RaterProfile("tomas@example.org", "Tomás Reyes", 0.1, 0.70, 0.03, 0.9, 2.2, 51, 0.25),
    RaterProfile("priya@example.org", "Priya Nair", 0.1, 0.30, 0.00, 0.4, 3.1, 45, 0.45),
    RaterProfile(
        "olek@example.org", "Olek Sawicki", -0.3, 0.60, 0.12, 1.0, 1.8, 24, 0.08, ("en", "ar")
    ),
)


@dataclass(frozen=True)
class ItemTruth:
    """What is true of an item and hidden from everyone. Fields are None where they do not apply.

    quality 1 to 5; faithful 1 to 4; margin -2 to 2, positive where the first response is better.
    """

    language: str = "en"
    n_words: int = 100
    quality: float | None = None
    problem: str = "none"
    faithful: float | None = None
    hallucination: bool = False
    margin: float | None = None
    decided_by: str = "usability"


@dataclass(frozen=True)
class SimulatedJudgment:
    """One answer. An abstention has a reason and no ratings."""

    ratings: dict[str, Value] = field(default_factory=dict)
    abstention: str = ""
    rationale: str = ""
    confidence: int = 3
    seconds_spent: float = 0.0


def item_truth(record: Mapping[str, Any], *, language: str, n_words: int) -> ItemTruth:
    """A record of truth.json with what is known from the item itself; `note` is for people."""
    known = {key: value for key, value in record.items() if key != "note"}
    return ItemTruth(language=language, n_words=n_words, **known)


def simulate_judgment(
    *, rater: RaterProfile, item_id: str, truth: ItemTruth, text: Text, comments: Comments
) -> SimulatedJudgment:
    """What `rater` submits for the item under the rubric text. Same arguments, same answer."""
    rng = _rng(text, rater.email, item_id)
    seconds = _seconds(rater, truth, rng)
    if truth.language not in rater.languages:
        reason = _draw(comments["abstention"], rng)
        return SimulatedJudgment(
            abstention=reason, confidence=5, seconds_spent=round(seconds / 4, 1)
        )
    careless = bool(rng.random() < rater.carelessness)
    ratings = _random_ratings(text, rng) if careless else _RATE[text](rater, truth, rng)
    rationale = _rationale(rater, text, ratings, comments, rng)
    confidence = _confidence(rater, rng)
    if text in COMMENT_ON and rng.random() < rater.talkativeness / 2:
        ratings["comment"] = _draw(comments[text]["comment"][ratings[COMMENT_ON[text]]], rng)
    return SimulatedJudgment(
        ratings=ratings,
        rationale=rationale,
        confidence=confidence,
        seconds_spent=round(seconds / 3 if careless else seconds, 1),
    )


def judge_score(*, item_id: str, truth: ItemTruth) -> int:
    """The simulated model judge's grade, 1 to 5: informed, lenient, kinder to long answers."""
    rng = _rng("judge", "larch-judge", item_id)
    bonus = 0.3 * math.log2(max(truth.n_words, 20) / 60)
    return _point((truth.quality or 3.0) + 0.35 + bonus + rng.normal(0, 0.7), 1, 5)


def _rng(*parts: str) -> np.random.Generator:
    return np.random.default_rng([SEED, *(zlib.crc32(part.encode()) for part in parts)])


def _draw(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _point(value: float, low: int, high: int) -> int:
    return int(min(high, max(low, math.floor(value + 0.5))))


def _seconds(rater: RaterProfile, truth: ItemTruth, rng: np.random.Generator) -> float:
    length = math.sqrt(max(truth.n_words, 30) / 100)
    return float(max(6.0, rater.seconds * length * rng.lognormal(0, 0.35)))


def _confidence(rater: RaterProfile, rng: np.random.Generator) -> int:
    return _point(4.6 - 1.6 * rater.noise + rng.normal(0, 0.6), 1, 5)


def _rationale(
    rater: RaterProfile,
    text: Text,
    ratings: Mapping[str, Value],
    comments: Comments,
    rng: np.random.Generator,
) -> str:
    pool = comments[text][MAIN_CRITERION[text]][ratings[MAIN_CRITERION[text]]]
    return _draw(pool, rng) if rng.random() < rater.talkativeness else ""


def _rate_poor(rater: RaterProfile, truth: ItemTruth, rng: np.random.Generator) -> dict[str, Value]:
    """Vague words: everyone weighs support against general quality in an own way."""
    support = (_known(truth.faithful) - 1) / 3
    overall = (_known(truth.quality) - 1) / 4
    seen = (1 - rater.reading) * support + rater.reading * overall
    blurred = seen + rng.normal(0, 0.18 + 0.30 * rater.noise) - 0.22 * rater.severity
    # Raters of the lenient kind avoid the lower half of an undescribed scale.
    low = 1 + 2 * rater.reading
    complete = seen + rng.normal(0, 0.35) - 0.15 * rater.severity
    problem = _known(truth.faithful) + rng.normal(0, 0.6) < rater.threshold
    return {
        "faithful": _point(low + (7 - low) * blurred, 1, 7),
        "grounded": _point(1 + 3 * complete, 1, 4),
        "hallucination": "yes" if problem else "no",
    }


def _rate_revised(
    rater: RaterProfile, truth: ItemTruth, rng: np.random.Generator
) -> dict[str, Value]:
    """Described points: severity and noise shrink, and the questions mean the same to all."""
    seen = _known(truth.faithful) + rng.normal(0, 0.75 * rater.noise) - 0.25 * rater.severity
    slip = rng.random() < 0.02 + 0.12 * rater.noise
    return {
        "faithful": _point(seen, 1, 4),
        "hallucination": "yes" if truth.hallucination != bool(slip) else "no",
    }


def _rate_quality(
    rater: RaterProfile, truth: ItemTruth, rng: np.random.Generator
) -> dict[str, Value]:
    seen = _known(truth.quality) + rng.normal(0, rater.noise) - 0.5 * rater.severity
    grade = _point(seen, 1, 5)
    return {"quality": grade, "main_problem": _problem(rater, truth, grade, rng)}


def _problem(rater: RaterProfile, truth: ItemTruth, grade: int, rng: np.random.Generator) -> str:
    if grade == 5:
        return "none"
    if truth.problem == "none":
        return "none" if grade == 4 else _draw(("incomplete", "instructions"), rng)
    if rng.random() < 0.1 + 0.3 * rater.noise:
        return _draw(PROBLEMS[:4], rng)
    return truth.problem


def _rate_preference(
    rater: RaterProfile, truth: ItemTruth, rng: np.random.Generator
) -> dict[str, Value]:
    seen = _known(truth.margin) + rng.normal(0, 1.6 * rater.noise)
    choice = "tie" if abs(seen) < TIE_BAND else "response_1" if seen > 0 else "response_2"
    agrees = rng.random() > 0.12 + 0.3 * rater.noise
    reason = truth.decided_by if agrees else _draw(REASONS[1:], rng)
    return {"preference": choice, "decided_by": "usability" if choice == "tie" else reason}


def _known(value: float | None) -> float:
    if value is None:
        raise ValueError("This rubric asks for something that the item's truth does not hold.")
    return value


def _random_ratings(text: Text, rng: np.random.Generator) -> dict[str, Value]:
    return {key: values[int(rng.integers(len(values)))] for key, values in _SCALES[text].items()}


_RATE = {
    Text.FAITHFULNESS_POOR: _rate_poor,
    Text.FAITHFULNESS_REVISED: _rate_revised,
    Text.RESPONSE_QUALITY: _rate_quality,
    Text.PREFERENCE: _rate_preference,
}
_SCALES: dict[Text, dict[str, tuple[Value, ...]]] = {
    Text.FAITHFULNESS_POOR: {
        "faithful": (3, 4, 5, 6, 7),
        "grounded": (2, 3, 4),
        "hallucination": ("yes", "no"),
    },
    Text.FAITHFULNESS_REVISED: {"faithful": (1, 2, 3, 4), "hallucination": ("yes", "no")},
    Text.RESPONSE_QUALITY: {"quality": (2, 3, 4, 5), "main_problem": ("none", *PROBLEMS[:4])},
    Text.PREFERENCE: {
        "preference": ("response_1", "tie", "response_2"),
        "decided_by": REASONS[1:],
    },
}
