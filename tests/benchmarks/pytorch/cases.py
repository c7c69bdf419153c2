"""Gradients that mfg and PyTorch both find, and the processes that find them."""
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MFG = os.environ.get("MFG", str(HERE.parents[2] / "build/bin/mfg"))

# Units of the numbers themselves, so that the network is the published one; output weights that are not zero, so that
# no derivative is.
LAGRANGIAN = ["optimal_transport_2d", "--method.scales", "none"]
GALERKIN = ["ergodic_log_10d", "--optimizer", "adam", "--network", "dgm", "--network.width", "50", "--network.layers", "3",
            "--phi_network.output_scale", "1", "--density_network.output_scale", "1"]


def lagrangian(dimension, samples):
    return LAGRANGIAN + ["--problem.dimension", str(dimension), "--training.samples", str(samples),
                         "--training.iterations", "1"]


def galerkin(samples):
    return GALERKIN + ["--training.samples", str(samples), "--training.iterations", "1"]


# Names, `mfg benchmark` options and chunk sizes to try. The sample sizes of `lagrangian` are the published ones.
CASES = {
    "lagrangian, d = 2": (lagrangian(2, 2304), [576, 1152, 2304]),
    "lagrangian, d = 10": (lagrangian(10, 6400), [800, 1600, 3200, 6400]),
    "lagrangian, d = 50": (lagrangian(50, 16384), [512, 1024, 2048]),
    "lagrangian, d = 100": (lagrangian(100, 36864), [512, 1024, 2048]),
    "galerkin, d = 10": (galerkin(1000), [50, 100, 250, 500]),
}


def environment(threads, kernels):
    """The same kernels for both programs; threads are those of the library's own products and of PyTorch's loops.

    Freed arrays stay with the process: by default each large one is mapped and unmapped, which costs a fifth of the time.
    """
    return {**os.environ, "OPENBLAS_CORETYPE": kernels, "OPENBLAS_NUM_THREADS": str(threads),
            "OMP_NUM_THREADS": str(threads), "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 32)}


def call(words, env=None):
    done = subprocess.run(words, capture_output=True, text=True, env=env)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: exit code {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def mfg_gradient(options, threads, env=None, more=()):
    """What `mfg benchmark` prints."""
    return json.loads(call([MFG, "benchmark", *options, "--threads", str(threads), *more], env))


def write(options, folder, more=()):
    """The arrays of a gradient, and the configuration that it belongs to, in a new folder."""
    result = mfg_gradient(options, 1, more=["--write", str(folder), *more])
    (folder / "config.ini").write_text(call([MFG, "solve", *options, "--dry-run"]))
    return result


def torch_gradient(folder, chunks, threads, seconds, env=None):
    """What gradient.py prints."""
    return json.loads(call([sys.executable, HERE / "gradient.py", folder, folder / "config.ini", "--chunks",
                            ",".join(map(str, chunks)), "--threads", str(threads), "--seconds", str(seconds)], env))
