#!/usr/bin/env bash
# Decoding, one stream: tokens per second of reading a prompt and of answering it, and peak memory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
printf 'model\tscheme\tparameters\tprompt tokens/s\tanswer tokens/s\tpeak memory\n'
for model in hone-nano random-110m; do
  for scheme in bf16 int8 int4; do
    ./hone bench decode --model "$model" --scheme "$scheme"
  done
done
