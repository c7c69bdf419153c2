#!/bin/sh
# The deep Galerkin method as users run it: files and columns, networks of fields, pictures, resuming, refusals. MFG is
# the program.
set -u
. "$(dirname "$0")/common/expect.sh"
cd "$scratch" || exit 1

find_python

same() { cmp -s "$1" "$2" || fail "$1 and $2 differ"; }
# History without its wall-clock column.
without_time() { cut -d, -f1,2,4- "$1"; }

small="--problem.dimension 2 --network.width 8 --network.layers 1 --training.samples 128"
short="$small --training.iterations 60 --training.validate_every 20"

# A run leaves every file, and what it says fits together. The density's network is another one.
"$MFG" solve --problem ergodic_log $short --density_network.width 6 --output a >out 2>err || fail "solve: $(cat err)"
for file in config.ini history.csv result.json parameters.npy parameters.json fields/figures.json; do
    [ -s "a/$file" ] || fail "a/$file is missing"
done
$python - a <<'PYTHON' || fail "files of the run do not fit together"
import csv, json, sys
import numpy as np
run = sys.argv[1]
result = json.load(open(f"{run}/result.json"))
assert result["method"] == "galerkin" and result["network"] == "dgm,dgm" and result["dimension"] == 2
assert list(result["terms"]) == list(result["validation"]["terms"]) == ["hjb", "kfp"]
errors = "control value_centred gradient value density log_density constant constant_standard_error constant_trained".split()
assert list(result["errors"])[:2] == errors[:2], result["errors"]
assert abs(abs(result["constants"]["lambda"] + 2 * np.log(np.i0(0.2))) - result["errors"]["constant"]) < 1e-12
assert 0 < result["errors"]["constant_standard_error"] == result["constants"]["lambda_standard_error"]
baselines = result["baselines"]
assert baselines["control.standing_still"] == 1 and baselines["value_centred.constant"] == 1, baselines
assert {"density.uniform", "log_density.constant", "value.untrained", "constant.untrained"} <= set(baselines), baselines
assert sorted(result["errors"]) == sorted(errors), result["errors"]
assert sorted(result["residuals"]) == sorted(result["relative_residuals"]) == ["hjb", "kfp"]
assert sorted(result["constants"]) == ["lambda", "lambda_standard_error", "lambda_trained"]
rows = list(csv.DictReader(open(f"{run}/history.csv")))
assert len(rows) == 60
tracked = [name for name in rows[0] if name.startswith(("errors.", "residuals."))]
assert tracked == ["errors." + e for e in errors] + ["residuals.hjb", "residuals.kfp"], tracked
for k, row in enumerate(rows):
    for name in tracked + ["validation.objective"]:
        assert (row[name] == "") == ((k + 1) % 20 != 0), (k, name)
assert float(rows[-1]["validation.objective"]) < float(rows[0]["objective"])
assert abs(float(rows[-1]["residuals.hjb"]) ** 2 / float(rows[-1]["validation.terms.hjb"]) - 1) < 0.2
theta = np.load(f"{run}/parameters.npy")
blocks = {b["name"]: b for b in json.load(open(f"{run}/parameters.json"))["blocks"]}
assert blocks["phi.opening.weight"]["shape"] == [8, 4]
assert blocks["log_density.opening.weight"]["shape"] == [6, 4]
assert list(blocks)[-3:] == ["lambda", "phi.mean", "log_density.log_mass"], list(blocks)[-3:]
assert theta[blocks["lambda"]["offset"]] == result["constants"]["lambda_trained"]
figures = {f["name"]: [p["file"] for p in f["panels"]] for f in json.load(open(f"{run}/fields/figures.json"))["figures"]}
assert list(figures) == ["phi_lines", "phi_maps", "density_lines", "density_maps"], list(figures)
assert figures["density_maps"] == ["density_network.npy", "density_exact.npy", "density_difference.npy"]
load = lambda name: np.load(f"{run}/fields/{name}.npy")
network, exact = load("density_network"), load("density_exact")
assert np.allclose(load("density_difference"), network - exact) or np.allclose(load("density_difference"), abs(network - exact))
# Both are densities on the torus.
assert abs(network.mean() - 1) < 0.02 and abs(exact.mean() - 1) < 0.02, (network.mean(), exact.mean())
line = load("phi_line")
assert line.shape[1] == 3 and np.allclose(line[0, 1:], line[-1, 1:], atol=1e-12)
assert np.allclose(line[:, 2], -0.1 * np.sin(2 * np.pi * line[:, 0]), atol=1e-12)
PYTHON
grep -q '^\[density_network\]' a/config.ini || fail "config.ini has no network of the density"

# The page with its pictures.
"$MFG" report a >out 2>err || fail "report: $(cat err)"
for figure in convergence terms errors residuals phi_lines phi_maps density_lines density_maps; do
    [ -s a/figures/$figure.png ] && [ -s a/figures/$figure.svg ] || fail "no picture $figure"
done
grep -q "Errors against the exact solution" a/report.html || fail "no errors on the page"

# The same again, with other numbers of threads and from the configuration.
"$MFG" solve --problem ergodic_log $short --density_network.width 6 --quiet --threads 1 --output b || fail "one thread"
"$MFG" solve a/config.ini --quiet --threads 2 --output c || fail "from config.ini"
for run in b c; do
    same a/parameters.npy $run/parameters.npy
    without_time a/history.csv >h1
    without_time $run/history.csv >h2
    same h1 h2
