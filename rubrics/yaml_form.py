"""The YAML form of a rubric: read with line numbers, written so that people can edit it.

Only plain YAML is read: no tags, no aliases, bounded in size and depth. All scalars are taken as
text and read by what is expected at their place, so that `yes`, `1:30` or `007` mean themselves.
"""

from collections.abc import Iterable
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _
from yaml.events import AliasEvent

from rubrics.checks import problems_of
from rubrics.choices import Kind
from rubrics.errors import Path, Problem, RubricRefused
from rubrics.form import CriterionForm, RubricForm, anchor_data, criterion_data
from rubrics.reading import quoted, read

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 12
MAX_PROBLEMS: Final = 50
_TAGS = frozenset({"!", *(f"tag:yaml.org,2002:{shape}" for shape in ("str", "seq", "map"))})
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


def parse(source: str | bytes) -> RubricForm:
    """The rubric in `source`. Raises RubricRefused, and nothing else, with every problem."""
    form, problems = examine(source)
    if problems or form is None:
        raise RubricRefused(problems[:MAX_PROBLEMS])
    return form


def examine(source: str | bytes) -> tuple[RubricForm | None, list[Problem]]:
    """What can be read of `source` (None: nothing) and all problems, each with its line."""
    try:
        data, lines = _load(source)
    except RubricRefused as error:
        return None, list(error.problems)
    form, problems = read(data)
    # What was left out because it can't be read would only be reported a second time.
    if not problems:
        problems = problems_of(form)
    located = [problem.at_line(_line_of(problem.path, lines)) for problem in problems]
    return form, sorted(located, key=lambda problem: problem.line or 0)


def dump(form: RubricForm) -> str:
    """YAML that `parse` reads back to the same form; what has its default is left out."""
    data: dict[str, Any] = {"key": form.key, "title": form.title}
    if form.guidelines:
        data["guidelines"] = form.guidelines
    data["criteria"] = [_brief(criterion) for criterion in form.criteria]
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, indent=2)


def _brief(criterion: CriterionForm) -> dict[str, Any]:
    data = criterion_data(criterion)
    if criterion.kind == Kind.PAIRWISE and all(anchor.is_bare for anchor in criterion.anchors):
        data["anchors"] = []
    else:
        data["anchors"] = [
            {name: value for name, value in anchor_data(anchor).items() if value not in ("", [])}
            for anchor in criterion.anchors
        ]
    return {name: value for name, value in data.items() if value not in ("", [], {})}


# -- reading


class _Refused(Exception):
    """What stops the reading of the text itself."""

    def __init__(self, message: str, fix: str, line: int) -> None:
        super().__init__(message)
        self.problem = Problem((), message, fix, line=line, blocks=True)


class _Loader(yaml.SafeLoader):
    """Composes nodes only: nothing is constructed, no alias is followed."""

    yaml_implicit_resolvers: dict[str, Any] = {}
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        line: int = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]  # stubs
        if self.check_event(AliasEvent):
            raise _Refused(_("References (*name) are not read."), _("Write the content out."), line)
        if self.depth >= MAX_DEPTH:
            raise _Refused(_("The nesting is too deep."), _("A rubric has five levels."), line)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _load(source: str | bytes) -> tuple[Any, dict[Path, int]]:
    text = _decoded(source)
    try:
        node = yaml.compose(text, Loader=_Loader)
        lines: dict[Path, int] = {}
        data = _plain(node, (), lines) if node is not None else None
    except _Refused as error:
        raise RubricRefused([error.problem]) from error
    except yaml.YAMLError as error:
        raise RubricRefused([_syntax_problem(error)]) from error
    except (ValueError, OverflowError) as error:
        # PyYAML turns escapes such as "\UFFFFFFFF" to characters without checking them.
        message = _("An escape in the text stands for no character.")
        raise RubricRefused([Problem((), message, _("Remove it."), blocks=True)]) from error
    if data is None:
        message, fix = _("The rubric is empty."), _("Start with key, title and criteria.")
        raise RubricRefused([Problem((), message, fix, line=1, blocks=True)])
    return data, lines


def _decoded(source: str | bytes) -> str:
    size = len(source) if isinstance(source, bytes) else len(source.encode(errors="replace"))
    if size > MAX_BYTES:
        message = _("The rubric has %(n)d kB.") % {"n": size // 1024}
        fix = _("At most %(max)d kB are read.") % {"max": MAX_BYTES // 1024}
        raise RubricRefused([Problem((), message, fix, blocks=True)])
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        message, fix = _("The text is not UTF-8."), _("Save the file as UTF-8.")
        raise RubricRefused([Problem((), message, fix, line=line, blocks=True)]) from error


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or _("unreadable")
    message = _("This is not YAML: %(what)s.") % {"what": what}
    fix = _("Check the indentation, and put texts that hold “: ” or “#” in quotes.")
    return Problem((), message, fix, line=mark.line + 1 if mark else None, blocks=True)


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    """Nested dicts, lists and texts; fills `lines` with the line of every path."""
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    if node.tag not in _TAGS:
        raise _Refused(
            _("The tag %(tag)s is not read.") % {"tag": quoted(node.tag)},
            _("Remove it and write the value alone."),
            line,
        )
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, i), lines) for i, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    is_bare = isinstance(node, yaml.ScalarNode) and node.style is None
    return None if is_bare and node.value in _NOTHING else node.value


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise _Refused(_("A name must be a word."), _("Write “name: value”."), line)
        name = str(key_node.value)
        if name in found:
            raise _Refused(
                _("%(name)s is written twice in one place.") % {"name": quoted(name)},
                _("Remove one of the two."),
                line,
            )
        lines[(*path, name)] = line
        found[name] = _plain(value_node, (*path, name), lines)
    return found


def _line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """The line of the nearest place that was written."""
    for end in range(len(path), -1, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return None


# -- writing


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    """Several lines as a literal block, where that keeps every character."""
    is_block = "\n" in text and not any(c in text for c in "\x85\u2028\u2029\ufeff")
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if is_block else None)


def _list(dumper: _Dumper, values: Iterable[Any]) -> yaml.Node:
    listed = list(values)
    is_short = all(isinstance(each, int | float) or len(str(each)) < 20 for each in listed)
    is_flat = not any(isinstance(each, dict | list) for each in listed)
    return dumper.represent_sequence(
        "tag:yaml.org,2002:seq", listed, flow_style=is_short and is_flat
    )


_Dumper.add_multi_representer(str, _text)
_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
