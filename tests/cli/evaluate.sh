#!/bin/sh
# Fields of a run at points of one's own, compared with the formulas of the networks in NumPy, from parameters.npy and
# parameters.json alone. MFG is the program.
set -u
. "$(dirname "$0")/common/expect.sh"
cd "$scratch" || exit 1

find_python

cat >networks.py <<'PYTHON'
import json, sys
import numpy as np

def parameters(run):
    flat = np.load(f"{run}/parameters.npy")
    blocks = json.load(open(f"{run}/parameters.json"))["blocks"]
    assert sum(int(np.prod(b["shape"])) for b in blocks) == flat.size
    return {b["name"]: flat[b["offset"]:b["offset"] + int(np.prod(b["shape"]))].reshape(b["shape"]) for b in blocks}

def resnet(p, field, s):
    k = lambda name: p[f"{field}.{name}"]
    layers = sum(name.startswith(f"{field}.layer") and name.endswith(".weight") for name in p)
    sigma = lambda y: np.log(2 * np.cosh(y))
    u = sigma(s @ k("opening.weight").T + k("opening.bias"))
    for l in range(1, layers + 1):
        u = u + sigma(u @ k(f"layer{l}.weight").T + k(f"layer{l}.bias")) / layers
    n = s.shape[1]
    if f"{field}.quadratic.upper" in p:
        a = np.zeros((n, n))
        a[np.triu_indices(n)] = k("quadratic.upper")
        a = (a + a.T - np.diag(np.diag(a))) * np.where(np.eye(n) > 0, 1, 1 / np.sqrt(2))
    else:
        b = k("quadratic.factor")
        a = b.T @ np.diag(k("quadratic.sign")) @ b
    return u @ k("output.weight") + 0.5 * np.einsum("ni,ij,nj->n", s, a, s) + s @ k("linear.weight") + k("constant")

def mlp(p, field, s):
    k = lambda name: p[f"{field}.{name}"]
    layers = sum(name.startswith(f"{field}.layer") and name.endswith(".weight") for name in p)
    u = s
    for l in range(1, layers + 1):
        u = np.tanh(u @ k(f"layer{l}.weight").T + k(f"layer{l}.bias"))
    return (u @ k("output.weight").T + k("output.bias"))[:, 0]

def dgm(p, field, s):
    k = lambda name: p[f"{field}.{name}"]
    layers = sum(name.startswith(f"{field}.layer") and name.endswith(".input") for name in p)
    m = len(k("opening.bias"))
    opening = state = np.tanh(s @ k("opening.weight").T + k("opening.bias"))
    for l in range(1, layers + 1):
        def gate(i, seen):
            rows = slice(i * m, (i + 1) * m)
            return np.tanh(s @ k(f"layer{l}.input")[rows].T + seen @ k(f"layer{l}.state")[rows].T +
                           k(f"layer{l}.bias")[rows])
        z, r, g = gate(0, state), gate(1, state), gate(2, opening)
        state = (1 - g) * gate(3, state * r) + z * state
    return (state @ k("output.weight").T + k("output.bias"))[:, 0]

def in_units(run, function, s):
    """A function of the run's own units at points in those of the problem."""
    scales = json.load(open(f"{run}/result.json")).get("scales")
    if scales is None:
        return function(s)
    centre = np.zeros(s.shape[1] - 1)
    centre[:len(scales["centre"])] = scales["centre"]
    return scales["value"] * function(np.c_[(s[:, :-1] - centre) / scales["length"], s[:, -1:] / scales["time"]])

def waves(x):
    return np.concatenate([np.sin(2 * np.pi * x), np.cos(2 * np.pi * x)], axis=1)

def compare(run, field, function, points, d, folder=None):
    """All files of a field against a function of rows of points, differentiated by complex steps."""
    folder = folder or f"{run}/evaluation"
    def slope(at, i):
        step = np.zeros(at.shape[1], complex)
        step[i] = 1e-30j
        return function(at + step).imag / 1e-30
    def laplacian(h=1e-4):
        total = 0
        for i in range(d):
            e = np.zeros(points.shape[1])
            e[i] = h
            total = total + (8 * (slope(points + e, i) - slope(points - e, i)) -
                             (slope(points + 2 * e, i) - slope(points - 2 * e, i))) / (12 * h)
        return total
    expected = {"value": function(points + 0j).real, "laplacian": laplacian(),
                "gradient": np.stack([slope(points, i) for i in range(d)], axis=1)}
    if points.shape[1] > d:
        expected["time_derivative"] = slope(points, d)
    for name, right in expected.items():
        found = np.load(f"{folder}/{field}_{name}.npy")
        assert found.shape == right.shape and found.dtype == np.float64, (field, name, found.shape)
        assert np.abs(right).max() > 1e-4, (field, name, "is zero")
        error = np.abs(found - right).max() / np.abs(right).max()
        assert error < (1e-8 if name == "laplacian" else 1e-12), (run, field, name, error)

