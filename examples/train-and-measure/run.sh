#!/bin/sh
# The whole example: pairs by code, training, and the same held-out prompts before and after.
#   PYTHON=.venv/bin/python sh run.sh OUT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
python=${PYTHON:-python3}
fellowship=${FELLOWSHIP:-npx fellowship}
port=${PORT:-8765}
export OPENAI_COMPATIBLE_BASE_URL="http://127.0.0.1:$port/v1"
mkdir -p "$out"

serve() { # MODEL [ADAPTER]; serves until stop
  rm -f "$out/input" && mkfifo "$out/input"
  : > "$out/server.log"
  "$python" "$here/serve.py" "$port" "$@" < "$out/input" >> "$out/server.log" &
  server=$!
  exec 9> "$out/input" # the server ends when this closes, at the end of this script at the latest
  until grep -q ready "$out/server.log"; do
    kill -0 "$server" || exit 1
    sleep 1
  done
}
stop() { exec 9>&- && wait "$server"; }
# Exit code 3: some rows failed, here because an answer was cut; the others count.
accept_failed_rows() { "$@" || [ $? -eq 3 ]; }

[ -d "$out/model" ] || "$python" "$here/prepare.py" "$out/model"
serve "$out/model"
accept_failed_rows $fellowship generate "$here/answer-twice.yaml" \
  --input "$here/prompts.jsonl" --out "$out/pairs"
accept_failed_rows $fellowship generate "$here/answer-once.yaml" \
  --input "$here/held-out.jsonl" --out "$out/before"
stop
[ -d "$out/adapter" ] ||
  "$python" "$here/train.py" "$out/model" "$out/pairs/dpo.jsonl" "$out/adapter" > "$out/train.log"
serve "$out/model" "$out/adapter"
accept_failed_rows $fellowship generate "$here/answer-once.yaml" \
  --input "$here/held-out.jsonl" --out "$out/after"
stop
accept_failed_rows $fellowship compare "$out/after" "$out/before" \
  --evaluator "$here/checks.yaml" --out "$out/compared"
"$python" "$here/figures.py" "$out/before/rows.jsonl" "$out/after/rows.jsonl"
