#!/bin/sh
# Pages of the documentation that quote sources quote them as they are now.
set -u
. "$(dirname "$0")/common/expect.sh"
docs=$(cd "$(dirname "$0")/../../docs" && pwd)

pages=0
for template in "$docs"/*.md.in; do
    # Pages with tables of runs take hours to make.
    grep '^{{' "$template" | grep -qv '^{{file ' && continue
    pages=$((pages + 1))
    page=$(basename "$template" .in)
    cp "$template" "$scratch"
    "$docs/make_page" "$scratch/$page.in" "$scratch/runs" >"$scratch/out" 2>&1 || fail "make_page: $(cat "$scratch/out")"
    cmp "$scratch/$page" "$docs/$page" || fail "docs/$page is stale: run docs/make_page docs/$page.in"
done
[ $pages -ge 2 ] || fail "only $pages pages could be made"

[ $failures -eq 0 ] || exit 1
