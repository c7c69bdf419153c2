#!/usr/bin/env python3
"""Every problem with every method, and every choice of the methods' options: what is refused is refused in one line
whose advice can be followed. MFG is the program.

An option that a message names must be one of the method. What stands after "use" or "give", such as

    use --method.objective residuals or the method apac_net
    use --method.standardise no and --method.density_base none, or --method.laplacian exact
    use the method lagrangian, galerkin or apac_net

is followed, each alternative for itself: with the options the program accepts the run or refuses it for another reason;
each method accepts the problem, if need be with the options that its own refusals advise.
"""
import itertools
import json
import os
import re
import subprocess
import sys

program = os.path.abspath(os.environ["MFG"])
environment = {name: value for name, value in os.environ.items() if name != "MFG_PLUGIN_PATH"}
KINDS = ["network", "integrator", "optimizer"]
# Options without a list of choices that a method refuses for some problems.
MORE_CHOICES = {
    "problem": {"mean_attraction": {"noise": ["0"], "attraction": ["0"]}, "linear_quadratic": {"viscosity": ["0"]},
                "crowd_motion": {"interaction_weight": ["1"]}, "ergodic_log": {"dimension": ["2"]},
                "swarm": {"interaction_weight": ["0"]}, "obstacle_swarm": {"dimension": ["3"]}},
    "method": {"apac_net": {"path_weight": ["1"]}},
}
seen = {}
failures = {}
followed = set()


def mfg(*words):
    return subprocess.run([program, *words], capture_output=True, text=True, env=environment)


def names_of(kind):
    return [line.split()[0] for line in mfg("list", kind).stdout.splitlines() if line.startswith("  ")]


def options_of(kind, name):
    """The names of all options, each with its choices."""
    options = {}
    for option in json.loads(mfg("describe", kind, name, "--format", "json").stdout)["options"]:
        choices = []
        if option.get("range", "").startswith("one of: "):
            choices = option["range"][len("one of: "):].split(", ")
        elif option["type"] == "boolean":
            choices = ["yes", "no"]
        default = {"true": "yes", "false": "no"}.get(option["default"], option["default"])
        more = MORE_CHOICES.get(kind, {}).get(name, {}).get(option["name"], [])
        options[option["name"]] = [choice for choice in choices if choice != default] + more
    return options


def choices_of(options):
    return [(name, value) for name, values in options.items() for value in values]


def solve(run):
    """The message of a refusal, "" where the run is accepted. A run is a map: option -> value."""
    words = tuple(word for name, value in run.items() for word in ("--" + name, value))
    if words not in seen:
        done = mfg("solve", *words, "--dry-run")
        message = done.stderr.rstrip("\n")
        usage = is_missing(message)
        if done.returncode == 0:
            seen[words] = ""
            return ""
        if done.returncode != (2 if usage else 1) or "\n" in message or not message.startswith("mfg: ") or done.stdout:
            fail(run, message, f"is not one line with exit code 1, but {done.returncode}")
        seen[words] = message
    return seen[words]


def is_missing(message):
    """The kind of plugin that has to be chosen."""
    found = re.fullmatch(r"mfg: no (\w+) is chosen; give --(\w+) NAME .*", message)
    return found[1] if found and found[1] == found[2] and found[1] in KINDS else None


def complete(run):
    """The run with the plugins that it needs, and the message of its refusal."""
    message = solve(run)
    while kind := is_missing(message):
        run = dict(run, **{kind: plugins[kind][0]})
        message = solve(run)
    return run, message


def fail(run, message, what):
    words = " ".join(f"--{name} {value}" for name, value in run.items())
    failures.setdefault((message, what), words)


def alternatives(message):
    """What a message advises: a list of maps option -> value; a method is the option `method`."""
    found = re.search(r"; (?:\w+ )?(?:use|give|try|train with) (.*)", message)
    if not found:
        return []
    advice, option = [], None
    for alternative in re.split(r", or | or |, ", found[1]):
        options = {}
        for part in alternative.split(" and "):
            words = part.split()
            if words[:2] in (["the", "method"], ["method"]):
                option, words = "method", words[2:]
            elif words and re.fullmatch(r"--\w+(\.\w+)?", words[0]):
                option, words = words[0][2:], words[1:]
            if option and words and re.fullmatch(r"[\w.,-]+", words[0]):
                options[option] = words[0]
            if len(words) != 1:
                option = None
        if options:
            advice.append(options)
    return advice


def knows_options(run, message):
    """Whether every option that a message names is one of the run's method or problem, or of the program."""
    known = True
    for option in re.findall(r"--([a-z_]+(?:\.[a-z_0-9]+)?)", message):
        kind, _, name = option.partition(".")
        if name and kind in options and name not in options[kind][run[kind]]:
            fail(run, message, f"{kind} {run[kind]} has no option {name}")
            known = False
    return known


def without_method(run):
    return {name: value for name, value in run.items() if not name.startswith("method") and name not in KINDS}


def accepts(run, depth=0):
    """Whether a run is accepted, if need be after following its advice about options."""
    run, message = complete(run)
    if not message:
        return True
    return depth < 3 and any(accepts({**run, **advice}, depth + 1) for advice in alternatives(message)
                             if "method" not in advice and advice.items() - run.items())


def follow(run, message):
    if not knows_options(run, message):
        return
    if "; use" in message and not alternatives(message):
        fail(run, message, "its advice is not understood by this test")
    for advice in alternatives(message):
        followed.add(str(advice))
        if "method" in advice:
            if advice["method"] not in options["method"]:
                fail(run, message, f"there is no method {advice['method']}")
            elif not accepts({**without_method(run), **advice}):
                fail(run, message, f"the method {advice['method']} does not accept the problem either")
            continue
        after = complete({**run, **advice})[1]
        text = " ".join(f"--{name} {value}" for name, value in advice.items())
        if after == message:
            fail(run, message, f"{text} changes nothing")
        elif re.search(r"unknown option|must be|is given, but this run uses none", after):
            fail(run, message, f"{text} gives: {after}")


def try_run(run):
    run, message = complete(run)
    if message:
        follow(run, message)
    return message


plugins = {kind: names_of(kind) for kind in KINDS}
# The first is the one that a run gets which needs one.
for kind, name in {"network": "mlp", "integrator": "rk4", "optimizer": "adam"}.items():
    plugins[kind].sort(key=lambda other: other != name)
options = {kind: {name: options_of(kind, name) for name in names_of(kind)} for kind in ("problem", "method")}

refusals = set()
runs = 0
for problem, method in itertools.product(options["problem"], options["method"]):
    run = {"problem": problem, "method": method}
    of_method = choices_of({"method." + name: values for name, values in options["method"][method].items()})
    of_problem = choices_of({"problem." + name: values for name, values in options["problem"][problem].items()})
    # Pairs of a method's options find what cannot be together.
    pairs = [pair for pair in itertools.combinations(of_method, 2) if pair[0][0] != pair[1][0]]
    mixed = list(itertools.product(of_problem, of_method))
    for more in [[], *([one] for one in of_method + of_problem), *pairs, *mixed]:
        runs += 1
        refusals.add(try_run({**run, **dict(more)}))

for (message, what), words in failures.items():
    print(f"FAILED: mfg solve {words}\n    {message}\n    {what}")
print(f"{runs} runs, {len(refusals - {''})} refusals with {len(followed)} pieces of advice, {len(failures)} failures")
if len(refusals) < 20 or len(followed) < 8:
    sys.exit("hardly anything is refused or advised: the test does not see what it should")
sys.exit(1 if failures else 0)
