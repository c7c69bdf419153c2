"""The mistakes of plugin authors are caught, and say so in one line. MFG is the program, MFG_FAULTY_PLUGINS where the
plugins with mistakes are."""
import json
import os
import re
import shutil
from pathlib import Path

from common import program

faulty = Path(os.environ["MFG_FAULTY_PLUGINS"])
astray = ["--problem", "astray", "--plugin-path", faulty, "--threads", "1", "--pictures", "no", "--quiet"]


def mfg(*words, code=0, **environment):
    return program.mfg(*words, code=code, env={**os.environ, **environment})


def refused(text, *words, **environment):
    program.refused(text, *words, env={**os.environ, **environment})


def fails(text, problem, fault):
    """`mfg check` finds the fault, once in each setting."""
    done = mfg("check", "problem", problem, "--plugin-path", faulty, "--problem.fault", fault, code=1)
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert failed and any(text in line for line in failed), f"{fault}: no '{text}' in {failed}"


def passes(problem, fault, text=""):
    done = mfg("check", "problem", problem, "--plugin-path", faulty, "--problem.fault", fault)
    assert text in done.stdout, f"{fault}: no '{text}' in {done.stdout}"


def formulas():
    passes("astray", "none")
    mfg("solve", *astray, "--output", "good")
    for fault, entry in {"coordinate": 2, "next_coordinate": 3, "far_coordinate": 7, "negative_coordinate": -1,
                         "coordinates": 2}.items():
        text = f"formula: there is no entry [{entry}] in a vector of 2; the first one is [0], the last [1]"
        fails(text, "astray", fault)
        refused(text, "solve", *astray, "--problem.fault", fault)
        if fault != "coordinate":
            continue
        refused(text, "solve", *astray, "--problem.fault", fault, "--method", "galerkin", "--network", "mlp")
    fails("one number for each agent", "astray", "vector")
    refused("must be one number", "solve", *astray, "--problem.fault", "vector")


def settings():
    faults = {"no_dimension": "dimension() is 0", "negative_dimension": "dimension() is -1",
              "no_time": "horizon() is 0", "backward": "horizon() is -1", "nan_time": "horizon() is nan",
              "nan_window": "window() is [nan", "inverted_window": "window() is [1, -1]",
              "empty_window": "window() is [0, 0]", "huge_window": "window() is [-1.79", "other_law": "has dimension 3"}
    for fault, text in faults.items():
        refused("problem 'astray': ", "solve", *astray, "--problem.fault", fault)
        refused(text, "solve", *astray, "--problem.fault", fault)
        fails(text, "astray", fault)


def declarations():
    for fault, text in {"capital": "option 'Other' needs another name", "blank": "option 'an other' needs",
                        "dot": "option 'an.other' needs", "twice": "option 'fault' is declared twice",
                        "text": "option 'fault' is declared with a text that is not one line"}.items():
        for words in (["solve", *astray], ["check", "problem", "astray", "--plugin-path", faulty],
                      ["describe", "problem", "astray", "--plugin-path", faulty]):
            refused("problem 'astray': " + text, *words, MFG_ASTRAY=fault)
        # One bad plugin does not hide the others.
        assert "problem 'ode'" in mfg("describe", "--plugin-path", faulty, MFG_ASTRAY=fault).stdout
        assert "--problem.dimension" in mfg("complete", "--", "solve", "--plugin-path", faulty, "--problem.",
                                            MFG_ASTRAY=fault).stdout


def systems():
    """What `solve` refuses, `check` finds."""
    system = ["--problem", "astray_system", "--plugin-path", faulty, "--method", "galerkin", "--threads", "1",
              "--pictures", "no", "--quiet"]
    passes("astray_system", "none")
    mfg("solve", *system, "--output", "system")
    faults = {"capital": "the name 'K1' of an unknown; it must be lower-case letters",
              "many_equations": "a system has at most 32 equations",
              "mean_in_box": "means over the population at one time need points that follow it",
              "constant": "formula: there is no constant [0] among 0",
              "two_features": "the residual of equation 'pair' must be one number",
              "mean_in_velocity": "formula: a mean over the population needs agents_per_time above 1"}
    for fault, text in faults.items():
        fails(text, "astray_system", fault)
        refused(text, "solve", *system, "--problem.fault", fault)
    passes("astray_system", "nobody_moves", "override velocity() if they move")
    passes("astray_system", "density_alone", "not checked: reference() has no value, which 'phi' is")
    fails("reference() has no mean", "astray_system", "reference_without_mean")
    mfg("solve", *system, "--problem.fault", "reference_without_mean", "--output", "no_mean")
    errors = json.loads(Path("no_mean/result.json").read_text())["errors"]
    assert "value" in errors and "control" not in errors, errors


