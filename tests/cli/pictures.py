"""Pictures and reports are whole and right, whatever a run holds and whenever they are stopped. MFG is the program."""
import html
import json
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import time
from pathlib import Path

from common.program import MFG, mfg, refused, run_tests

small = ["gaussian_transport_2d", "--training.samples", "16,16", "--training.iterations", "2,2",
         "--training.validation_samples", "16", "--network.width", "4", "--threads", "1", "--quiet"]


def made_up(run, columns=("iteration", "level", "seconds", "objective"), rows=((0, 0, 0.1, 3), (1, 0, 0.2, 2)), **result):
    """A finished run that needs no training."""
    Path(run).mkdir(parents=True)
    Path(run, "history.csv").write_text("\n".join([",".join(columns)] + [",".join(map(str, row)) for row in rows]) + "\n")
    terms = [name[6:] for name in columns if name.startswith("terms.")]
    Path(run, "result.json").write_text(json.dumps(
        {"problem": "toy", "method": "galerkin", "network": "dgm", "objective": 2,
         "terms": {name: 1 for name in terms}, **result}))
    return Path(run)


def write_npy(path, shape, numbers):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() +
                     struct.pack(f"<{len(numbers)}d", *numbers))


def drawn(run):
    names = sorted(path.name for path in Path(run, "figures").iterdir())
    for name in names:
        data = Path(run, "figures", name).read_bytes()
        ending = {"svg": b"</svg>", "png": b"IEND\xaeB`\x82", "gif": b"\0;"}[name.rsplit(".", 1)[1]]
        assert data.rstrip(b"\n").endswith(ending), name
    return names


def texts_of(svg):
    return [html.unescape(text) for text in re.findall(r">([^<>]+)<", Path(svg).read_text(errors="replace"))]


def quotes():
    """Labels are drawn as they are, and nothing in them is executed."""
    draw = random.Random(7)
    pieces = [*"''\"\"\\\\{};`@$()#%!|&a17^_~", "''", "system('touch injected')", "`touch injected`", "@medium", "\\n", "ü", "\t"]
    random_title = lambda: "".join(draw.choice(pieces) for _ in range(draw.randint(1, 10)))
    titles = ["'a", "a''b", "'", "''", "'''", "\\", "a\\", "\\'", "'\\", '"', '\\"'] + [random_title() for _ in range(500)]
    run = made_up("quoted")
    (run / "fields").mkdir()
    # A table of one curve for each label; 16 titles of panels and axes as well.
    curves = 30
    write_npy(run / "fields/table.npy", (2, curves + 1), range(2 * curves + 2))
    panels, rest = [], list(titles)
    take = lambda: rest.pop() if rest else "the end"
    while rest:
        panels.append({"kind": "curves", "file": "table.npy", "title": take(), "x_label": take(), "y_label": take(),
                       "labels": [take() for _ in range(curves)]})
    (run / "fields/figures.json").write_text(json.dumps({"figures": [{"name": "all", "panels": panels}]}))
    mfg("report", run)
    shown = {" ".join(text.split()) for text in texts_of(run / "figures/all.svg")}
    for title in titles:
        text = " ".join(title.split())
        assert text in shown or not text, (title, sorted(shown)[:20])
    assert not list(Path(".").rglob("injected"))
    for name in ("'a", "a''b"):
        made_up(name)
    mfg("compare", "'a", "a''b", "--output", "c")
    assert "'a" in texts_of("c/figures/objective.svg")


def whole_files():
    """A picture that could not be written whole does not take the place of an older one."""
    run = made_up("full")
    mfg("report", run)
    before = {name: Path(run, "figures", name).read_bytes() for name in drawn(run)}
    page = (run / "report.html").read_bytes()
    limited = dict(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (12000, 12000)))
    refused("did not finish", "report", run, **limited)
    assert {name: Path(run, "figures", name).read_bytes() for name in drawn(run)} == before
    assert (run / "report.html").read_bytes() == page
    # Neither of a pair is replaced by a new one without the other; an animation likewise.
    real = shutil.which("gnuplot")
    Path("cut").mkdir()
    Path("cut/gnuplot").write_text(f'#!/bin/sh\n"{real}" "$@" && for f in figure.png figure.gif; do '
                                   '[ ! -e $f ] || truncate -s -1 $f; done\n')
    Path("cut/gnuplot").chmod(0o755)
    refused("did not finish", "report", run, env={**os.environ, "PATH": f"{os.getcwd()}/cut:{os.environ['PATH']}"})
    assert {name: Path(run, "figures", name).read_bytes() for name in drawn(run)} == before


def left_overs():
    """Nothing stays of a report that was stopped, and the next one removes what a killed one left."""
    Path("slow").mkdir()
    Path("slow/gnuplot").write_text("#!/bin/sh\n: >started\nexec sleep 60\n")
    Path("slow/gnuplot").chmod(0o755)
    environment = {**os.environ, "PATH": f"{os.getcwd()}/slow:{os.environ['PATH']}"}
    run = made_up("stopped")
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL):
        for words in (["report", run], ["compare", run, run, "--output", run]):
            process = subprocess.Popen([MFG, *words], env=environment, stdout=subprocess.DEVNULL)
            begin = time.monotonic()
            while not list(run.rglob("started")):
                assert time.monotonic() - begin < 60, "waited for a minute"
                time.sleep(0.01)
            process.send_signal(number)
            assert process.wait(10) == -number, (number, process.returncode)
            assert bool(os.listdir(run / "figures")) == (number == signal.SIGKILL), os.listdir(run / "figures")
            if number == signal.SIGKILL:
                mfg(*words)
                assert all(not name.startswith(".") for name in drawn(run)), os.listdir(run / "figures")
                shutil.rmtree(run / "figures")


