#!/bin/sh
# Times this project and PyTorch on the same work. See README.md beside this file.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
if [ ! -f "$here/.venv/ready" ]; then
    python3 -m venv "$here/.venv"
    "$here/.venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
    touch "$here/.venv/ready"
fi
"$here/../../sd15" --version >/dev/null # builds what is missing before a clock runs
exec "$here/.venv/bin/python" "$here/compare.py" "$@"
