# What the scripts share: `scratch`, a directory that is gone at the end, and the count of `failures`.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# find_python: `python` is the first that has NumPy.
find_python() {
    for python in python3 /usr/bin/python3; do
        $python -c "import numpy" 2>/dev/null && break
    done
}

fail() {
    echo "FAILED: $1"
    failures=$((failures + 1))
}

# expect CODE TEXT ARGUMENTS...: the exit code, TEXT in the message, and the message is one line on stderr alone.
expect() {
    code=$1
    text=$2
    shift 2
    "$MFG" "$@" >"$scratch/out" 2>"$scratch/err"
    got=$?
    [ "$got" -eq "$code" ] || fail "mfg $*: exit code $got, not $code: $(cat "$scratch/err")"
    grep -qF -- "$text" "$scratch/err" || fail "mfg $*: no '$text' in: $(cat "$scratch/err")"
    [ "$(wc -l <"$scratch/err")" -eq 1 ] || fail "mfg $*: not one line: $(cat "$scratch/err")"
    grep -q '^mfg: ' "$scratch/err" || fail "mfg $*: the message does not start with 'mfg: '"
    [ ! -s "$scratch/out" ] || fail "mfg $*: an error, but also output: $(cat "$scratch/out")"
}