def odd_histories():
    """Columns, numbers and windows of any kind give pictures, or one line."""
    columns = ["iteration", "level", "seconds", "objective"]
    run = made_up("slash", [*columns, "a/b.c", "../up.d", ".dot.e", "convergence.f"],
                  [(k, 0, k, 2 - k / 10, 1 + k, 2, 3 + k, 4 + k) for k in range(3)])
    mfg("report", run)
    assert {"a_b.png", "convergence.png", "convergence_2.png"} <= set(drawn(run)), drawn(run)
    assert not list(Path(".").glob("up*"))
    run = made_up("huge", [*columns, "terms.a", "errors.b", "errors.c"],
                  [(0, 0, 0, 1e308, 1e308, 1e-320, -1e308), (1, 0, 1, -1e308, 1e-308, 1e308, 1e308), (2, 0, 1e308, 1, 2, 3, 4)])
    mfg("report", run)
    assert {"convergence.png", "terms.png", "errors.png"} <= set(drawn(run))
    many = 30
    run = made_up("many", columns + [f"terms.t{k}" for k in range(many)] + [f"errors.e{k}" for k in range(many)],
                  [(i, 0, i, 1, *([i + 1] * 2 * many)) for i in range(3)])
    mfg("report", run)
    assert {"terms.png", "terms_2.png"} <= set(drawn(run)), drawn(run)
    labels = {f"e{k}" for k in range(many)}
    assert labels <= set(texts_of(run / "figures/errors.svg"))
    (run / "fields").mkdir()
    write_npy(run / "fields/m.npy", (1, 2), (-1e308, 1e308))
    for window in ([-1e308, 1e308], [1, 1 + 1e-15], [2, 1]):
        panel = {"kind": "heatmap", "file": "m.npy", "x": window, "y": [0, 1]}
        (run / "fields/figures.json").write_text(json.dumps({"figures": [{"name": "m", "panels": [panel]}]}))
        refused("interval", "report", run)
    panel["x"] = [-1e299, 1e299]
    (run / "fields/figures.json").write_text(json.dumps({"figures": [{"name": "m", "panels": [panel]}]}))
    mfg("report", run)


def page():
    """The page shows the answer before the training, each thing once, and no terms that are not there."""
    run = made_up("page", ["iteration", "level", "seconds", "objective", "terms.transport", "terms.running"],
                  [(k, 0, k, 2 - k / 10, 2 - k / 10, 0) for k in range(3)], network="dgm,dgm,dgm,dgm")
    result = json.loads((run / "result.json").read_text())
    result["terms"]["running"] = 0
    (run / "result.json").write_text(json.dumps(result))
    (run / "config.ini").write_bytes(b"problem = toy\n# \0 \x1b[2J\n")
    mfg("report", run)
    assert drawn(run) == [f"{name}.{end}" for name in ("convergence", "terms") for end in ("png", "svg")], drawn(run)
    text = (run / "report.html").read_text()
    assert "problem = toy" in text and not re.search("[\0-\x08\x0b-\x1f]", text)
    assert "the network <b>dgm</b>" in text and "<th>running</th>" not in text and "<th>transport</th>" in text
    mfg("solve", *small, "--output", "answer")
    mfg("report", "answer")
    text = Path("answer/report.html").read_text()
    assert text.index("<h2>Solution") < text.index("Value function") < text.index("<h2>Training") < text.index("Terms of the")


def without_pictures():
    """A run without pictures writes none; its report has those of the training."""
    mfg("solve", *small, "--pictures", "no", "--output", "bare")
    assert not Path("bare/fields").exists()
    mfg("report", "bare")
    assert "convergence.png" in drawn("bare") and "densities.png" not in drawn("bare")


def stale_validation():
    """What was measured before a training went on is gone at its end."""
    adam = [word for word in small if word != "2,2"] + ["--optimizer", "adam", "--pictures", "no"]
    adam[adam.index("--training.iterations")] = "--training.iterations=400,400"
    process = subprocess.Popen([MFG, "solve", *adam, "--output", "stale"])
    begin = time.monotonic()
    while not Path("stale/history.csv").exists() or Path("stale/history.csv").read_bytes().count(b"\n") < 3:
        assert time.monotonic() - begin < 60, "waited for a minute"
        time.sleep(0.001)
    process.send_signal(signal.SIGTERM)
    process.wait()
    assert json.loads(Path("stale/result.json").read_text())["stop_reason"] == "interrupted"
    process = subprocess.Popen([MFG, "resume", "stale", "--quiet", "--pictures", "no"])
    while process.poll() is None and Path("stale/result.json").exists():
        time.sleep(0.001)
    # Where locks do not work, somebody may measure the old parameters now.
    refused("another process", "validate", "stale")
    Path("stale/validation.json").write_text("{}")
    Path("stale/evaluation").mkdir()
    Path("stale/evaluation/phi_value.npy").write_text("old")
    assert process.wait() == 0
    assert json.loads(Path("stale/result.json").read_text())["stop_reason"] != "interrupted"
    assert not Path("stale/validation.json").exists() and not Path("stale/evaluation").exists()


run_tests(quotes, whole_files, left_overs, odd_histories, page, without_pictures, stale_validation)
