#!/bin/sh
# Every shipped experiment is put together and evaluated once, on a small sample or a coarse grid; and the obstacles of
# a crowd come from a file.
set -u
. "$(dirname "$0")/common/expect.sh"

# evaluates EXPERIMENT [OPTION...]
evaluates() {
    "$MFG" benchmark "$@" --training.samples 16,16 --training.iterations 1,1 >"$scratch/out" 2>"$scratch/err" ||
        fail "mfg benchmark $*: $(cat "$scratch/err")"
    awk -F '[:,]' '/"gradient_seconds"/ && $2 > 0 {found = 1} END {exit !found}' "$scratch/out" ||
        fail "mfg benchmark $*: no time in: $(cat "$scratch/out")"
}

# solves_on_grid EXPERIMENT: nothing is sampled there, so that it is solved, on a coarse grid.
solves_on_grid() {
    "$MFG" solve "$1" --method.cells 8 --method.time_intervals 4 --method.levels 1 --method.iterations 2 --quiet \
        --output "$scratch/$1" >"$scratch/out" 2>"$scratch/err" || fail "mfg solve $1: $(cat "$scratch/err")"
    awk -F '[:,]' '/"objective"/ && $2 ~ /^ -?[0-9]/ && $2 != 0 {found = 1} END {exit !found}' "$scratch/$1/result.json" ||
        fail "mfg solve $1: no objective in: $(cat "$scratch/$1/result.json")"
}

count=0
for name in $("$MFG" list experiments | awk '/^  [a-z]/ {print $1}'); do
    count=$((count + 1))
    case $name in
    *_grid) solves_on_grid "$name" ;;
    obstacle_swarm_*d | mean_attraction_*d) evaluates "$name" --method.agents 16 ;;
    *) evaluates "$name" ;;
    esac
done
[ "$count" -ge 32 ] || fail "only $count experiments are listed"

# A number of samples is enough for a timing, whatever the levels of the experiment; a training needs both.
"$MFG" benchmark crowd_motion_2d --training.samples 24 >"$scratch/out" 2>"$scratch/err" ||
    fail "samples of a timing: $(cat "$scratch/err")"
grep -q '"samples": 24,' "$scratch/out" || fail "not 24 samples: $(cat "$scratch/out")"
expect 1 "training: samples and iterations need one entry a level each; there are 1 and 2" \
    solve crowd_motion_2d --training.samples 24
expect 1 "option training.samples = 0: entry 0 must be >= 1" benchmark crowd_motion_2d --training.samples 0

file=$scratch/obstacles.json
echo '{"boxes": [{"height": 8, "low": [-1, -0.5], "high": [1, 0.5], "edge": 0.2}]}' >"$file"
evaluates crowd_motion_2d --problem.obstacles "$file" --problem.interaction_weight 1
echo '{"boxes": [{"height": 8, "low": [-1, -0.5, 0], "high": [1, 0.5, 1], "edge": 0.2}]}' >"$file"
expect 1 "has 3 coordinates; the space has 2" benchmark crowd_motion_2d --problem.obstacles "$file"
# The run remembers where the file is, not how it was named.
(cd "$scratch" && echo '{"bumps": []}' >none.json &&
    "$MFG" solve crowd_motion_2d --problem.obstacles none.json --training.samples 16,16 --training.iterations 1,0 --quiet \
        --output named) >"$scratch/out" 2>"$scratch/err" || fail "a relative file: $(cat "$scratch/err")"
grep -q "^obstacles = /.*/none.json$" "$scratch/named/config.ini" || fail "the file's absolute name is not in config.ini"
expect 1 "no_such_file" benchmark crowd_motion_2d --problem.obstacles no_such_file

[ "$failures" -eq 0 ]
