#!/bin/sh
# Everything that users do with an installation: it is installed and moved, and plugins of each kind are written, built,
# checked and run against it. BUILD and SOURCE are the trees that it is made of, CMAKE and CXX the programs to use.
set -u
. "$(dirname "$0")/../cli/common/expect.sh"
find_python

# A fixed place, so that ccache knows what it compiled before; with a blank, so that no path is taken for two.
work=$BUILD/tests/consumer/a\ place
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$scratch" "$work"' EXIT
cd "$work" || exit 1
unset MFG_PLUGIN_PATH

# does WHAT COMMAND...: the command succeeds.
does() {
    what=$1
    shift
    "$@" >"$scratch/out" 2>"$scratch/err" || fail "$what: exit code $?: $(tail -n 20 "$scratch/out" "$scratch/err")"
}

# says TEXT COMMAND...: the command succeeds, and TEXT is in what it prints.
says() {
    text=$1
    shift
    does "$*" "$@"
    grep -qF -- "$text" "$scratch/out" || fail "$*: no '$text' in: $(cat "$scratch/out")"
}

# Installed, and moved.
does "installation" "$CMAKE" --install "$BUILD" --prefix "$work/first"
mv first moved || exit 1
root=$work/moved MFG=$work/moved/bin/mfg
for file in lib/libmfg_core.so lib/libmfg_pde.so lib/mfg/plugins/problem_optimal_transport.so lib/cmake/mfg/mfgConfig.cmake \
    share/mfg/manuals/problem_optimal_transport.md share/mfg/experiments/optimal_transport_2d.ini \
    share/mfg/templates/problem.cpp share/mfg/compiler.json include/mfg/problem.hpp; do
    [ -e "$root/$file" ] || fail "$file is not installed"
done
[ -z "$(find "$root" -name '*_impl.hpp')" ] || fail "private headers are installed"
for path in "$BUILD" "$SOURCE"; do
    grep -rlF -- "$path" "$root" >"$scratch/out" && fail "'$path' occurs in: $(cat "$scratch/out")"
done
says "optimal_transport" "$MFG" list
says "--problem.radius" "$MFG" describe problem optimal_transport
short="--training.samples 64,64 --training.iterations 4,4 --training.validation_samples 64 --quiet"
does "a shipped experiment" "$MFG" solve optimal_transport_2d $short --output run
does "its report" "$MFG" report run
[ -s run/report.html ] || fail "no report"

# Headers need nothing but xtensor, and compile without warnings.
strict="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
(cd "$root/include" && find mfg -name '*.hpp') | sed 's/.*/#include <&>/' >headers.cpp
does "all headers" "$CXX" -std=c++17 -fsyntax-only $strict "-I$root/include" headers.cpp

# A problem exactly as `mfg new` says.
CXXFLAGS=$strict
export CXXFLAGS
does "mfg new problem" "$MFG" new problem my_game
sed -n 's/^  //p' "$scratch/out" >commands
[ "$(wc -l <commands)" -eq 5 ] || fail "mfg new does not print five commands: $(cat commands)"
sed -i '$s/$/ --output game/' commands
does "the printed commands" sh -e commands
grep -q '^CMAKE_BUILD_TYPE:.*=Release$' my_game/build/CMakeCache.txt || fail "the standard build is no Release"
says "my_game" "$MFG" list problems --plugin-path my_game/build/lib/mfg/plugins
$python - <<'PYTHON' || fail "the worked problem is far from its exact solution"
import json
errors = json.load(open("game/result.json"))["errors"]
assert errors["value"] < 0.02 and errors["control"] < 0.02, errors
PYTHON

# The project's installation puts it beside the other plugins.
does "installation of a plugin" "$CMAKE" --install my_game/build --prefix "$root"
says "--problem.attraction" "$MFG" describe problem my_game

# A single file needs no project, but a compiler and the installed headers; formulas need the same.
XDG_CACHE_HOME=$scratch/cache
export XDG_CACHE_HOME
does "mfg new --single-file" "$MFG" new problem lone --single-file
tiny="--problem.dimension 1 --training.samples 64 --training.iterations 4 --training.validation_samples 64 --quiet"
does "solve with a single file" "$MFG" solve lone.cpp $tiny --output lone
printf '[formulas]\ninitial = gaussian(0, 1)\nrunning_cost = w + norm_squared(x)\n' >formulas.ini
does "solve with formulas" "$MFG" solve formulas.ini $tiny --output formulas
mv "$root" "$work/moved again" || exit 1
does "evaluation by a moved installation" "$work/moved again/bin/mfg" validate lone --agents 0 --cells 16 --times 4
mv "$work/moved again" "$root" || exit 1
cp -r "$root" bare || exit 1
sed -i 's|"compiler": ".*"|"compiler": "/nowhere/c++"|' bare/share/mfg/compiler.json
env -u CXX PATH=/nowhere XDG_CACHE_HOME="$scratch/empty" bare/bin/mfg solve lone.cpp >"$scratch/out" 2>"$scratch/err"
[ $? -eq 1 ] && grep -q "^mfg: 'lone.cpp' must be compiled: there is no C++ compiler; install g++" "$scratch/err" ||
    fail "without a compiler: $(cat "$scratch/err")"

