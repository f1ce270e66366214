#!/usr/bin/env bash
# How many events the services take, what each costs, and their memory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
./hone bench rates --events "${EVENTS:-50000}" --partitions "${PARTITIONS:-3}"
