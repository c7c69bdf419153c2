#!/usr/bin/env python3
"""Runs the commands of a page of the documentation, or of the manuals of all plugins.

    commands.py PAGE.md         every ```sh block
    commands.py --manuals       the commands in `mfg describe KIND NAME`

MFG is the program, MFG_SOURCE the top of the source tree. Before each ```sh block of a page stands a comment:

    <!-- run -->                the block is run
    <!-- not run: REASON -->    it takes too long, or needs what a test has not

Blocks of a page are run in order, by one shell, in one empty directory, with mfg on the PATH. Of a block that is not run
the lines with mfg are tried: `mfg solve` and `mfg benchmark` with --dry-run, which puts everything together; the others
must have the right arguments, though the runs that they name do not exist; scripts must exist. So it is done with the
manuals.
"""
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

program = os.path.abspath(os.environ["MFG"])
source = os.path.abspath(os.environ["MFG_SOURCE"])
environment = dict(os.environ, PATH=os.path.dirname(program) + ":" + os.environ["PATH"])
environment.pop("MFG_PLUGIN_PATH", None)
failures = []


def add_python(directory):
    """Puts a python3 with NumPy first on the PATH, where the first one there has none."""
    for python in ("python3", "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import numpy"], env=environment, capture_output=True).returncode == 0:
            break
    if python != "python3":
        os.symlink(python, os.path.join(directory, "python3"))
        environment["PATH"] = directory + ":" + environment["PATH"]


def fail(where, message):
    failures.append(where)
    print(f"FAILED: {where}: {message}")


class Block:
    def __init__(self, line, note, commands):
        self.line, self.note, self.commands = line, note, commands


def blocks_of(page):
    """The ```sh blocks of a page; commands elsewhere are errors, because nothing would run them."""
    blocks, note, fence, lines = [], "", None, []
    with open(page) as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if fence is None and line.startswith("```"):
                fence, start, lines = line[3:], number, []
            elif fence is not None and line == "```":
                if fence == "sh":
                    blocks.append(Block(start, note, lines))
                fence, note = None, ""
            elif fence is not None:
                lines.append(line)
            elif re.match(r" {4}(\./|[a-z/]*bin/mfg |mfg [a-z]+ |cmake |tests/[a-z]|docs/[a-z_]+ )", line):
                fail(f"{page}:{number}", f"a command that nothing runs; put it into a ```sh block: {line.strip()}")
            elif line.strip():
                note = line.strip()
    return blocks


def try_command(where, command, directory):
    """A command that is not run: it could be."""
    try:
        words = shlex.split(command, comments=True)
    except ValueError as error:
        return fail(where, f"{error}: {command}")
    if not words:
        return None
    if words[0].startswith("./") or words[0].startswith("tests/") or words[0].startswith("docs/"):
        if not os.access(os.path.join(source, words[0]), os.X_OK):
            fail(where, f"there is no program {words[0]}")
        return None
    if os.path.basename(words[0]) != "mfg":
        return None
    words = [program] + words[1:]
    dry = words[1] in ("solve", "benchmark")
    if dry:
        words.append("--dry-run")
    done = subprocess.run(words, cwd=directory, env=environment, capture_output=True, text=True)
    # Anything but a solve needs runs that are not there.
    if done.returncode != 0 and (dry or done.returncode != 1):
        return fail(where, f"{command}: exit code {done.returncode}: {done.stderr.strip()}")
    if dry:
        # What it would leave behind, as far as later commands start from it.
        name = next((w for w in words[2:] if not w.startswith("-")), "run")
        output = words[words.index("--output") + 1] if "--output" in words else os.path.join("runs", name)
        os.makedirs(os.path.join(directory, output), exist_ok=True)
        with open(os.path.join(directory, output, "config.ini"), "w") as file:
            file.write(done.stdout)
    return None


def commands_in(lines):
    return re.sub(r"\\\n\s*", " ", "\n".join(lines)).split("\n")


def check_page(page):
    name = os.path.relpath(page, source)
    script, tried, run = ["set -eu -o pipefail"], 0, 0
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as dry_directory:
        for block in blocks_of(page):
            where = f"{name}:{block.line}"
            if block.note == "<!-- run -->":
                run += 1
                script += [f"echo {shlex.quote(where)} >&3"] + block.commands
            elif re.fullmatch(r"<!-- not run: .+ -->", block.note):
                for command in commands_in(block.commands):
                    tried += 1
                    try_command(where, command, dry_directory)
            else:
                fail(where, "before the block stands neither <!-- run --> nor <!-- not run: REASON -->")
        if run:
            os.mkdir(os.path.join(dry_directory, ".bin"))
            add_python(os.path.join(dry_directory, ".bin"))
            progress = os.path.join(dry_directory, "progress")
            done = subprocess.run(["bash", "-c", f"exec 3>{shlex.quote(progress)}\n" + "\n".join(script)], cwd=directory,
                                  env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                with open(progress) as file:
                    block = (file.read().split("\n")[:-1] or ["?"])[-1]
                fail(block, f"exit code {done.returncode}:\n{done.stdout[-3000:]}")
    print(f"{name}: {run} blocks run, {tried} other commands tried")


def check_manuals():
    described = subprocess.run([program, "describe", "--format", "json"], env=environment, capture_output=True, text=True,
                               check=True)
    plugins = [p for p in json.loads(described.stdout) if p["kind"] != p["name"]]
    count = 0
    with tempfile.TemporaryDirectory() as directory:
        for plugin in plugins:
            lines = [line[4:] for line in plugin["manual"].split("\n") if line.startswith("    ")]
            commands = [command for command in commands_in(lines) if command.startswith("mfg ")]
            where = f"{plugin['kind']} {plugin['name']}"
            if not commands:
                fail(where, "there is no command in its manual")
            for command in commands:
                count += 1
                try_command(where, command, directory)
    if len(plugins) < 25:
        fail("manuals", f"there are only {len(plugins)} plugins")
    print(f"{len(plugins)} manuals, {count} commands tried")


if sys.argv[1] == "--manuals":
    check_manuals()
else:
    check_page(os.path.abspath(sys.argv[1]))
sys.exit(bool(failures))
