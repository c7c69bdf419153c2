#!/usr/bin/env python3
"""Checks references in the documentation and in comments.

    links.py [SOURCE]      SOURCE is the top of the tree; the one of this script by default

* A relative link of a page leads to a file of the tree, and its #anchor to a heading of that file.
* A file of the tree that a page, a comment or a text of the program names exists.
* A comment that cites docs/equations.md names a heading of that page, as in `docs/equations.md, "Coupling"`.
* The table of experiments in README.md has each experiment once, with the method of its INI file.
"""
import itertools
import os
import re
import subprocess
import sys

source = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../.."))
script = "tests/documentation/links.py"
failures = []


def fail(where, message):
    failures.append(where)
    print(f"FAILED: {where}: {message}")


def read(name):
    with open(os.path.join(source, name), encoding="utf-8") as file:
        return file.read()


def tree():
    """The files of the source tree, without build folders."""
    for folder, folders, names in os.walk(source):
        folders[:] = [f for f in folders if not f.startswith(("build", "runs", ".")) and f not in ("corpus", "images")]
        yield from (os.path.relpath(os.path.join(folder, name), source) for name in names)


files = list(tree())


def headings(name):
    in_code = False
    for line in read(name).split("\n"):
        in_code ^= line.startswith("```")
        if not in_code and re.match(r"#+ ", line):
            yield line.lstrip("#").strip()


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def check_links(page):
    text = re.sub(r"```.*?```|\$\$.*?\$\$|`[^`\n]*`|\$[^$\n]*\$", "", read(page), flags=re.DOTALL)
    count = 0
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        count += 1
        name, _, section = target.partition("#")
        name = os.path.normpath(os.path.join(os.path.dirname(page), name)) if name else page
        if not os.path.exists(os.path.join(source, name)):
            fail(page, f"the link {target} leads nowhere")
        elif section and section not in map(anchor, headings(name)):
            fail(page, f"{name} has no heading for the link {target}")
    return count


def check_names(name, text):
    """Files of the tree that a text names, as docs/files.md or mfg/problem.hpp; NAME stands for any name."""
    folders = "core|pde|testing|plugins|apps|tests|docs|mfg"
    for named in set(re.findall(rf"(?<![\w/.<-])((?:{folders})/[\w/.-]*\.[a-z]{{2,4}})\b", text)):
        if "NAME" in named:
            continue
        roots = ("core", "pde", "testing", "plugins") if named.startswith("mfg/") else ("",)
        if not any(os.path.exists(os.path.join(source, root, named)) for root in roots):
            fail(name, f"there is no file {named}")


def check_citations(name, text):
    count = 0
    joined = re.sub(r"\s*\n\s*(?:///?|#) *", " ", text)
    for title in re.findall(r'docs/equations\.md(?:, "([^"]+)")?', joined):
        count += 1
        if title not in sections:
            fail(name, f'docs/equations.md has no section "{title}"')
    return count


def expand(pattern):
    """Expands braces: a_{1,2}d is a_1d, a_2d."""
    parts = re.split(r"\{([^}]*)\}", pattern)
    choices = [part.split(",") if i % 2 else [part] for i, part in enumerate(parts)]
    return ["".join(words) for words in itertools.product(*choices)]


def check_experiments():
    table = re.search(r"\| experiment \|.*?\n\n", read("README.md"), flags=re.DOTALL).group()
    methods = {}
    for row in table.strip().split("\n")[2:]:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        for name in (n for pattern in re.findall(r"`([^`]+)`", cells[0]) for n in expand(pattern)):
            if name in methods:
                fail("README.md", f"the experiment {name} is in the table twice")
            methods[name] = cells[2].strip("`")
    shipped = {os.path.basename(name)[:-4]: re.search(r"^method = (\w+)$", read(name), flags=re.MULTILINE).group(1)
               for name in files if name.startswith("apps/experiments/") and name.endswith(".ini")}
    for name in sorted(shipped.keys() | methods.keys()):
        if shipped.get(name) != methods.get(name):
            fail("README.md", f"experiment {name}: the table says {methods.get(name)}, its file {shipped.get(name)}")
    return len(shipped)


sections = set(headings("docs/equations.md"))
pages = [name for name in files if name.endswith(".md")]
links = sum(check_links(page) for page in pages)
citations = 0
for name in files:
    if name.endswith((".cpp", ".hpp", ".py", ".sh", ".ini", ".txt", ".cmake", ".in")) and name != script:
        text = read(name)
        citations += check_citations(name, text)
        if not name.startswith("tests/"):
            check_names(name, text)
for page in pages:
    check_names(page, read(page))
experiments = check_experiments()
print(f"{len(pages)} pages, {links} links, {citations} citations of docs/equations.md, {experiments} experiments")
if links < 60 or citations < 10 or experiments < 40:
    fail("links", "these are too few: something was not found")
sys.exit(bool(failures))
