#!/usr/bin/env python3
"""Records what mfg computes, bit for bit, and compares two records.

    record.py record DIR [CASE...]       runs every case (see cases.py) and keeps its run directory as DIR/CASE
    record.py compare OLD NEW [CASE...]  says for each case `same bits`, or the largest relative differences
    record.py digest DIR                 prints a summary of a record, a few numbers a case
    record.py check FILE.json [CASE...]  runs the cases and compares them with such a summary
    record.py list                       the names of all cases

MFG is the program. A change that must not change results is tried like this:

    MFG=old/bin/mfg tests/bits/record.py record OLD
    MFG=new/bin/mfg tests/bits/record.py record NEW
    tests/bits/record.py compare OLD NEW

Bits are the same for any number of threads on one kind of processor. On another they agree to the rounding that a few
iterations amplify: tests/bits/record.json is a summary to compare with on any processor.
"""
import argparse
import csv
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
try:
    import numpy
except ImportError:
    # The first python3 of the PATH may be another one than that of the system's packages.
    if sys.executable == "/usr/bin/python3":
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

from cases import JUDGED, SLOW, TRAINED, all_cases, small

# They say how long something took or with how many threads, or have a column of their own.
NOT_RECORDED = {"seconds", "threads"}


def run(program, words):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"mfg {' '.join(words)}: exit code {done.returncode}: {done.stderr.strip()}")


TRAINING_FILES = ["config.ini", "history.csv", "parameters.npy", "parameters.json"]


def train(program, words, output):
    """Runs `mfg solve` until the parameters are written, ends it there, and keeps the files of the training."""
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL, stderr=errors)
        # The last file of the training.
        while process.poll() is None and not (output / TRAINING_FILES[-1]).exists():
            time.sleep(0.005)
        if process.poll() is None:
            process.kill()
        elif process.returncode != 0:
            errors.seek(0)
            raise RuntimeError(f"mfg {' '.join(words)}: exit code {process.returncode}: {errors.read().strip()}")
        process.wait()
    for path in output.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in TRAINING_FILES:
            path.unlink()


def points_of(program, run_directory):
    """Points that `mfg evaluate` takes, in [0.1, 0.9]: whether they have a time is tried."""
    dimension = json.loads((run_directory / "result.json").read_text())["dimension"]
    path = run_directory / "points.npy"
    for columns in (dimension + 1, dimension):
        i = numpy.arange(32 * columns).reshape(32, columns)
        numpy.save(path, 0.1 + 0.8 * numpy.modf(i * (math.sqrt(5) - 1) / 2)[0])
        words = ["evaluate", str(run_directory), "--points", str(path), "--threads", "1"]
        if subprocess.run([program, *words], capture_output=True).returncode == 0:
            return
    run(program, words)


def record_case(program, case, output, threads, grid):
    shutil.rmtree(output, ignore_errors=True)
    words = ["solve", *small(program, case.arguments), "--threads", str(threads), "--quiet", "--output", str(output)]
    if case.depth == TRAINED:
        train(program, words, output)
        return
    run(program, words)
    if case.depth != JUDGED:
        return
    points_of(program, output)
    words = ["validate", str(output), "--agents", "8", "--intervals", "4", "--iterations", "10", "--cells", "16",
             "--times", "8", "--threads", str(threads)]
    # Where there is none of its problem, a grid solution would be computed on the spot, which takes long.
    if grid and grid.exists():
        words += ["--grid", str(grid)]
    run(program, words)


GRIDS = {"crowd_motion_2d": "crowd_motion_2d_grid", "gaussian_transport_2d": "eulerian_gaussian"}


def record(program, cases, directory, threads, jobs):
    """Runs cases, those that others need first."""
    directory.mkdir(parents=True, exist_ok=True)

    def one(case):
        begin = time.monotonic()
        grid = GRIDS.get(case.name)
        record_case(program, case, directory / case.name, threads, grid and directory / grid)
        return time.monotonic() - begin

    failures = 0
    first = [case for case in cases if case.name in GRIDS.values()]
    for group in (first, [case for case in cases if case not in first]):
        with ThreadPoolExecutor(jobs) as pool:
            for case, result in [(case, pool.submit(one, case)) for case in group]:
                try:
                    print(f"{case.name:34} {result.result():6.2f} s", flush=True)
                except RuntimeError as error:
                    failures += 1
                    print(f"FAILED: {case.name}: {error}", flush=True)
    return failures


