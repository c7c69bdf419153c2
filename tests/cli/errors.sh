#!/bin/sh
# Exit codes and one-line messages of everything that needs no training. MFG is the program.
set -u
. "$(dirname "$0")/common/expect.sh"

# shows TEXT ARGUMENTS...: exit code 0, TEXT in the output, nothing on stderr.
shows() {
    text=$1
    shift
    "$MFG" "$@" >"$scratch/out" 2>"$scratch/err" || fail "mfg $*: exit code $?: $(cat "$scratch/err")"
    grep -qF -- "$text" "$scratch/out" || fail "mfg $*: no '$text' in: $(cat "$scratch/out")"
    [ ! -s "$scratch/err" ] || fail "mfg $*: something on stderr: $(cat "$scratch/err")"
}

# fits LINES COLUMNS ARGUMENTS...: the help fits a screen.
fits() {
    lines=$1
    columns=$2
    shift 2
    shows mfg "$@"
    [ "$(wc -l <"$scratch/out")" -le "$lines" ] || fail "mfg $*: more than $lines lines"
    [ "$(wc -L <"$scratch/out")" -le "$columns" ] || fail "mfg $*: more than $columns columns"
}

# The program itself.
fits 24 80 --help
fits 24 80 help
shows 'mfg 0.' --version
commands=$("$MFG" --help | awk '/^  [a-z]+  /{print $1}')
[ "$(echo "$commands" | wc -w)" -ge 11 ] || fail "only these commands are in the help: $commands"
for command in $commands; do
    fits 40 100 help "$command"
    fits 40 100 "$command" --help
    head -n 1 "$scratch/out" | grep -q "^mfg $command" || fail "mfg help $command does not start with the usage"
done
expect 2 "no command is given"
expect 2 "unknown command 'slove'; did you mean 'solve'?" slove
expect 2 "unknown command 'slove'" help slove
expect 2 "unknown command '--problem'" --problem x
if [ -w /dev/full ]; then
    "$MFG" --help >/dev/full 2>"$scratch/err"
    [ $? -eq 1 ] || fail "output that cannot be written is no error"
fi

# list
for group in problem problems method network integrators optimizer experiments; do
    shows "${group%s}s" list $group
done
shows optimizers list
shows "a plugin with nothing wrong" list problems --plugin-path "$MFG_BAD_PLUGINS"
grep -q "wrong_abi .*cannot be used: .*Rebuild the plugin" "$scratch/out" || fail "a broken plugin is not listed"
grep -qF "$MFG_BAD_PLUGINS/problem_good.so" "$scratch/out" || fail "no path of a plugin from elsewhere"
expect 2 "cannot list 'colours'; known: problems" list colours
expect 2 "unexpected argument 'networks'" list problems networks
expect 2 "unknown option '--plugin-paht'; did you mean '--plugin-path'?" list --plugin-paht x
expect 2 "--plugin-path" list --plugin-path
expect 1 "plugin path '$scratch/none' is not a directory" list --plugin-path "$scratch/none"

# describe
MFG_PLUGIN_PATH=$MFG_BAD_PLUGINS
export MFG_PLUGIN_PATH
shows "--problem.depth real" describe problem good
shows "default 1; >= 0" describe problem good
shows "| \`--problem.depth\` | real | \`1\` | >= 0 | height of the barrier |" describe problem good --format markdown
shows '"default": "1"' describe problem good --format json
shows "problem 'good'" describe problem "$MFG_BAD_PLUGINS/problem_good.so"
expect 2 "usage: mfg describe [KIND" describe problem
expect 2 "unexpected argument 'more'" describe problem good more
expect 2 "'colour' is not a kind of plugin; known: problem" describe colour red
expect 2 "format 'pdf' must be one of: text, markdown, json" describe problem good --format pdf
expect 1 "no problem 'goood'; did you mean 'good'?" describe problem goood
expect 1 "looked in: $MFG_BAD_PLUGINS" describe problem nothing_like_this
expect 1 "no such file" describe problem ./none.so
expect 1 "file too short" describe problem no_library
expect 1 "undefined symbol" describe problem undefined_symbol
expect 1 "no symbol mfg_plugin_v1" describe problem no_symbol
expect 1 "Rebuild the plugin against this installation." describe problem wrong_abi
expect 1 "Rebuild the plugin against this installation." describe problem wrong_api
expect 1 "Rebuild the plugin against this installation." describe problem short_struct
expect 1 "it is of kind 'optimizer', not 'problem'" describe problem wrong_kind
expect 1 "it calls itself 'another'" describe problem other_name
expect 1 "must be >= 0" describe problem bad_default

