"""The docs say what is true: every setting, every command, no dead link."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure
ROOT = Path(__file__).resolve().parents[2]
DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_setting_is_in_the_operations_guide() -> None:
    read = set(
        re.findall(
            r'env\.(?:text|flag|number|words|choice|secret)\(\s*"([A-Z_]+)"',
            (ROOT / "config" / "settings.py").read_text(),
        )
    )
    guide = (ROOT / "docs" / "operations.md").read_text()
    assert sorted(name for name in read if f"`{name}`" not in guide) == []
    assert len(read) > 10


def test_links_between_documents_lead_somewhere() -> None:
    dead = [
        (document.name, target)
        for document in DOCS
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())
        if not (document.parent / target).exists()
    ]
    assert dead == []


def test_every_command_is_documented() -> None:
    text = "\n".join(document.read_text() for document in DOCS)
    commands = {
        path.stem
        for path in ROOT.glob("*/management/commands/*.py")
        if path.stem not in ("__init__", "arguments") and not path.stem.startswith("_")
    }
    assert sorted(name for name in commands if name not in text) == []


def test_the_project_names_no_registry_and_no_machine_path() -> None:
    hosts = re.compile(
        "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(?:org|com)"))
    )
    paths = re.compile(r"(?:^|[^a-z.])/(?:root|work)/")
    found = []
    for path in ROOT.rglob("*"):
        parts = set(path.relative_to(ROOT).parts)
        if parts & {".git", ".venv", "var", "__pycache__"} or not path.is_file():
            continue
        if path.suffix in {
            ".py",
            ".md",
            ".toml",
            ".txt",
            ".html",
            ".js",
            ".css",
            ".yaml",
            ".json",
            ".sh",
        }:
            text = path.read_text(errors="replace")
            found += [str(path) for pattern in (hosts, paths) if pattern.search(text)]
    assert found == []
