#!/usr/bin/env bash
# From dataset.ready to deploy: where the time goes, and how much of it is not numerical work.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
./hone bench pipeline --steps "${STEPS:-20}"