# The others, and plugins with a planted fault, in one build.
{
    echo 'cmake_minimum_required(VERSION 3.20)'
    echo 'project(plugins LANGUAGES CXX)'
    for kind in network integrator optimizer method; do
        "$MFG" new $kind my_$kind >"$scratch/out" || fail "mfg new $kind"
        echo "add_subdirectory(my_$kind)"
    done
    echo 'find_package(mfg REQUIRED)'
    for source in "$SOURCE"/tests/faulty_plugins/*.cpp; do
        file=$(basename "$source" .cpp)
        echo "mfg_add_plugin(${file%%_*} ${file#*_} \"$source\")"
    done
} >CMakeLists.txt
does "configuration" "$CMAKE" -G Ninja -S . -B build "-DCMAKE_PREFIX_PATH=$root"
does "build" "$CMAKE" --build build
MFG_PLUGIN_PATH=$work/build/lib/mfg/plugins
export MFG_PLUGIN_PATH
for kind in network integrator optimizer method; do
    says "my_$kind" "$MFG" list $kind
    says "mfg solve optimal_transport_2d --$kind my_$kind" "$MFG" describe $kind my_$kind
    [ $kind = network ] && small="--network.width 4" || small=
    does "solve with my_$kind" "$MFG" solve optimal_transport_2d --$kind my_$kind $small $short --output run_$kind
    grep -q "\"$kind\": \"my_$kind\"" run_$kind/result.json || fail "the run did not use my_$kind"
done
# Given as files: methods are tried on all problems that are found, and those with a fault are none to be tried on.
for kind in network integrator optimizer method; do
    does "check of my_$kind" env -u MFG_PLUGIN_PATH "$MFG" check $kind build/lib/mfg/plugins/${kind}_my_$kind.so
done
for source in "$SOURCE"/tests/faulty_plugins/*.cpp; do
    file=$(basename "$source" .cpp)
    # Those have one of many faults, by an option: cli/plugin_author.py tries them.
    case $file in *_astray*) continue ;; esac
    "$MFG" check "${file%%_*}" "${file#*_}" >"$scratch/out" 2>"$scratch/err"
    code=$?
    [ $code -eq 1 ] && grep -q '^FAILED' "$scratch/out" ||
        fail "mfg check of the faulty $file: exit code $code: $(cat "$scratch/out" "$scratch/err")"
done

# A shipped method with its parts, built as a project outside of the tree: the same bits.
cp -r "$SOURCE/plugins/methods/lagrangian" shipped
{
    echo 'cmake_minimum_required(VERSION 3.20)'
    echo 'project(shipped LANGUAGES CXX)'
    echo 'find_package(mfg REQUIRED)'
    echo 'file(GLOB parts ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)'
    echo 'list(FILTER parts EXCLUDE REGEX "/lagrangian.cpp$")'
    echo 'mfg_add_plugin(method lagrangian lagrangian.cpp ${parts})'
} >shipped/CMakeLists.txt
does "configuration of a shipped method" "$CMAKE" -G Ninja -S shipped -B shipped/build "-DCMAKE_PREFIX_PATH=$root"
does "build of a shipped method" "$CMAKE" --build shipped/build
does "solve with a shipped method built outside" "$MFG" solve optimal_transport_2d $short \
    --plugin-path shipped/build/lib/mfg/plugins --output run_shipped
cmp run/parameters.npy run_shipped/parameters.npy || fail "a shipped method built outside gives other bits"

# What was built but not installed can be used, too.
does "configuration with a build tree" \
    "$CMAKE" -G Ninja -S my_integrator -B my_integrator/build "-DCMAKE_PREFIX_PATH=$BUILD"
does "build with a build tree" "$CMAKE" --build my_integrator/build
says "$work/my_integrator/build" "$BUILD/bin/mfg" list integrators --plugin-path my_integrator/build/lib/mfg/plugins

[ $failures -eq 0 ] || exit 1
