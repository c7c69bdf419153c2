"""Inputs that are damaged, missing, of another kind or at the edge of what is possible: one line, or the right numbers.
MFG is the program."""
import json
import os
import shutil
import struct
import subprocess
from pathlib import Path

from common.program import MFG, mfg, run_tests
from common.program import refused as refused_in_one_line

small = ["gaussian_transport_2d", "--training.samples", "16,16", "--training.iterations", "2,2",
         "--training.validation_samples", "16", "--network.width", "4", "--threads", "1", "--pictures", "no", "--quiet"]
long = [*small[:4], "20,20", *small[5:]]


def refused(text, *words, **more):
    errors = refused_in_one_line(text, *words, **more)
    assert errors.isprintable() or errors[:-1].isprintable(), errors


def write_points(path, order="<"):
    """Two points, all zero, in a NumPy file."""
    header = f"{{'descr': '{order}f8', 'fortran_order': False, 'shape': (2, 3), }}\n".encode()
    Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(48))


def exact_solutions():
    """An exact control of zero has an error that means something; without an exact solution the problem is there."""
    run = ["--training.samples", "16", "--training.iterations", "1", "--training.validation_samples", "16",
           "--threads", "1", "--pictures", "no", "--quiet", "--network.width", "4"]
    for viscosity in ("0", "1e-9"):
        mfg("check", "problem", "linear_quadratic", "--problem.viscosity", viscosity)
        mfg("solve", "--problem", "linear_quadratic", "--problem.viscosity", viscosity, *run, "--output", "lq" + viscosity)
        errors = json.loads(Path("lq" + viscosity, "result.json").read_text())["errors"]
        assert 1e-3 < errors["control"] < 100 and 1e-3 < errors["gradient"] < 100, errors
    for name, horizon in (("linear_quadratic", "1000"), ("crowd_trading", "400")):
        mfg("check", "problem", name, "--problem.horizon", horizon)
        mfg("solve", "--problem", name, "--problem.horizon", horizon, *run, "--output", name)
        assert "errors" not in json.loads(Path(name, "result.json").read_text())
    for horizon in ("20", "60", "700", "1e5"):
        mfg("check", "problem", "mean_attraction", "--problem.horizon", horizon, "--problem.initial", "normal")


def numbers():
    """Parameters and solutions that are no numbers are refused."""
    shutil.copytree("base", "nan")
    data = bytearray(Path("nan/parameters.npy").read_bytes())
    begin = 10 + int.from_bytes(data[8:10], "little") + 3 * 8
    data[begin:begin + 8] = struct.pack("<d", float("nan"))
    Path("nan/parameters.npy").write_bytes(data)
    refused("parameters.npy': number 3 is not finite", "evaluate", "nan", "--points", "points.npy")
    refused("parameters.npy': number 3 is not finite", "validate", "nan")
    write_points("big.npy", ">")
    refused("save it as little-endian float64: array.astype('<f8')", "evaluate", "base", "--points", "big.npy")


def lost_history():
    """Without its history a run goes on with a new one, which can be interrupted as well."""
    mfg("solve", *long, "--output", "whole")
    mfg("solve", *long, "--training.time_limit", "1e-6", "--output", "lost")
    Path("lost/history.csv").unlink()
    note = mfg("resume", "lost", "--training.time_limit", "1e-5", "--quiet").stderr
    assert note.count("\n") == 1 and "history.csv' is missing; a new one begins after iteration" in note, note
    mfg("resume", "lost", "--training.time_limit", "0", "--quiet")
    assert Path("lost/parameters.npy").read_bytes() == Path("whole/parameters.npy").read_bytes()
    cells = lambda run: [row.split(",")[0] for row in Path(run, "history.csv").read_text().split("\n")]
    assert 2 < len(cells("lost")) < len(cells("whole"))
    assert cells("lost")[1:] == cells("whole")[-len(cells("lost")) + 1:]
    mfg("compare", "lost", "whole")


def large_checkpoint():
    """A checkpoint of a terabyte of nothing is passed over."""
    mfg("solve", *long, "--training.time_limit", "1e-6", "--output", "sparse")
    mfg("resume", "sparse", "--training.time_limit", "1e-6", "--quiet")
    assert Path("sparse/checkpoint/previous").exists()
    os.truncate("sparse/checkpoint/state", 1 << 40)
    note = mfg("resume", "sparse", "--training.time_limit", "0", "--quiet").stderr
    assert "is damaged" in note and "is larger than" in note and note.count("\n") == 1, note


