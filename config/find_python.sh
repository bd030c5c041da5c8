#!/usr/bin/env bash
# Prints the path of a Python >= 3.12: from PYTHON, the PATH, or pyenv's versions.
# pyenv's shims fail for versions that are not selected, so every candidate is tried.
set -u

works() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

candidates() {
    [ -n "${PYTHON:-}" ] && printf '%s\n' "$PYTHON"
    local name
    for name in python3.13 python3.12 python3.14 python3 python; do
        type -aP "$name" 2>/dev/null
    done
    ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3 2>/dev/null | sort -rV
    ls -d /opt/python*/bin/python3 /usr/local/bin/python3.1[2-9] 2>/dev/null
}

while IFS= read -r candidate; do
    if works "$candidate"; then
        "$candidate" -c 'import sys; print(sys.executable)'
        exit 0
    fi
done < <(candidates)

echo "Concord needs Python 3.12 or newer with venv, and found none." >&2
echo "Install one (for instance with pyenv or your system's packages) or name it: make PYTHON=/path/to/python3.12" >&2
exit 1
