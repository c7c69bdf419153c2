"""Files that mfg has not made stay, a good run survives a bad command, signals lose nothing, and what is written can be
read again. MFG is the program."""
import filecmp
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from common.program import MFG, mfg, refused, run_tests

small = ["gaussian_transport_2d", "--training.validation_samples", "16", "--network.width", "4", "--threads", "1",
         "--pictures", "no", "--quiet"]
quick = [*small, "--training.samples", "16,16", "--training.iterations", "2,2"]
# It would take minutes; each iteration takes milliseconds.
endless = [*small, "--training.samples", "16", "--training.iterations", "1000000", "--optimizer", "adam",
           "--training.checkpoint_every", "1000s"]


def content(directory):
    return {str(p.relative_to(directory)): p.read_bytes() for p in Path(directory).rglob("*")
            if p.is_file() and p.name != ".lock"}


def wait_for(there):
    begin = time.monotonic()
    while not there():
        assert time.monotonic() - begin < 60, "waited for a minute"
        time.sleep(0.001)


def rows(run):
    try:
        return Path(run, "history.csv").read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def foreign_files():
    """A folder of one's own with the names of a run's files stays as it is."""
    for name in ("figures/a.tex", "solution/b.tex", "notes.txt"):
        Path("paper", name).parent.mkdir(parents=True, exist_ok=True)
        Path("paper", name).write_text("mine")
    before = content("paper")
    mfg("solve", *quick, "--output", ".", cwd="paper")
    after = content("paper")
    assert {name: after[name] for name in before} == before and "result.json" in after
    for name in ("config.ini", "history.csv", "report.html", "fields/x.npy", "checkpoint/state"):
        shutil.rmtree("own", ignore_errors=True)
        Path("own", name).parent.mkdir(parents=True)
        Path("own", name).write_text("problem = gaussian_transport\n")
        before = content("own")
        refused("is not a run", "solve", *quick, "--output", "own")
        refused("is not a run directory", "resume", "own")
        assert content("own") == before, name


def earlier_run():
    """A finished run needs --overwrite, and stays until the new one has something to show."""
    mfg("solve", *quick, "--output", "keep")
    Path("keep/figures").mkdir()
    Path("keep/figures/mine.svgz").write_text("mine")
    before = content("keep")
    refused("give --overwrite", "solve", *quick, "--output", "keep")
    diverging = ["--optimizer", "sgd", "--optimizer.learning_rate", "1e300"]
    mfg("solve", *quick, *diverging, "--output", "keep", "--overwrite", code=1)
    mfg("solve", "linear_quadratic_3d", "--training.samples", "0", "--output", "keep", "--overwrite", code=1)
    assert content("keep") == before
    # Killed at the start: the earlier run is still there, and comes back when the new one fails.
    process = subprocess.Popen([MFG, "solve", *endless, "--output", "keep", "--overwrite"])
    wait_for(lambda: Path("keep/.replaced").exists() and rows("keep") > 2)
    process.kill()
    process.wait()
    mfg("solve", *quick, *diverging, "--output", "keep", "--overwrite", code=1)
    assert content("keep") == before
    mfg("solve", *quick, "--seed", 2, "--output", "keep", "--overwrite")
    assert not Path("keep/.replaced").exists() and Path("keep/figures/mine.svgz").exists()
    assert content("keep")["parameters.npy"] != before["parameters.npy"]


def replaced_directory():
    """A run whose directory was removed or taken by another one stops, and writes nothing into it."""
    for again in (False, True):
        shutil.rmtree("rr", ignore_errors=True)
        process = subprocess.Popen([MFG, "solve", *endless, "--output", "rr"], stderr=subprocess.PIPE, text=True)
        wait_for(lambda: rows("rr") > 2)
        os.rename("rr", "gone")
        shutil.rmtree("gone")
        if again:
            os.kill(process.pid, signal.SIGSTOP)
            mfg("solve", *quick, "--output", "rr")
            before = content("rr")
            os.kill(process.pid, signal.SIGCONT)
        errors = process.communicate()[1]
        assert process.returncode == 1 and "was removed, moved or replaced" in errors, errors
        if again:
            assert content("rr") == before


def default_directories():
    """Runs that start at once take different directories."""
    os.mkdir("many")
    processes = [subprocess.Popen([MFG, "solve", *quick, "--seed", str(i)], cwd="many") for i in range(6)]
    assert all(process.wait() == 0 for process in processes)
    seeds = {json.loads(path.read_text())["seed"] for path in Path("many/runs").glob("*/result.json")}
    assert seeds == set(range(6)), seeds


