#!/usr/bin/env bash
# Packages services and the command line (cli) and makes their images: images/build.sh [NAME...] --to-folder DIR | --to-docker | --push
# `images/build.sh --help` says the rest. --cuda packages with the Maven profile of that name.
# skaffold says by IMAGE and PUSH_IMAGE what the image is called and where it goes.
# HONE_REGISTRY is what names begin with instead of hone; HONE_IMAGE_BASE names what the images stand on; HONE_MAVEN_OPTIONS is handed to Maven, word by word.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The launcher knows how to find a JDK; Maven and the program use the same.
JAVA_HOME="$(./hone __jdk)"
export JAVA_HOME

maven=(mvn -B -ntp -q -Dmaven.test.skip=true)
read -ra more <<<"${HONE_MAVEN_OPTIONS:-}"
maven+=(${more[@]+"${more[@]}"})
modules=images
all=images,services/ingest,services/trainer,services/quantizer,services/evaluator,services/serving,cli
what="The services could not be packaged: see above."
for argument in "$@"; do
  case "$argument" in
    ingest | trainer | quantizer | evaluator | serving) modules="$modules,services/$argument" ;;
    cli) modules="$modules,cli" ;;
    --cuda)
      maven+=(-Pcuda)
      what="The services could not be packaged for CUDA. If an artifact pytorch-native-cu… was not found, the repository that Maven asks does not have libtorch for CUDA in the version that DJL's jni wants (pytorch.version in pom.xml): name a repository that has it, or build for the CPU."
      ;;
    -h | --help) modules=images all=images ;;
  esac
done
[ "$modules" != images ] || modules="$all"
"${maven[@]}" -pl "$modules" -am package >&2 || { echo "$what" >&2; exit 1; }

# A commit's images bear its name and its date, so that whoever builds them gets the same; a changed tree says so.
about=()
if revision="$(git rev-parse HEAD 2>/dev/null)"; then
  [ -z "$(git status --porcelain --untracked-files=no)" ] || revision="$revision-changed"
  about=(--revision "$revision" --created "$(TZ=UTC git show -s --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ HEAD)")
fi
[ -z "${HONE_IMAGE_BASE:-}" ] || about+=(--base "$HONE_IMAGE_BASE")
[ -z "${HONE_REGISTRY:-}" ] || about+=(--repository "$HONE_REGISTRY")
if [ -n "${IMAGE:-}" ] && [ -n "${PUSH_IMAGE:-}" ]; then
  about+=(--name "$IMAGE")
  if [ "$PUSH_IMAGE" = true ]; then about+=(--push); else about+=(--to-docker); fi
fi
exec "$JAVA_HOME/bin/java" -XX:+UseSerialGC -cp "images/target/classes:images/target/lib/*" dev.hone.images.BuildImages ${about[@]+"${about[@]}"} "$@"
