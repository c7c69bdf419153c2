#!/bin/sh
# The 2-D transport problem for ten seeds, against the bounds that it has to keep. Usage: ten_seeds.sh [SEEDS]
# Bounds: validation.objective at most 12.2; transport + terminal on 4 times finer steps between 10.6 and 11.3.
set -eu
mfg=${MFG:-$(dirname "$0")/../../build/bin/mfg}
runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
for seed in $(seq 1 "${1:-10}"); do
    "$mfg" solve optimal_transport_2d --seed "$seed" --quiet --output "$runs/$seed"
done
python3 - "$runs" <<'PYTHON'
import json, pathlib, sys

failed = 0
print("| seed | objective | transport | terminal | hjb | hjb_terminal | fine: transport + terminal | seconds |")
print("|---|---|---|---|---|---|---|---|")
for path in sorted(pathlib.Path(sys.argv[1]).iterdir(), key=lambda p: int(p.name)):
    run = json.loads((path / "result.json").read_text())
    terms, fine = run["validation"]["terms"], run["validation_fine"]["terms"]
    objective, total = run["validation"]["objective"], fine["transport"] + fine["terminal"]
    failed += not (objective <= 12.2 and 10.6 <= total <= 11.3)
    numbers = [objective] + [terms[name] for name in ("transport", "terminal", "hjb", "hjb_terminal")] + [total]
    print(f"| {path.name} | " + " | ".join(f"{number:.3f}" for number in numbers) + f" | {run['seconds']:.1f} |")
sys.exit(f"{failed} runs out of bounds" if failed else 0)
PYTHON
