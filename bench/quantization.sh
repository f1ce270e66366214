#!/usr/bin/env bash
# What each way of rounding costs a model that was really trained, as a Markdown table: hone-nano learns the 77 intents of banking77
# (PolyAI, CC-BY-4.0), is merged, rounded, and asked the 3,080 questions of the test split that nothing here has seen before.
#   bench/quantization.sh FOLDER      with FOLDER/train.csv and FOLDER/test.csv (columns text,category)
#   SCRATCH=folder ANSWERS=200 SCHEMES=int8,int4-gptq QAT=int4-channel LEARN=lora bench/quantization.sh FOLDER
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
schemes=${SCHEMES-int8,int8-percentile,int8-mse,int8-entropy,int8-tensor,int8-tensor-percentile,int8-tensor-mse,int8-tensor-entropy,w8a8,w8a8-smoothquant,nf4,int4-g32-rtn,int4-g32-mse,int4-g32-gptq,int4-g32-awq,int4-g128-rtn,int4-g128-gptq,int4-g128-awq,int4-channel-rtn,int4-channel-mse,int4-channel-gptq,int4-channel-awq}
# what is learned with rounded weights, and how
rounded=${QAT-int4-channel,int4-g32}
methods=${LEARN-lora,full}
lora='method: lora, lora_r: 32, lora_alpha: 64, lora_dropout: 0, learning_rate: 5e-4, num_epochs: 1, eval_steps: 0, early_stopping_patience: 0'
full='method: full, learning_rate: 1e-4, num_epochs: 1, eval_steps: 0, early_stopping_patience: 0'

if [[ ! -f $scratch/adapter/adapter_config.json ]]; then
  printf 'training: {}\n' > "$scratch/planned.yaml"
  ./hone train "$scratch/planned.yaml" --data "$train" "${columns[@]}" --out "$scratch/adapter" >&2
fi
[[ -f $scratch/merged/config.json ]] || ./hone merge hone-nano "$scratch/adapter" "$scratch/merged" >&2

# each by itself, so that one that fails leaves the others: quantized NAME MODEL SCHEME [OPTION...]
candidates=()
quantized() {
  local made=$scratch/made/$1 model=$2 scheme=$3
  shift 3
  if [[ ! -f $made/config.json ]]; then
    ./hone quantize "$model" --scheme "$scheme" --calibration "$train" --calibration-rows 128 --heldout "$test" "${columns[@]}" --out "$made" "$@" >&2 ||
      { echo "$scheme was not made." >&2; return 0; }
  fi
  candidates+=("$made")
}

for scheme in ${schemes//,/ }; do quantized "$scheme" "$scratch/merged" "$scheme"; done

# A further epoch does something by itself. So it is trained without rounding, too, and that model rounded to nearest: what lies between
# the two is what learning with rounded weights does.
for method in ${methods//,/ }; do
  settings=${!method}
  further=$scratch/made/further-$method
  if [[ ! -f $further/config.json ]]; then
    printf 'training: {%s}\n' "$settings" > "$scratch/further-$method.yaml"
    learned=$scratch/learned-$method
    [[ -d $learned ]] || ./hone train "$scratch/further-$method.yaml" --model "$scratch/merged" --data "$train" "${columns[@]}" --validation-share 0 --out "$learned" >&2
    # joins the adapter, and stores whole weights, which a training leaves in f32, as bf16
    ./hone export "$scratch/merged" --adapter "$learned" --format safetensors "$further" >&2
  fi
  candidates+=("$further")
  printf 'quantization: {qat: {training: {%s}}}\n' "$settings" > "$scratch/qat-$method.yaml"
  for scheme in ${rounded//,/ }; do
    quantized "$scheme-rtn-further-$method" "$further" "$scheme-rtn"
    quantized "$scheme-qat-$method" "$scratch/merged" "$scheme-qat" --qat "$scratch/qat-$method.yaml"
  done
done

measure() { ./hone evaluate "$@" --data "$test" "${columns[@]}" --answers "${ANSWERS:-3080}" --markdown; }
table=$(measure "$scratch/merged" "${candidates[@]}")
head -n 2 <<<"$table"
measure hone-nano --adapter "$scratch/adapter" --dtype f32 | tail -n 1 | sed 's/^| [^|]* |/| adapter over its base, in f32 |/; s/$/ - | - | - |/'
tail -n +3 <<<"$table"
