#!/bin/sh
# Completion in bash: what the function offers for command lines as bash takes them apart.
[ -n "${in_bash:-}" ] || in_bash=1 exec bash "$0"
set -u
. "$(dirname "$0")/common/expect.sh"
. "$(dirname "$MFG")/../share/bash-completion/completions/mfg" || exit 1
complete -p mfg | grep -q -- '-F _mfg' || fail "no function completes mfg"

# completions WORD...: sets COMPREPLY for the command line 'mfg WORD...', whose last word is to be completed.
completions() {
    line="$*"
    COMP_WORDS=("$MFG" "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _mfg
}

# offers WORDS: all of these are offered.
offers() {
    for word in "$@"; do
        printf '%s\n' "${COMPREPLY[@]}" | grep -qxF -- "$word" ||
            fail "mfg $line<TAB>: no '$word' in: ${COMPREPLY[*]}"
    done
}

# offers_only WORDS: exactly these are offered.
offers_only() {
    offers "$@"
    [ "${#COMPREPLY[@]}" -eq $# ] || fail "mfg $line<TAB>: more than '$*': ${COMPREPLY[*]}"
}

offers_nothing() {
    [ "${#COMPREPLY[@]}" -eq 0 ] || fail "mfg $line<TAB>: ${COMPREPLY[*]}"
}

# Commands, as many as the help shows.
completions ''
offers $("$MFG" --help | awk '/^  [a-z]+  /{print $1}') help
! printf '%s\n' "${COMPREPLY[@]}" | grep -qx complete || fail "the command for shells is offered to people"
completions so
offers_only solve
completions help des
offers_only describe
completions no_such_command ''
offers_nothing

# Experiments and plugins.
completions solve ''
offers ode optimal_transport_2d_grid
[ "${#COMPREPLY[@]}" -eq "$("$MFG" list experiments | grep -c '^  [a-z]')" ] || fail "not all experiments: ${COMPREPLY[*]}"
completions benchmark ergodic_log_10d_h
offers_only ergodic_log_10d_hard
completions solve ode ''
offers_nothing
completions solve --problem o
offers_only obstacle_swarm ode optimal_transport
completions solve --problem = ergodic_s
offers_only ergodic_square
completions solve --optimizer adam,lb
offers_only adam,lbfgs
completions solve ode --density_network ml
offers_only mlp
completions describe ''
offers problem method network integrator optimizer training run
completions describe integrator e
offers_only euler
completions check optimizer ad
offers adam adamw
completions new ''
offers problem
completions new problem ''
offers_nothing
completions list exp
offers_only experiments

# Options: of the program, and of the plugins that the line, the experiment or the problem chooses.
completions solve --
offers --problem --problem. --network. --training. --output --seed --quiet --plugin-path
completions solve --problem ode --prob
offers_only --problem --problem.
completions solve --problem ode --problem.
offers_only --problem.end --problem.start_value
completions solve ode --network.wid
offers_only --network.width
completions solve --problem optimal_transport --network.r
offers_only --network.rank
completions solve --problem optimal_transport --network mlp --network.r
offers_nothing
completions solve ergodic_log_10d --density
offers_only --density_network --density_network.
completions solve ergodic_log_4d_adversarial --value
offers_only --value_optimizer --value_optimizer.
completions solve ergodic_log_4d_adversarial --value_optimizer.bet
offers_only --value_optimizer.beta1 --value_optimizer.beta2
completions solve ergodic_log_10d --density_network.wid
offers_only --density_network.width
completions solve --training.time
offers_only --training.time_limit
completions solve --optimizer.momen
offers --optimizer.momentum
completions benchmark ode --see
offers_only --seed
completions check network mlp --net
offers_only --network.
completions check network mlp --network.l
offers_only --network.layers
completions compare --f
offers_only --format
completions resume --t
offers_only --threads --training.time_limit

# Values.
completions compare --format m
offers_only markdown
completions solve --method lagrangian --method.trace ''
offers_only exact hutchinson
completions solve --network mlp --network.activation = s
offers sin softplus swish
completions solve --optimizer sgd --optimizer.nesterov t
offers_only true
completions solve --seed ''
offers_nothing

# Directories of runs, and what leads to them.
cd "$scratch" && mkdir -p runs/one runs/two other/deep && touch runs/one/config.ini runs/two/config.ini file.npy
completions report ''
offers_only runs
completions report runs/
offers_only runs/one runs/two
completions compare runs/one runs/t
offers_only runs/two
completions report oth
offers_only other
completions evaluate runs/one --points f
offers_only file.npy
completions solve --output o
offers_only other
completions solve runs/one/c
offers_only runs/one/config.ini

# A program elsewhere, and plugins of one's own.
mkdir plugins && cp "$MFG_FAULTY_PLUGINS/problem_wrong_drift.so" plugins
completions solve --plugin-path plugins --problem wrong
offers_only wrong_drift

[ "$failures" -eq 0 ]
