#!/bin/sh
# What leaves the finite numbers, is empty, or far too large: one line, exit code 1, and what was good before is kept.
# MFG is the program.
set -u
. "$(dirname "$0")/common/memory.sh"
. "$(dirname "$0")/common/expect.sh"
cd "$scratch" || exit 1

find_python
finite() { $python -c 'import numpy, sys; assert numpy.isfinite(numpy.load(sys.argv[1])).all()' "$1" || fail "$1 is not finite"; }
# works ARGUMENTS...: exit code 0 and nothing on stderr.
works() {
    "$MFG" "$@" >out 2>err || fail "mfg $*: exit code $?: $(cat err)"
    [ ! -s err ] || fail "mfg $*: something on stderr: $(cat err)"
}

# A cost that is not finite from some evaluation on: the last finite checkpoint stays, and the parameters are finite.
one="--quiet --threads 1"
faulty="--problem not_finite --plugin-path $MFG_BAD_PLUGINS $one"
# The problem has costs, not residuals, which gauss_newton needs.
for optimizer in $("$MFG" list optimizer | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
    for fault in nan infinity gradient; do
        run=${optimizer}_$fault
        expect 1 "is not finite at iteration" solve $faulty --problem.fault $fault --problem.after 17 \
            --optimizer "$optimizer" --output "$run"
        finite "$run/parameters.npy"
        [ -s "$run/checkpoint/state" ] || fail "$run: the last checkpoint is gone"
        [ ! -e "$run/result.json" ] || fail "$run: a result of a run without one"
    done
    expect 1 "is not finite at iteration 1;" solve $faulty --problem.fault nan --optimizer "$optimizer" --output first
    [ ! -e first/checkpoint ] || fail "$optimizer: a checkpoint although nothing was finite"
    finite first/parameters.npy
    expect 1 "is not finite at iteration 1;" resume first --quiet
done
# The fault comes after as many evaluations of the resumed process again: it gets to the end, as if nothing had been.
longer="$faulty --training.iterations 100 --problem.after 252"
works solve $longer --output whole --problem.fault none
expect 1 "is not finite at iteration 82;" solve $longer --output part --problem.fault nan
works resume part --quiet
cmp whole/parameters.npy part/parameters.npy || fail "resumed after a fault: other parameters"
for run in whole part; do cut -d, -f1,2,4- $run/history.csv >$run.csv; done
cmp whole.csv part.csv || fail "resumed after a fault: another history"
expect 1 "not finite on fresh samples" solve $faulty --problem.fault nan --problem.after 40 --output late
finite late/parameters.npy

# Arrays of a plugin that do not fit: the line says which.
shaped="--problem wrong_shape --plugin-path $MFG_BAD_PLUGINS $one --optimizer adam --output shaped"
paths="$shaped --method lagrangian --integrator rk4 --network mlp"
fields="$shaped --method galerkin --density_network mlp --phi_network mlp"
works solve $paths
rm -rf shaped
for cost in running_cost terminal_cost; do
    expect 1 "a cost must be one number" solve $paths --problem.part $cost
    expect 1 "a cost must be one number" solve $fields --problem.part $cost
done
expect 1 "the drift must have as many features" solve $paths --problem.part drift
expect 1 "the drift must have as many features" solve $fields --problem.part drift
expect 1 "the shape is [2 x 16] and should be [1 x 16]" solve $paths --problem.part log_density
expect 1 "a sample is [7 x 2] and should be [8 x 2]" solve $paths --problem.part sample_count
expect 1 "a sample is [8 x 1] and should be [8 x 2]" solve $paths --problem.part sample_dimension
network=$MFG_FAULTY_PLUGINS/network_wrong_shape.so
expect 1 "only a scalar of order 1 or 2 has a gradient" solve $shaped --method lagrangian --integrator rk4 \
    --network "$network"

# Steps that are far too long.
small="optimal_transport_2d $one --network.width 4 --training.validation_samples 16"
wild="$small --training.samples 16,16 --training.iterations 5,5 --training.checkpoint_every 1i"
expect 1 "is not finite at iteration" solve $wild --optimizer sgd --optimizer.learning_rate 1e6 --output wild
finite wild/parameters.npy
[ -s wild/checkpoint/state ] || fail "the last finite checkpoint is gone"
expect 1 "is not finite at iteration" resume wild --quiet
for optimizer in adam adamw lion rmsprop sgd; do
    expect 1 "is not finite at iteration" solve $wild --optimizer $optimizer --optimizer.learning_rate 1e308 --output far
    finite far/parameters.npy
done

# Laws that are none.
gauss="gaussian_transport_2d $one --network.width 4 --training.samples 16,16 --training.iterations 2,2"
gauss="$gauss --training.validation_samples 16"
for covariance in 0 -1 nan inf 1e400 x; do
    expect 1 "option covariance = $covariance must be" solve $gauss --problem.covariance $covariance --output law
done
expect 1 "target_covariance = 0.3,0: entry 0 must be > 0" solve $gauss --problem.target_covariance 0.3,0 --output law
expect 1 "is not finite" solve $gauss --problem.covariance 1e300 --method.scales none --output law

# No sample, one sample, one dimension.
expect 1 "samples = 0,0: entry 0 must be >= 1" solve $small --training.samples 0,0 --output none
expect 1 "validation_samples = 0 must be >= 1" solve optimal_transport_2d $one --training.validation_samples 0 --output none
works solve optimal_transport_2d $one --network.width 4 --training.samples 1,1 --training.iterations 2,2 \
    --training.validation_samples 1 --output single
finite single/parameters.npy
# Numbers of samples that are no multiple of those that belong together (32 and 16 of them).
for experiment in mean_attraction_2d crowd_trading; do
    for samples in 100 20001; do
        works solve $experiment $one --training.samples $samples --training.validation_samples $samples \
            --training.iterations 1 --output together
        finite together/parameters.npy
        rm -r together
    done
done
# Problems of which the formulas need more say so; the others work.
line="$one --network.width 4 --training.samples 16 --training.iterations 1 --training.validation_samples 16"
for problem in $("$MFG" list problem | sed -n 's/^  \([a-z_]*\) .*/\1/p'); do
    dimension="--problem.dimension 1"
    "$MFG" describe problem "$problem" | grep -q -- '--problem.dimension' || dimension=
    run="solve --problem $problem $dimension $line --output line_$problem"
    case $problem in
        crowd_motion | obstacle_swarm | optimal_transport) expect 1 "option dimension = 1 must be >= 2" $run ;;
        swarm) expect 1 "option dimension = 1 must be >= 3" $run ;;
        *) works $run && finite "line_$problem/parameters.npy" ;;
    esac
    rm -rf "line_$problem"
