#!/usr/bin/env python3
"""Makes the tables of results in docs/ from several seeds of every experiment.

    tests/benchmarks/tables.py RUNS [--only NAME]... [--cached] [--threads N]   runs what RUNS lacks, writes the tables
    tests/benchmarks/tables.py --check                                          whether pages and table_list.py agree

A table stands in docs/PAGE.md, and in the template docs/PAGE.md.in if there is one, between the lines
`<!-- table: NAME -->` and `<!-- end -->`; table_list.py has its rows and columns. A cell is the mean over the seeds
and, in brackets, the smallest and the largest value. RUNS/EXPERIMENT has the run of seed 1, RUNS/EXPERIMENT-seedK that of
seed K, as for docs/make_page. With --cached nothing is run.

Rows with missing runs stay as they are in the page. A row with a dagger has one seed and an earlier version. A table
with other columns than in the list is replaced when all its runs are there. MFG is the program.
"""
import argparse
import json
import math
import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from table_list import TABLES

TOP = pathlib.Path(__file__).resolve().parents[2]
MFG = os.environ.get("MFG", str(TOP / "build/bin/mfg"))
DAGGER = "\u2020"


def agents_pay(result):
    """What agents who follow the learned control pay, in fine time steps, with control variates if there are any."""
    if "costs" in result:
        return result["costs"]["sum"]
    fine = result["validation_fine"]
    terms = fine.get("controlled", fine)["terms"]
    return sum(terms.get(term, 0) for term in ("transport", "running", "terminal"))


def in_gradients(result):
    """The time of the training in gradients of its last sample size."""
    return result["seconds"] / result["made_by"]["gradient_seconds"]


DERIVED = {"agents_pay": agents_pay, "in_gradients": in_gradients}


def look_up(result, path):
    """The number at GROUP.NAME, whose names may have dots; None if it is not there."""
    if path in DERIVED:
        return DERIVED[path](result)
    if not isinstance(result, dict):
        return None
    if path in result:
        return result[path] if isinstance(result[path], (int, float)) else None
    places = [i for i, character in enumerate(path) if character == "."]
    return next((look_up(result[path[:i]], path[i + 1:]) for i in places if path[:i] in result), None)


def number(value, style):
    if style == "count":
        return f"{value:.0f}"
    if style in ("cost", "fine"):
        return f"{value:.{2 if style == 'cost' else 4}f}" if abs(value) < 1e4 else f"{value:.3g}"
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if 0.01 <= abs(value) < 100:
        return f"{value:#.2g}".rstrip(".")
    return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e")


def cell(values, style):
    if any(value is None for value in values):
        return "-"
    mean, least, most = (number(value, style) for value in (sum(values) / len(values), min(values), max(values)))
    return mean if least == most else f"{mean} ({least} to {most})"


def folder(runs, row, seed):
    name = re.sub(r"[^A-Za-z0-9_]+", "_", row.folder or row.name)
    return runs / (name if seed == 1 else f"{name}-seed{seed}")


def gradient_seconds(words):
    """The time of one gradient of the same sample; that does not depend on the optimizer."""
    options = [word for before, word in zip(["", *words], words)
               if not word.startswith("--optimizer") and not before.startswith("--optimizer")]
    timing = subprocess.run([MFG, "benchmark", *options, "--optimizer", "adam"], capture_output=True, text=True, check=True)
    return json.loads(timing.stdout)["gradient_seconds"]


def run(runs, row, seed, threads):
    """Solves a row's experiment, and keeps beside the result what made it."""
    path = folder(runs, row, seed)
    print(f"tables.py: {path.name}", file=sys.stderr, flush=True)
    words = [*(row.words or [row.name]), "--seed", str(seed), "--threads", str(threads)]
    subprocess.run([MFG, "solve", *words, "--quiet", "--pictures", "no", "--output", str(path)], check=True,
                   stdout=subprocess.DEVNULL)
    describe = ["git", "-C", str(TOP), "rev-parse", "--short", "HEAD"]
    processor = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    made_by = {"commit": subprocess.run(describe, capture_output=True, text=True).stdout.strip(),
               "processor": processor.group(1) if processor else "unknown"}
    if row.timed:
        made_by["gradient_seconds"] = gradient_seconds(words)
    (path / "made_by.json").write_text(json.dumps(made_by))


def read(path):
    """A finished run's result, with its maker; None if it is not there."""
    if not (path / "result.json").exists():
        return None
    result = json.loads((path / "result.json").read_text())
    maker = path / "made_by.json"
    unknown = {"commit": "unknown", "processor": "unknown"}
    result["made_by"] = json.loads(maker.read_text()) if maker.exists() else unknown
    return result


