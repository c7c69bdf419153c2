#!/usr/bin/env python3
"""Prints a table of the results of several seeds: docs/seeds_table.py SEEDS < LIST, in the directory of the runs.

A line of the list names an experiment and measures in its result.json, each with an optional upper bound:
`ode errors.value<=1e-4 seconds`. `NAME seeds=1 ...` takes fewer seeds. The bound `3*OTHER` is three times the mean of
the same measure in another experiment. The run of the first seed has the name of the experiment, that of seed K is
NAME-seedK.
"""
import json
import math
import sys

SEEDS = int(sys.argv[1])


def number(value):
    """Three digits."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:#.3g}" if abs(value) >= 0.01 else f"{value:.2e}".replace("e-0", "e-")


def results(name, measure, seeds=SEEDS):
    values = []
    for seed in range(1, seeds + 1):
        with open(f"{name}{'' if seed == 1 else f'-seed{seed}'}/result.json") as file:
            value = json.load(file)
        for key in measure.split("."):
            if not isinstance(value, dict) or key not in value:
                sys.exit(f"seeds_table: {name} has no {measure}")
            value = value[key]
        values.append(math.nan if value is None else value)
    return values


def mean(values):
    return sum(values) / len(values)


def readable(measure):
    group, _, name = measure.rpartition(".")
    text = name.replace("_", " ").replace("hjb", "HJB").replace("kfp", "KFP")
    if group == "errors":
        return f"error of {text}"
    if group in ("residuals", "relative_residuals"):
        return f"{'relative ' if group != 'residuals' else ''}residual of {text}"
    return text


print("| experiment | measure | asked | mean | smallest to largest | met by |")
print("|---|---|---:|---:|---:|---:|")
for line in sys.stdin:
    name, *measures = line.split() or [""]
    shown, seeds = f"`{name}`", SEEDS
    if measures and measures[0].startswith("seeds="):
        seeds = int(measures.pop(0)[len("seeds="):])
    for text in measures:
        measure, _, bound = text.partition("<=")
        values = results(name, measure, seeds)
        asked = met = ""
        if bound:
            factor, _, other = bound.partition("*")
            limit = float(factor) * (mean(results(other, measure)) if other else 1)
            asked = f"{factor} x `{other}`" if other else bound
            met = f"{sum(value <= limit for value in values)} of {seeds}"
        print(f"| {shown} | {readable(measure)} | {asked} | {number(mean(values))} "
              f"| {number(min(values))} to {number(max(values))} | {met} |")
        shown = ""
