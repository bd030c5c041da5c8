"""`make bench`: every benchmark in turn. Each prints what it measured, against what."""

import importlib
import pkgutil
import sys

import benchmarks

# Measured by a driver of its own, or a study rather than a speed: see the module's first lines.
NOT_STANDALONE = {
    "__main__",
    "peer_adapter",
    "coverage",
    "large_item",
    "live_study",
    "reliability_study",
}


def main() -> int:
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name in NOT_STANDALONE:
            continue
        print(f"\n== {module.name}", flush=True)
        importlib.import_module(f"benchmarks.{module.name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