def closed_descriptors():
    """Nothing that is shown lands in a file of the run."""
    loud = [word for word in quick if word != "--quiet"]
    for closed in ("<&-", ">&-", "<&- >&-", "<&- >&- 2>&-", "2>&-"):
        shutil.rmtree("fd", ignore_errors=True)
        subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", MFG, "solve", *loud, "--output", "fd"], check=True,
                       capture_output=True)
        assert Path("fd/.lock").stat().st_size == 0 and rows("fd") == 5, closed
        assert all(re.fullmatch(rb"[-+0-9.,einf]*", row) for row in Path("fd/history.csv").read_bytes().split(b"\n")[1:])


def signals():
    """They end a run after an iteration, with its checkpoint and its results; further ones do no harm."""
    for name in ("INT", "TERM", "HUP", "USR1"):
        number = getattr(signal, "SIG" + name)
        for count in (1, 3):
            shutil.rmtree("sig", ignore_errors=True)
            process = subprocess.Popen([MFG, "solve", *endless, "--output", "sig"])
            wait_for(lambda: rows("sig") > 2)
            for _ in range(count):
                process.send_signal(number)
                time.sleep(0.02)
            assert process.wait() == -number, (name, process.returncode)
            result = json.loads(Path("sig/result.json").read_text())
            assert result["stop_reason"] == "interrupted" and Path("sig/checkpoint/state").exists()
            assert result["iterations"] == rows("sig") - 1
    # A signal that is ignored stays so.
    process = subprocess.Popen(["sh", "-c", 'trap "" INT; exec "$@"', "sh", MFG, "solve", *endless, "--output", "ignored"])
    wait_for(lambda: rows("ignored") > 2)
    process.send_signal(signal.SIGINT)
    so_far = rows("ignored")
    wait_for(lambda: rows("ignored") > so_far + 20)
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    # A reader that goes away stops what is shown, and not the training.
    loud = [word for word in quick if word != "--quiet"]
    subprocess.run(["sh", "-c", '"$@" | true', "sh", MFG, "solve", *loud, "--output", "piped"], check=True,
                   capture_output=True)
    assert Path("piped/result.json").exists()


def names_and_values():
    """A run can be read again whatever its directory and the values of its options are called."""
    for name in ("a#b", " blanks ", '"quoted"', "ü", "back\\slash", "100%"):
        os.mkdir(name)
        plugins = Path(name, "plug in#s")
        plugins.mkdir()
        mfg("solve", *quick, "--plugin-path", "plug in#s", "--output", " run ", cwd=name)
        assert Path(name, " run ", "config.ini").exists()
        mfg("solve", " run /config.ini", "--output", "again", "--quiet", "--pictures", "no", cwd=name)
        assert filecmp.cmp(Path(name, " run ", "parameters.npy"), Path(name, "again", "parameters.npy"), shallow=False)
        refused("is a finished run", "resume", "again", cwd=name)
    os.mkdir("line\nbreak")
    os.mkdir("line\nbreak/p")
    refused("which config.ini cannot keep", "solve", *quick, "--plugin-path", "p", "--output", "r", cwd="line\nbreak")
    assert not Path("line\nbreak/r/history.csv").exists()
    settings = b"""problem = gaussian_transport
method = lagrangian
network = resnet
integrator = rk4
optimizer = bfgs
[network]
width = 4
[training]
samples = 16
iterations = 2
validation_samples = 16
"""
    for mark in (b"\xef\xbb\xbf", b""):
        Path("bom.ini").write_bytes(mark + settings + b"[published]\nsource = M\xfcller\nobjective = 7.6\n"
                                    b"[rerun]\nobjective = 7.7\nterminal = 0.5\n")
        shutil.rmtree("bom", ignore_errors=True)
        mfg("solve", "bom.ini", "--quiet", "--output", "bom")
        assert json.loads(Path("bom/result.json").read_text())["published"]["objective"] == 7.6
        assert json.loads(Path("bom/result.json").read_text())["rerun"] == {"objective": 7.7, "terms": {"terminal": 0.5}}
        again = Path("bom/config.ini").read_text(encoding="latin-1")
        assert "[published]" in again and "[rerun]\nobjective = 7.7\nterminal = 0.5\n" in again, again


def threads():
    """Affinity sets the default; threads that cannot be made are one line."""
    if hasattr(os, "sched_setaffinity"):
        one = min(os.sched_getaffinity(0))
        mfg("solve", *[word for word in quick if word not in ("--threads", "1")], "--output", "affine",
            preexec_fn=lambda: os.sched_setaffinity(0, {one}))
        assert json.loads(Path("affine/result.json").read_text())["threads"] == 1


run_tests(foreign_files, earlier_run, replaced_directory, default_directories, closed_descriptors, signals,
          names_and_values, threads)
