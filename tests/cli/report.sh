#!/bin/sh
# `mfg report` on a small run that is made up here: the pictures, the page, and one line for what is wrong.
set -eu

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fail()
{
    echo "FAILED: $*" >&2
    exit 1
}

# expect_error CODE TEXT ARGUMENTS...: one line with the text on standard error, and this exit code.
expect_error()
{
    code=$1 text=$2
    shift 2
    status=0
    "$MFG" report "$@" >output 2>error || status=$?
    [ "$status" = "$code" ] || fail "report $*: exit code $status instead of $code: $(cat error)"
    [ "$(wc -l <error)" = 1 ] || fail "report $*: more than one line: $(cat error)"
    grep -q -e "$text" error || fail "report $*: no '$text' in: $(cat error)"
}

python=python3
$python -c 'import numpy' 2>/dev/null || python=/usr/bin/python3
$python - <<'EOF'
import json, os
import numpy as np

run = "it's a $(touch injected) `touch injected` <run>"
fields = run + "/fields"
os.makedirs(fields)
with open(run + "/history.csv", "w") as history:
    history.write("iteration,level,seconds,evaluations,objective,terms.transport,terms.hjb,"
                  "validation.objective,validation.terms.transport,validation.terms.hjb,errors.value,errors.control,"
                  "residuals.hjb,step_length,gradient_norm\n")
    for k in range(60):
        objective = 1 + 100 * 0.8 ** k
        validation = f"{1.1 * objective},0.9,{objective},{0.9 ** k},0,{0.8 ** k}" if k % 10 == 0 else ",,,,,"
        history.write(f"{k},{k // 30},{0.1 * k},{k},{objective},{-0.1 * k},{objective if k else 0},{validation},1,{0.9 ** k}\n")
with open(run + "/result.json", "w") as result:
    json.dump({"problem": "toy_problem", "method": "lagrangian", "network": "resnet", "optimizer": "bfgs",
               "dimension": 2, "parameter_count": 637, "seconds": 4823.2, "stop_reason": "<script>alert(1)</script>",
               "converged": False, "objective": 1.2345678, "terms": {"transport": 0.75, "hjb": 0.4845678},
               "validation": {"objective": 1.5, "terms": {"transport": 0.8, "hjb": 0.7, "huge": 1e200},
                              "standard_error": {"objective": 0.0271,
                                                 "terms": {"transport": 0.0, "hjb": 12.0, "huge": 1e199}}},
               "grid": {"cells": 64.0, "mass_outside": 3.21e-5}, "errors": {"value": 0.0625},
               "consistency": {"total_mass": 0.9375, "lost": None}}, result)
side = {"objective": 11.25, "terms": {"transport": 10.125, "terminal": 1.125}, "mass": 0.9997, "mass_lost": 1.5e-13}
with open(run + "/validation.json", "w") as validation:
    json.dump({"exploitability": {"improvement": 36.5, "smoothed": {"improvement": 1.42}}, "comparison": {"cells": 256, "mass_outside": 2.75e-4, "network": side,
                              "grid": {**side, "objective": 11.125}, "grid_solution": "<b>there</b>",
                              "relative_difference": 0.01124}}, validation)
with open(run + "/config.ini", "w") as config:
    config.write("[problem]\nname = <b>toy</b>\n")

x = np.linspace(-2, 2, 40)
y = np.linspace(-1, 1, 20)
np.save(fields + "/map.npy", np.exp(-x[None, :] ** 2 - y[:, None] ** 2))
np.save(fields + "/signed.npy", x[None, :] * y[:, None])
np.save(fields + "/paths.npy", np.random.default_rng(1).uniform(-1, 1, (5, 7, 2)))
np.save(fields + "/backward.npy", np.random.default_rng(2).uniform(-1, 1, (3, 4, 2)))
times = np.linspace(0, 1, 5)
np.save(fields + "/moving.npy", np.exp(-(x[None, None, :] - times[:, None, None]) ** 2 - y[None, :, None] ** 2))
np.save(fields + "/points.npy", np.random.default_rng(3).uniform(-1, 1, (6, 5, 2)))
np.save(fields + "/curves.npy", np.column_stack([x, np.sin(x), np.cos(x)]))
extent = {"x": [-2, 2], "y": [-1, 1]}
figures = [{"name": "maps", "title": "Caption <of> the maps", "panels": [
    dict(kind="heatmap", title="it's `touch injected` a_1^2", file="map.npy", range=[0, 1], lines=["paths.npy"],
         backward_lines=["backward.npy"], x_label="abscissa_1", y_label="ordinate'2", **extent),
    dict(kind="heatmap", title="signed", file="signed.npy", colour="signed", **extent)]},
    {"name": "slices", "title": "Slices", "panels": [
        dict(kind="curves", title="curves", file="curves.npy", labels=["sine", "exact"], x_label="x",
             y_label="value")]},
    {"name": "moving", "title": "It moves & moves", "panels": [
        dict(kind="animation", file="moving.npy", times=list(times), points="points.npy", obstacles="map.npy",
             x_label="`touch injected`", y_label="y", **extent)]},
    {"name": "without_obstacles", "title": "The same", "panels": [
        dict(kind="animation", file="moving.npy", times=list(times), points="points.npy",
             x_label="`touch injected`", y_label="y", **extent)]}]
