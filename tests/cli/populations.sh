#!/bin/sh
# Games of several populations as users run them: numbers and files of each population, exploitability, refusals. MFG is
# the program.
set -u
. "$(dirname "$0")/common/expect.sh"
cd "$scratch" || exit 1

find_python

"$MFG" solve two_crowds_4d --problem.dimension 2 --network.width 6 --training.samples 100 --training.iterations 30 \
    --output run >out 2>err || fail "solve: $(cat err)"
"$MFG" validate run --agents 32 --iterations 20 >validated 2>err || fail "validate: $(cat err)"
grep -q "^population 2: exploitability: " validated || fail "validate does not show population 2: $(cat validated)"
$python -c "
import numpy as np
np.save('points.npy', np.random.default_rng(1).random((50, 2)))"
"$MFG" evaluate run --points points.npy >out 2>err || fail "evaluate: $(cat err)"
$python - <<'PYTHON' || fail "files of the run do not fit together"
import json
import numpy as np
result = json.load(open("run/result.json"))
assert list(result["terms"]) == ["hjb_1", "kfp_1", "hjb_2", "kfp_2"], result["terms"]
errors = result["errors"]
for k in "12":
    for name in ("control", "value_centred", "gradient", "value", "density", "log_density"):
        assert errors[f"{name}_{k}"] < 0.05, (name, k, errors)
    constants = result["constants"]
    assert {f"lambda_{k}", f"lambda_{k}_trained", f"lambda_{k}_standard_error"} <= set(constants), constants
    assert errors[f"constant_{k}"] < 1e-2 and f"constant_{k}_standard_error" in errors, errors
    assert result["baselines"][f"control_{k}.standing_still"] == 1, result["baselines"]
    assert f"errors.control_{k}" in result["definitions"], result["definitions"]
    assert f"field_distance_{k}" in result["population"], result["population"]
assert list(errors)[:2] == ["control_1", "control_2"], list(errors)
assert list(result["constants"]) == sorted(result["constants"]) and len(result["constants"]) == 6, result["constants"]
figures = [f["name"] for f in json.load(open("run/fields/figures.json"))["figures"]]
assert {"phi_1_maps", "density_1_maps", "phi_2_lines", "density_2_lines", "populations"} <= set(figures), figures
found = json.load(open("run/validation.json"))
for k in "12":
    # Both crowds are nearly in equilibrium.
    assert found[f"exploitability_{k}"]["relative"] < 0.05, found
load = lambda name: np.load(f"run/evaluation/{name}.npy")
for k in "12":
    # Control costs are |v|^2 / 2.
    assert np.allclose(load(f"velocity_{k}"), -load(f"phi_{k}_gradient")), k
# What is written as log m is that of the formulas: m = exp(-2 phi) / Z up to the error of the training.
assert np.std(load("log_density_1_value") + 2 * load("phi_1_value")) < 0.02
PYTHON

for method in lagrangian apac_net adversarial eulerian; do
    "$MFG" solve --problem two_crowds --method $method --output refused >out 2>err && fail "$method solved two_crowds"
    [ "$(wc -l <err)" = 1 ] || fail "$method does not refuse in one line: $(cat err)"
    grep -q "several populations" err || fail "$method does not say why: $(cat err)"
done
expect 1 "several populations need their densities" solve --problem two_crowds --method.density none
expect 1 "each population of the problem has its own coupling" solve --problem two_crowds --method.coupling control
