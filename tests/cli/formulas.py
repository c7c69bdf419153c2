"""Games that an INI file defines by formulas. MFG is the program."""
import json
import math
import os
from pathlib import Path

from common import program
from common.program import mfg, refused

os.environ.pop("CXX", None)

hill = """description = A crowd that walks around a hill
method = lagrangian

[formulas]
dimension = 2
initial = gaussian([-2, 0], 0.2)
target = gaussian([2, 0], 0.2)
# The hill stands a little to the left.
running_cost = height*exp(-norm_squared(x - [0, 0.3]) / (2*width^2)) + 0.1*w
terminal_cost = 10 * (w - log_target)

[constants]
height = 5   # height of the hill
width = 0.7

[training]
iterations = 3
samples = 64
validation_samples = 64
"""


def objective(*words, **more):
    """What a method makes of a problem at its first parameters."""
    return json.loads(mfg("benchmark", *words, "--training.samples", "64", "--threads", "1", **more).stdout)["players"]


def same(a, b):
    assert a.keys() == b.keys()
    for player in a:
        terms = a[player]["terms"], b[player]["terms"]
        assert terms[0].keys() == terms[1].keys()
        for name in terms[0]:
            if not math.isclose(terms[0][name], terms[1][name], rel_tol=1e-9, abs_tol=1e-12):
                return False
    return True


def used():
    os.environ["XDG_CACHE_HOME"] = os.path.abspath("cache")
    Path("hill.ini").write_text(hill)
    done = mfg("solve", "hill.ini", "--problem.width", "0.5", "--threads", "1", "--pictures", "no", "--quiet")
    assert done.stderr == "mfg: compiling 'hill.ini'\n"
    configuration = Path("runs/hill/config.ini").read_text()
    assert "problem = sources/hill.cpp\n" in configuration and "\nwidth = 0.5\n" in configuration, configuration
    assert "[formulas]" not in configuration and "description = A crowd that walks around a hill\n" in configuration
    manual = mfg("describe", "hill.ini").stdout
    assert "height of the hill (default 5)" in manual and "terminal_cost = 10 * (w" in manual
    assert "all " in mfg("check", "hill.ini").stdout
    # The run needs its own copy only, which is C++ to go on from.
    os.rename("hill.ini", "elsewhere.ini")
    assert mfg("solve", "runs/hill/config.ini", "--threads", "1", "--quiet", "--output", "again").stderr == ""
    assert mfg("solve", "runs/hill/sources/hill.cpp", "--dry-run").stderr == ""
    assert Path("again/parameters.npy").read_bytes() == Path("runs/hill/parameters.npy").read_bytes()
    # Formulas and settings may be in different files.
    Path("folder").mkdir()
    os.rename("elsewhere.ini", "folder/hill.ini")
    Path("narrow.ini").write_text("problem = folder/hill.ini\n[problem]\nwidth = 0.2\n")
    assert "width = 0.2\n" in mfg("solve", "narrow.ini", "--dry-run").stdout