with open(fields + "/figures.json", "w") as description:
    json.dump({"figures": figures}, description)
EOF
run=$(ls -d it*)

[ "$("$MFG" report "$run/")" = "$run/report.html" ] || fail "the path of the page is not printed"
[ "$(ls)" = "$run" ] || fail "there is something new beside the run: $(ls)"
[ ! -e "$run/figures/injected" ] || fail "a title was executed"

for name in maps slices convergence terms errors residuals; do
    magic=$(head -c 8 "$run/figures/$name.png" | od -An -tx1 | tr -d ' ')
    [ "$magic" = 89504e470d0a1a0a ] || fail "$name.png is no PNG"
    grep -q '</svg>' "$run/figures/$name.svg" || fail "$name.svg is no SVG"
    [ "$(wc -c <"$run/figures/$name.svg")" -lt 1000000 ] || fail "$name.svg is too large"
done
grep -q 'stroke-dasharray' "$run/figures/slices.svg" || fail "an exact solution is not dashed"
grep -q '> *50</' "$run/figures/terms.svg" || fail "a zero at the start keeps a term from a logarithmic axis"
[ "$(ls -A "$run/figures" | wc -l)" = 14 ] || fail "unexpected files: $(ls -A "$run/figures")"

# What was followed, but no curve that is zero all along.
grep -q -F -e ">over iterations<" "$run/figures/errors.svg" || fail "no 'over iterations' in errors.svg"
grep -q -F 'HJB' "$run/figures/residuals.svg" || fail "no curve in residuals.svg"
! grep -q -F 'control' "$run/figures/errors.svg" || fail "a curve of zeros in errors.svg"

for text in abscissa_1 "ordinate'2" 'rgb(255,  90,  54)'; do
    grep -q -i -F -e "$text" "$run/figures/maps.svg" || fail "no '$text' in maps.svg"
done
$python - "$run/figures/moving.gif" <<'EOF' || fail "moving.gif is not the animation"
import struct, sys

data = open(sys.argv[1], "rb").read()
assert data[:6] == b"GIF89a" and len(data) < 1500000, len(data)
width, height, flags = struct.unpack("<HHB", data[6:11])
assert 200 < width < 1000 and 100 < height < width, (width, height)
position = 13 + (3 * 2 << (flags & 7) if flags & 128 else 0)


def skip_blocks(position):
    while data[position]:
        position += data[position] + 1
    return position + 1


delays, sizes, loops = [], [], False
while data[position] != 0x3B:
    if data[position] == 0x21:
        if data[position + 1] == 0xF9:
            delays.append(struct.unpack("<H", data[position + 4:position + 6])[0])
        loops |= data[position + 3:position + 14] == b"NETSCAPE2.0"
        position = skip_blocks(position + 2)
    else:
        assert data[position] == 0x2C, data[position]
        local = data[position + 9]
        sizes.append(struct.unpack("<HH", data[position + 5:position + 9]))
        position = skip_blocks(position + 11 + (3 * 2 << (local & 7) if local & 128 else 0))
assert position == len(data) - 1
# The last picture stays: it is drawn again and again, with a point that changes.
assert len(delays) == len(sizes) == 5 + 12 and loops, (delays, sizes, loops)
assert len(set(delays)) == 1 and 5 < delays[0] < 20, delays
assert all(w > 100 for w, h in sizes[:5]) and all(w * h < 20 for w, h in sizes[5:]), sizes
EOF

