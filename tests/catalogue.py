"""The catalogues of translations: `python -m tests.catalogue [--write]`.

With --write, gathers all text from the code and the templates into each
locale/*/LC_MESSAGES/django.po, keeps what is translated, and compiles it. Without, says what
is out of date, untranslated or differs from its original in placeholders or markup.
It needs no gettext programs.
"""

import ast
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "annotation", "config", "exports", "reliability", "rubrics")
LOCALES = ROOT / "locale"
FUNCTIONS = {
    f"{function}{lazy}"
    for function in ("gettext", "ngettext", "pgettext", "npgettext")
    for lazy in ("", "_lazy")
}
Key = tuple[str, str, str]
"""Context, text, plural text."""

HEADER = """\
# Translations of Concord's interface.
# Refresh after changing text: python -m tests.catalogue --write
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""

# A file that says when it was written differs each time it is.
NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)

TEMPLATE_CALL = re.compile(r"\b(_|gettext|ngettext|pgettext|npgettext)\(")
TEMPLATE_ARGUMENT = re.compile(
    r"""\s*(u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))\s*,?""",
    re.DOTALL,
)


def interface_text() -> dict[Key, list[str]]:
    """Every text that people are shown, with the files it is in."""
    found: dict[Key, list[str]] = {}
    for path in _sources():
        name = path.relative_to(ROOT).as_posix()
        read = _from_python if path.suffix == ".py" else _from_template
        for key in read(path):
            files = found.setdefault(key, [])
            if name not in files:
                files.append(name)
    cut = [text for _, text, _ in found if text.endswith("\\")]
    if cut:  # `{% translate 'can\'t' %}`: Django's reader of templates ends at the escaped quote
        raise SyntaxError(f"Write these with double quotes, they are cut at an escaped one: {cut}")
    return {key: found[key] for key in sorted(found)}


def _sources() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
    for folder in (ROOT / "templates", *(ROOT / app for app in APPS)):
        yield from sorted(p for p in folder.rglob("*") if p.suffix in {".html", ".txt"})


def _from_python(path: Path) -> Iterator[Key]:
    called = _names_of_gettext(ast.parse(path.read_bytes()))
    with path.open("rb") as file:
        for _line, name, arguments, _comments in extract_python(file, list(called), [], {}):
            texts = [arguments] if isinstance(arguments, str) else list(arguments or ())
            yield from _key(called[name], [text for text in texts if isinstance(text, str)])


def _names_of_gettext(module: ast.Module) -> dict[str, str]:
    """What a file calls gettext and its like, by the names it gave them."""
    return {"gettext_noop": "gettext_noop"} | {
        imported.asname or imported.name: imported.name
        for statement in ast.walk(module)
        if isinstance(statement, ast.ImportFrom)
        for imported in statement.names
        if imported.name in FUNCTIONS
    }


def _from_template(path: Path) -> Iterator[Key]:
    """What Django makes of a template for xgettext, read without xgettext."""
    calls = templatize(path.read_text(), origin=str(path))
    for call in TEMPLATE_CALL.finditer(calls):
        texts, position = [], call.end()
        while argument := TEMPLATE_ARGUMENT.match(calls, position):
            texts.append(str(ast.literal_eval(argument[1])))
            position = argument.end()
        yield from _key(call[1], texts)


def _key(function: str, texts: list[str]) -> Iterator[Key]:
    if not texts or not texts[0]:
        return
    name = function.removesuffix("_lazy")
    if name == "ngettext":
        yield "", texts[0], texts[1]
    elif name == "pgettext":
        yield texts[0], texts[1], ""
    elif name == "npgettext":
        yield texts[0], texts[1], texts[2]
    else:
        yield "", texts[0], ""


def refreshed(stored: Catalog, text: dict[Key, list[str]]) -> Catalog:
    """The catalogue of this text, with the translations that are stored."""
    fresh = Catalog(locale=stored.locale, charset="utf-8", fuzzy=False)
    fresh.creation_date = fresh.revision_date = NO_DATE
    fresh.mime_headers = [("Plural-Forms", stored.plural_forms)]
    for (context, singular, plural), files in text.items():
        known = stored.get(singular, context or None)
        same = known is not None and isinstance(known.id, str) == (not plural)
        fresh.add(
            (singular, plural) if plural else singular,
            known.string if known is not None and same else None,
            locations=[(name, 0) for name in files],
            flags=known.flags & {"fuzzy"} if known is not None else (),
            context=context or None,
        )
    return fresh


def po_bytes(catalog: Catalog) -> bytes:
    body = io.BytesIO()
    write_po(body, catalog, width=0, omit_header=True, include_lineno=False, ignore_obsolete=True)
    header = HEADER.format(language=catalog.locale_identifier, plurals=catalog.plural_forms)
    return header.encode() + body.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    catalog.creation_date = catalog.revision_date = NO_DATE
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    return compiled.getvalue()


def read_catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, ignore_obsolete=True)


PLACEHOLDER = re.compile(r"%\(\w+\)[-+ 0#]*\d*(?:\.\d+)?[a-z]|%[-+ 0#]*\d*(?:\.\d+)?[sdifgr]|%%")
BRACES = re.compile(r"\{\w*(?:![rs])?(?::[^{}]*)?\}")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|&[a-z]+;")


def _parts(text: str) -> Counter[str]:
    return Counter([*PLACEHOLDER.findall(text), *BRACES.findall(text), *TAG.findall(text)])


def problems_of(message: Message, n_forms: int) -> list[str]:
    """What is wrong with one translation; a form for 0, 1 or 2 may leave its number out."""
    forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if len(forms) != (1 if isinstance(message.id, str) else n_forms) or not all(forms):
        return ["not translated"]
    if message.fuzzy:
        return ["marked fuzzy"]
    originals = [message.id] if isinstance(message.id, str) else list(message.id)
    wanted = _parts(originals[-1])
    found = []
    for index, form in enumerate(forms):
        extra, missing = _parts(form) - wanted, wanted - _parts(form)
        spelled_out = len(forms) > 1 and index < 3
        if spelled_out:
            missing = Counter(part for part in missing if not part.startswith("%("))
        if extra or missing:
            found.append(f"lacks {sorted(missing)}, adds {sorted(extra)} in: {form}")
        if form[:1].isspace() != originals[-1][:1].isspace():
            found.append(f"begins with other white space: {form}")
    return found


def catalogue_problems() -> list[str]:
    """What `make lint` refuses: empty when every catalogue is complete and compiled."""
    text = interface_text()
    found = []
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/django.po")):
        name = path.relative_to(ROOT)
        stored = read_catalogue(path)
        catalog = refreshed(stored, text)
        for message in catalog:
            if message.id:
                wrong = problems_of(message, stored.num_plurals)
                found += [f"{name}: {message.id!r}: {problem}" for problem in wrong]
        compiled = path.with_suffix(".mo")
        current = compiled.exists() and compiled.read_bytes() == mo_bytes(catalog)
        if not current or path.read_bytes() != po_bytes(catalog):
            found.append(f"{name} is out of date: run `python -m tests.catalogue --write`.")
    return found


def write_catalogues() -> None:
    text = interface_text()
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/django.po")):
        catalog = refreshed(read_catalogue(path), text)
        path.write_bytes(po_bytes(catalog))
        path.with_suffix(".mo").write_bytes(mo_bytes(catalog))


def main() -> int:
    if "--write" in sys.argv:
        write_catalogues()
    found = catalogue_problems()
    print("\n".join([*found[:40], f"{len(found)} in all"]) if found else "catalogues: complete")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
