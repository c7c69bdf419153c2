#!/bin/sh
# docs/reference.md is what the program says, and its links lead somewhere.
set -u
. "$(dirname "$0")/common/expect.sh"
unset MFG_PLUGIN_PATH
committed=$(dirname "$0")/../../docs/reference.md

"$MFG" describe --format markdown >"$scratch/reference.md" || fail "mfg describe --format markdown"
if ! diff "$committed" "$scratch/reference.md" >"$scratch/difference"; then
    head -n 20 "$scratch/difference"
    fail "docs/reference.md is stale; run: build/bin/mfg describe --format markdown >docs/reference.md"
fi

# Every plugin has a section; every link has its heading.
"$MFG" list | awk '/^[a-z]/ {kind = $1; sub(/s$/, "", kind)} /^  [a-z]/ && kind != "experiment" {print kind " `" $1 "`"}' >"$scratch/plugins"
[ "$(wc -l <"$scratch/plugins")" -ge 25 ] || fail "only $(wc -l <"$scratch/plugins") plugins are listed"
while read -r heading; do
    grep -qxF "### $heading" "$scratch/reference.md" || fail "no section: $heading"
done <"$scratch/plugins"
sed -n 's/^##* //p' "$scratch/reference.md" | tr -d '`' | tr 'A-Z ' 'a-z-' >"$scratch/anchors"
grep -o '](#[^)]*)' "$scratch/reference.md" | sed 's/](#\(.*\))/\1/' | sort -u >"$scratch/links"
[ "$(wc -l <"$scratch/links")" -ge 25 ] || fail "few links"
while read -r link; do
    grep -qxF "$link" "$scratch/anchors" || fail "no heading for the link #$link"
done <"$scratch/links"

# A formula in display is $$ ... $$: an even number of them in each section.
awk '/^##/ {if (n % 2) {print heading; bad = 1}; n = 0; heading = $0} {n += gsub(/\$\$/, "")} END {exit bad || n % 2}' \
    "$scratch/reference.md" || fail "a formula that is not closed"

[ "$failures" -eq 0 ]
