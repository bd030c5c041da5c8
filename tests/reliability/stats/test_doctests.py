"""The examples in docstrings, most of them from published tables, hold."""

import doctest
import importlib
import pkgutil

import pytest

import reliability.stats

pytestmark = pytest.mark.pure
MODULES = sorted(module.name for module in pkgutil.iter_modules(reliability.stats.__path__))


@pytest.mark.parametrize("name", ["", *MODULES])
def test_examples_hold(name: str) -> None:
    module = importlib.import_module(f"reliability.stats.{name}".rstrip("."))
    assert doctest.testmod(module).failed == 0


def test_engine_imports_without_django() -> None:
    import subprocess
    import sys

    code = "import sys, reliability.stats, reliability.longfile; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
