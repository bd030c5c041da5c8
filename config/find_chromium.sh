#!/usr/bin/env bash
# Prints where Chromium is; installs it by the ways at hand when it is nowhere.
set -u

find_it() {
    local name
    if [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ]; then echo "$CHROMIUM"; return 0; fi
    for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do
        if command -v "$name" 2>/dev/null; then return 0; fi
    done
    ls -d "$HOME"/.cache/ms-playwright/chromium-*/chrome-linux*/chrome 2>/dev/null | tail -n 1 | grep . && return 0
    return 1
}

find_it && exit 0
echo "No Chromium found; trying Playwright's own download." >&2
timeout 300 .venv/bin/python -m playwright install chromium >/dev/null 2>&1
find_it && exit 0
if command -v apt-get >/dev/null 2>&1; then
    echo "Trying the distribution's package." >&2
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo -n"
    { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends chromium; } >/dev/null 2>&1
    find_it && exit 0
fi
echo "The browser tests need Chromium. Install it (Debian: apt-get install chromium) or name" >&2
echo "an existing one: make test CHROMIUM=/path/to/chromium" >&2
exit 1