def equal():
    """Formulas are the same problem as a plugin with the same formulas in C++, up to rounding."""
    Path("transport.ini").write_text("""[formulas]
initial = gaussian([2, 0], 0.6)
target = gaussian([-2, 0], [0.3, 1.2])
terminal_cost = weight * (w - log_target)
[constants]
weight = 5
""")
    paths = ["--method", "lagrangian", "--integrator", "rk4", "--network", "resnet", "--optimizer", "bfgs",
             "--method.hjb_weight", "1", "--method.hjb_terminal_weight", "1", "--training.iterations", "1"]
    exact = objective("--problem", "gaussian_transport", *paths)
    assert same(objective("transport.ini", *paths), exact)
    assert not same(objective("transport.ini", "--problem.weight", "4", *paths), exact)

    Path("square.ini").write_text("""[formulas]
stationary = yes
dimension = 3
viscosity = 0.5
coupling = game
running_cost = 2 * pi^2 * amplitude * sum(sin(2*pi*x) + cos(2*pi*x)) + exp(2*w)
[constants]
amplitude = 0.1
""")
    assert same(objective("square.ini"), objective("--problem", "ergodic_square", "--problem.dimension", "3"))

    # A drift is a part of the Hamiltonian.
    game = """[formulas]
initial = mixture(gaussian(1, 0.5), gaussian([-1, 1], 0.5))
viscosity = 0.1
running_cost = norm_squared(x) / 2
interaction = exp(-distance_squared)
terminal_cost = cos(t) * log_cosh(x[0])
"""
    for name, more in {"none": "", "drift": "drift = concat(-x[1], x[0])\n",
                       "hamiltonian": "hamiltonian = norm_squared(p)/2 + p[0]*x[1] - p[1]*x[0]\n"}.items():
        Path(name + ".ini").write_text(game + more)
    particles = ["--method", "apac_net", "--network", "mlp", "--optimizer", "adam"]
    objectives = {name: objective(name + ".ini", *particles) for name in ("none", "drift", "hamiltonian")}
    assert same(objectives["drift"], objectives["hamiltonian"]) and not same(objectives["none"], objectives["drift"])


def bad():
    """One line, with that of the file."""
    def wrong(text, *lines):
        Path("bad.ini").write_text("[formulas]\ninitial = gaussian(0, 1)\n" + "\n".join(lines) + "\n")
        refused(text, "solve", "bad.ini")

    wrong("mfg: bad.ini:3: running_cost: unknown name 'system'; known: ", 'running_cost = system("rm")')
    wrong("mfg: bad.ini:4: running_cost: unknown name 'widht'; did you mean 'width'?", "# A comment, and",
          "running_cost = widht*w", "[constants]", "width = 1")
    wrong("bad.ini:3: running_cost: '; exit(1)' is not expected", "running_cost = w; exit(1)")
    wrong("bad.ini:3: terminal_cost: it must be one number for each agent, as norm_squared(x)", "terminal_cost = x")
    wrong("bad.ini:3: drift: unknown name 'w'; known: ", "drift = w*x")
    wrong("bad.ini:3: drift: it must be a vector", "drift = x[0]")
    wrong("bad.ini:3: running_csot: there is no such formula; did you mean 'running_cost'?", "running_csot = w")
    wrong("bad.ini:3: initial: it is set twice", "initial = gaussian(0, 1)")
    wrong("bad.ini:2: initial: a stationary game has none", "stationary = yes")
    wrong("bad.ini:2: initial: on the torus it must be uniform()", "space = torus")
    wrong("bad.ini:3: horizon: option horizon = -1 must be > 0", "horizon = -1")
    wrong("bad.ini:3: hamiltonian: it does not depend on p", "hamiltonian = exp(w)")
    wrong("bad.ini:4: drift: the Hamiltonian has the drift b in it, as -dot(b, p)", "hamiltonian = norm_squared(p)/2",
          "drift = -x")
    wrong("bad.ini:3: window: it has four numbers", "window = 1, 2")
    wrong("bad.ini:4: pi: formulas have this name already", "[constants]", "pi = 3")
    wrong("bad.ini:4: a: option a = w must be a finite number", "[constants]", "a = w")
    Path("both.ini").write_text("problem = ode\n[formulas]\nrunning_cost = w\n")
    refused("it has formulas, which are its problem, and 'problem = ode'", "solve", "both.ini")
    Path("none.ini").write_text("method = galerkin\n")
    refused("'none.ini' has no section [formulas]", "check", "none.ini")
    Path("start.ini").write_text("[formulas]\nrunning_cost = w\n")
    refused("start.ini: [formulas] has no initial law", "solve", "start.ini")
    refused("'start.ini': formulas define a problem, and no network", "describe", "network", "start.ini")


program.run_tests(used, equal, bad)
