#!/usr/bin/env bash
# Builds one service's image by Jib, as skaffold asks for it: $IMAGE is the full name, $PUSH_IMAGE says whether to push.
# By hand: k8s/build-image.sh serving
set -euo pipefail
service="${1:?Expected the name of a service: ingest, trainer, quantizer, evaluator or serving.}"
image="${IMAGE:-hone/$service:0.1.0}"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec mvn -B -ntp -q -Dmaven.test.skip=true -pl "services/$service" -am package \
  -Dquarkus.container-image.build=true \
  -Dquarkus.container-image.push="${PUSH_IMAGE:-false}" \
  -Dquarkus.container-image.image="$image"
