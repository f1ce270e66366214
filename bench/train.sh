#!/usr/bin/env bash
# Training: tokens per second and peak memory. Each line is a process of its own, because memory is counted per process.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
printf 'model\tmethod\tdtype\tbatch\ttrained parameters\ttokens/s\tpeak memory\n'
for method in qlora lora full; do
  ./hone bench train --model hone-nano --method "$method" --steps "${STEPS:-60}" --batch 8 --sequence 256
done
for method in qlora full; do
  ./hone bench train --model random-110m --method "$method" --steps "${STEPS:-12}" --batch 4 --sequence 256
done
