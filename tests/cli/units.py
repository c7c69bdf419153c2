#!/usr/bin/env python3
"""The same game in other units has the same answer, in its own units; a training that cannot begin is a failure. MFG is
the program."""
import json
import os
import struct
import subprocess
import sys
import tempfile

program = os.path.abspath(os.environ["MFG"])
SMALL = ["--threads", "1", "--quiet", "--pictures", "no", "--training.samples", "256", "--training.iterations", "100",
         "--training.validation_samples", "256"]
METRES = []
MILLIMETRES = ["--problem.start", "2000", "--problem.end", "-2000", "--problem.covariance", "600000",
               "--problem.target_covariance", "300000,1200000", "--problem.transport_weight", "1e-6"]
MILLISECONDS = ["--problem.horizon", "1000", "--problem.transport_weight", "1000"]
MILLIONS = ["--problem.transport_weight", "1e-6", "--problem.terminal_weight", "5e-6"]
failures = []


def check(holds, text):
    if not holds:
        failures.append(text)


def mfg(*words):
    return subprocess.run([program, *words], capture_output=True, text=True)


def solve(directory, *words):
    return mfg("solve", "--problem", "gaussian_transport", *SMALL, "--output", directory, *words)


def near(a, b, tolerance):
    return abs(a - b) <= tolerance * abs(b)


os.chdir(tempfile.mkdtemp(prefix="mfg-units-"))
objectives, errors = {}, {}
for name, units, length, time, value in [("metres", METRES, 1, 1, 1), ("millimetres", MILLIMETRES, 1000, 1, 1),
                                         ("milliseconds", MILLISECONDS, 1, 1000, 1), ("millions", MILLIONS, 1, 1, 1e-6)]:
    done = solve(name, *units)
    if done.returncode != 0:
        sys.exit(f"{name}: exit code {done.returncode}: {done.stderr}")
    result = json.load(open(name + "/result.json"))
    objectives[name] = result["validation"]["objective"] / result["reference"]["objective"]
    errors[name] = result["errors"]["value"]
    check(near(objectives[name], objectives["metres"], 0.03), f"{name}: objective over optimum {objectives}")
    check(near(errors[name], errors["metres"], 0.03), f"{name}: error of the value function {errors}")
    check(0.95 < objectives[name] < 1.2, f"{name}: {objectives[name]} of the optimum")
    scales = result["scales"]
    if name == "metres":
        first = scales
        check(set(scales) == {"centre", "length", "time", "value"}, f"scales {scales}")
    for key, factor in {"length": length, "time": time, "value": value}.items():
        check(near(scales[key], first[key] * factor, 1e-12), f"{name}: scale of {key} {scales}")

# A run is measured again, and evaluated, in the units of its problem.
done = mfg("validate", "millimetres")
check(done.returncode == 0, f"validate: {done.stderr}")
if done.returncode == 0:
    again = json.load(open("millimetres/validation.json"))
    check(near(again["errors"]["value"], errors["millimetres"], 0.2), f"validate: {again['errors']}")
gradients = {}
for name, point in {"metres": [1, 0.5, 0.5], "millimetres": [1000, 500, 0.5]}.items():
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3), }".ljust(117) + b"\n"
    with open("point.npy", "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack("<3d", *point))
    done = mfg("evaluate", name, "--points", "point.npy", "--output", name + "_values")
    if done.returncode != 0:
        failures.append(f"evaluate {name}: {done.stderr}")
        continue
    gradients[name] = struct.unpack("<2d", open(name + "_values/phi_gradient.npy", "rb").read()[-16:])
if len(gradients) == 2:
    for a, b in zip(gradients["metres"], gradients["millimetres"]):
        check(abs(a - 1000 * b) < 0.05 * (1 + abs(a)), f"gradients {gradients}")

# Without scales the training does not even begin: a failure, with advice, that leaves what was there.
before = open("metres/result.json").read()
done = solve("metres", "--overwrite", *MILLIMETRES, "--method.scales", "none")
check(done.returncode == 1, f"a training that cannot begin: exit code {done.returncode}")
check("no step lowers the objective" in done.stderr and done.stderr.count("\n") == 1, f"message: {done.stderr}")
check(open("metres/result.json").read() == before, "the run that was there is gone")

for failure in failures:
    print(failure, file=sys.stderr)
sys.exit(bool(failures))
