#!/bin/sh
# Short runs as users make them: the run directory, repetition, resuming, reports. MFG is the program.
set -u
. "$(dirname "$0")/common/expect.sh"
cd "$scratch" || exit 1

find_python

same() { cmp -s "$1" "$2" || fail "$1 and $2 differ"; }
# History without its wall-clock column.
without_time() { cut -d, -f1,2,4- "$1"; }

short="--training.samples 256,512 --training.iterations 12,6 --training.resample_every 5"

# A run leaves every file, and what NumPy reads agrees with the description beside it.
"$MFG" solve optimal_transport_2d $short --output a >out 2>err || fail "solve: $(cat err)"
grep -q "validation" out || fail "no table of results: $(cat out)"
for file in config.ini history.csv result.json parameters.npy parameters.json fields/figures.json; do
    [ -s "a/$file" ] || fail "a/$file is missing"
done
$python - a <<'PYTHON' || fail "files of the run do not fit together"
import csv, json, sys
import numpy as np
run = sys.argv[1]
result = json.load(open(f"{run}/result.json"))
keys = ("problem method network integrator optimizer dimension seed threads version parameter_count iterations "
        "evaluations gradients seconds stop_reason converged objective terms validation validation_fine").split()
assert all(key in result for key in keys), [key for key in keys if key not in result]
assert result["iterations"] == 18 and result["stop_reason"] == "iterations" and result["converged"] is False
terms = ["transport", "running", "terminal", "hjb", "hjb_terminal"]
for group in (result, result["validation"], result["validation_fine"]):
    assert list(group["terms"]) == terms and abs(sum(group["terms"].values()) - group["objective"]) < 1e-9
for group in (result["validation"], result["validation_fine"]):
    plain, controlled = group["standard_error"], group["controlled"]
    assert list(plain["terms"]) == list(controlled["terms"]) == list(controlled["standard_error"]["terms"]) == terms
    assert 0 < controlled["standard_error"]["objective"] < plain["objective"] < 0.1 * group["objective"]
    assert abs(controlled["objective"] - group["objective"]) < 5 * plain["objective"]
theta = np.load(f"{run}/parameters.npy")
assert theta.shape == (result["parameter_count"],) and theta.dtype == np.float64 and np.isfinite(theta).all()
blocks = json.load(open(f"{run}/parameters.json"))["blocks"]
names = [block["name"] for block in blocks]
assert names[:4] == ["phi.opening.weight", "phi.opening.bias", "phi.layer1.weight", "phi.layer1.bias"], names
for name in ("phi.output.weight", "phi.linear.weight", "phi.constant", "phi.quadratic.upper"):
    assert name in names, names
end = 0
for block in blocks:
    assert block["offset"] == end
    end += int(np.prod(block["shape"]))
assert end == theta.size
rows = list(csv.DictReader(open(f"{run}/history.csv")))
assert len(rows) == 18 and [int(row["iteration"]) for row in rows] == list(range(1, 19))
assert [row["level"] for row in rows] == ["1"] * 12 + ["2"] * 6
assert float(rows[-1]["validation.objective"]) < float(rows[0]["validation.objective"])

for row, before in zip(rows[1:], rows):
    assert int(before["gradients"]) < int(row["gradients"]) <= int(row["evaluations"])
assert int(rows[-1]["gradients"]) == result["gradients"] < result["evaluations"] == int(rows[-1]["evaluations"])
# What the optimum leaves out is zero there.
assert result["reference"]["terms"] == dict(transport=10.057, running=0, terminal=0.627, hjb=0, hjb_terminal=0)

# The published figures: what is drawn, on which window, and whose paths.
figures = {f["name"]: {p["file"][:-4]: p for p in f["panels"]} for f in json.load(open(f"{run}/fields/figures.json"))["figures"]}
assert list(figures) == ["densities", "characteristics", "value_function", "terminal_condition", "density_in_time"], list(figures)
assert list(figures["densities"]) == ["initial_density", "pull_back", "pull_back_residual", "target_density",
                                      "push_forward", "push_forward_residual"]
assert list(figures["characteristics"]) == ["paths", "log_determinant"]
assert list(figures["terminal_condition"]) == ["value_at_end", "terminal_coupling", "terminal_gap"]
load = lambda name: np.load(f"{run}/fields/{name}.npy")
for panels in figures.values():
    for name, panel in panels.items():
        assert panel["x_label"] == "x\u2081" and panel["y_label"] == "x\u2082"
        assert load(name).shape[-2:] == ((128, 128) if panel["kind"] == "heatmap" else (48, 48))
