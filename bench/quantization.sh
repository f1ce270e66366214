#!/usr/bin/env bash
# What each way of rounding costs a model that was really trained, as a Markdown table: hone-nano learns the 77 intents of banking77
# (PolyAI, CC-BY-4.0), is merged, rounded, and asked the 3,080 questions of the test split that nothing here has seen before.
#   bench/quantization.sh FOLDER      with FOLDER/train.csv and FOLDER/test.csv (columns text,category)
#   SCRATCH=folder ANSWERS=200 SCHEMES=int8,int4-gptq QAT=int4-channel-qat QAT_LORA= bench/quantization.sh FOLDER
# What lies in SCRATCH already is not made again. About an hour on two cores.
set -euo pipefail
folder=${1:-${BANKING77:-}}
if [[ ! -f $folder/train.csv || ! -f $folder/test.csv ]]; then
  echo "Skipped: expected banking77's train.csv and test.csv in '${folder:-}'. Name their folder as an argument or in BANKING77." >&2
  exit 0
fi
folder=$(cd "$folder" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=${SCRATCH:-$(mktemp -d)}
mkdir -p "$scratch"

columns=(--map prompt=text,completion=category)
train=$folder/train.csv
test=$folder/test.csv
schemes=${SCHEMES:-bf16,f16,int8,int8-percentile,int8-mse,int8-entropy,int8-tensor-rtn,int8-tensor-percentile,int8-tensor-mse,int8-tensor-entropy,int8_asymmetric,w8a8,w8a8-smoothquant,nf4,int4-g32-rtn,int4-g32-mse,int4-g32-gptq,int4-g32-awq,int4-g128-rtn,int4-g128-mse,int4-g128-gptq,int4-g128-awq,int4-channel-rtn,int4-channel-mse,int4-channel-gptq,int4-channel-awq,w4a8-g32-rtn,w4a8-g32-gptq}
learned=${QAT-int4-g32-qat,int4-channel-qat,w4a8-g32-qat,w8a8-qat}
adapted=${QAT_LORA-int4-g32-qat,int4-channel-qat}

if [[ ! -f $scratch/adapter/adapter_config.json ]]; then
  printf 'training: {}\n' > "$scratch/planned.yaml"
  ./hone train "$scratch/planned.yaml" --data "$train" "${columns[@]}" --out "$scratch/adapter" >&2
fi
[[ -f $scratch/merged/config.json ]] || ./hone merge hone-nano "$scratch/adapter" "$scratch/merged" >&2

# each by itself, so that one that fails leaves the others: quantized NAME SCHEME [OPTION...]
candidates=()
quantized() {
  local made=$scratch/made/$1 scheme=$2
  shift 2
  if [[ ! -f $made/config.json ]]; then
    ./hone quantize "$scratch/merged" --scheme "$scheme" --calibration "$train" --calibration-rows 128 --heldout "$test" "${columns[@]}" --out "$made" "$@" >&2 ||
      { echo "$scheme was not made." >&2; return 0; }
  fi
  candidates+=("$made")
}

# whole weights learn more than to be rounded: the same training without rounding shows how much, and adapters how far the rounding alone goes
if [[ -n $learned && ! -f $scratch/made/trained-on/config.json ]]; then
  printf 'training: {method: full, learning_rate: 2.9e-5, num_epochs: 1, eval_steps: 0, early_stopping_patience: 0}\n' > "$scratch/on.yaml"
  ./hone train "$scratch/on.yaml" --model "$scratch/merged" --data "$train" "${columns[@]}" --validation-share 0 --out "$scratch/made/trained-on" >&2
fi
[[ -z $learned ]] || candidates+=("$scratch/made/trained-on")
printf 'quantization: {qat: {training: {method: lora}}}\n' > "$scratch/lora.yaml"
for scheme in ${schemes//,/ } ${learned//,/ }; do quantized "$scheme" "$scheme"; done
for scheme in ${adapted//,/ }; do quantized "$scheme-lora" "$scheme" --qat "$scratch/lora.yaml"; done

measure() { ./hone evaluate "$@" --data "$test" "${columns[@]}" --answers "${ANSWERS:-1000}" --markdown; }
rounded=$(measure "$scratch/merged" "${candidates[@]}")
head -n 2 <<<"$rounded"
measure hone-nano --adapter "$scratch/adapter" --dtype f32 | tail -n 1 | sed 's/^| [^|]* |/| adapter over its base, in f32 |/; s/$/ - | - | - |/'
tail -n +3 <<<"$rounded"
