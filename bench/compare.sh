#!/usr/bin/env bash
# Hone beside PEFT with bitsandbytes, in turn on the same machine: the same random models, rows, batches, rank and threads. Prints a line per
# run; compare ratios of neighbouring lines. Needs python3 with venv and a package index, or PEFT_PYTHON naming a Python that has the packages.
#   MODELS="random-110m random-1.1b" ROUNDS=3 STEPS=8 DATA=gsm8k.jsonl bench/compare.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=${SCRATCH:-$(mktemp -d)}
mkdir -p "$scratch"
export OMP_NUM_THREADS=${THREADS:-2}
python=${PEFT_PYTHON:-}
if [[ -z $python ]]; then
  python3 -m venv "$scratch/venv"
  "$scratch/venv/bin/pip" install -q torch==2.7.1 'transformers<5' peft bitsandbytes
  python=$scratch/venv/bin/python
fi

# a row of text for each conversation of the phone shop, so that both read the same
"$python" - "$scratch/text.jsonl" <<'PY'
import json, sys
with open(sys.argv[1], "w") as out:
    for line in open("examples/support.jsonl"):
        out.write(json.dumps({"text": "\n".join(m["content"] for m in json.loads(line)["messages"])}) + "\n")
PY

peft() { "$python" bench/peft/train.py --threads "$OMP_NUM_THREADS" --steps "${STEPS:-8}" "$@" 2>/dev/null; }
hone() { ./hone bench train --steps "${STEPS:-8}" --batch 4 --sequence 512 --rank 16 "$@"; }

for model in ${MODELS:-random-110m}; do
  directory=$scratch/$model
  [[ -f $directory/config.json ]] || "$python" bench/peft/train.py --make "$model" --model "$directory" --tokenizer models/hone-nano
  for ((round = 0; round < ${ROUNDS:-3}; round++)); do
    for method in lora qlora; do
      printf '%s %s full sequences\n' "$model" "$method"
      hone --model "$directory" --method "$method" --data "$scratch/text.jsonl"
      peft --model "$directory" --method "$method" --data "$scratch/text.jsonl"
    done
    if [[ -n ${DATA:-} ]]; then
      printf '%s lora on %s: packed beside padded\n' "$model" "$(basename "$DATA")"
      hone --model "$directory" --method lora --data "$DATA" --chat --packing
      peft --model "$directory" --method lora --data "$DATA" --padded
    fi
  done
done