done

# Files that are no configuration.
: >empty.ini
expect 1 "has no settings" solve empty.ini
printf '\177ELF\000\001\n' >binary.ini
expect 1 "is not a text file" solve binary.ini
mkdir directory.ini
expect 1 "is a directory" solve directory.ini
$python -c 'open("huge.ini", "w").truncate(1 << 30)'
expect 1 "is larger than 1 MiB" solve huge.ini
$python -c 'print("problem =", "x" * 1000000)' >long.ini
expect 1 "no problem 'xxx" solve long.ini

# Arguments as long as the system takes them, in messages that are not.
long=$($python -c 'print("9" * 131000)')
brief() { [ "$(wc -c <"$scratch/err")" -lt 5000 ] || fail "a message of $(wc -c <"$scratch/err") bytes"; }
expect 1 "must be 0, or of a size from 1e-307 to 1e308" solve optimal_transport_2d --problem.radius "$long"
brief
expect 2 "unknown option" solve optimal_transport_2d "--$long" 1
brief
expect 2 "unknown command" "$long"
brief
for command in resume evaluate validate; do
    points=
    [ $command = evaluate ] && points="--points p.npy"
    expect 1 "is not a run directory" $command "$long" $points
    brief
done
expect 1 "cannot create the directory" solve $small --output "$long"
brief
expect 1 "is not a directory" list --plugin-path "$long"
brief
expect 1 "is not a directory" solve $small --plugin-path empty.ini

# More than there is room for.
(
    failures=0
    ulimit -v 3000000 2>/dev/null
    expect 1 "out of memory" solve $small --training.samples 16,16 --training.iterations 1,1 --problem.dimension 10000 \
        --output large
    expect 1 "out of memory" solve optimal_transport_2d_grid $one --method.cells 4096 --method.time_intervals 4096 \
        --output large
    exit $((failures > 0))
) || fail "out of memory"
expect 1 "must be >= 1 and <= 4096" solve optimal_transport_2d $one --network.width 2147483647 --output large
expect 1 "must be >= 1 and <= 4096" solve optimal_transport_2d $one --network.width 2147483648 --output large
expect 1 "must be >= 2 and <= 10000" solve optimal_transport_2d $one --problem.dimension 2147483647 --output large

# Where nothing can be written.
expect 1 "cannot create the directory '/dev/null'" solve $small --output /dev/null
expect 1 "cannot create the directory 'empty.ini/run'" solve $small --output empty.ini/run
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked
    chmod 500 locked
    expect 1 "cannot write 'locked/.lock'" solve $small --output locked
fi

[ $failures -eq 0 ] || exit 1