def points(n, d, time, path):
    rng = np.random.default_rng(7)
    p = rng.normal(size=(n, d))
    if time:
        p = np.c_[p, rng.uniform(size=n)]
    np.save(path, p)
    return p
PYTHON

# resnet, full and of low rank, along characteristics: also the density, which is followed back to the start.
for options in "--problem.dimension 2 --network.layers 2 --network.width 6" "--problem.dimension 3 --network.rank 2"; do
    rm -rf run
    "$MFG" solve --problem gaussian_transport $options --training.samples 256 --training.iterations 30 \
        --method.time_steps 8 --output run --quiet >out 2>err || fail "solve: $(cat err)"
    $python - run "$options" <<'PYTHON' || fail "no points"
import sys
from networks import *
points(200, int(sys.argv[2].split()[1]), True, "P.npy")
PYTHON
    "$MFG" evaluate run --points P.npy >out 2>err || fail "evaluate: $(cat err)"
    [ "$(wc -l <out)" -eq 6 ] || fail "evaluate did not name six files: $(cat out)"
    $python - run <<'PYTHON' || fail "values are not those of the formula: $options"
import sys
from networks import *
run = sys.argv[1]
p, at = parameters(run), np.load("P.npy")
d = at.shape[1] - 1
phi = lambda s: in_units(run, lambda s: resnet(p, "phi", s), s)
compare(run, "phi", phi, at, d)

def derivatives(x, t):
    s = np.c_[x, t]
    def slope(s, i):
        step = np.zeros(d + 1, complex)
        step[i] = 1e-30j
        return phi(s + step).imag / 1e-30
    gradient = np.stack([slope(s, i) for i in range(d)], axis=1)
    h, laplacian = 1e-4, 0
    for i in range(d):
        e = h * np.eye(d + 1)[i]
        laplacian = laplacian + (slope(s + e, i) - slope(s - e, i)) / (2 * h)
    return -gradient, -laplacian  # velocity and its divergence: the weight of transport is 1

velocity = derivatives(at[:, :d], at[:, d])[0]
error = np.abs(np.load(f"{run}/evaluation/velocity.npy") - velocity).max()
assert error < 1e-12 * np.abs(velocity).max(), error

def backward(x, l, t, share):
    v, div = derivatives(x, t * share)
    return -t[:, None] * v, -t * div
x, t, l, steps = at[:, :d].copy(), at[:, d], np.zeros(len(at)), 32  # 4 times those of the training
for k in range(steps):
    s, h = 1 - k / steps, 1 / steps
    a = backward(x, l, t, s)
    b = backward(x + h / 2 * a[0], l, t, s - h / 2)
    c = backward(x + h / 2 * b[0], l, t, s - h / 2)
    e = backward(x + h * c[0], l, t, s - h)
    x = x + h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + e[0])
    l = l + h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + e[1])
import configparser
config = configparser.ConfigParser()
config.read_string("[run]\n" + open(f"{run}/config.ini").read())
variance, start = float(config["problem"]["covariance"]), float(config["problem"]["start"])
mean = np.zeros(d)
mean[0] = start
w = -((x - mean) ** 2).sum(1) / (2 * variance) - d / 2 * np.log(2 * np.pi * variance) + l
error = np.abs(np.load(f"{run}/evaluation/log_density_value.npy") - w).max()
assert error < 1e-7 * np.abs(w).max(), (error, np.abs(w).max())
PYTHON
done

# dgm and mlp on the torus, with what normalisation takes away.
"$MFG" solve --problem ergodic_log --problem.dimension 2 --density_network mlp --network.width 9 --network.layers 2 \
    --training.samples 64 --training.iterations 40 --output torus --quiet >out 2>err || fail "solve: $(cat err)"
$python -c "from networks import *; points(150, 2, False, 'X.npy')"
"$MFG" evaluate torus --points X.npy --output elsewhere/values --threads 1 >out 2>err || fail "evaluate: $(cat err)"
[ ! -e torus/evaluation ] || fail "evaluate wrote to the run although --output says otherwise"
[ ! -e elsewhere/values/phi_time_derivative.npy ] || fail "a problem without time has a time derivative"
$python - <<'PYTHON' || fail "values are not those of the formulas: ergodic_log"
from networks import *
p, at = parameters("torus"), np.load("X.npy")
compare("torus", "phi", lambda x: dgm(p, "phi", waves(x)) - p["phi.mean"], at, 2, "elsewhere/values")
compare("torus", "log_density", lambda x: mlp(p, "log_density", waves(x)) - p["log_density.log_mass"], at, 2,
        "elsewhere/values")
PYTHON

# With time, and an ansatz that keeps the condition at the end: phi = g + (T - t) N with g = 0.
"$MFG" solve --problem torus --problem.dimension 2 --method.conditions terminal --network.width 7 \
    --training.samples 64 --training.iterations 40 --output timed --quiet >out 2>err || fail "solve: $(cat err)"
