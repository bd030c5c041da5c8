"""The library of rubrics that come with the service: files that anybody may start from."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from accounts.errors import NotFound
from rubrics.form import RubricForm
from rubrics.yaml_form import parse


@dataclass(frozen=True)
class Template:
    """One rubric of the library; `name` is its file's."""

    name: str
    form: RubricForm

    @property
    def questions(self) -> list[str]:
        return [criterion.question for criterion in self.form.criteria]


@cache
def library() -> tuple[Template, ...]:
    """By title. The files belong to the release, so they are read once."""
    folder = Path(settings.BASE_DIR) / "fixtures" / "rubrics"
    found = [Template(path.stem, parse(path.read_bytes())) for path in folder.glob("*.yaml")]
    return tuple(sorted(found, key=lambda template: template.form.title))


def template_named(name: str) -> Template:
    for template in library():
        if template.name == name:
            return template
    raise NotFound