! cmp -s "$run/figures/moving.gif" "$run/figures/without_obstacles.gif" || fail "no contour lines of obstacles"

page=$run/report.html
for text in 'toy problem in 2 dimensions' '<b>lagrangian</b>' '637 parameters' '1.2346' '0.48457' '0.0625' \
    'Errors against the exact solution' '<caption>Consistency' '<tr><th>total mass</th><td>0.9375</td></tr>' \
    '<tr><th>lost</th><td>&ndash;</td></tr>' 'Residuals during the training' \
    '1 h 20 min' '1.500 &plusmn; 0.027' '<td>0.8</td>' '1 &plusmn; 12' '1e+200 &plusmn; 1e+199' '3.21e-05' \
    'both by one finite-volume scheme' '11.125' '<tr><th>mass lost</th><td>1.5e-13</td><td>1.5e-13</td></tr>' '1.12 %' '0.000275' \
    '256 &times; 256' '&lt;b&gt;there' '<tr><th>smoothed, improvement</th><td>1.42</td></tr>' \
    'Caption &lt;of&gt; the maps' '&lt;script&gt;' '&lt;b&gt;toy&lt;/b&gt;' 'mfg solve' '/config.ini'; do
    grep -q -F -e "$text" "$page" || fail "no '$text' in the page"
done
[ "$(grep -c 'src="data:image/png;base64,' "$page")" = 6 ] || fail "the page does not hold six pictures"
[ "$(grep -c 'src="data:image/gif;base64,' "$page")" = 2 ] || fail "the page does not hold the animations"
grep -q -F 'It moves &amp; moves' "$page" || fail "no caption of the animation"
! grep -q -i -E '<script|https?://|<link|src="[^d]|href=|url\(|@import' "$page" || fail "the page is not self-contained"

# Fewer inputs make a shorter page.
mkdir small
cp "$run/result.json" "$run/history.csv" small
"$MFG" report small >output
! grep -q 'mfg solve' small/report.html || fail "a configuration that is not there"
! grep -q -e 'carried by' -e 'omparison with a grid' small/report.html || fail "a comparison that is not there"
echo '{"comparison_skipped": "no <grid>"}' >small/validation.json
"$MFG" report small >output
grep -q 'No comparison with a grid: no &lt;grid&gt;' small/report.html || fail "no reason for the missing comparison"
echo '{' >small/validation.json
expect_error 1 'small/validation.json' small
rm small/validation.json

expect_error 2 'usage'
expect_error 1 'none' none
rm small/history.csv
expect_error 1 'history.csv' small
cp "$run/history.csv" small
echo '{"problem": ' >small/result.json
expect_error 1 'small/result.json' small
echo '[]' >small/result.json
expect_error 1 'small/result.json' small
cp "$run/result.json" small

mkdir small/fields
echo '{"figures": [{"name": "../up", "panels": []}]}' >small/fields/figures.json
expect_error 1 'figures.json' small
cp "$run/fields/figures.json" small/fields
head -c 100 "$run/fields/map.npy" >small/fields/map.npy
expect_error 1 'map.npy' small
$python - <<'EOF'
import json
import numpy as np

np.save("small/fields/moving.npy", np.zeros((3, 4, 5)))
panel = dict(kind="animation", file="moving.npy", times=[0, 1], x=[0, 1], y=[0, 1])
with open("small/fields/figures.json", "w") as description:
    json.dump({"figures": [{"name": "moving", "panels": [panel]}]}, description)
EOF
expect_error 1 'as many times as maps' small
rm -r small/fields

mkdir broken
printf '#!/bin/sh\nprintf "\\nset terminal x\\n\\"main.gp\\" line 3: unknown terminal\\n" >&2\nexit 1\n' >broken/gnuplot
chmod +x broken/gnuplot
ordinary=$PATH
PATH=$scratch/broken:$PATH
expect_error 1 'line 3: unknown terminal' small
rm broken/gnuplot
# What this script itself needs, without gnuplot.
for tool in wc grep cat rm; do ln -s "$(PATH=$ordinary command -v $tool)" broken/; done
PATH=$scratch/broken
expect_error 1 'install gnuplot-nox' small
PATH=$ordinary
