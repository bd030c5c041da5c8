"""One script out of several ES modules, so that a page asks for one file.

Our modules are plain: imports and exports stand at the beginning of a line, nothing is
re-exported, nothing exported is assigned again. Each module becomes a function that is run once
and gives what it exports; whatever is not understood is refused by name, never guessed at.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
DYNAMIC = re.compile(r'import\("\./([\w-]+)\.js"\)')
COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*(?:[^*]|\*(?!/))*\*/[ \t]*)\n", re.MULTILINE)
STATEMENT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class NotBundled(ValueError):  # names what the author has to write otherwise
    """A module is written in a way that the bundle does not know."""


def bundle(folder: Path, entry: str, modules: Sequence[str]) -> str:
    """`modules` and then `entry` (names without .js) of `folder` as one ES module.

    What they import from elsewhere stays an import, so that it is one with what the page and
    the modules fetched later use.
    """
    sources = {name: (folder / f"{name}.js").read_text("utf-8") for name in (*modules, entry)}
    order = _in_order(sources, entry)
    outside = _imports_from_outside(sources)
    return "".join([*outside, *(_as_function(name, sources[name], sources) for name in order)])


def _in_order(sources: Mapping[str, str], entry: str) -> list[str]:
    """What is imported comes before what imports it."""
    order: list[str] = []

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            raise NotBundled(f"modules import each other: {' > '.join((*trail, name))}")
        for _names, other in IMPORT.findall(sources[name]):
            if other in sources and other not in order:
                visit(other, (*trail, name))
        if name not in order:
            order.append(name)

    for name in (*sources, entry):
        visit(name, ())
    return order


def _imports_from_outside(sources: Mapping[str, str]) -> list[str]:
    wanted: dict[str, set[str]] = {}
    for source in sources.values():
        for names, other in IMPORT.findall(source):
            if other not in sources:
                wanted.setdefault(other, set()).update(_names(names))
    return [
        f'import {{ {", ".join(sorted(names))} }} from "./{other}.js";\n'
        for other, names in sorted(wanted.items())
    ]


def _names(listed: str) -> list[str]:
    names = [name.strip() for name in listed.split(",") if name.strip()]
    if any(" " in name for name in names):
        raise NotBundled(f"an import is renamed: {listed.strip()}")
    return names


def _as_function(name: str, source: str, sources: Mapping[str, str]) -> str:
    exported = ", ".join(EXPORT.findall(source))
    body = _body(name, source, sources)
    return f"const {_variable(name)} = (() => {{\n{body}return {{ {exported} }};\n}})();\n"


def _body(name: str, source: str, sources: Mapping[str, str]) -> str:
    def given(match: re.Match[str]) -> str:
        names = ", ".join(_names(match[1]))
        inside = match[2] in sources
        return f"const {{ {names} }} = {_variable(match[2])};\n" if inside else ""

    def at_hand(match: re.Match[str]) -> str:
        inside = match[1] in sources
        return f"Promise.resolve({_variable(match[1])})" if inside else match[0]

    text = DYNAMIC.sub(at_hand, EXPORT.sub("", IMPORT.sub(given, COMMENT.sub("", source))))
    unknown = STATEMENT.search(text)
    if unknown:
        raise NotBundled(f"{name}.js: {unknown[0]}")
    return text


def _variable(name: str) -> str:
    return "module_" + name.replace("-", "_")