done

# One dimension has its own pictures: the course of the training.
"$MFG" solve --problem ergodic_log --problem.dimension 1 --network.width 6 --network.layers 1 --training.samples 64 \
    --training.iterations 20 --training.snapshots 3 --quiet --output line || fail "one dimension"
"$MFG" report line >out 2>err || fail "report in one dimension: $(cat err)"
grep -q '"iteration 20"' line/fields/figures.json || fail "no course of the training: $(cat line/fields/figures.json)"

# Interrupted and resumed: points that depend on the parameters, and what is computed from them.
resumes() {
    name=$1
    shift
    "$MFG" solve "$@" $small --training.iterations 12 --quiet --output whole_$name || fail "whole $name"
    "$MFG" solve "$@" $small --training.iterations 12 --training.time_limit 1e-6 --quiet --output part_$name ||
        fail "part $name"
    "$MFG" resume part_$name --training.time_limit 0 --quiet || fail "resume $name"
    same whole_$name/parameters.npy part_$name/parameters.npy
    without_time whole_$name/history.csv >h1
    without_time part_$name/history.csv >h2
    same h1 h2
}
resumes residual --problem ergodic_log --method.sampling residual
resumes density --problem linear_quadratic --method.sampling density --method.standardise yes --method.refresh_every 3

# Errors that an answer without knowledge has, too, are marked.
"$MFG" solve --problem ergodic_log $small --training.iterations 1 --optimizer.learning_rate 10 --output begun >out 2>err || fail "begun: $(cat err)"
grep -q '^errors .* control [0-9.]*!' out || fail "no mark: $(cat out)"
grep -q '^  ! .*knows nothing: control, value_centred' out || fail "no list of marked errors: $(cat out)"
grep -q '^  baselines .* control 1 (standing_still)' out || fail "no baselines: $(cat out)"
"$MFG" report begun >out 2>err || fail "report: $(cat err)"
grep -q '<td>[0-9.]* !</td>' begun/report.html || fail "no mark in the report"

# All kinds of problems.
"$MFG" solve --problem torus $short --method.conditions hard --quiet --output torus || fail "torus"
"$MFG" solve --problem crowd_trading --network.width 6 --network.layers 1 --training.samples 128 \
    --training.iterations 10 --quiet --output trading || fail "crowd_trading"
grep -q '"wealth"' trading/result.json || fail "no simulation of the traders"
"$MFG" solve --problem ode --network.width 6 --network.layers 1 --training.iterations 20 --quiet --output ode ||
    fail "ode"

# With noise a feedback is improved; a system of equations says not what an agent pays.
"$MFG" validate a --agents 32 --intervals 4 --iterations 40 >out 2>err || fail "validate: $(cat err)"
"$MFG" validate trading >out2 2>err || fail "validate crowd_trading: $(cat err)"
$python - <<'PYTHON' || fail "validation files do not fit"
import json
validation = json.load(open("a/validation.json"))
found = validation["exploitability"]
# Two searches by gradients, one after the other.
assert found["response"] == "feedback" and found["iterations"] >= 40
assert found["improvement"] > -4 * found["standard_error"], found
assert validation["errors"] and validation["residuals"]
assert "system of equations" in json.load(open("trading/validation.json"))["exploitability_skipped"]
PYTHON

# What cannot be is refused before a run is made.
refused() {
    text=$1
    shift
    expect 1 "$text" solve "$@" --training.samples 64 --training.iterations 1 --quiet --output refused
    [ ! -e refused ] || fail "$*: a run that could not start left a directory"
}
lagrangian="--method lagrangian --network resnet --integrator rk4 --optimizer bfgs"
refused "is not a mean field game in standard form" --problem crowd_trading $lagrangian
refused "the problem has no end, or is one on the torus" --problem ergodic_log $lagrangian
refused "it solves first-order problems only" --problem linear_quadratic $lagrangian
refused "the problem has no end, or is one on the torus" --problem torus $lagrangian
refused "interact through a kernel" --problem swarm --method galerkin --network dgm
refused "use --method.objective residuals" --problem linear_quadratic --method adversarial
refused "the agents of the problem interact, and costs have to be local here" --problem swarm --method adversarial --network dgm
refused "use the method galerkin" --problem crowd_trading --method adversarial --network dgm
refused "one for each of hjb, kfp, initial, terminal" --problem torus --method adversarial --method.weights 1,2
apac_net="--method apac_net --network mlp"
refused "costs that depend on the density, which a generator of samples does not know" --problem optimal_transport $apac_net
refused "use the method galerkin" --problem linear_quadratic $apac_net
refused "is one on the torus, where its generator has no place" --problem torus $apac_net
refused "is not a mean field game in standard form" --problem crowd_trading $apac_net
refused "path_weight needs a problem without noise" --problem mean_attraction $apac_net --method.path_weight 1
refused "use --method.conditions soft" --problem optimal_transport --method galerkin --network dgm --method.conditions hard
refused "weights needs one number, or one for each of hjb, kfp" --problem ergodic_log --method.weights 1,2,3
refused "penalties for the mass need uniform points" --problem ergodic_log --method.normalisation penalty \
    --method.sampling density
refused "estimates of the Laplacian need networks of the plain coordinates" --problem linear_quadratic \
    --method.standardise yes --method.laplacian hutchinson
refused "unknown option 'weight'; did you mean 'weights'?" --problem ergodic_log --method.weight 1

[ $failures -eq 0 ] || exit 1
