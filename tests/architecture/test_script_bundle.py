"""The labeling script in one file says what its modules say, or isn't made."""

from pathlib import Path

import pytest
from django.conf import settings

from accounts.templatetags.component_assets import SCRIPT_BUNDLES
from config.script_bundle import DYNAMIC, IMPORT, NotBundled, bundle

pytestmark = pytest.mark.pure
SCRIPTS = Path(settings.BASE_DIR) / "static" / "concord" / "js"


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder


def test_modules_stand_before_what_imports_them_and_keep_their_names_apart(tmp_path):
    folder = write(
        tmp_path,
        one="const LIMIT = 1;\nexport const first = () => LIMIT;\n",
        two='import { first } from "./one.js";\nconst LIMIT = 2;\n'
        "export const second = () => first() + LIMIT;\n",
        page='import { second } from "./two.js";\nimport { shared } from "./other.js";\n'
        'import("./one.js").then((one) => shared(second(), one.first()));\n',
    )
    text = bundle(folder, "page", ("two", "one"))
    assert text.startswith('import { shared } from "./other.js";\n')
    assert text.index("module_one =") < text.index("module_two =") < text.index("module_page =")
    assert 'import("./one.js")' not in text
    assert text.count("const LIMIT") == 2


@pytest.mark.parametrize(
    "text",
    [
        "export default function page() {}\n",
        'export { first } from "./one.js";\n',
        'import * as one from "./one.js";\n',
        'import { first as start } from "./one.js";\n',
        "export let first = 1;\n",
    ],
)
def test_what_the_bundle_does_not_know_is_refused(tmp_path, text):
    folder = write(tmp_path, one="export const first = 1;\n", page=text)
    with pytest.raises(NotBundled):
        bundle(folder, "page", ("one",))


def test_modules_that_import_each_other_are_refused(tmp_path):
    folder = write(
        tmp_path,
        one='import { b } from "./two.js";\nexport const a = 1;\n',
        two='import { a } from "./one.js";\nexport const b = 1;\n',
        page='import { a } from "./one.js";\n',
    )
    with pytest.raises(NotBundled, match="import each other"):
        bundle(folder, "page", ("one", "two"))


@pytest.mark.parametrize("path", SCRIPT_BUNDLES)
def test_no_module_fetched_later_brings_a_bundled_one_a_second_time(path):
    entry, modules = SCRIPT_BUNDLES[path]
    bundled = {entry, *modules}
    waiting = [name for name in _reached(bundled) if name not in bundled]
    assert [name for name in waiting if _imports(name) & bundled] == []


def _reached(start: set[str]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for name in _imports(waiting.pop()) - reached:
            reached.add(name)
            waiting.append(name)
    return reached


def _imports(name: str) -> set[str]:
    text = (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")
    return {other for _names, other in IMPORT.findall(text)} | set(DYNAMIC.findall(text))
