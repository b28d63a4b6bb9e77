#!/usr/bin/env bash
# Make a virtual environment and install a locked set of packages into it: bootstrap.sh PYTHON VENV LOCK
set -euo pipefail
python=$1 venv=$2 lock=$3

"$python" - <<'PY' || exit 1
import sys
if not (3, 11) <= sys.version_info[:2] < (3, 14):
    sys.exit(f"The course needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}. "
             "Name another: make course PYTHON=python3.12")
PY

if [ ! -x "$venv/bin/python" ]; then
    echo "Making $venv ..."
    "$python" -m venv "$venv" || {
        echo "Python's venv module is incomplete. On Debian or Ubuntu: sudo apt install python3-venv" >&2
        exit 1
    }
fi

echo "Installing the packages of $lock (some minutes the first time) ..."
if command -v uv >/dev/null 2>&1; then
    # Without compiled bytecode every start of a notebook would take three times as long.
    uv pip install --quiet --python "$venv/bin/python" --compile-bytecode --require-hashes -r "$lock"
    uv pip install --quiet --python "$venv/bin/python" --no-deps -e .
else
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -e .
fi
