"""Plugins that are a single source: they are compiled when they are named, kept, and belong to the run that used them.
MFG is the program."""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from common import program
from common.program import MFG, mfg, refused

os.environ.pop("CXX", None)
note = "mfg: compiling "
short = ["--problem.dimension", "1", "--training.samples", "64", "--training.validation_samples", "64", "--threads", "1",
         "--pictures", "no", "--quiet"]


def refused_after_compiling(text, *words):
    """The last line says why; there may be words of the compiler in front of it."""
    lines = mfg(*words, code=1).stderr.splitlines()
    assert lines[0].startswith(note) and lines[-1].startswith("mfg: ") and text in lines[-1], f"no '{text}' in: {lines}"
    return lines


def libraries():
    return list(Path("cache/mfg/plugins").glob("*/lib/mfg/plugins/*.so"))


def written():
    """`mfg new` writes a file and prints commands that work."""
    os.environ["XDG_CACHE_HOME"] = os.path.abspath("cache")
    done = mfg("new", "problem", "my_game", "--single-file")
    assert os.listdir() == ["my_game.cpp"]
    source = Path("my_game.cpp").read_text()
    assert "///     mfg solve my_game.cpp\n" in source and "--problem" not in source.split("#include")[0]
    check, solve = re.findall("^  (.*)$", done.stdout, re.M)
    assert check.endswith("mfg check problem my_game.cpp") and solve.endswith("mfg solve my_game.cpp"), done.stdout
    assert "dry-run" not in solve and subprocess.run(solve + " --dry-run", shell=True, capture_output=True).returncode == 0
    refused("'my_game.cpp' exists", "new", "problem", "my_game", "--single-file")
    mfg("new", "optimizer", "steps", "--single-file", "--output", "optimizers")
    assert "--optimizer steps.cpp" in Path("optimizers/steps.cpp").read_text()


def used():
    """Compiled once, for all commands."""
    done = mfg("solve", "my_game.cpp", *short, "--training.iterations", "8", "--output", "run")
    assert done.stderr == "", "it was compiled before"
    assert len(libraries()) == 1
    assert "--problem.attraction" in mfg("describe", "my_game.cpp").stdout
    assert "attracted to a place" in mfg("describe", "problem", "./my_game.cpp").stdout
    assert "all " in mfg("check", "my_game.cpp", "--problem.dimension", "1").stdout
    assert "gradient_seconds" in mfg("benchmark", "my_game.cpp", "--training.samples", "64", "--threads", "1").stdout
    refused("did you mean 'attraction'", "solve", "my_game.cpp", "--problem.atraction", "2")
    refused_after_compiling("calls itself 'My Game' in MFG_PLUGIN", "describe", copy("named.cpp", '"my_game"', '"My Game"'))
    # A copy of another name is the same plugin, and what is changed another.
    assert mfg("describe", copy("other.cpp", "", "")).stderr.startswith(note)
    done = mfg("solve", "optimal_transport_2d", "--optimizer", "optimizers/steps.cpp", "--training.samples", "64,64",
               "--training.iterations", "2,2", "--dry-run", "--threads", "1")
    assert f"optimizer = {os.getcwd()}/optimizers/steps.cpp" in done.stdout and done.stderr.startswith(note)