def cut_off():
    """A plugin that is being linked is refused by name, and the others stay."""
    Path("cut").mkdir()
    whole = (faulty / "problem_wrong_drift.so").read_bytes()
    shutil.copy(faulty / "problem_wrong_drift.so", "cut")
    for size in [*range(0, len(whole), 1777), len(whole) - 1]:
        Path("cut/problem_astray.so").write_bytes(whole[:size])
        done = mfg("list", "problem", "--plugin-path", "cut")
        assert "a regulator whose drift" in done.stdout and "optimal_transport" in done.stdout, size
        assert "cannot be loaded: " in done.stdout, size
        refused("problem_astray.so: cannot be loaded: ", "solve", "--problem", "astray", "--plugin-path", "cut")
        if size > 1000:
            assert f"it is cut off after {size} bytes; wait until it is built" in done.stdout, (size, done.stdout)
    refused("did you mean 'wrong_drift'", "solve", "--problem", "wrong_drif", "--plugin-path", "cut")
    assert "wrong_drift" in mfg("complete", "--", "solve", "--plugin-path", "cut", "--problem", "w").stdout
    mfg("describe", "--plugin-path", "cut", "--format", "json")


def changed():
    """A plugin that changes in the middle of a run, or a data file after it, is noticed."""
    Path("mine").mkdir()
    Path("p.npy").write_bytes(array(3, 2))
    plugin = Path("mine/problem_astray_system.so")
    shutil.copy(faulty / "problem_astray_system.so", plugin)
    own = ["--problem", "astray_system", "--plugin-path", "mine", "--method", "galerkin", "--threads", "1", "--pictures",
           "no", "--quiet", "--training.iterations", "1000000", "--training.time_limit", "0.2"]
    mfg("solve", *own, "--output", "run")
    files = json.loads(Path("run/result.json").read_text())["files"]
    assert list(files) == [plugin.name] and files[plugin.name]["path"] == str(plugin.resolve()), files
    assert re.fullmatch("[0-9a-f]{8}", files[plugin.name]["check_sum"])
    assert not mfg("evaluate", "run", "--points", "p.npy").stderr
    with plugin.open("ab") as file:
        file.write(b"another")
    refused("problem_astray_system.so' has changed since the checkpoint in 'run'", "resume", "run",
            "--training.time_limit", "1")
    for words in (["evaluate", "run", "--points", "p.npy"], ["validate", "run", "--agents", "0"]):
        note = mfg(*words).stderr
        assert "problem_astray_system.so' has changed since the run in 'run'" in note and note.count("\n") == 1, note
    shutil.copy(faulty / "problem_astray_system.so", plugin)
    mfg("resume", "run", "--training.time_limit", "0.4")

    box = '{"boxes": [{"height": 10, "low": [0, 5], "high": [1, %s], "edge": 0.1}]}'
    Path("room.json").write_text(box % 6)
    mfg("solve", "obstacle_swarm_2d_lagrangian", "--problem.obstacles", "room.json", "--training.samples", "16",
        "--training.iterations", "2", "--training.validation_samples", "16", "--network.width", "4", "--threads", "1",
        "--pictures", "no", "--quiet", "--output", "room")
    assert list(json.loads(Path("room/result.json").read_text())["files"]) == ["problem.obstacles"]
    Path("room.json").write_text(box % 7)
    Path("q.npy").write_bytes(array(3, 3))
    assert "room.json' has changed since" in mfg("evaluate", "room", "--points", "q.npy").stderr


def array(rows, columns):
    """A .npy file of zeros."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(8 * rows * columns)


def endings():
    """Who ends the program is named, and that is a failure."""
    refused("problem_astray.so: threw where nothing can be caught, as in a thread, a destructor or a global object: the "
            "well is dry", "solve", *astray, MFG_ASTRAY="throw")
    refused("problem_astray.so: has called exit()", "solve", *astray, MFG_ASTRAY="exit")
    refused("problem_astray.so: has called exit()", "list", "problem", "--plugin-path", faulty, MFG_ASTRAY="exit")
    refused("problem 'astray': has called exit()", "solve", *astray, "--problem.fault", "exit_in_constructor")
    refused("problem 'astray': has called exit()", "solve", *astray, "--problem.fault", "exit")
    refused("problem 'astray': the table is empty", "solve", *astray, "--problem.fault", "throw")
    refused("problem 'astray': stopped with an exception that is not", "solve", *astray, "--problem.fault", "throw_int")
    refused("problem 'astray': threw where nothing", "solve", *astray, "--problem.fault", "terminate")


def advice():
    refused("'crowd_motion' is a problem and no experiment; give --problem crowd_motion", "solve", "crowd_motion")
    refused("'astray' is a problem and no experiment", "solve", "astray", "--plugin-path", faulty)
    refused("no experiment 'crowd_motoin'", "solve", "crowd_motoin")
    # A method that cannot take the problem says so before parts are asked for.
    for method in ("lagrangian", "apac_net", "eulerian", "adversarial"):
        refused(f"method '{method}'", "solve", "--problem", "crowd_trading", "--network", "", "--integrator", "",
                "--method", method)


program.run_tests(formulas, settings, declarations, systems, cut_off, changed, endings, advice)