assert figures["densities"]["pull_back"]["range"] == figures["densities"]["initial_density"]["range"]
assert np.array_equal(load("pull_back_residual"), np.abs(load("initial_density") - load("pull_back")))
assert load("paths_lines").shape == load("paths_backward_lines").shape == (16, 33, 2)
assert load("paths_lines")[0, 0].tolist() == [4.702, -0.122]
moving, panel = load("density_in_time"), figures["density_in_time"]["density_in_time"]
assert len(panel["times"]) == len(moving) == 31 and load("density_in_time_points").shape == (120, 31, 2)
cell = (panel["x"][1] - panel["x"][0]) * (panel["y"][1] - panel["y"][0]) / 48**2
assert abs(moving[0].sum() * cell - 1) < 0.02, moving[0].sum() * cell

# The value function from the formula, at the grid of the picture.
part = {b["name"]: theta[b["offset"]:b["offset"] + int(np.prod(b["shape"]))].reshape(b["shape"]) for b in blocks}
panel = next(p for f in json.load(open(f"{run}/fields/figures.json"))["figures"] for p in f["panels"] if p["file"] == "value_final.npy")
picture = np.load(f"{run}/fields/value_final.npy")
n = picture.shape[0]
low, high = panel["x"]
centres = low + (high - low) * (np.arange(n) + 0.5) / n
x, y = np.meshgrid(centres, centres)
scales = result["scales"]
c = np.zeros(2)
c[:len(scales["centre"])] = scales["centre"]
s = np.stack([(x.ravel() - c[0]) / scales["length"], (y.ravel() - c[1]) / scales["length"], np.ones(n * n) / scales["time"]])
sigma = lambda v: np.abs(v) + np.log1p(np.exp(-2 * np.abs(v)))
u = sigma(part["phi.opening.weight"] @ s + part["phi.opening.bias"][:, None])
u = u + sigma(part["phi.layer1.weight"] @ u + part["phi.layer1.bias"][:, None])
a = np.zeros((3, 3))
a[np.triu_indices(3)] = part["phi.quadratic.upper"]
a = np.where(np.eye(3) == 1, a, (a + a.T) / np.sqrt(2))
phi = part["phi.output.weight"] @ u + 0.5 * np.einsum("in,ij,jn->n", s, a, s) + part["phi.linear.weight"] @ s + part["phi.constant"]
phi = scales["value"] * phi
assert np.abs(phi - picture.ravel()).max() < 1e-11 * np.abs(phi).max(), np.abs(phi - picture.ravel()).max()
PYTHON

# The same again: from the same words, with another number of threads, and from the run's own configuration.
"$MFG" solve optimal_transport_2d $short --quiet --output b >out 2>err || fail "again: $(cat err)"
[ ! -s out ] || fail "--quiet is not quiet"
"$MFG" solve optimal_transport_2d $short --quiet --threads 1 --output c 2>err || fail "one thread: $(cat err)"
"$MFG" solve optimal_transport_2d $short --quiet --threads 2 --output d 2>err || fail "two threads: $(cat err)"
"$MFG" solve a/config.ini --quiet --output e 2>err || fail "from config.ini: $(cat err)"
for run in b c d e; do
    same a/parameters.npy $run/parameters.npy
    same a/fields/density_in_time.npy $run/fields/density_in_time.npy
    same a/fields/terminal_gap.npy $run/fields/terminal_gap.npy
    without_time a/history.csv >h1
    without_time $run/history.csv >h2
    same h1 h2
done
"$MFG" solve optimal_transport_2d $short --seed 2 --quiet --output f
cmp -s a/parameters.npy f/parameters.npy && fail "another seed gives the same parameters"