def kept():
    """The run has its own copy, moved and with the original gone."""
    Path("home").mkdir()
    shutil.copy("my_game.cpp", "home/my_game.cpp")
    words = ["--training.time_limit", "0.2", "--training.iterations", "100000"]
    mfg("solve", "home/my_game.cpp", *short, *words, "--output", "home/run")
    assert "problem = sources/my_game.cpp\n" in Path("home/run/config.ini").read_text()
    assert list(json.loads(Path("home/run/result.json").read_text())["files"]) == ["my_game.cpp"]
    source = Path("home/run/sources/my_game.cpp").read_text()
    assert source == Path("my_game.cpp").read_text()
    os.rename("home/run", "moved")
    Path("home/my_game.cpp").write_text("nothing")
    assert mfg("resume", "moved", "--training.time_limit", "0.4").stderr == ""
    mfg("validate", "moved", "--agents", "0", "--threads", "1")
    mfg("report", "moved")
    mfg("solve", "moved/config.ini", "--training.time_limit", "0.1", "--output", "again", "--quiet")
    assert Path("again/sources/my_game.cpp").read_text() == source
    # The directory may be the one of the source, and a run that fails leaves what was there.
    mfg("solve", "again/config.ini", "--training.time_limit", "0.1", "--output", "again", "--overwrite", "--quiet")
    assert Path("again/sources/my_game.cpp").read_text() == source
    # A source that has changed after the checkpoint makes another game of it.
    Path("moved/sources/my_game.cpp").write_text(source.replace("attraction = 1", "attraction = 2"))
    refused_after_compiling("sources/my_game.cpp' has changed since the checkpoint in 'moved'", "resume", "moved")
    assert "has changed since the run in 'moved'" in mfg("validate", "moved", "--agents", "0", "--threads", "1").stderr
    shutil.rmtree("moved/sources")
    refused("no problem plugin in file 'moved/sources/my_game.cpp'", "resume", "moved")
    Path("twice").mkdir()
    shutil.copy("optimizers/steps.cpp", "twice/my_game.cpp")
    refused_after_compiling("have the same name", "solve", "my_game.cpp", *short, "--optimizer", "twice/my_game.cpp")


def copy(name, before, after):
    text = Path("my_game.cpp").read_text()
    assert before in text
    Path(name).write_text(text.replace(before, after))
    return name


def refused_source():
    """What is wrong is said about the user's own file and line."""
    copy("broken.cpp", "norm_squared(s.x) +", "norm_squared(s.y) +")
    line = 1 + Path("broken.cpp").read_text().split("norm_squared(s.y)")[0].count("\n")
    lines = refused_after_compiling(f"cannot compile 'broken.cpp': broken.cpp:{line}:", "solve", "broken.cpp")
    assert lines[0] == note + "'broken.cpp'" and "has no member named" in lines[-1], lines
    assert any(text.startswith(f"broken.cpp:{line}:") for text in lines) and "numbered" not in str(lines), lines
    # One file: what stands beside it is not looked at.
    Path("beside.hpp").write_text("")
    Path("two.cpp").write_text('#include "beside.hpp"\n')
    refused_after_compiling("cannot compile 'two.cpp': two.cpp:1:10: fatal error: beside.hpp", "describe", "two.cpp")
    Path("unfinished.cpp").write_text("namespace mfg { void missing(); }\nvoid f() { mfg::missing(); }\nauto g = (f(), 1);\n")
    refused_after_compiling("undefined reference", "check", "unfinished.cpp")
    Path("empty.cpp").write_text("")
    refused_after_compiling("is not a plugin of mfg (no symbol mfg_plugin_v1)", "check", "empty.cpp")
    refused("there is no such file", "solve", "none.cpp")
    refused("there is no compiler 'nowhere', which the variable CXX names", "solve", "my_game.cpp",
            env={**os.environ, "CXX": "nowhere"})
    refused("set the variable XDG_CACHE_HOME or HOME", "solve", "my_game.cpp",
            env={**os.environ, "XDG_CACHE_HOME": "", "HOME": ""})
    refused("cannot create the directory", "solve", "my_game.cpp", env={**os.environ, "XDG_CACHE_HOME": "/proc"})
    assert not list(Path("cache/mfg/plugins").glob(".mfg-*")), "unfinished files are left"
    assert mfg("complete", "--", "solve", "broken.cpp", "--problem.").stderr == ""


def together():
    """Several processes at once find the cache empty: each has the plugin, which is kept once."""
    environment = {**os.environ, "XDG_CACHE_HOME": os.path.abspath("fresh")}
    started = [subprocess.Popen([MFG, "describe", "my_game.cpp"], env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for process in started:
        output, errors = process.communicate(timeout=300)
        assert process.returncode == 0 and "--problem.attraction" in output, errors
    assert len(os.listdir("fresh/mfg/plugins")) == 1, os.listdir("fresh/mfg/plugins")


program.run_tests(written, used, kept, refused_source, together)
