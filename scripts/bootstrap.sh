#!/usr/bin/env bash
# Makes .venv and node_modules what the pinned requirements say; takes no time when nothing has changed.
# `scripts/bootstrap.sh --check` only says whether Python and Node are there.
set -euo pipefail
cd "$(dirname "$0")/.."

# A version manager's shim may exist for a Python that does not, and a distribution's Python may lack venv: so ask it.
usable() {
    "$1" -c 'import sys, ensurepip, sqlite3, ssl, venv; sys.exit(sys.version_info < (3, 13))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in .venv/bin/python "${PYTHON:-}" python3.13 python3.14 python3 python \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[3-9]*/bin/python; do
        if [ -n "$candidate" ] && usable "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    cat >&2 <<'MISSING'
Python 3.13 or newer (with venv) is missing. Any of these installs it:
  Debian 13, Ubuntu 25.04 and newer   sudo apt install python3 python3-venv
  macOS                               brew install python@3.13
  anywhere, with pyenv                pyenv install 3.13
If it is somewhere else, name it: make run PYTHON=/path/to/python3.13
MISSING
    return 1
}

require_node() {
    local major
    major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
    if [ "$major" -lt 20 ] || ! npm --version >/dev/null 2>&1; then
        cat >&2 <<'MISSING'
Node 20 or newer with npm is missing (it runs Azurite, Microsoft's storage emulator). Any of these installs it:
  Debian 13, Ubuntu 25.04 and newer   sudo apt install nodejs npm
  macOS                               brew install node
  anywhere                            https://nodejs.org/en/download
MISSING
        return 1
    fi
}

# changed STAMP FINGERPRINT: whether the last installation was made from something else.
changed() {
    [ "$(cat "$1" 2>/dev/null)" != "$2" ]
}

install_python_packages() {
    local python=$1 stamp=.venv/.installed fingerprint
    if [ "$python" != .venv/bin/python ]; then
        echo "Making .venv with $("$python" --version)"
        "$python" -m venv --clear .venv
    fi
    fingerprint="$(.venv/bin/python --version) $(cat requirements.txt requirements-video.txt requirements-dev.txt | cksum)"
    if changed "$stamp" "$fingerprint"; then
        echo "Installing Python packages (a minute, the first time)"
        .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check -r requirements-dev.txt
        echo "$fingerprint" >"$stamp"
    fi
}

install_node_packages() {
    local stamp=node_modules/.installed fingerprint
    fingerprint="$(cat package.json package-lock.json | cksum)"
    if [ ! -x node_modules/.bin/azurite ] || changed "$stamp" "$fingerprint"; then
        echo "Installing Azurite"
        npm ci --no-audit --no-fund --loglevel=error >/dev/null
        echo "$fingerprint" >"$stamp"
    fi
}

install_console_packages() {
    local stamp=web/node_modules/.installed fingerprint
    fingerprint="$(cat web/package.json web/package-lock.json | cksum)"
    if changed "$stamp" "$fingerprint"; then
        echo "Installing the console's packages"
        npm --prefix web ci --no-audit --no-fund --loglevel=error >/dev/null
        echo "$fingerprint" >"$stamp"
    fi
}

# The client is made from the API's own description at every change of either, so it is never out of date.
build_console() {
    local api=web/src/api/schema.d.ts described=web/node_modules/.described built=web/dist/.built fingerprint
    fingerprint="$(find function_app.py functions shared web/scripts -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 cat | cksum)"
    if [ ! -f "$api" ] || changed "$described" "$fingerprint"; then
        .venv/bin/python -m cli openapi >web/.openapi.json
        npm --prefix web run --silent client <web/.openapi.json
        echo "$fingerprint" >"$described"
    fi
    fingerprint="$(find web -type f ! -path 'web/node_modules/*' ! -path 'web/dist/*' -print0 | sort -z | xargs -0 cat | cksum)"
    if changed "$built" "$fingerprint"; then
        echo "Building the console"
        npm --prefix web run --silent build
        echo "$fingerprint" >"$built"
    fi
}

found=$(find_python) && python_missing=0 || python_missing=1
require_node && node_missing=0 || node_missing=1
if [ "$((python_missing + node_missing))" -gt 0 ]; then
    exit 1
fi
if [ "${1:-}" != --check ]; then
    install_python_packages "$found"
    install_node_packages
    install_console_packages
    build_console
fi
