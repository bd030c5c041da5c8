"""The simulated model judge's scores, sent in as the file that its owner would send."""

import csv
import io

from accounts.choices import Role
from exports.choices import JudgeKind
from exports.services.demo.cast import Cast
from exports.services.demo.material import Material
from exports.services.demo.simulation import judge_score
from exports.services.judge_runs import import_scores


def run_judge(cast: Cast, material: Material) -> None:
    judge = material.study["judge"]
    taken = import_scores(
        project=cast.project,
        judge=judge["name"],
        file=io.BytesIO(score_file(material)),
        actor=cast.holder_of(Role.LEAD),
        version=judge["version"],
        kind=JudgeKind.MODEL,
    )
    taken.run.judge.description = judge["description"]
    taken.run.judge.save(update_fields=["description"])


def score_file(material: Material) -> bytes:
    """A long file of the grades for all items with one response."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["item_id", "dimension", "value"])
    for item_id in material.item_ids("single"):
        grade = judge_score(item_id=item_id, truth=material.truths[item_id])
        writer.writerow([item_id, "quality", grade])
    return text.getvalue().encode()
