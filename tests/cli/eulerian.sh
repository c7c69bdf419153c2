#!/bin/sh
# Solutions on a grid as users make them: the run directory, resuming, comparison with a trained run, reports. MFG is the
# program.
set -u
. "$(dirname "$0")/common/expect.sh"
cd "$scratch" || exit 1

same() { cmp -s "$1" "$2" || fail "$1 and $2 differ"; }
without_time() { cut -d, -f1,2,4- "$1"; }

small="--method eulerian --method.cells 24 --method.time_intervals 8 --method.levels 2 --method.domain -6,6,-6,6"

"$MFG" solve --problem optimal_transport $small --method.iterations 300 --threads 1 --output a >out 2>err ||
    fail "solve: $(cat err)"
grep -q "solution" out || fail "no table of results: $(cat out)"
for file in config.ini history.csv result.json solution/density.npy solution/momentum_x.npy solution/velocity_y.npy \
    fields/figures.json; do
    [ -s "a/$file" ] || fail "a/$file is missing"
done
grep -q '"validation"' a/result.json && fail "a grid has no validation sample"
grep -q '"mass_outside"' a/result.json || fail "the mass outside is not reported"
head -n 1 a/history.csv | grep -q "terms.terminal,residual$" || fail "columns: $(head -n 1 a/history.csv)"

# The same from its own configuration and with other threads; and after an interruption.
"$MFG" solve a/config.ini --quiet --threads 2 --output b 2>err || fail "again: $(cat err)"
same a/solution/density.npy b/solution/density.npy
"$MFG" solve a/config.ini --quiet --training.time_limit 0.02 --output c 2>err || fail "time limit: $(cat err)"
grep -q '"stop_reason": "time_limit"' c/result.json || fail "the time limit did not stop: $(grep stop c/result.json)"
"$MFG" resume c --quiet --training.time_limit 0 2>err || fail "resume: $(cat err)"
for file in density momentum_x momentum_y velocity_x velocity_y; do same a/solution/$file.npy c/solution/$file.npy; done
without_time a/history.csv >a.csv
without_time c/history.csv >c.csv
same a.csv c.csv
[ ! -e c/checkpoint ] || fail "the checkpoint of a finished run stays"
"$MFG" report a >out 2>err || fail "report: $(cat err)"

# A trained run against it.
"$MFG" solve optimal_transport_2d --training.samples 256 --training.iterations 60 --quiet --output trained 2>err ||
    fail "training: $(cat err)"
"$MFG" validate trained --grid a --cells 64 --times 8 >out 2>err || fail "validate: $(cat err)"
for key in validation validation_fine round_trip comparison network grid mass_lost mass_at_walls bias observed_order \
    extrapolated_objective relative_difference_error; do
    grep -q "\"$key\"" trained/validation.json || fail "validation.json has no $key"
done
find_python
$python - <<'PYTHON' || fail "what a best response gains does not fit together"
import json
validation = json.load(open("trained/validation.json"))
assert {"largest", "mean"} <= set(validation["round_trip"]), validation["round_trip"]
found = validation["exploitability"]
assert found["response"] == "paths" and found["agents"] == 128
assert abs(found["learned_cost"] - found["best_response_cost"] - found["improvement"]) < 1e-9
# After a short training a best response gains much more than the noise of its estimate.
assert found["improvement"] > 3 * found["standard_error"] > 0, found
PYTHON
grep -q comparison_densities trained/fields/figures.json || fail "no picture of the comparison"
grep -q value_function trained/fields/figures.json || fail "the comparison has removed other pictures"
"$MFG" validate trained --grid a --cells 64 --times 8 >again 2>err || fail "validate again: $(cat err)"
same out again
"$MFG" report trained >out 2>err || fail "report of the comparison: $(cat err)"
grep -q "Saving by a best response to the population" trained/report.html || fail "no exploitability on the page"

# Another integrator for the run's paths, one that adapts its steps.
"$MFG" validate trained --agents 0 --grid a --cells 32 --times 4 --integrator dormand_prince >out 2>err ||
    fail "another integrator: $(cat err)"
grep -q '"steps": "adaptive' trained/validation.json || fail "the finer steps are not adaptive"

# What does not fit together.
"$MFG" solve a/config.ini --quiet --training.time_limit 0.02 --output unfinished 2>err || fail "time limit: $(cat err)"
expect 1 "is not finished" validate trained --grid unfinished
expect 1 "less than half" validate trained --grid a --domain 10,12,10,12
expect 1 "dimension 3" solve --problem optimal_transport --problem.dimension 3 --method eulerian --output d
expect 1 "--grid" validate a
expect 1 "is not a run of a solver" validate trained --grid trained
"$MFG" solve --problem gaussian_transport $small --method.iterations 5 --quiet --output other 2>err || fail "$(cat err)"
expect 1 "another problem" validate trained --grid other
expect 1 "unknown option 'samples'" solve --problem optimal_transport $small --training.samples 5 --output d
expect 1 "domain" solve --problem optimal_transport --method eulerian --method.domain 1,2 --output d

[ "$failures" -eq 0 ]
