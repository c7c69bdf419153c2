#!/usr/bin/env python3
"""Gradients of mfg are those that PyTorch finds from the same parameters and samples, to 1e-10 of the largest entry.

Exit code 77, which means `skipped`, without PyTorch. MFG is the program.
"""
import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
try:
    import numpy
    import torch  # noqa: F401: the processes of gradient.py need it
except ImportError as failure:
    # The first python3 of the PATH may be another one than that of the system's packages.
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    print(f"skipped: {failure}")
    sys.exit(77)

from cases import galerkin, lagrangian, torch_gradient, write


def check(name, options):
    with tempfile.TemporaryDirectory() as scratch:
        first, second = pathlib.Path(scratch, "initial"), pathlib.Path(scratch, "moved")
        write(options, first)
        # At the initial parameters some blocks are zero; elsewhere none is.
        theta = numpy.load(first / "parameters.npy")
        theta += 0.1 * numpy.random.default_rng(1).normal(size=theta.shape)
        numpy.save(pathlib.Path(scratch, "theta.npy"), theta)
        expected = write(options, second, ["--parameters", f"{scratch}/theta.npy"])
        objective = sum(player["objective"] for player in expected["players"].values())
        found = torch_gradient(second, [24], 1, 0)
    value = abs(found["value"] - objective) / abs(objective)
    print(f"{name}: relative difference of the value {value:.1e}, of the gradient {found['difference']:.1e}")
    return value < 1e-10 and found["difference"] < 1e-10


passed = [check("lagrangian, d = 2", lagrangian(2, 64)), check("lagrangian, d = 12", lagrangian(12, 64)),
          check("galerkin, d = 10", galerkin(48))]
sys.exit(0 if all(passed) else 1)
