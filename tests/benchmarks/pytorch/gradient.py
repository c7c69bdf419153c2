#!/usr/bin/env python3
"""Finds and times the gradient of a folder that `mfg benchmark EXPERIMENT --write FOLDER` has written, with PyTorch.

Usage: gradient.py FOLDER CONFIGURATION.ini [--chunks N,N,...] [--threads N] [--seconds S]
Prints JSON: value, the largest difference from mfg's gradient over its largest entry, and the median time with the best
of the chunk sizes. Number of BLAS threads and kernels are those of the environment (compare.py sets them).
"""
import argparse
import configparser
import json
import pathlib
import statistics
import sys
import time

import numpy
import torch

sys.dont_write_bytecode = True
import galerkin
import lagrangian


def read_options(path):
    """Sections of a configuration that mfg has printed; the part above the first section is `run`."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string("[run]\n" + pathlib.Path(path).read_text())
    return parser


class Gradient:
    def __init__(self, folder, options):
        folder = pathlib.Path(folder)
        method = {"lagrangian": lagrangian, "galerkin": galerkin}[options["run"]["method"]]
        player = {"lagrangian": "population", "galerkin": "solution"}[options["run"]["method"]]
        self.objective = method.Objective(options)
        self.blocks = json.loads((folder / "parameters.json").read_text())["blocks"]
        self.theta = torch.from_numpy(numpy.load(folder / "parameters.npy"))
        self.samples = torch.from_numpy(numpy.load(folder / f"sample_{player}.npy"))
        self.expected = torch.from_numpy(numpy.load(folder / f"gradient_{player}.npy"))

    def __call__(self, chunk):
        """Value and gradient, summed over chunks of samples so that intermediate arrays stay in the caches."""
        theta = self.theta.clone().requires_grad_()
        sizes = [int(numpy.prod(block["shape"])) for block in self.blocks]
        value = 0
        for part in self.samples.split(chunk):
            self.objective.prepare({block["name"]: values.reshape(block["shape"])
                                    for block, values in zip(self.blocks, theta.split(sizes))})
            loss = self.objective(part) / len(self.samples)
            loss.backward()
            value += loss.item()
        return value, theta.grad

    def difference(self, chunk):
        return ((self(chunk)[1] - self.expected).abs().max() / self.expected.abs().max()).item()

    def seconds(self, chunk, least):
        """Median time of one call: at least five calls, and `least` seconds."""
        self(chunk)
        times, start = [], time.perf_counter()
        while len(times) < 5 or time.perf_counter() - start < least:
            begin = time.perf_counter()
            self(chunk)
            times.append(time.perf_counter() - begin)
        return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("configuration")
    parser.add_argument("--chunks", default="")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    gradient = Gradient(arguments.folder, read_options(arguments.configuration))
    count = len(gradient.samples)
    chunks = [min(int(c), count) for c in arguments.chunks.split(",")] if arguments.chunks else [count]
    times = {chunk: gradient.seconds(chunk, arguments.seconds) for chunk in sorted(set(chunks))}
    best = min(times, key=times.get)
    print(json.dumps({"value": gradient(best)[0], "difference": gradient.difference(best), "seconds": times[best],
                      "chunk": best, "all": times, "threads": arguments.threads, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