def files_of_another_kind():
    """A pipe is no file to wait for."""
    os.mkfifo("pipe")
    refused("it is not a regular file", "solve", "crowd_motion_2d", "--problem.obstacles", "pipe")
    shutil.copytree("base", "piped")
    shutil.rmtree("piped/fields", ignore_errors=True)
    os.mkdir("piped/fields")
    os.mkfifo("piped/fields/figures.json")
    refused("it is not a regular file", "report", "piped")
    # What the file system says is one line, without the names of functions.
    shutil.rmtree("piped/fields")
    os.symlink("fields", "piped/fields")
    refused("cannot use 'piped/fields/figures.json': ", "report", "piped")


def terminals():
    """Nothing that a file or a name says is obeyed by a terminal, and JSON is UTF-8."""
    shutil.copytree("base", "wild")
    result = json.loads(Path("wild/result.json").read_text())
    result["stop_reason"] = "\x1b[2J\x9b31m"
    result["errors"] = {"\x1b[1m": 1.0}
    Path("wild/result.json").write_text(json.dumps(result))
    for output in ("text", "markdown", "json"):
        shown = mfg("compare", "wild", "base", "--format", output).stdout
        assert "\x1b" not in shown and "\x9b" not in shown, shown
    refused("is not a run directory", "evaluate", "no\x1b[31m\x9brun", "--points", "points.npy")
    odd = os.fsdecode(b"latin-\xfc")
    shutil.copytree("base", odd)
    shown = subprocess.run([MFG, "compare", "base", odd, "--format", "json"], capture_output=True, check=True).stdout
    assert len(json.loads(shown.decode())) == 2
    shown = subprocess.run([MFG, "compare", "base", odd], capture_output=True, check=True).stdout
    assert "latin-?" in shown.decode()


def names_in_an_ini():
    """Files that an INI file names are beside it."""
    os.makedirs("project/rooms")
    Path("project/rooms/room.json").write_text('{"bumps": []}')
    Path("project/crowd.ini").write_text("problem = crowd_motion\n[problem]\nobstacles = rooms/room.json\n")
    shown = mfg("solve", "project/crowd.ini", "--dry-run").stdout
    assert f"obstacles = {os.getcwd()}/project/rooms/room.json\n" in shown, shown
    mfg("solve", "crowd.ini", "--dry-run", cwd="project")
    refused("rooms/room.json", "solve", "project/crowd.ini", "--problem.obstacles", "rooms/room.json", "--dry-run")


def messages():
    """Bad input is 1, a wrong command line 2; each message is one line."""
    Path("none.ini").write_text("seed = 2\n")
    refused("'none': no problem is chosen", "solve", "none.ini")
    refused("no problem is chosen", "solve", code=2)
    refused("option seed = 2147483648 must be >= 0 and <= 2147483647", "solve", *small, "--seed", "2147483648")
    refused("must be 0, or of a size from 1e-307", "solve", *small, "--problem.covariance", "1e-400")
    refused("entry 1e2 must be an integer in digits", "solve", "gaussian_transport_2d", "--training.samples", "1e2")
    refused("should follow immediately after the equal sign", "solve", *small[:1], "--network.width=", code=2)
    # A run of another version, and what this one does not know of it.
    shutil.copytree("base", "old")
    text = Path("old/config.ini").read_text().replace("\nversion = ", "\nversion = 0.0.")
    Path("old/config.ini").write_text(text.replace("\nwidth = ", "\nwidht = "))
    for words in (["evaluate", "old", "--points", "points.npy"], ["validate", "old"]):
        refused("whose numbers may be others: ", *words)
    Path("old/config.ini").write_text(text)
    assert "whose numbers may be others\n" in mfg("evaluate", "old", "--points", "points.npy").stderr


def base():
    """A run and points for those after it."""
    mfg("solve", *small, "--output", "base")
    write_points("points.npy")


run_tests(base, exact_solutions, numbers, lost_history, large_checkpoint, files_of_another_kind, terminals, names_in_an_ini,
          messages)
