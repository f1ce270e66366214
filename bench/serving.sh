#!/usr/bin/env bash
# The serving engine: one answer, a prompt, many answers at once, many adapters in one batch, a merged adapter; tokens per second, the best of the
# repetitions and the median. With LLAMA_CPP naming the folder of llama.cpp's binaries (llama-bench, llama-batched-bench), each measurement is followed by
# llama.cpp's on the same weights, written by ./hone export, so that both find the machine as busy: compare neighbouring lines. llama.cpp's streams go
# through no server, only through its batches, which favours it.
#   LLAMA_CPP=~/llama.cpp/build/bin MODELS="random-110m random-1.1b" TYPES="int8 int4" THREADS=2 ROUNDS=3 bench/serving.sh
# On a machine that does other work, RUN="chrt -r 20" puts it before all else, for who may do so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=${SCRATCH:-$(mktemp -d)}
mkdir -p "$scratch"
[[ -n ${SCRATCH:-} ]] || trap 'rm -rf "$scratch"' EXIT
threads=${THREADS:-2}
streams=${STREAMS:-16}
prefix=${RUN:-}
export OMP_NUM_THREADS=$threads

declare -A gguf=([int8]=q8_0 [int4]=q4_0 [bf16]=bf16)

hone() { $prefix ./hone bench serve --threads "$threads" --streams "$streams" --repeat "${REPEAT:-3}" "$@"; }

export_gguf() {
  [[ -f $scratch/$(basename "$1")-$2.gguf ]] || ./hone export "$1" "$scratch/$(basename "$1")-$2.gguf" --format gguf --type "$2" >/dev/null
}

# llama-bench prints a line of JSON a test
llama_alone() {
  local model=$1 type=$2 file=$3
  shift 3
  $prefix "$LLAMA_CPP/llama-bench" -m "$file" -t "$threads" -r "${REPEAT:-3}" -o jsonl "$@" 2>/dev/null |
    sed -n 's/.*"n_prompt": *\([0-9]*\).*"n_gen": *\([0-9]*\).*"samples_ts": *\[\([^]]*\)\].*/\1 \2 \3/p' |
    awk -v m="$model" -v t="$type" '{
      n = 0; for (i = 3; i <= NF; i++) { gsub(",", "", $i); if ($i != "") v[++n] = $i + 0 }
      for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (v[j] < v[i]) { x = v[i]; v[i] = v[j]; v[j] = x }
      printf "%s\t%s\t%s\t%.1f\t%.1f\tllama.cpp\n", m, t, ($1 > 0 ? "prefill " $1 : "decode"), v[n], v[int(n / 2) + 1] }'
}

llama_streams() {
  local model=$1 type=$2 file=$3 count=$4
  $prefix "$LLAMA_CPP/llama-batched-bench" -m "$file" -t "$threads" -tb "$threads" -c $((count * 128)) -npp 32 -ntg 64 -npl "$count" 2>/dev/null |
    awk -F'|' -v m="$model" -v t="$type" -v s="$count" '$4 + 0 == s { gsub(" ", "", $9); printf "%s\t%s\t%s streams\t%.1f\t\tllama.cpp\n", m, t, s, $9 }'
}

printf 'model\ttype\twhat\tbest tokens/s\tmedian\tremark\n'
for model in ${MODELS:-random-110m}; do
  directory=$model
  [[ ! -f models/$model/config.json ]] || directory=models/$model
  if [[ -n ${LLAMA_CPP:-} && ! -f $directory/config.json ]]; then
    # the same random weights for both: made once, then named as a directory
    directory=$scratch/$model
    [[ -f $directory/config.json ]] || ./hone bench model "$model" "$directory"
  fi
  for ((round = 0; round < ${ROUNDS:-1}; round++)); do
    for type in ${TYPES:-int8 int4}; do
      if [[ -n ${LLAMA_CPP:-} ]]; then
        export_gguf "$directory" "${gguf[$type]}"
        file=$scratch/$(basename "$directory")-${gguf[$type]}.gguf
        hone --model "$directory" --as "$type" --what decode
        llama_alone "$directory" "${gguf[$type]}" "$file" -p 0 -n 64
        hone --model "$directory" --as "$type" --what prefill
        llama_alone "$directory" "${gguf[$type]}" "$file" -p 512 -n 0
        hone --model "$directory" --as "$type" --what streams
        llama_streams "$directory" "${gguf[$type]}" "$file" "$streams"
      else
        hone --model "$directory" --as "$type" --what decode,prefill,streams
      fi
      hone --model "$directory" --as "$type" --what adapters,merged
    done
  done
done
