#!/usr/bin/env bash
# Serving under load while revisions come and go and a replica is killed: no failed request, no mixture, flat memory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
./hone bench load --streams "${STREAMS:-200}" --pause "${PAUSE:-6}" --tokens "${TOKENS:-120}"
