#!/bin/sh
# `mfg compare` on runs that are made up here: tables, pictures, the page, and one line for what is wrong.
set -u
. "$(dirname "$0")/common/expect.sh"
cd "$scratch" || exit 1

find_python

$python - <<'PYTHON'
import json, os

def run(name, dimension, optimizer, hjb_weight, iterations, gradients, offset, errors=None, **more):
    os.makedirs(name)
    terms = lambda scale: {"transport": 10.25 * scale, "running": 0.0, "terminal": 0.5, "hjb": hjb_weight * 0.125}
    group = lambda scale: {"objective": sum(terms(scale).values()), "terms": terms(scale)}
    result = {"problem": "toy", "method": more.pop("method", "lagrangian"), "optimizer": optimizer, "dimension": dimension,
              "iterations": iterations, "evaluations": 3 * iterations, "gradients": gradients,
              "seconds": 2.0 * iterations, "stop_reason": "iterations", "validation": group(1),
              "validation_fine": group(1.5), "residuals": {"hjb": 1e-6 * dimension}, **more}
    if errors: result["errors"] = errors
    result = {key: value for key, value in result.items() if value is not None}
    json.dump(result, open(f"{name}/result.json", "w"))
    with open(f"{name}/config.ini", "w") as config:
        config.write(f"problem = toy\noptimizer = {optimizer}\nseed = 1\nthreads = {dimension}\n"
                     f"[method]\nhjb_weight = {hjb_weight}\n[training]\niterations = 10\n[{optimizer}]\nrate = 1\n")
    with open(f"{name}/history.csv", "w") as history:
        history.write("iteration,level,seconds,evaluations,gradients,objective,terms.transport,terms.running,terms.hjb,"
                      "validation.objective,validation.terms.transport,validation.terms.running,validation.terms.hjb"
                      + "".join(f",errors.{name}" for name in errors or {}) + "\n")
        for k in range(iterations):
            value = offset + 100 * 0.8**k
            measured = f"{value},10,0,{hjb_weight * value}" if k % 2 == 0 else ",,,"
            measured += "".join(f",{error + 0.9**k}" if k % 2 == 0 else "," for error in (errors or {}).values())
            history.write(f"{k},1,{2 * k},{3 * k},{k * gradients / iterations},{value},10,0,{hjb_weight * value},"
                          f"{measured}\n")

optimum = {"objective": 10.75, "terms": {"transport": 10.0, "terminal": 0.75}}
run("plain", 2, "bfgs", 3, 40, 44, 11, reference=optimum)
run("no <penalty>", 2, "bfgs", 0, 20, 22, 12, reference=optimum)
run("others/adam", 10, "adam", 3, 60, 60, 13, errors={"value": 0.0625})
run("others/plain", 2, "bfgs", 3, 40, 44, 11, errors={"value": 0.125, "density": 0.5}, special={"mass": 0.96875})
on_grid = {"objective": 10.0, "terms": {"transport": 9.25, "running": 0.0, "terminal": 0.75}}
run("solver", 2, "bfgs", 3, 40, 44, 11, validation=None, validation_fine=None, method="eulerian", **on_grid,
    grid={"cells": 64.0, "mass_outside": 1e-5})
noisy = {"objective": 4.0, "terms": {"terminal": 1.0, "hjb": 3.0},
         "standard_error": {"objective": 0.02, "terms": {"terminal": 0.01, "hjb": 0.013}}}
duality = {"gap": 0.0144, "gap_standard_error": 0.0003, "dual": -1.25}
run("equations", 2, "adam", 3, 40, 44, 11, method="galerkin", validation=noisy, validation_fine=None,
    errors={"value": 0.25}, duality=duality, definitions={"residuals": "at random points"})
run("paths", 2, "adam", 3, 40, 44, 11, errors={"value": 0.5}, definitions={"residuals.hjb": "along paths"})
PYTHON

shown() { grep -qF -- "$1" out || fail "no '$1' in: $(cat out)"; }
hidden() { ! grep -qF -- "$1" out || fail "'$1' in: $(cat out)"; }

"$MFG" compare plain/ "no <penalty>" >out 2>err || fail "compare: $(cat err)"
# Names of runs, what differs, and only columns with something in them.
for text in 'no <penalty>' 'method.hjb_weight' 's/iteration' 'HJB' 'exact optimum' 'Residuals' '2.0000' '10.7500'; do
    shown "$text"
done
for text in 'a solver' running seed training.iterations optimizer Errors threads; do hidden "$text"; done
grep -q '^  plain  *10.2500  *0.5000  *0.3750  *11.1250$' out || fail "no row of terms: $(cat out)"
grep -q '^  no <penalty>  *15.3750  *0.5000  *0.0000  *15.8750$' out || fail "no row of finer terms: $(cat out)"
[ "$(awk '/^Objective on fresh/ {on = 1} /^$/ {on = 0} on && /^  / {print length($0)}' out | sort -u | wc -l)" = 1 ] ||
    fail "a table is not aligned: $(cat out)"

