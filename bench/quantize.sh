#!/usr/bin/env bash
# Rounding to nearest beside copying the file, in turn on the same disk: seconds until the bytes lie on the disk, and GB/s of what was read. The
# model's file is read once beforehand, so that both find it in memory. Of Hone there are two lines each time: in a new process, whose code is still being
# compiled, and once more in the same one.
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
  local began done synced cpu
  began=$(date +%s%N)
  cpu=$( { TIMEFORMAT='%U %S'; time cp "$file" "$scratch/copy"; } 2>&1 )
  done=$(date +%s%N)
  sync "$scratch/copy"
  synced=$(date +%s%N)
  rm "$scratch/copy"
  awk -v m="$model" -v b="$bytes" -v c=$((done - began)) -v s=$((synced - began)) -v cpu="$cpu" 'BEGIN {
    split(cpu, t, " "); printf "%s\tcp\t%.3f\t%.2f\t%.2f\t\t%.1f GB\t\t\t(%.3f s without sync)\n", m, s / 1e9, b / s, t[1] + t[2], b / 1e9, c / 1e9}'
}

printf 'model\tscheme\tseconds\tGB/s\tCPU s\tread back, s\tsize\trelative error\tpeak memory\n'
for ((round = 0; round < ${ROUNDS:-3}; round++)); do
  for scheme in ${SCHEMES:-int8-rtn int4-rtn}; do
    copy
    ./hone bench quantize "$model" --scheme "$scheme" --out "$scratch" --repeat 2
  done
done
