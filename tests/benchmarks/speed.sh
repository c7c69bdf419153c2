#!/bin/sh
# Time of one objective and one gradient, as tables: the transport problem in its published sizes, and the residuals of
# ergodic games at 1000 points.
set -eu
mfg=${MFG:-$(dirname "$0")/../../build/bin/mfg}

# row ARGUMENTS: a line of the table for `mfg benchmark ARGUMENTS`.
row() {
    "$mfg" benchmark "$@" --training.iterations 1 | python3 -c '
import json, sys
b = json.load(sys.stdin)
print("| {dimension} | {samples} | {v:.2f} | {g:.2f} | {o:.2f} | {fraction_of_peak:.2f} | {threads} |".format(
    v=1e3 * b["value_seconds"], g=1e3 * b["gradient_seconds"], o=1e-9 * b["operations"], **b))'
}
headings() {
    echo "| dimension | samples | value, ms | gradient, ms | 1e9 operations | fraction of the GEMM peak | threads |"
    echo "|---|---|---|---|---|---|---|"
}

headings
for size in "2 2304" "10 6400" "50 16384" "100 36864"; do
    set -- $size
    row optimal_transport_2d --problem.dimension "$1" --training.samples "$2"
done
echo
headings
row ergodic_log_10d --training.samples 1000 --network dgm --network.width 50 --network.layers 3
row ergodic_square_30d --training.samples 1000 --network dgm --network.width 50 --network.layers 3 --network.activation tanh --method.harmonics 1
