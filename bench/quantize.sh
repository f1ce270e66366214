#!/usr/bin/env bash
# Rounding to nearest beside copying the file, in turn on the same disk: seconds until the bytes lie on the disk, and GB/s of what was read. The
# model's file is read once beforehand, so that both find it in memory. Each line of Hone is a process of its own, because memory is counted per process.
#   ROUNDS=3 SCHEMES="int8-rtn int4-rtn" bench/quantize.sh [MODEL_DIR [FOLDER_TO_WRITE_TO]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=$(mktemp -d -p "${2:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$scratch"' EXIT
model=${1:-models/hone-nano}
file=$model/model.safetensors
bytes=$(stat -L -c %s "$file")
cat "$file" > /dev/null

copy() {
  local began done synced
  began=$(date +%s%N)
  cp "$file" "$scratch/copy"
  done=$(date +%s%N)
  sync "$scratch/copy"
  synced=$(date +%s%N)
  rm "$scratch/copy"
  awk -v b="$bytes" -v c=$((done - began)) -v s=$((synced - began)) 'BEGIN {printf "%s\tcp, synced\t%.3f\t%.2f\t(%.3f s without sync)\n", "'"$model"'", s / 1e9, b / s, c / 1e9}'
}

printf 'model\tscheme\tseconds\tGB/s\tread back, s\tsize\trelative error\tpeak memory\n'
for ((round = 0; round < ${ROUNDS:-3}; round++)); do
  for scheme in ${SCHEMES:-int8-rtn int4-rtn}; do
    copy
    ./hone bench quantize "$model" --scheme "$scheme" --out "$scratch"
  done
done