# Interrupted and resumed: as if never stopped.
for optimizer in bfgs lbfgs adam sgd; do
    long="--training.samples 512,512 --training.iterations 150,50 --optimizer $optimizer"
    [ $optimizer = sgd ] && long="$long --optimizer.learning_rate 1e-4"
    "$MFG" solve optimal_transport_2d $long --quiet --output whole_$optimizer || fail "whole run"
    "$MFG" solve optimal_transport_2d $long --output part_$optimizer >out 2>err &
    pid=$!
    while [ ! -s part_$optimizer/history.csv ] && kill -0 $pid 2>/dev/null; do sleep 0.01; done
    sleep 0.3
    kill -TERM $pid
    wait $pid
    code=$?
    if [ $code -ne 0 ]; then
        [ $code -eq 143 ] || fail "interrupted $optimizer: exit code $code"
        grep -q "mfg resume part_$optimizer" out || fail "it does not say how to resume: $(cat out)"
        "$MFG" resume part_$optimizer --quiet || fail "resume"
    else
        echo "note: $optimizer had finished before it was interrupted"
    fi
    same whole_$optimizer/parameters.npy part_$optimizer/parameters.npy
    without_time whole_$optimizer/history.csv >h1
    without_time part_$optimizer/history.csv >h2
    same h1 h2
done
# The same with balanced terms, which the history tells the factors of, snapshots and a schedule of the rate.
balanced="--training.samples 256,512 --training.iterations 40,20 --training.validate_every 4 --training.balance_every 7
    --training.snapshots 6 --optimizer adam --optimizer.schedule cosine --optimizer.warm_up 5"
"$MFG" solve optimal_transport_2d $balanced --quiet --output whole_balanced || fail "balanced terms"
"$MFG" solve optimal_transport_2d $balanced --training.time_limit 1e-6 --quiet --output part_balanced || fail "one step"
"$MFG" resume part_balanced --training.time_limit 0 --quiet || fail "resume with balanced terms"
same whole_balanced/parameters.npy part_balanced/parameters.npy
without_time whole_balanced/history.csv >h1
without_time part_balanced/history.csv >h2
same h1 h2
$python - whole_balanced <<'PYTHON' || fail "the factors of balanced terms"
import csv, sys
rows = list(csv.DictReader(open(f"{sys.argv[1]}/history.csv")))
names = [name for name in rows[0] if name.startswith("weights.")]
assert names == ["weights." + t for t in ("transport", "running", "terminal", "hjb", "hjb_terminal")], names
for k, row in enumerate(rows):
    assert all((row[name] == "") == ((k + 1) % 4 != 0) for name in names)
# The first term keeps its factor, and so does one that is not there.
last = rows[-1]
assert float(last["weights.transport"]) == float(last["weights.running"]) == 1
assert float(last["weights.terminal"]) != 1 and float(last["weights.hjb"]) != float(rows[3]["weights.hjb"])
PYTHON
expect 1 "is not a run directory" resume nowhere
expect 1 "is a finished run" resume a
expect 2 "usage: mfg resume DIR" resume

# Nothing to do is no crash; what an earlier run left in a directory is gone; only a run's own options resume it.
"$MFG" solve optimal_transport_2d --training.iterations 0,0 --output idle >out 2>err || fail "no iterations: $(cat err)"
"$MFG" solve optimal_transport_2d $short --training.time_limit 1e-6 --quiet --output again || fail "one iteration"
[ -s again/checkpoint/state ] || fail "no checkpoint at a time limit"
"$MFG" solve optimal_transport_2d $short --seed 2 --quiet --overwrite --output again || fail "a second run in the same directory"
[ ! -e again/checkpoint ] || fail "the checkpoint of an earlier run is still there"
expect 2 "" resume again --problem.radius 3
expect 2 "" resume again --seed 3

# A time limit, and going on without it.
"$MFG" solve optimal_transport_2d --training.time_limit 0.3 --output limited >out 2>err || fail "time limit: $(cat err)"
grep -q '"stop_reason": "time_limit"' limited/result.json || fail "no time_limit in $(cat limited/result.json)"

# Trouble is one line and exit code 1.
expect 1 "not finite" solve optimal_transport_2d --optimizer sgd --optimizer.learning_rate 1e6 --quiet --output wild
[ -s wild/parameters.npy ] || fail "the last finite parameters are lost"
$python -c "import numpy as np; assert np.isfinite(np.load('wild/parameters.npy')).all()" || fail "kept parameters are not finite"
echo text >file
expect 1 "file" solve optimal_transport_2d $short --quiet --output file/run
expect 1 "samples and iterations" solve optimal_transport_2d --training.samples 10,20,30 --quiet --output bad
expect 1 "one name or one per level" solve optimal_transport_2d --optimizer adam,bfgs,adam --quiet --output bad
[ ! -e bad ] || fail "a run that could not start left a directory"

# Pictures and page.
"$MFG" report a >out 2>err || fail "report: $(cat err)"
for figure in densities characteristics value_function terminal_condition convergence terms; do
    [ -s a/figures/$figure.png ] && [ -s a/figures/$figure.svg ] || fail "no picture $figure"