$python -c "from networks import *; points(120, 2, True, 'T.npy')"
"$MFG" evaluate timed --points T.npy >out 2>err || fail "evaluate: $(cat err)"
$python - <<'PYTHON' || fail "values are not those of the formulas: torus"
from networks import *
p, at = parameters("timed"), np.load("T.npy")
embedded = lambda s: np.concatenate([waves(s[:, :2]), s[:, 2:]], axis=1)
compare("timed", "log_density", lambda s: dgm(p, "log_density", embedded(s)), at, 2)
PYTHON

# The same points one by one, and none at all.
$python -c "import numpy as np; p = np.load('T.npy'); np.save('one.npy', p[5:6]); np.save('none.npy', p[:0])"
"$MFG" evaluate timed --points one.npy --output one >out 2>err || fail "evaluate one point: $(cat err)"
"$MFG" evaluate timed --points none.npy --output none >out 2>err || fail "evaluate no points: $(cat err)"
$python - <<'PYTHON' || fail "one point differs from the same among others, or none is not empty"
import os
import numpy as np
# The same files as with points, and each for none of them.
assert sorted(os.listdir("none")) == sorted(os.listdir("timed/evaluation")), os.listdir("none")
for name in os.listdir("none"):
    assert np.load(f"none/{name}").shape == (0, *np.load(f"timed/evaluation/{name}").shape[1:]), name
for name in "value", "gradient", "laplacian", "time_derivative":
    all = np.load(f"timed/evaluation/phi_{name}.npy")
    assert np.allclose(np.load(f"one/phi_{name}.npy"), all[5:6], rtol=1e-12, atol=1e-14)
    assert len(np.load(f"none/phi_{name}.npy")) == 0
PYTHON

# Times that are a rounding error too late or too early are the ends.
$python - <<'PYTHON'
import numpy as np
p = np.load("T.npy")[:3]
p[:, 2] = 0, 1, 0.5
np.save("ends.npy", p)
p[:, 2] = -1e-13, 1 + 1e-13, 0.5
np.save("rounded.npy", p)
PYTHON
"$MFG" evaluate timed --points ends.npy --output ends >out 2>err || fail "evaluate at the ends: $(cat err)"
"$MFG" evaluate timed --points rounded.npy --output rounded >out 2>err || fail "evaluate at rounded ends: $(cat err)"
cmp ends/phi_value.npy rounded/phi_value.npy || fail "a time that is a rounding error too late is not the end"

# What cannot be points.
$python - <<'PYTHON'
import numpy as np
p = np.load("T.npy")
np.save("narrow.npy", p[:, :2])
bad = p.copy(); bad[17, 1] = np.nan; np.save("nan.npy", bad)
bad = p.copy(); bad[3, 2] = 1.5; np.save("late.npy", bad)
np.save("vector.npy", p[0])
PYTHON
expect 1 "needs 3: x_1..x_2, t" evaluate timed --points narrow.npy
expect 1 "row 17: number 1 is not finite" evaluate timed --points nan.npy
expect 1 "row 3: the time 1.5 is outside of [0, " evaluate timed --points late.npy
expect 1 "vector.npy" evaluate timed --points vector.npy
expect 1 "missing.npy" evaluate timed --points missing.npy
mkfifo pipe.npy
expect 1 "it is not a regular file" evaluate timed --points pipe.npy
expect 1 "it is not a regular file" evaluate timed --points /dev/zero
expect 2 "no points are given" evaluate timed
expect 1 "is not a run directory" evaluate nowhere --points P.npy
"$MFG" solve optimal_transport_2d_grid --method.iterations 2 --method.levels 1 --method.cells 16 --output grid \
    --quiet >out 2>err || fail "solve on a grid: $(cat err)"
$python - <<'PYTHON'
import numpy as np
# Cells of the domain [-6, 6]^2, x_1 first, and 33 times.
x = -6 + (np.arange(16) + 0.5) * 12 / 16
x1, x2 = (a.ravel() for a in np.meshgrid(x, x))
times = [0, 7, 32]
np.save("cells.npy", np.concatenate([np.stack([x1, x2, np.full(256, k / 32)], axis=1) for k in times]))
PYTHON
"$MFG" evaluate grid --points cells.npy >out 2>err || fail "evaluate a grid: $(cat err)"
$python - <<'PYTHON' || fail "the density at the centres of cells is not that on the grid"
import numpy as np
# Two iterations leave negative densities; the logarithm of those is that of the smallest density.
on_grid = np.maximum(np.load("grid/solution/density.npy")[[0, 7, 32]].ravel(), 1e-280)
assert (on_grid > 1e-9).sum() > 300
evaluated = np.exp(np.load("grid/evaluation/log_density_value.npy"))
assert np.allclose(evaluated, on_grid, rtol=1e-10, atol=1e-15), np.abs(evaluated - on_grid).max()
load = lambda name: np.load(f"grid/evaluation/{name}.npy")
assert (load("velocity") == np.stack([load("velocity_x_value"), load("velocity_y_value")], axis=1)).all()
PYTHON

[ "$failures" -eq 0 ]
