#!/bin/sh
# The verdict on a run: on the terminal, in the files, and on the page. MFG is the program.
set -u
. "$(dirname "$0")/common/expect.sh"
cd "$scratch" || exit 1

find_python

# A tiny training solves nothing, and says so in the last line.
"$MFG" solve optimal_transport_2d --training.samples 64 --training.iterations 2 --pictures no --output tiny >out 2>err ||
    fail "tiny: $(cat err)"
tail -n 1 out | grep -q "^verdict: not solved: .* (solved: at most" || fail "the last line is: $(tail -n 1 out)"

# A short one of an easy problem does; --quiet shows nothing of it, and the result has it all the same.
"$MFG" solve ode --quiet --pictures no --output good >out 2>err || fail "good: $(cat err)"
[ ! -s out ] || fail "--quiet shows: $(cat out)"
$python - <<'PYTHON' || fail "the verdicts in the results are wrong"
import json
tiny, good = (json.load(open(f"{run}/result.json")) for run in ("tiny", "good"))
assert tiny["verdict"] == "not solved" and good["verdict"] == "solved", (tiny["verdict"], good["verdict"])
assert any("relative residual of hjb" in reason for reason in tiny["verdict_reasons"]), tiny["verdict_reasons"]
assert any("exact optimum" in reason for reason in tiny["verdict_reasons"]), tiny["verdict_reasons"]
assert any(reason.startswith("relative residual of ode 0.0") for reason in good["verdict_reasons"]), good
assert sorted(good["relative_residuals"]) == ["ode", "start"] and "converged" in good
assert sorted(tiny["relative_residuals"]) == ["hjb", "hjb_terminal"]
PYTHON

# A validation judges as well, and knows more.
"$MFG" validate tiny --agents 8 --iterations 10 --cells 16 --times 2 >out 2>err || fail "validate: $(cat err)"
tail -n 2 out | grep -q "^verdict: not solved: " || fail "no verdict of the validation: $(cat out)"
$python - <<'PYTHON' || fail "the verdict of the validation is wrong"
import json
found = json.load(open("tiny/validation.json"))
assert found["verdict"] == "not solved"
assert any(reason.startswith("one agent can save") for reason in found["verdict_reasons"]), found["verdict_reasons"]
PYTHON

# The page begins with it.
"$MFG" report tiny >out 2>err || fail "report: $(cat err)"
grep -q '<p class="verdict">Verdict: not solved: ' tiny/report.html || fail "no verdict on the page"
grep -q '<li>one agent can save' tiny/report.html || fail "the page does not show the verdict of the validation"
! grep -q '>converged<' tiny/report.html || fail "the page shows whether the training has converged"
"$MFG" compare tiny good >out 2>err || fail "compare: $(cat err)"
grep -q "not solved" out || fail "no verdicts in a comparison: $(cat out)"

# A training that loses the population, whose points are computed at its beginning, says so while it happens.
lost="--problem mean_attraction --problem.dimension 1 --problem.horizon 10 --problem.initial_mean 4 \
    --method.conditions soft --network resnet --training.iterations 10 --training.validate_every 10 --pictures no"
"$MFG" solve $lost --output lost >out 2>err || fail "lost: $(cat err)"
grep -q "^warning: iteration 10: where agents go now, residuals are" out || fail "no warning: $(cat out)"
tail -n 1 out | grep -q "^verdict: not solved" || fail "the last line is: $(tail -n 1 out)"
head -n 1 lost/history.csv | grep -q "population.residual_ratio" || fail "columns: $(head -n 1 lost/history.csv)"

# A grid that is too coarse for a narrow density: it knows its discretisation error, and that the mass is not right.
grid="--problem gaussian_transport --method eulerian --method.time_intervals 16 --quiet --pictures no"
"$MFG" solve $grid --problem.covariance 0.002 --method.cells 32 --output coarse 2>err || fail "coarse: $(cat err)"
"$MFG" solve $grid --method.cells 32 --output fine 2>err || fail "fine: $(cat err)"
# Grids that are not compared with others have an unknown error.
"$MFG" solve $grid --method.cells 16 --method.levels 1 --output single 2>err || fail "single: $(cat err)"
$python - <<'PYTHON' || fail "the verdicts on grids are wrong"
import json
coarse, fine, single = (json.load(open(f"{run}/result.json")) for run in ("coarse", "fine", "single"))
assert coarse["verdict"] == "not solved" and coarse["converged"] is True
assert any("initial mass" in reason for reason in coarse["verdict_reasons"]), coarse["verdict_reasons"]
assert any("discretisation error" in reason for reason in coarse["verdict_reasons"]), coarse["verdict_reasons"]
assert fine["verdict"] in ("solved", "roughly solved"), fine["verdict_reasons"]
assert single["discretisation"]["error"] is None and single["verdict"] == "not solved"
PYTHON
