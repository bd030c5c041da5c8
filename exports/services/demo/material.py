"""What lies in fixtures/demo, read once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from exports.services.demo.simulation import Comments, ItemTruth, item_truth
from rubrics.form import RubricForm
from rubrics.yaml_form import parse

FOLDER = Path(settings.BASE_DIR) / "fixtures" / "demo"


@dataclass(frozen=True)
class Material:
    """The demo's texts and data; `fixtures/demo/README.md` says what each file holds."""

    folder: Path = FOLDER

    @cached_property
    def study(self) -> dict[str, Any]:
        study: dict[str, Any] = self._yaml("study.yaml")
        return study

    @cached_property
    def comments(self) -> Comments:
        comments: Comments = self._yaml("comments.yaml")
        return comments

    @cached_property
    def items(self) -> Mapping[str, Mapping[str, Any]]:
        lines = (self.folder / "items.jsonl").read_text("utf-8").splitlines()
        return {item["item_id"]: item for item in map(json.loads, lines)}

    @cached_property
    def truths(self) -> Mapping[str, ItemTruth]:
        return {
            item_id: item_truth(
                self._records[item_id],
                language=item["slices"]["language"],
                n_words=_words_to_read(item),
            )
            for item_id, item in self.items.items()
        }

    def note(self, item_id: str) -> str:
        """What there is to say about the item's responses, for whoever decides."""
        return str(self._records[item_id]["note"])

    def item_ids(self, name: str) -> Sequence[str]:
        """`calibration`: the items listed in the study; `single`, `pairs`: by responses."""
        if name == "calibration":
            listed: list[str] = self.study["calibration"]
            return listed
        n_responses = {"single": 1, "pairs": 2}[name]
        return [
            item_id for item_id, item in self.items.items() if len(item["responses"]) == n_responses
        ]

    def rubric(self, text: str) -> RubricForm:
        return parse((self.folder / "rubrics" / f"{text}.yaml").read_bytes())

    @cached_property
    def _records(self) -> Mapping[str, Mapping[str, Any]]:
        records: dict[str, dict[str, Any]] = json.loads(
            (self.folder / "truth.json").read_text("utf-8")
        )
        return records

    def _yaml(self, name: str) -> Any:
        return yaml.safe_load((self.folder / name).read_text("utf-8"))


def _words_to_read(item: Mapping[str, Any]) -> int:
    texts = [response["text"] for response in item["responses"]]
    texts += [each if isinstance(each, str) else each["text"] for each in item.get("contexts", ())]
    return sum(len(text.split()) for text in texts)
