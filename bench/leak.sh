#!/usr/bin/env bash
# Memory over many steps. Each method is a process of its own, because memory is counted per process.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for method in ${METHODS:-qlora lora full}; do
  printf '%s\n' "$method"
  ./hone bench leak --method "$method" --optimizer "${OPTIMIZER:-adamw}" --steps "${STEPS:-2000}" --every "${EVERY:-200}"
done