done
[ -s a/report.html ] || fail "no page"
[ -s a/figures/density_in_time.gif ] && [ "$(wc -c <a/figures/density_in_time.gif)" -lt 1500000 ] || fail "no small animation"
$python - <<'PYTHON' || fail "the column of the exact optimum has gaps"
import re
page = open("a/report.html").read()
assert "<th>running</th>" not in page, "a term that is always zero"
for term in ("HJB", "HJB terminal"):
    cells = re.search(rf"<tr><th>{term}</th>(.*)</tr>", page).group(1)
    assert re.findall(r"<td>([^<]*)</td>", cells)[3] in ("0", "0.0"), cells
PYTHON

# The benchmark prints what it promises.
"$MFG" benchmark optimal_transport_2d --training.samples 64,128 --training.iterations 1,1 >out 2>err || fail "benchmark: $(cat err)"
$python -c '
import json
b = json.load(open("out"))
for key in ("samples", "value_seconds", "gradient_seconds", "operations", "peak_gflops", "fraction_of_peak", "threads"):
    assert b[key] > 0, key
# Beside other work the peak may be measured at a worse moment than the gradient.
assert b["samples"] == 128 and b["value_seconds"] < b["gradient_seconds"] and b["fraction_of_peak"] < 3
' || fail "benchmark's numbers: $(cat out)"

# Of a least-squares step it times the parts.
"$MFG" benchmark ergodic_log_10d --optimizer gauss_newton --network mlp --network.width 16 --training.samples 64 >out 2>err ||
    fail "benchmark of gauss_newton: $(cat err)"
$python -c '
import json
b = json.load(open("out"))
parts = b["players"]["solution"]["least_squares"]
assert parts["residuals"] == 2 * b["samples"] == 128 and parts["parameters"] > 1000, parts
for key in ("jacobian_seconds", "gram_seconds", "factor_seconds"):
    assert 0 < parts[key] < parts["step_seconds"], (key, parts)
' || fail "the parts of a least-squares step: $(cat out)"

# It writes its gradient, and finds that of other parameters: differences of the objective agree.
tiny="optimal_transport_2d --training.samples 16 --training.iterations 1"
"$MFG" benchmark $tiny --write arrays >out 2>err || fail "benchmark --write: $(cat err)"
expect 1 "exists; give the name of a new directory" benchmark $tiny --write arrays
$python - "$MFG" $tiny <<'PYTHON' || fail "the gradient that the benchmark has written"
import json, subprocess, sys
import numpy as np

theta, gradient = np.load("arrays/parameters.npy"), np.load("arrays/gradient_population.npy")
assert np.load("arrays/sample_population.npy").shape == (16, 3) and gradient.shape == theta.shape
direction, h = np.random.default_rng(1).normal(size=theta.shape), 1e-5

def objective(at):
    np.save("theta.npy", at)
    done = subprocess.run([sys.argv[1], "benchmark", *sys.argv[2:], "--parameters", "theta.npy"], capture_output=True)
    return json.loads(done.stdout)["players"]["population"]["objective"]

slope = (objective(theta + h * direction) - objective(theta - h * direction)) / (2 * h)
assert abs(slope - gradient @ direction) < 1e-5 * abs(slope), (slope, gradient @ direction)
PYTHON
$python -c 'import numpy; numpy.save("theta.npy", numpy.zeros(7))'
expect 1 "has 7 numbers; the experiment has 362 parameters" benchmark $tiny --parameters theta.npy

# Adaptive steps where values are wanted; what must not be trained says so; intervals of checkpoints have units.
"$MFG" solve optimal_transport_2d $short --quiet --integrator cash_karp --method.trace hutchinson \
    --training.checkpoint_every 4i --output adaptive 2>err || fail "adaptive: $(cat err)"
grep -q '"steps": "adaptive, relative tolerance 1e-06, absolute tolerance 1e-08"' adaptive/result.json ||
    fail "result.json does not say what the finer steps are"
grep -q '"steps": "4 times as many"' a/result.json || fail "result.json does not say that there are 4 times as many"
expect 1 "train with cash_karp or rk4" solve optimal_transport_2d $short --integrator dormand_prince --output negative
expect 1 "checkpoint_every = 5m must be" solve optimal_transport_2d --training.checkpoint_every 5m --output interval

[ $failures -eq 0 ] || exit 1
