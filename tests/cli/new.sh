#!/bin/sh
# What `mfg new` writes and refuses; tests/consumer builds it. MFG is the program.
set -u
. "$(dirname "$0")/common/expect.sh"
cd "$scratch" || exit 1

for kind in problem network integrator optimizer method; do
    "$MFG" new $kind two_words_2 --output "in/$kind" >out 2>err || fail "mfg new $kind: $(cat err)"
    source=in/$kind/two_words_2.cpp
    grep -q "^class TwoWords2 final" $source || fail "$kind: no class TwoWords2"
    grep -q "^MFG_PLUGIN(TwoWords2, \"two_words_2\"," $source || fail "$kind: no plugin of that name"
    grep -qi "my_\?$kind" $source && fail "$kind: the template's name is left: $(grep -i "my_\?$kind" $source)"
    grep -q "^mfg_add_plugin($kind two_words_2 two_words_2.cpp)$" in/$kind/CMakeLists.txt || fail "$kind: no CMakeLists.txt"
    [ "$(grep -vc '^#' in/$kind/CMakeLists.txt)" -eq 4 ] || fail "$kind: not four lines of CMake"
    grep -qF "cmake --build in/$kind/build" out || fail "$kind: no commands: $(cat out)"
    grep -qF "export MFG_PLUGIN_PATH=$scratch/in/$kind/build/lib/mfg/plugins" out || fail "$kind: no plugin path"
    grep -qF "mfg check $kind two_words_2" out || fail "$kind: no check"
    grep -q "mfg solve .*--$kind two_words_2" out || fail "$kind: nothing to solve"
done

# The standard directory; one that is there and empty; names with the letters of types; paths with blanks and quotes.
mkdir empty
"$MFG" new problem empty >out 2>err && [ -s empty/empty.cpp ] || fail "an empty directory: $(cat err)"
"$MFG" new problem jet >out 2>err && grep -q "^class JetProblem final" jet/jet.cpp || fail "a plugin called jet"
MFG_PLUGIN_PATH=$scratch "$MFG" new network net --output "it's here" >out 2>err || fail "a quote: $(cat err)"
grep -qF "cmake --build 'it'\\''s here/build'" out || fail "a path is not quoted: $(cat out)"
grep -qF 'plugins'"'"':$MFG_PLUGIN_PATH' out || fail "the plugin path that was set is lost: $(cat out)"

expect 1 "empty exists and is not empty" new problem empty
expect 1 "exists and is not empty" new problem other --output empty/empty.cpp
expect 1 "empty.cpp" new problem other --output empty/empty.cpp/below
expect 2 "usage: mfg new KIND NAME" new
expect 2 "usage: mfg new KIND NAME" new problem
expect 2 "unexpected argument 'more'" new problem game more
expect 2 "'probelm' is not a kind of plugin; did you mean 'problem'?" new probelm game
expect 2 "'colour' is not a kind of plugin; known: problem" new colour game
for name in Game 2d my-game _game ../game "" "a b"; do
    expect 2 "is not a name of a plugin" new problem "$name"
done
[ -e Game ] && fail "a bad name left a directory"

[ $failures -eq 0 ] || exit 1
