# What the scripts share; they set `scratch`, a directory, and `failures=0` before.
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
