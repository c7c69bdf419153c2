#!/bin/sh
# Runs that are killed at any moment, or find the disk full or their checkpoint damaged, and go on: all files are those
# of a run that never stopped. MFG is the program; KILL_SEED repeats the moments of an earlier test.
set -u
. "$(dirname "$0")/common/memory.sh"
. "$(dirname "$0")/common/expect.sh"
cd "$scratch" || exit 1

find_python
cat >runs.py <<'PYTHON'
import csv, filecmp, json, os, random, shutil, signal, subprocess, sys, time
from pathlib import Path

MFG = os.environ["MFG"]


def start(*words, **more):
    return subprocess.Popen([MFG, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **more)


def mfg(*words, code=0):
    process = start(*words)
    errors = process.communicate()[1]
    assert process.returncode == code, f"mfg {' '.join(map(str, words))}: exit code {process.returncode}: {errors}"
    return errors


def columns_without_time(path):
    return [row[:2] + row[3:] for row in csv.reader(open(path, newline=""))]


def same(whole, run):
    """All files of both runs are the same, but for the time that they took."""
    names = lambda directory: sorted(str(p.relative_to(directory)) for p in Path(directory).rglob("*") if p.is_file())
    assert names(whole) == names(run), (names(whole), names(run))
    for name in names(whole):
        a, b = f"{whole}/{name}", f"{run}/{name}"
        if name == "history.csv":
            assert columns_without_time(a) == columns_without_time(b), f"{a} and {b} differ"
        elif name == "result.json":
            results = [json.load(open(file)) for file in (a, b)]
            for result in results:
                del result["seconds"]
            assert results[0] == results[1], f"{a} and {b} differ"
        else:
            assert filecmp.cmp(a, b, shallow=False), f"{a} and {b} differ"


def killed(words, run, when):
    """Starts or goes on with a run and kills it after `when` seconds, or as soon as a file of this name is there; false
    if it ended before, or at the kill before this one."""
    words = ["resume", run, "--quiet"] if os.path.exists(f"{run}/config.ini") else ["solve", *words, "--output", run]
    process = start(*words)
    begin = time.monotonic()
    there = (lambda: time.monotonic() - begin >= when) if isinstance(when, float) else lambda: os.path.exists(f"{run}/{when}")
    while process.poll() is None and not there():
        time.sleep(0.0002)
    process.kill()
    errors = process.communicate()[1]
    if process.returncode == 1 and "is a finished run" in errors:
        return False
    assert process.returncode in (0, -signal.SIGKILL), f"killed at {when}: {errors}"
    return process.returncode != 0


def finished(run):
    """The last kill may leave an empty folder of checkpoints: all else is there by then."""
    return os.path.exists(f"{run}/result.json") and not any(Path(f"{run}/checkpoint").glob("*"))


def finish(words, run):
    """Goes on to the end, if the run is not there yet."""
    if not os.path.exists(f"{run}/config.ini"):
        mfg("solve", *words, "--output", run)
    elif not finished(run):
        mfg("resume", run, "--quiet")


def whole_run(words, name):
    """How long it takes."""
    shutil.rmtree(name, ignore_errors=True)
    begin = time.monotonic()
    mfg("solve", *words, "--output", name)
    return time.monotonic() - begin


small = ["--threads", 1, "--quiet", "--training.checkpoint_every", "1i"]
trained = ["optimal_transport_2d", *small, "--network.width", 4, "--training.samples", "64,64", "--training.iterations",
           "40,15", "--training.resample_every", 7, "--training.validation_samples", 64]
squares = ["ode", *small, "--network.width", 4, "--training.samples", "16,16", "--training.iterations", "20,10",
           "--training.resample_every", 1, "--training.validate_every", 1, "--training.validation_samples", 64]
PYTHON

cat >moments.py <<'PYTHON'
from runs import *

seed = int(os.environ.get("KILL_SEED", time.time_ns() % 1000000))
print("KILL_SEED =", seed)
random.seed(seed)

words = [*trained, "--training.snapshots", 4, "--training.balance_every", 9]
duration = whole_run(words, "whole")
kills = runs = 0
while kills < 20:
    runs += 1
    while kills < 20 and killed(words, "run", random.uniform(0.1, 0.9) * duration):
        kills += 1
    finish(words, "run")
    same("whole", "run")
    shutil.rmtree("run")
print(f"{kills} kills, {runs} runs of {duration:.2f} s")

# The moments that matter most, and at which time alone hits rarely: one process is killed at each.
for when in ("config.ini", "history.csv", "checkpoint/next", "checkpoint/state", "checkpoint/previous", "parameters.npy",
             "parameters.json", "result.json", "fields", "fields/density_in_time.npy", "fields/figures.json"):
    if finished("exact"):  # faster than the last kill
        shutil.rmtree("exact")
    killed(words, "exact", when)
finish(words, "exact")
same("whole", "exact")


def twice(words):
    duration = whole_run(words, "whole")
    for share in (random.uniform(0.1, 0.5), random.uniform(0.3, 0.8)):
        if not killed(words, "run", share * duration):
            break
    finish(words, "run")
    same("whole", "run")
    for name in ("whole", "run"):
        shutil.rmtree(name)


listed = subprocess.run([MFG, "list", "optimizer"], capture_output=True, text=True, check=True).stdout.splitlines()[1:]
optimizers = [line.split()[0] for line in listed if line.strip()]
assert "adam" in optimizers and len(optimizers) >= 8, optimizers
for optimizer in optimizers:
    if optimizer == "bfgs":
        continue
    rate = ["--optimizer.learning_rate", "1e-4"] if optimizer == "sgd" else []
    # One that needs squared residuals.
    words = squares if optimizer == "gauss_newton" else trained
    twice([*words, "--optimizer", optimizer, *rate])
twice(["optimal_transport_2d_grid", *small, "--method.cells", 16, "--method.time_intervals", 8, "--method.levels", 2,
       "--method.iterations", "40,30"])
twice(["ergodic_log_10d", *small, "--problem.dimension", 2, "--network.width", 6, "--training.samples", 64,
       "--training.iterations", 40, "--training.validation_samples", 64, "--training.resample_every", 1])
twice(["mean_attraction_2d", *small, "--network.width", 6, "--training.samples", 64, "--training.iterations", 40,
       "--training.validation_samples", 64, "--training.validate_every", 10, "--population_optimizer", "rmsprop",
       "--method.population_steps", 2])
twice(["ergodic_log_4d_adversarial", *small, "--problem.dimension", 2, "--network.width", 6, "--training.samples", 64,
       "--training.iterations", 40, "--training.validation_samples", 64, "--method.value_steps", 2, "--density_optimizer",
       "rmsprop"])
PYTHON
$python moments.py || fail "killed runs"

cat >trouble.py <<'PYTHON'
from runs import *
import re, resource


def one_line(errors, *texts):
    assert errors.count("\n") == 1 and errors.startswith("mfg: "), errors
    for text in texts:
        assert text in errors, (text, errors)


def copy(name):
    shutil.rmtree("run", ignore_errors=True)
    shutil.copytree(name, "run")


def edit(path, change):
    """Changes the bytes of a file, as a broken disk or a user does."""
    data = open(path, "rb").read()
    changed = change(data)
    assert changed != data, path
    open(path, "wb").write(changed)


def flip(share):
    """Changes one bit at this share of the file."""
    return lambda data: data[: (k := int(share * len(data)))] + bytes([data[k] ^ 1]) + data[k + 1 :]


whole_run(trained, "whole")
# Half a run with two checkpoints. A kill between the two renames leaves only the older one under its name: try again.
while not all(os.path.exists(f"half/checkpoint/{name}") for name in ("state", "previous")):
    shutil.rmtree("half", ignore_errors=True)
    assert killed(trained, "half", "checkpoint/previous"), "the run was over before it was killed"

# A process that works on a run keeps others from it, until it is killed.
copy("half")
size = os.path.getsize("run/history.csv")
process = start("resume", "run", "--quiet")
while process.poll() is None and os.path.getsize("run/history.csv") <= size:
    time.sleep(0.0002)
process.send_signal(signal.SIGSTOP)
one_line(mfg("resume", "run", code=1), "another process is working on the run 'run'")
one_line(mfg("solve", *trained, "--output", "run", code=1), "another process is working on the run 'run'")
process.kill()
process.communicate()
mfg("resume", "run", "--quiet")
same("whole", "run")

# A damaged checkpoint: the one before it is as good. (Every byte of one is damaged in the test of RunDirectory.)
for change in (flip(0), flip(0.5), lambda data: data[:-1], lambda data: b""):
    copy("half")
    edit("run/checkpoint/state", change)
    one_line(mfg("resume", "run", "--quiet"), "the last checkpoint is damaged", "going on from the one before")
    same("whole", "run")
copy("half")
for name in ("state", "previous"):
    edit(f"run/checkpoint/{name}", flip(0.5))
one_line(mfg("resume", "run", code=1), "damaged", "no other", "mfg solve run/config.ini")

# The history may have been cut off in a line, or be ahead of the checkpoint; it must not be behind it.
for more in (b"57,1,0.2", b"1,2,3\n,,,\n\n"):
    copy("half")
    edit("run/history.csv", lambda data: data + more)
    mfg("resume", "run", "--quiet")
    same("whole", "run")
copy("half")
edit("run/history.csv", lambda data: b"\n".join(data.split(b"\n")[:2]) + b"\n4,")
one_line(mfg("resume", "run", code=1), "is needed to go on, and it ends with row 1")

# What does not belong together is refused.
copy("half")
edit("run/config.ini", lambda data: re.sub(rb"(?m)^version = .*$", b"version = 0.0.7", data))
one_line(mfg("resume", "run", code=1), "'run' is a run of mfg 0.0.7, and this is mfg ")
copy("whole")
edit("run/config.ini", lambda data: re.sub(rb"(?m)^version = .*$", b"version = 0.0.7", data))
subprocess.run([sys.executable, "-c", "import numpy as np; np.save('p.npy', np.zeros((1, 3)))"], check=True)
one_line(mfg("evaluate", "run", "--points", "p.npy"), "'run' is a run of mfg 0.0.7, and this is mfg ")
copy("half")
edit("run/config.ini", lambda data: data.replace(b"radius = 4", b"radius = 3"))
one_line(mfg("resume", "run", code=1), "another configuration: problem.radius was '4' and is '3'")
edit("run/config.ini", lambda data: data.replace(b"radius = 3", b"radius = 4").replace(b"# radius", b"# the radius"))
mfg("resume", "run", "--quiet")
os.makedirs("empty", exist_ok=True)
one_line(mfg("resume", "empty", code=1), "'empty' is not a run directory")
one_line(mfg("resume", "whole", code=1), "'whole' is a finished run")


def full(run, limit=None):
    """A run that finds no room; with a limit, files cannot become larger than so many bytes."""
    room = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)) if limit else None
    process = start("solve", *trained, "--output", run, preexec_fn=room)
    errors = process.communicate()[1]
    assert process.returncode == 1, (limit, process.returncode, errors)
    one_line(errors, f"cannot write '{run}/", "File too large" if limit else "No space left on device")
    assert not list(Path(run).rglob("*.tmp")), "unfinished files are left"


# The disk is full when a checkpoint is written, the history grows, the results are written.
state, config = (os.path.getsize(f"half/{name}") for name in ("checkpoint/state", "config.ini"))
for limit in (max(state, config) - 1, max(state, config) + 1000, 100000, 300000):
    shutil.rmtree("run", ignore_errors=True)
    full("run", limit)
    if os.path.exists("run/config.ini"):
        mfg("resume", "run", "--quiet")
        same("whole", "run")

# The same on a file system that is full, where this test may make one.
os.makedirs("small", exist_ok=True)
if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", "small"], capture_output=True).returncode == 0:
    try:
        full("small/run")
        subprocess.run(["mount", "-o", "remount,size=30m", "small"], check=True)
        mfg("resume", "small/run", "--quiet")
        same("whole", "small/run")
        print("a full tmpfs, too")
    finally:
        subprocess.run(["umount", "small"], check=True)
PYTHON
$python trouble.py || fail "a run in trouble"

[ $failures -eq 0 ] || exit 1
