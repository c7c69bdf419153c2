#!/bin/sh
# All optimizers on two experiments at equal numbers of gradient evaluations, as tables: docs/optimizers.md.
# Usage: optimizers.sh [SEEDS [GRADIENTS]]. Takes four minutes. Rates are the best of a scan in steps of a factor of 3
# with one seed (for sgd of 10).
set -eu
mfg=${MFG:-$(dirname "$0")/../../build/bin/mfg}
seeds=${1:-3}
gradients=${2:-1000}
runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT

# solve NAME EXPERIMENT OPTIONS...: a run of every seed for a row called NAME.
solve() {
    name=$1
    shift
    for seed in $(seq 1 "$seeds"); do
        echo "optimizers.sh: $name, seed $seed" >&2
        "$mfg" solve "$@" --seed "$seed" --threads 1 --training.iterations "$gradients" \
            --training.gradient_limit "$gradients" --quiet --output "$runs/$experiment/$name/$seed" >/dev/null
    done
}

# all CLIP_SGD RATE_SGD RATE_RMSPROP RATE_ADAM RATE_LION EXPERIMENT...: a row for each optimizer.
all() {
    clip=$1 sgd=$2 rmsprop=$3 adam=$4 lion=$5
    shift 5
    first_order="--training.resample_every 1 --optimizer.schedule cosine --optimizer.decay 0.01 --optimizer.learning_rate"
    solve "sgd, momentum 0.9, clip $clip, rate $sgd" "$@" --optimizer sgd --optimizer.momentum 0.9 \
        --optimizer.clip "$clip" $first_order "$sgd"
    solve "rmsprop, momentum 0.9, rate $rmsprop" "$@" --optimizer rmsprop --optimizer.momentum 0.9 \
        $first_order "$rmsprop"
    solve "adam, rate $adam" "$@" --optimizer adam $first_order "$adam"
    solve "adamw, rate $adam" "$@" --optimizer adamw $first_order "$adam"
    solve "lion, rate $lion" "$@" --optimizer lion $first_order "$lion"
    solve "bfgs" "$@" --optimizer bfgs --training.resample_every 25
    solve "bfgs, wolfe" "$@" --optimizer bfgs --optimizer.line_search wolfe --training.resample_every 25
    solve "lbfgs, memory 100" "$@" --optimizer lbfgs --optimizer.memory 100 --training.resample_every 100
    for algorithm in lbfgs var2 tnewton mma ccsaq; do
        solve "nlopt, $algorithm" "$@" --optimizer nlopt --optimizer.algorithm "$algorithm" \
            --optimizer.evaluations 200 --training.resample_every 1
    done
}

table() { # EXPERIMENT MEASURE=HEADING...
    python3 - "$runs/$1" "$@" <<'PYTHON'
import json, pathlib, sys

folder, _, *columns = sys.argv[1:]
columns = [column.split("=") for column in columns]

def measure(result, name):
    if name == "cost":
        return sum(result["validation_fine"]["terms"][term] for term in ("transport", "terminal"))
    for key in name.split("."):
        result = result[key]
    return result

def text(values):
    def digits(x):
        return f"{x:.2f}" if 1 < abs(x) < 1000 else f"{x:.1e}".replace("e-0", "e-")
    mean = sum(values) / len(values)
    return digits(mean) + (f" ({digits(min(values))} to {digits(max(values))})" if len(values) > 1 else "")

def average(runs, name):
    return sum(measure(run, name) for run in runs) / len(runs)

rows = []
for row in pathlib.Path(folder).iterdir():
    runs = [json.loads(path.read_text()) for path in sorted(row.glob("*/result.json"))]
    cells = [text([measure(run, name) for run in runs]) for name, _ in columns]
    cells += [f"{average(runs, 'gradients'):.0f}",
              f"{average(runs, 'evaluations') - average(runs, 'gradients'):.0f}", f"{average(runs, 'seconds'):.1f}"]
    rows.append((average(runs, columns[0][0]), f"| {row.name} | " + " | ".join(cells) + " |"))
print("| optimizer | " + " | ".join(heading for _, heading in columns) + " | gradients | values alone | seconds |")
print("|---|" + "---:|" * (len(columns) + 3))
for _, line in sorted(rows):
    print(line)
PYTHON
}

experiment=transport
all 10 1e-2 3e-3 1e-1 1e-2 optimal_transport_2d --training.samples 1024 --training.validate_every 25
echo "\`optimal_transport_2d\` with 1024 samples, $gradients gradients:"
echo
table transport validation.objective=objective "cost=transport + terminal, finer steps (exact: 10.68)"
echo
experiment=ergodic
all 1 1e-1 3e-3 3e-2 3e-3 --problem ergodic_log --problem.dimension 2 --method galerkin --network dgm \
    --network.width 8 --network.layers 1 --training.samples 128 --training.validate_every 25
echo "\`ergodic_log\` in two dimensions with 128 samples, width 8, one layer, $gradients gradients:"
echo
table ergodic validation.objective=objective "errors.value=error of value" "errors.log_density=error of log density" \
    "errors.constant=error of constant"
