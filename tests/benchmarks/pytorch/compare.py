#!/usr/bin/env python3
"""Measures gradients of mfg and of PyTorch in turn and prints a table of ratios.

Usage: compare.py [CASE...] [--threads 1,2] [--rounds 5] [--seconds 1]
For N threads, PyTorch has the best of its chunk sizes and of 1..N threads; mfg has N. Both use the same kernels of the
same OpenBLAS. MFG is the program. See README.md.
"""
import argparse
import os
import pathlib
import platform
import statistics
import sys
import tempfile

sys.dont_write_bytecode = True
from cases import CASES, MFG, call, environment, mfg_gradient, torch_gradient, write


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def row(name, threads, arguments, kernels, scratch):
    options, chunks = CASES[name]
    folder = pathlib.Path(scratch, name)
    if not folder.exists():
        write(options, folder)
    tried = [torch_gradient(folder, chunks, n, arguments.seconds / 4, environment(n, kernels))
             for n in range(1, threads + 1)]
    best = min(tried, key=lambda found: found["seconds"])
    ours, theirs, ratios = [], [], []
    for _ in range(arguments.rounds):
        a = mfg_gradient(options, threads, environment(1, kernels))
        b = torch_gradient(folder, [best["chunk"]], best["threads"], arguments.seconds,
                           environment(best["threads"], kernels))
        if not b["difference"] < 1e-10:
            sys.exit(f"compare.py: {name}: the gradients differ by {b['difference']:.1e}")
        ours.append(a["gradient_seconds"])
        theirs.append(b["seconds"])
        ratios.append(b["seconds"] / a["gradient_seconds"])
    spread = f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
    print(f"| {name} | {a['samples']} | {threads} | {1e3 * statistics.median(ours):.3g} | "
          f"{1e3 * statistics.median(theirs):.3g} | {best['threads']}, {best['chunk']} | "
          f"{spread} | {b['difference']:.0e} |", flush=True)
    return b["torch"], a["blas_kernels"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; default: all")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    arguments = parser.parse_args()
    unknown = [name for name in arguments.cases if name not in CASES]
    if unknown:
        parser.error(f"no case {unknown[0]!r}")
    kernels = os.environ.get("OPENBLAS_CORETYPE") or mfg_gradient(CASES["lagrangian, d = 2"][0], 1)["blas_kernels"]
    print("| gradient | samples | threads | mfg, ms | PyTorch, ms | its threads, chunk | PyTorch / mfg | difference |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as scratch:
        for name in arguments.cases or CASES:
            for threads in map(int, arguments.threads.split(",")):
                torch, found = row(name, threads, arguments, kernels, scratch)
    load = os.getloadavg()[0]
    print(f"\nMedians of {arguments.rounds} measurements of each program in turn; in brackets the smallest and largest "
          f"ratio. {call([MFG, '--version']).strip()}, "
          f"PyTorch {torch}, OpenBLAS kernels {found}, {processor()}, {os.cpu_count()} cores, load average {load:.1f}.")


if __name__ == "__main__":
    main()