def heading(table):
    names = [table.first] + [column.heading for column in table.columns]
    return ["| " + " | ".join(names) + " |", "|---" + "|---:" * len(table.columns) + "|"]


def label(row):
    return f"`{row.name}`" if row.words is None else row.name


def blocks(text):
    """Name and lines of every table in a page."""
    found = re.findall(r"^<!-- table: (.*?) -->\n(.*?)^<!-- end -->$", text, re.MULTILINE | re.DOTALL)
    return {name: body.strip("\n").split("\n") for name, body in found}


def make(table, runs, old):
    """The lines of a table, given those in the page, and the rows that are not new."""
    top = heading(table)
    same_columns = old[:1] == top[:1]
    kept = {line.split(" | ")[0].strip("| ").rstrip(" " + DAGGER): line for line in old[2:] if line.startswith("|")}
    lines, made, missing, seeds = [], [], [], set()
    for row in table.rows:
        found = [read(folder(runs, row, seed)) for seed in range(1, row.seeds + 1)]
        if None in found:
            missing.append(row.name)
            if label(row) in kept:
                lines.append(kept[label(row)])
                seeds |= set() if DAGGER in lines[-1] else {row.seeds}
            continue
        cells = [cell([look_up(result, column.measure) for result in found], column.style) for column in table.columns]
        lines.append("| " + " | ".join([label(row), *cells]) + " |")
        made += [result["made_by"] for result in found]
        seeds.add(row.seeds)
    if missing and (not same_columns or not made):
        return old, missing
    commits, processors = {m["commit"] for m in made}, {m["processor"] for m in made}
    earlier = re.search(r"; commit (.*?); (.*?)\.(?: |$)", old[-1])
    if earlier and any(DAGGER not in line for line in lines if line in old):
        commits |= set(earlier.group(1).split(", "))
        processors |= set(earlier.group(2).split(", "))
    of_seeds = "One seed" if seeds == {1} else f"Mean and range over {' or '.join(map(str, sorted(seeds)))} seeds"
    text = f"{of_seeds}; commit {', '.join(sorted(commits))}; "
    text += f"{', '.join(sorted(processors))}."
    if any(DAGGER in line for line in lines):
        text += f" {DAGGER} one seed, an earlier version."
    return [*top, *lines, "", text], missing


def pages(table):
    return [path for path in (TOP / f"docs/{table.page}.md.in", TOP / f"docs/{table.page}.md") if path.exists()]


def replace(path, name, lines):
    text = path.read_text()
    begin = f"<!-- table: {name} -->\n"
    at = text.index(begin) + len(begin)
    path.write_text(text[:at] + "\n" + "\n".join(lines) + "\n\n" + text[text.index("<!-- end -->", at):])


def check():
    """What is wrong with the markers."""
    wrong = []
    for path in sorted([*TOP.glob("docs/*.md"), *TOP.glob("docs/*.md.in")]):
        text = path.read_text()
        found = blocks(text)
        if not len(found) == text.count("<!-- table: ") == text.count("<!-- end -->"):
            wrong.append(f"{path}: markers do not come in pairs, or a name comes twice")
        page = path.name.split(".")[0]
        for name in found:
            if name not in TABLES or TABLES[name].page != page:
                wrong.append(f"{path}: table '{name}' is not in table_list.py for this page")
    for name, table in TABLES.items():
        tables = [blocks(path.read_text()).get(name) for path in pages(table)]
        if None in tables or not tables:
            wrong.append(f"docs/{table.page}.md: no table '{name}'")
        elif tables[0] != tables[-1]:
            wrong.append(f"docs/{table.page}.md and its template differ in table '{name}'")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="?", type=pathlib.Path, metavar="RUNS")
    parser.add_argument("--only", action="append", choices=list(TABLES), metavar="NAME")
    parser.add_argument("--cached", action="store_true")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    if arguments.check:
        sys.exit("\n".join(check()) or 0)
    if arguments.runs is None:
        parser.error("the folder of the runs is missing")
    for name in arguments.only or TABLES:
        table = TABLES[name]
        for row in table.rows if not arguments.cached else []:
            for seed in range(1, row.seeds + 1):
                if read(folder(arguments.runs, row, seed)) is None:
                    run(arguments.runs, row, seed, arguments.threads)
        lines, missing = make(table, arguments.runs, blocks(pages(table)[-1].read_text())[name])
        for path in pages(table):
            replace(path, name, lines)
        if missing:
            print(f"table {name}: no new rows for {', '.join(missing)}")


if __name__ == "__main__":
    main()
