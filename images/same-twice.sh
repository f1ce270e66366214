#!/usr/bin/env bash
# Builds the images of this commit from two clones of it and compares their digests: images/same-twice.sh [NAME...]
# HONE_IMAGE_BASE, HONE_MAVEN_OPTIONS and the like are as for images/build.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
for clone in first second; do
  git clone -q . "$work/$clone"
  "$work/$clone/images/build.sh" "$@" --to-folder "$work/out" >"$work/$clone.txt"
  # room for the next
  rm -rf "${work:?}/$clone" "$work/out"
done
if ! diff "$work/first.txt" "$work/second.txt"; then
  echo "The same commit gave different images." >&2
  exit 1
fi
cat "$work/first.txt"