def numbers_in(value, name=""):
    """All numbers of a JSON value, as name.of.the.entry -> number."""
    if isinstance(value, dict):
        for key, entry in value.items():
            if key not in NOT_RECORDED:
                yield from numbers_in(entry, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for i, entry in enumerate(value):
            yield from numbers_in(entry, f"{name}.{i}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield name, numpy.array([value], dtype=float)
    elif value is None:
        yield name, numpy.array([math.nan])


def read_history(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    for column, name in enumerate(rows[0]):
        if name not in NOT_RECORDED:
            yield name, numpy.array([float(row[column] or "nan") for row in rows[1:]])


def contents(directory):
    """What a run directory holds: group -> name -> array."""
    groups = {"parameters": {}, "history": {}, "result": {}, "fields": {}}
    if (directory / "parameters.json").exists():
        flat = numpy.load(directory / "parameters.npy")
        for block in json.loads((directory / "parameters.json").read_text())["blocks"]:
            begin = block["offset"]
            groups["parameters"][block["name"]] = flat[begin:begin + math.prod(block["shape"])]
    for path in sorted(directory.glob("solution/*.npy")):
        groups["parameters"]["solution." + path.stem] = numpy.load(path).ravel()
    groups["history"].update(read_history(directory / "history.csv"))
    for name in ("result", "validation"):
        if (directory / f"{name}.json").exists():
            found = numbers_in(json.loads((directory / f"{name}.json").read_text()))
            groups["result"].update({f"{name}.{entry}": number for entry, number in found})
    for folder in ("fields", "evaluation"):
        for path in sorted(directory.glob(f"{folder}/*.npy")):
            groups["fields"][f"{folder}/{path.stem}"] = numpy.load(path).ravel()
    return groups


def same_bits(old, new):
    return old.shape == new.shape and old.tobytes() == new.tobytes()


# A measure may be a rounding error, that of a conserved mass for example: smaller ones are compared as if they had this
# size.
SMALL = 1e-3


def difference(old, new, floor):
    """Of two arrays, relative to the norm of the first or to `floor`; where one is no number, the other must be none."""
    if old.shape != new.shape or not numpy.array_equal(numpy.isfinite(old), numpy.isfinite(new)):
        return math.inf
    finite = numpy.isfinite(old)
    if not numpy.array_equal(old[~finite], new[~finite], equal_nan=True):
        return math.inf
    distance, norm = numpy.linalg.norm(new[finite] - old[finite]), max(numpy.linalg.norm(old[finite]), floor)
    return 0.0 if distance == 0 else math.inf if norm == 0 else distance / norm


def compare_case(old, new, limits):
    """What to say of a case, and whether it is as it was, within the limits."""
    before, after = contents(old), contents(new)
    words, good, same = [], True, True
    for group, limit in limits.items():
        missing = sorted(set(before[group]) - set(after[group]))
        added = sorted(set(after[group]) - set(before[group]))
        if missing:
            words.append(f"{group} lack {', '.join(missing)}")
            good = same = False
        if added:
            words.append(f"{group} have in addition {', '.join(added)}")
            same = False
        both = [name for name in before[group] if name in after[group]]
        if all(same_bits(before[group][name], after[group][name]) for name in both):
            continue
        same = False
        floor = SMALL if group == "result" else 0
        worst, name = max((difference(before[group][name], after[group][name], floor), name) for name in both)
        good = good and worst <= limit
        words.append(f"{group} {worst:.1e} ({name})")
    return "same bits" if same else "; ".join(words), good


def compare(old, new, names, limits):
    failures = 0
    for directory in sorted(path for path in old.iterdir() if path.is_dir()):
        name = directory.name
        if names and name not in names:
            continue
        if (new / name).is_dir():
            text, good = compare_case(directory, new / name, limits)
        else:
            text, good = "is missing", False
        failures += not good
        print(f"{'' if good else 'FAILED: '}{name:34} {text}")
    for directory in sorted(path for path in new.iterdir() if path.is_dir()):
        if not (old / directory.name).is_dir() and not (names and directory.name not in names):
            print(f"{directory.name:34} is new")
    return failures


# Groups of result.json that a summary has in another form, or whose numbers are rounding errors.
REPEATED = ("terms", "validation_fine", "round_trip")


def summary(directory):
    """A few numbers of a run: last row of the history, two numbers of each function's parameters, and measures."""
    groups = contents(directory)
    numbers = {}
    for name, column in groups["history"].items():
        if name == "objective" or name.startswith("terms."):
            numbers[name] = [column[-1]]
    functions = {}
    for name, block in groups["parameters"].items():
        functions.setdefault(name if name.startswith("solution.") else name.split(".")[0], []).append(block)
    for name, blocks in functions.items():
        flat = numpy.concatenate(blocks)
        # A norm, and a sum in which each entry counts differently.
        numbers["parameters." + name] = [numpy.linalg.norm(flat), flat @ numpy.cos(numpy.arange(1, flat.size + 1))]
    for name, number in groups["result"].items():
        file, _, entry = name.partition(".")
        parts = entry.split(".")
        more = parts[0] in ("exploitability", "comparison") if file == "validation" else parts[0] not in REPEATED
        if len(parts) == 2 and more:
            numbers[name] = [number[0]]
    return {name: [float(x) for x in values] for name, values in numbers.items()}


def check_case(expected, found, tolerance):
    """Numbers that differ by more than the tolerance, relative to the first of their entry, or to SMALL."""
    wrong = [f"{entry} is missing" for entry in expected if entry not in found]
    for entry, values in expected.items():
        for old, new in zip(values, found.get(entry, [])):
            if not abs(new - old) <= tolerance * max(abs(values[0]), SMALL):
                wrong.append(f"{entry} = {new!r}, not {old!r}")
    return wrong


def check(program, file, cases, tolerance, jobs):
    expected = json.loads(file.read_text())
    failures = 0
    with tempfile.TemporaryDirectory() as scratch:
        failures += record(program, cases, Path(scratch), 1, jobs)
        for case in cases:
            if not (Path(scratch) / case.name / "history.csv").exists():
                continue
            if case.name not in expected:
                wrong = [f"is not in {file}: see `digest`"]
            else:
                wrong = check_case(expected[case.name], summary(Path(scratch) / case.name), tolerance)
            failures += bool(wrong)
            for text in wrong:
                print(f"FAILED: {case.name}: {text}")
    print(f"{len(cases)} cases, {failures} failures")
    return failures or not cases


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, places in {"record": ["directory"], "compare": ["old", "new"], "digest": ["directory"], "check": ["file"],
                         "list": []}.items():
        command = commands.add_parser(name)
        for place in places:
            command.add_argument(place, type=Path)
        if name in ("record", "compare", "check"):
            command.add_argument("cases", nargs="*", help="only these (all)")
        if name in ("record", "check"):
            command.add_argument("--jobs", type=int, default=1, help="runs at a time (1)")
        if name == "record":
            command.add_argument("--threads", type=int, default=1, help="of each run (1)")
        if name == "compare":
            command.add_argument("--limit", type=float, default=1e-12, help="for parameters and grids (1e-12)")
            command.add_argument("--measures-limit", type=float, default=1e-9, help="for all that follows from them (1e-9)")
        if name == "check":
            command.add_argument("--quick", action="store_true", help="without the slow cases")
            command.add_argument("--tolerance", type=float, default=1e-6, help="of each number (1e-6)")
    options = parser.parse_args()

    if options.command == "compare":
        others = dict.fromkeys(("history", "result", "fields"), options.measures_limit)
        return compare(options.old, options.new, options.cases, {"parameters": options.limit, **others})
    if options.command == "digest":
        runs = sorted(path for path in options.directory.iterdir() if path.is_dir())
        lines = [f"{json.dumps(path.name)}: {json.dumps(summary(path))}" for path in runs]
        print("{\n" + ",\n".join(lines) + "\n}")
        return 0
    program = os.path.abspath(os.environ["MFG"])
    known = all_cases(program)
    if options.command == "list":
        print("\n".join(f"{case.name:34} {case.depth:8} {' '.join(case.arguments)}" for case in known))
        return 0
    unknown = set(options.cases) - {case.name for case in known}
    if unknown:
        parser.error(f"unknown cases: {', '.join(sorted(unknown))}")
    cases = [case for case in known if not options.cases or case.name in options.cases]
    if options.command == "check":
        cases = [case for case in cases if not (options.quick and case.name in SLOW)]
        return check(program, options.file, cases, options.tolerance, options.jobs)
    return record(program, cases, options.directory, options.threads, options.jobs)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
