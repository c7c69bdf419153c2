#!/bin/sh
# Every method that can, on one game with an exact solution: agents attracted to their mean, from a Gaussian, in ten
# dimensions, without and with noise; tables for docs/minmax.md. Usage: methods.sh. Takes three minutes.
set -eu
mfg=${MFG:-$(dirname "$0")/../../build/bin/mfg}
runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT

# row NAME OPTIONS...: solves the game.
row() {
    name=$1
    shift
    echo "methods.sh: $game, $name" >&2
    "$mfg" solve --problem mean_attraction --problem.initial normal $options --quiet --output "$runs/$game/$name" "$@" \
        >/dev/null
}

adam="--optimizer adam --training.resample_every 1 --optimizer.schedule cosine"
players="$adam --optimizer.beta1 0.5 --optimizer.beta2 0.9 --network.width 32 --network.layers 2 --training.average 0.998"
for game in "without noise" "with noise"; do
    options="--problem.dimension 10"
    case $game in
    without*)
        options="$options --problem.noise 0"
        row "lagrangian, resnet" --method lagrangian --network resnet --integrator rk4 --optimizer bfgs \
            --method.time_steps 4 --training.samples 1024 --training.iterations 200
        path="--method.path_weight 1"
        slower=5e-3
        ;;
    *)
        path=
        slower=5e-4
        ;;
    esac
    row "galerkin, value alone, resnet" --method galerkin --method.density none --method.conditions terminal \
        --method.sampling density --network resnet --optimizer lbfgs --training.samples 1024 \
        --training.iterations 200 --training.resample_every 50
    row "galerkin, value and density, resnet" --method galerkin --method.density log --method.density_base gaussian \
        --method.standardise yes --network resnet --optimizer lbfgs --training.samples 2048 \
        --training.iterations 300 --training.resample_every 50
    row "adversarial, residuals in turn, resnet" --method adversarial --method.objective residuals \
        --method.standardise yes --network resnet --optimizer lbfgs --method.value_steps 10 --method.density_steps 10 \
        --training.samples 2048 --training.iterations 60 --training.resample_every 5
    row "apac_net, mlp" --method apac_net --network mlp $players --method.hjb_weight 0.3 $path \
        --optimizer.learning_rate 5e-3 --population_optimizer.learning_rate $slower --training.samples 512 \
        --training.iterations 4000 --training.validate_every 1000
done

python3 - "$runs" <<'PYTHON'
import json, os, sys

runs = sys.argv[1]
for game in ["without noise", "with noise"]:
    print(f"*{game.capitalize()}*\n")
    print("| method | value | gradient | cost | seconds |")
    print("|---|---|---|---|---|")
    names = sorted(os.listdir(f"{runs}/{game}"), key=lambda n: os.path.getmtime(f"{runs}/{game}/{n}/result.json"))
    for name in names:
        result = json.load(open(f"{runs}/{game}/{name}/result.json"))
        errors = result["errors"]
        if "costs" in result:
            cost = result["costs"]["sum"]
        else:
            terms = result["validation_fine"]["terms"]
            cost = terms["transport"] + terms["running"] + terms["terminal"]
        print(f"| {name} | {errors['value']:.1e} | {errors['gradient']:.1e} | {cost:.4f} | {result['seconds']:.0f} |")
    print()
PYTHON
