#!/bin/sh
# `mfg check` passes what is shipped, and finds the fault in each of the plugins that have one. MFG_FAULTY_PLUGINS is
# where these are.
set -u
. "$(dirname "$0")/common/expect.sh"

# passes KIND NAME [OPTION...]
passes() {
    "$MFG" check "$@" >"$scratch/out" 2>"$scratch/err" || fail "mfg check $*: $(cat "$scratch/err")"
    grep -q '^all [0-9]* checks passed$' "$scratch/out" || fail "mfg check $*: no closing line"
    grep -q '^ok ' "$scratch/out" || fail "mfg check $*: no check"
    # What was checked and what was measured stand apart from each other.
    awk '/^ok|^FAILED/ && !/[^ ]  +[^ ].*[^ ]  +[^ ]/ {bad = 1} END {exit bad}' "$scratch/out" ||
        fail "mfg check $*: a line without a measured value: $(cat "$scratch/out")"
    [ ! -s "$scratch/err" ] || fail "mfg check $*: something on stderr"
}

# finds FAULT KIND NAME: exit code 1, one line on stderr with the counts, and a line FAILED that matches FAULT.
finds() {
    fault=$1
    shift
    "$MFG" check "$@" --plugin-path "$MFG_FAULTY_PLUGINS" >"$scratch/out" 2>"$scratch/err"
    code=$?
    [ "$code" -eq 1 ] || fail "mfg check $*: exit code $code, not 1"
    grep -qE "^FAILED +$fault" "$scratch/out" || fail "mfg check $*: no '$fault' in: $(cat "$scratch/out")"
    grep -qE "^mfg: $1 '.*': [0-9]+ of [0-9]+ checks failed\$" "$scratch/err" ||
        fail "mfg check $*: $(cat "$scratch/err")"
    [ "$(wc -l <"$scratch/err")" -eq 1 ] || fail "mfg check $*: not one line on stderr"
}

# at_most NUMBER: that many checks failed in the last run: the fault is named, the rest is not blamed.
at_most() {
    failed=$(grep -c '^FAILED' "$scratch/out")
    [ "$failed" -le "$1" ] || fail "$failed checks failed, not $1 at most: $(grep '^FAILED' "$scratch/out")"
}

finds "exact solution: Hamilton-Jacobi-Bellman" problem wrong_drift
at_most 2
finds "terminal cost: derivatives in x, .* coordinate 1, sample " problem wrong_gradient
at_most 1
finds "Hamiltonian: its second derivatives" problem wrong_form
finds "Hamiltonian: the divergence" problem wrong_form
finds "running cost +thrown: the table is empty" problem throws
at_most 1
grep -q "^ok .*terminal cost" "$scratch/out" || fail "what follows a check that throws is not checked"
finds "the defaults compose a run .*problem 'misspelt_default': its default method.time_stepz: unknown option 'time_stepz' of method; did you mean 'time_steps'" \
    problem misspelt_default
at_most 1
finds "the Laplacian is that of the value .* with time" network wrong_laplacian
finds "order, forward .* observed" integrator wrong_tableau
finds "the error of a step falls .* power 0" integrator wrong_pair
at_most 1
finds "goes on in a new object" optimizer forgets
! grep -q "^FAILED.*decreases" "$scratch/out" || fail "an optimizer that decreases is said not to"
finds "derivatives in the parameters .* in random direction" method wrong_gradient
! grep -q "^FAILED.*samples" "$scratch/out" || fail "samples are blamed for a gradient"
finds "samples follow from the stream alone .* drawn again" method hidden_counter

passes problem gaussian_transport --problem.dimension 1
passes problem ode
passes network mlp --network.width 4
passes integrator heun
passes optimizer sgd
passes method lagrangian --method.hjb_weight 1
passes method eulerian
passes integrator "$(dirname "$MFG")/../lib/mfg/plugins/integrator_euler.so"
"$MFG" check problem gaussian_transport >"$scratch/out" || fail "problem gaussian_transport"
for d in 2 3 10; do grep -qx "dimension $d" "$scratch/out" || fail "gaussian_transport is not checked in dimension $d"; done

expect 1 "no network 'mlpp'; did you mean 'mlp'?" check network mlpp
expect 1 "network 'mlp': option width = 0: entry 0 must be" check network mlp --network.width 0
expect 1 "unknown option 'widht'; did you mean 'width'?" check network mlp --network.widht 3
expect 2 "option '--problem.dimension' is none of a network" check network mlp --problem.dimension 3
expect 2 "'colour' is not a kind of plugin" check colour red
expect 2 "unknown option '--seed'" check network mlp --seed 1
expect 2 "usage: mfg check KIND [NAME]" check network
expect 1 "no such file" check network ./none.so

[ "$failures" -eq 0 ]