# solve: the command line
expect 2 "no problem is chosen; give --problem NAME" solve
expect 2 "unknown option '--sed'; did you mean '--seed'?" solve --sed 1
expect 2 "unknown option '--prob'" solve --prob good
expect 2 "--seed" solve --seed
expect 2 "option '--seed' needs a value" solve --seed --quiet
expect 2 "option 'seed' is given twice" solve --seed 1 --seed 2
expect 2 "unexpected argument 'b.ini'" solve a.ini b.ini
expect 2 "unexpected argument '-1'" solve a.ini -1
expect 1 "option seed = x must be an integer" solve --seed x
expect 1 "option threads = -1 must be >= 0" solve --threads -1
expect 1 "no problem 'goood'; did you mean 'good'?" solve --problem goood
expect 1 "problem 'good': option depth = -1 must be >= 0" solve --problem good --problem.depth -1
expect 1 "problem 'good': unknown option 'depht'; did you mean 'depth'?" solve --problem good --problem.depht 1
expect 1 "problem 'throws_std': the well is dry" solve --problem throws_std
expect 1 "problem 'throws_other': " solve --problem throws_other

# solve: a default of the problem that nobody knows, unless the user chooses another method
expect 1 "problem 'misspelt_default': its default method.time_stepz: unknown option 'time_stepz' of method; did you mean 'time_steps'?" \
    solve --problem misspelt_default --plugin-path "$MFG_FAULTY_PLUGINS"
expect 1 "its default method.time_stepz" \
    solve --problem misspelt_default --plugin-path "$MFG_FAULTY_PLUGINS" --network mlp --dry-run
shows "method = galerkin" solve --problem misspelt_default --plugin-path "$MFG_FAULTY_PLUGINS" --method galerkin --dry-run

# solve: what a method cannot solve
expect 1 "the initial law of the problem has no density; use --method.density none" \
    solve --problem mean_attraction --method.density log
expect 1 "the costs of the problem depend on the density" solve --problem linear_quadratic --method.density none
expect 1 "a game without an end needs its density" solve --problem ergodic_log --method.density none
expect 1 "use the method lagrangian" solve --problem swarm --method galerkin --method.density none
expect 1 "the initial law of the problem has no density" \
    solve --problem mean_attraction --problem.noise 0 --method lagrangian --integrator rk4
expect 1 "an initial law without a density" solve --problem mean_attraction --problem.noise 0 \
    --problem.attraction 0 --method eulerian
expect 1 "agents = 1 must be >= 2" solve --problem mean_attraction --method apac_net --method.agents 1
expect 2 "'speaker_optimizer' is given, but this run uses none" solve --problem mean_attraction --method apac_net --network mlp --optimizer adam \
    --speaker_optimizer adam

# solve: files
expect 1 "no experiment 'no_such_experiment'" solve no_such_experiment
expect 1 "'none.ini' does not exist" solve none.ini
expect 1 "is a directory" solve "$scratch/"
: >"$scratch/empty.ini"
expect 1 "has no settings" solve "$scratch/empty.ini"
cp "$MFG" "$scratch/binary.ini"
expect 1 "configuration file" solve "$scratch/binary.ini"
printf 'a\000b = 1\n' >"$scratch/zero.ini"
expect 1 "is not a text file" solve "$scratch/zero.ini"
echo "problem" >"$scratch/line.ini"
expect 1 "invalid line 'problem'; expected 'name = value' or '[section]'" solve "$scratch/line.ini"
echo "problme = good" >"$scratch/name.ini"
expect 1 "unknown name 'problme'; did you mean 'problem'?" solve "$scratch/name.ini"
printf 'problem = good\n[problem]\ndepth = -1\n' >"$scratch/value.ini"
expect 1 "problem 'good': option depth = -1 must be >= 0" solve "$scratch/value.ini"
if [ "$(id -u)" -ne 0 ]; then
    echo "problem = good" >"$scratch/locked.ini"
    chmod 000 "$scratch/locked.ini"
    expect 1 "cannot be read" solve "$scratch/locked.ini"
fi

[ "$failures" -eq 0 ] && echo "all as expected"
exit "$((failures > 0))"
