"""The simulated raters behave as fixtures/demo/README.md says, measured with the product's engine."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from exports.services.demo.simulation import (
    RATERS,
    ItemTruth,
    Text,
    Value,
    item_truth,
    judge_score,
    simulate_judgment,
)
from reliability.stats import Estimate, Patterns, krippendorff_alpha
from rubrics.form import CriterionForm
from rubrics.yaml_form import parse

pytestmark = pytest.mark.pure
DEMO = Path(__file__).resolve().parents[2] / "fixtures" / "demo"
ITEMS = {
    item["item_id"]: item
    for item in map(json.loads, (DEMO / "items.jsonl").read_text("utf-8").splitlines())
}
TRUTH = json.loads((DEMO / "truth.json").read_text("utf-8"))
COMMENTS = yaml.safe_load((DEMO / "comments.yaml").read_text("utf-8"))
CALIBRATION = yaml.safe_load((DEMO / "study.yaml").read_text("utf-8"))["calibration"]
PAIRS = [item_id for item_id, item in ITEMS.items() if len(item["responses"]) == 2]
SINGLE = [item_id for item_id in ITEMS if item_id not in PAIRS]


def truth_of(item_id: str) -> ItemTruth:
    language = ITEMS[item_id]["slices"]["language"]
    return item_truth(TRUTH[item_id], language=language, n_words=100)


def criterion(text: Text, key: str) -> CriterionForm:
    form = parse((DEMO / "rubrics" / f"{text}.yaml").read_bytes())
    return next(each for each in form.criteria if each.key == key)


def values_by_item(text: Text, key: str, item_ids: list[str]) -> dict[str, list[Value]]:
    values: dict[str, list[Value]] = defaultdict(list)
    for item_id in item_ids:
        for rater in RATERS:
            answer = simulate_judgment(
                rater=rater,
                item_id=item_id,
                truth=truth_of(item_id),
                text=text,
                comments=COMMENTS,
            )
            values[item_id] += [answer.ratings[key]] if answer.ratings else []
    return values


def alpha(text: Text, key: str, item_ids: list[str]) -> Estimate:
    asked = criterion(text, key)
    rows = [
        [given.count(point) for point in asked.points]
        for given in values_by_item(text, key, item_ids).values()
    ]
    patterns = Patterns(rows, [1] * len(rows), asked.points, asked.level, len(RATERS))
    return krippendorff_alpha(patterns)


def test_revision_raises_agreement_on_both_shared_criteria():
    for key in ("faithful", "hallucination"):
        poor = alpha(Text.FAITHFULNESS_POOR, key, CALIBRATION)
        revised = alpha(Text.FAITHFULNESS_REVISED, key, CALIBRATION)
        assert poor.value < 0.667 < revised.value, key
        assert poor.ci_high < revised.value


def test_readme_states_the_measured_alphas():
    stated = dict(
        re.findall(
            r"^\| (faithfulness-\S+ / \S+) \|.*\| (-?\d\.\d\d) \|$",
            (DEMO / "README.md").read_text("utf-8"),
            re.MULTILINE,
        )
    )
    measured = {
        (Text.FAITHFULNESS_POOR, "faithful"): CALIBRATION,
        (Text.FAITHFULNESS_POOR, "grounded"): CALIBRATION,
        (Text.FAITHFULNESS_POOR, "hallucination"): CALIBRATION,
        (Text.FAITHFULNESS_REVISED, "faithful"): CALIBRATION,
        (Text.FAITHFULNESS_REVISED, "hallucination"): CALIBRATION,
    }
    assert stated == {
        f"{text} / {key}": f"{alpha(text, key, ids).value:.2f}"
        for (text, key), ids in measured.items()
    }


@pytest.mark.parametrize("text", Text)
def test_every_answer_lies_on_the_scale_of_its_rubric(text):
    items = PAIRS if text == Text.PREFERENCE else CALIBRATION
    form = parse((DEMO / "rubrics" / f"{text}.yaml").read_bytes())
    for asked in form.criteria:
        if asked.kind != "text":
            given = values_by_item(text, asked.key, items)
            assert {value for values in given.values() for value in values} <= set(asked.points)


def test_same_question_gets_the_same_answer_in_any_order():
    first = values_by_item(Text.RESPONSE_QUALITY, "quality", SINGLE)
    again = values_by_item(Text.RESPONSE_QUALITY, "quality", SINGLE[::-1])
    assert first == again


def test_strict_rater_grades_lower_than_lenient_rater():
    strict = max(RATERS, key=lambda rater: rater.severity)
    lenient = min(RATERS, key=lambda rater: rater.severity)

    def mean(rater):
        grades = [
            simulate_judgment(
                rater=rater,
                item_id=item_id,
                truth=truth_of(item_id),
                text=Text.RESPONSE_QUALITY,
                comments=COMMENTS,
            ).ratings["quality"]
            for item_id in SINGLE
            if ITEMS[item_id]["slices"]["language"] == "en"
        ]
        return sum(grades) / len(grades)

    assert mean(lenient) - mean(strict) > 0.2


def test_nobody_judges_a_language_they_do_not_read():
    for item_id, item in ITEMS.items():
        text = Text.PREFERENCE if item_id in PAIRS else Text.RESPONSE_QUALITY
        for rater in RATERS:
            answer = simulate_judgment(
                rater=rater,
                item_id=item_id,
                truth=truth_of(item_id),
                text=text,
                comments=COMMENTS,
            )
            reads = item["slices"]["language"] in rater.languages
            assert (bool(answer.ratings), bool(answer.abstention)) == (reads, not reads)


def test_judge_is_informed_but_lenient():
    scores = [judge_score(item_id=each, truth=truth_of(each)) for each in SINGLE]
    truths = [TRUTH[each]["quality"] for each in SINGLE]
    assert sum(scores) > sum(truths)
    pairs = list(zip(scores, truths, strict=True))
    low = [score for score, truth in pairs if truth < 2]
    high = [score for score, truth in pairs if truth > 4]
    assert sum(high) / len(high) - sum(low) / len(low) > 2