# An optimum that not all share is not shown; runs of the same name are told apart.
"$MFG" compare plain others/adam others/plain --format markdown >out 2>err || fail "markdown: $(cat err)"
shown '| others/adam | 10.2500 | 0.5000 | 0.3750 | 11.1250 |'
shown '| others/plain |'
shown '| optimizer | bfgs | adam | bfgs |'
shown '| others/adam | 0.0625 | - |'
shown '| others/plain | 0.1250 | 0.5000 |'
shown '**Special**'
shown '| others/plain | 0.9688 |'
hidden 'exact optimum'
hidden 'rate'

"$MFG" compare plain others/adam --format json >out 2>err || fail "json: $(cat err)"
$python - <<'PYTHON' || fail "the JSON: $(cat out)"
import json
plain, adam = json.load(open("out"))
assert (plain["run"], adam["run"], adam["directory"]) == ("plain", "adam", "others/adam")
assert adam["seconds_per_iteration"] == 2 and adam["validation"]["terms"]["hjb"] == 0.375 and plain["dimension"] == 2
PYTHON

# A solver on a grid has neither samples nor finer steps.
"$MFG" compare plain solver >out 2>err || fail "a solver: $(cat err)"
for text in 'Objective on fresh samples, method lagrangian' 'Objective on the grid, method eulerian' \
    'Objective with finer time steps, method lagrangian' 'mass outside' 64.0000; do
    shown "$text"
done
grep -q '^  solver  *9.2500  *0.7500  *10.0000$' out || fail "no objective of a solver: $(cat out)"

# Different quantities of one name: each method has its own table of terms, and each definition its own column. Numbers
# have their standard errors beside them.
"$MFG" compare paths equations >out 2>err || fail "different quantities: $(cat err)"
for text in 'Objective on fresh samples, method galerkin' 'HJB, along paths' 'HJB, at random points' '0.01440 +- 0.00030' -1.25; do
    shown "$text"
done
hidden 'gap standard error'
grep -q '^  equations  *1.000 +- 0.010  *3.000 +- 0.013  *4.000 +- 0.020$' out || fail "no standard errors: $(cat out)"
grep -q '^  paths  *10.2500  *0.5000  *0.3750  *11.1250$' out || fail "not a table for each method: $(cat out)"
grep -q '^  paths  *2.00e-06  *-$' out || grep -q '^  paths  *2e-06  *-$' out || fail "no own column: $(cat out)"
grep -q '^  equations  *0.2500$' out || fail "errors of one definition stand in one column: $(cat out)"
"$MFG" compare paths equations --output different >out 2>err || fail "pictures of different quantities: $(cat err)"
grep -qF 'objective, galerkin' different/figures/objective.svg || fail "no panel for each method in objective.svg"

# Pictures over iterations, time and evaluations of the gradient, and a page that needs nothing else.
"$MFG" compare plain "no <penalty>" others/adam --output both >out 2>err || fail "--output: $(cat err)"
[ "$(tail -1 out)" = both/comparison.html ] || fail "the page is not named: $(cat out)"
for name in objective terms_iteration terms_seconds terms_gradients errors_iteration errors_seconds errors_gradients; do
    [ "$(head -c 8 "both/figures/$name.png" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ] || fail "$name.png is no PNG"
    grep -q '</svg>' "both/figures/$name.svg" || fail "$name.svg is no SVG"
done
for text in 'no &lt;penalty' adam 'gradient evaluations' 'wall time in seconds'; do
    grep -qF -- "$text" both/figures/objective.svg || fail "no '$text' in objective.svg"
done
# The legend stands once, however many panels; a term that is zero for all is not drawn.
[ "$(grep -c '>adam<' both/figures/terms_iteration.svg)" = 1 ] || fail "not one legend"
! grep -q '>running<' both/figures/terms_iteration.svg || fail "a panel of zeros"
[ "$(ls -A both/figures | wc -l)" = 14 ] || fail "unexpected files: $(ls -A both/figures)"
[ "$(grep -c 'src="data:image/png;base64,' both/comparison.html)" = 7 ] || fail "the page does not hold its pictures"
grep -qF 'no &lt;penalty&gt;' both/comparison.html || fail "no escaped name in the page"
! grep -q -i -E '<script|https?://|<link|src="[^d]|href=' both/comparison.html || fail "the page is not self-contained"

# What was followed during the training: a panel for each measure, a curve for each run that has it.
"$MFG" compare plain others/adam others/plain --output followed >out 2>err || fail "followed measures: $(cat err)"
for name in iteration seconds gradients; do
    [ -s "followed/figures/errors_$name.png" ] || fail "no errors_$name.png"
done
for text in '>value<' '>density<' '>others/adam<' '>others/plain<'; do
    grep -qF -- "$text" followed/figures/errors_seconds.svg || fail "no '$text' in errors_seconds.svg"
done
! grep -qF '>plain<' followed/figures/errors_seconds.svg || fail "a curve of a run that has followed nothing"

expect 2 "usage: mfg compare DIR" compare
expect 2 "format 'pdf' must be one of: text, markdown, json" compare plain others/plain --format pdf
expect 1 "'none' is not the directory of a finished run: it has no result.json" compare plain none
mkdir unfinished
cp plain/history.csv unfinished
expect 1 "'unfinished' is not the directory of a finished run" compare unfinished plain
echo '[1]' >unfinished/result.json
expect 1 "does not hold the result of a run" compare unfinished plain
: >file
expect 1 "file" compare plain others/plain --output file

[ $failures -eq 0 ] || exit 1
