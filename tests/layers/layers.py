#!/usr/bin/env python3
"""Checks the rules of rules.txt against the sources, and itself against sources that break each rule.

    layers.py [SOURCE]        the top of the source tree
"""
import itertools
import re
import sys
import tempfile
from pathlib import Path

here = Path(__file__).resolve().parent
FOLDERS = ["core", "pde", "testing", "plugins", "apps"]
# Where <mfg/...> and "..." are looked for, beside the folder of the file that includes.
INCLUDE_FOLDERS = ["core", "pde", "testing", "plugins", "apps/mfg"]
LITERAL = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\((?P<raw>.*?)\)(?P=d)"|"(?P<text>(?:[^"\\\n]|\\.)*)"|'(?:[^'\\\n]|\\.)+'""",
                     re.DOTALL)


class Rule:
    def __init__(self, line, kind, first, second):
        self.line, self.kind, self.first, self.second = line, kind, first, second


def read_rules(text):
    rules = []
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        kind, _, rest = line.partition(" ")
        split = lambda entries: [entry.strip() for entry in entries.split(",")]
        if kind == "order":
            layers = [split(layer) for layer in rest.split("<")]
            # The words of a rule are reported: one each for the two layers.
            for lower, upper in itertools.combinations(layers, 2):
                rules.append(Rule(f"order {', '.join(lower)} < {', '.join(upper)}", "never", lower, upper))
        elif kind in ("never", "only", "absent", "unnamed") and ":" in rest:
            first, _, second = rest.partition(":")
            rules.append(Rule(line, kind, split(first), split(second)))
        else:
            raise SystemExit(f"rules.txt: no rule: {line}")
    return rules


def pattern(entry, known=None):
    """A regular expression for the paths of an entry; `known` are the parts that {name}s stand for."""
    text = re.escape(entry).replace(r"\*", "[^/]*")
    for name in re.findall(r"\\{(\w+)\\}", text):
        part = re.escape(known[name]) if known else f"(?P<{name}>[^/]+)"
        text = text.replace(rf"\{{{name}\}}", part, 1)
    return re.compile(text + ("$" if "*" in entry else "(/.*)?$"))


def match(entries, path, known=None):
    return next((found for entry in entries if (found := pattern(entry, known).match(path))), None)


class Tree:
    """Sources and headers below a folder, and which includes which."""

    def __init__(self, top):
        self.texts = {}
        for folder in FOLDERS:
            for path in sorted((top / folder).rglob("*")):
                if path.is_file() and path.suffix in (".cpp", ".hpp", ".cmake", ".txt"):
                    self.texts[str(path.relative_to(top))] = path.read_text()
        self.problems, self.includes = [], []
        for path, text in self.texts.items():
            for number, line in enumerate(text.splitlines(), 1):
                found = re.match(r"\s*#\s*include\s*(?:<(mfg/[^>]+)>|\"([^\"]+)\")", line)
                if found:
                    self.resolve(path, number, found[1], found[2])

    def resolve(self, path, number, angled, quoted):
        places = [f"{folder}/{angled or quoted}" for folder in INCLUDE_FOLDERS]
        if quoted:
            places.insert(0, f"{path.rpartition('/')[0]}/{quoted}")
        target = next((place for place in places if place in self.texts), None)
        if target:
            self.includes.append((f"{path}:{number}", path, target))
        else:
            self.problems.append(f"{path}:{number}: '{angled or quoted}' is in none of {', '.join(places)}")

    def plugins(self):
        """The names of all plugins."""
        parts = [path.split("/") for path in self.texts]
        return {part[2].partition(".")[0] for part in parts if part[0] == "plugins" and len(part) > 2} - {"common"}

    def strings(self, path):
        """The text of each string, and the number of its line; not those of #include."""
        text = re.sub(r"(?m)^\s*#\s*include.*$", "", self.texts[path])
        for found in LITERAL.finditer(text):
            if found["raw"] is not None or found["text"] is not None:
                yield text.count("\n", 0, found.start()) + 1, found["raw"] or found["text"] or ""


def violations(rule, tree):
    if rule.kind in ("never", "only"):
        for where, path, target in tree.includes:
            found = match(rule.first, path)
            if found and bool(match(rule.second, target, found.groupdict())) == (rule.kind == "never"):
                yield f"{where}: includes {target}; {rule.line}"
    elif rule.kind == "absent":
        for path, text in tree.texts.items():
            for number, line in enumerate(text.splitlines(), 1):
                if match(rule.first, path) and any(word.lower() in line.lower() for word in rule.second):
                    yield f"{path}:{number}: {line.strip()}; {rule.line}"
    else:
        names = tree.plugins()
        for path in tree.texts:
            if not match(rule.first, path) or not path.endswith((".cpp", ".hpp")):
                continue
            for number, text in tree.strings(path):
                for name in names & set(re.findall(r"[a-z]\w*", text)):
                    if name not in rule.second or text == name or f"'{name}'" in text:
                        yield f"{path}:{number}: \"{text}\" names the plugin {name}; {rule.line}"


def check(rules, tree):
    found = [violation for rule in rules for violation in violations(rule, tree)]
    for rule in rules:
        for entry in rule.first + (rule.second if rule.kind in ("never", "only") else []):
            if "{" not in entry and not any(pattern(entry).match(path) for path in tree.texts):
                found.append(f"rules.txt: no file is in {entry}; {rule.line}")
    return tree.problems + found


def sample(entry, name="sample.hpp"):
    """A file of an entry."""
    entry = re.sub(r"{\w+}", "part", entry)
    return entry.replace("*", name) if "*" in entry else f"{entry}/{name}" if "." not in entry else entry


def write(top, path, text=""):
    (top / path).parent.mkdir(parents=True, exist_ok=True)
    (top / path).write_text(text)


def included_as(path):
    """What a file writes to include another one."""
    folder, _, rest = path.partition("/")
    return f"<{rest}>" if rest.startswith("mfg/") and folder in INCLUDE_FOLDERS else f'"{rest}"'


def check_itself(rules):
    """A tree for each rule that breaks it, and one that keeps all; what is not reported."""
    missed = []
    for rule in rules:
        with tempfile.TemporaryDirectory() as scratch:
            top = Path(scratch)
            path, keeps = sample(rule.first[0]), ""
            if rule.kind == "never":
                target = sample(rule.second[0])
                breaks = f"#include {included_as(target)}\n"
            elif rule.kind == "only":
                target, breaks = "plugins/other/stranger/any.hpp", '#include "other/stranger/any.hpp"\n'
                allowed = sample(rule.second[0], "allowed.hpp")
                keeps = f"#include {included_as(allowed)}\n"
                write(top, allowed)
            elif rule.kind == "absent":
                target, breaks = "plugins/kind/any.cpp", f"#include <{rule.second[0]}3.h>\n"
            else:
                target, breaks = "plugins/kind/any_name.cpp", 'throw Error("use the method any_name");\n'
                keeps = '// any_name\n#include "any_name.hpp"\nthrow Error("a " "name");\n'
                write(top, path.replace("sample.hpp", "any_name.hpp"))
            write(top, target)
            for text, expected in ((keeps, False), (breaks, True)):
                write(top, path, text)
                tree = Tree(top)
                if bool([*violations(rule, tree)]) != expected or tree.problems:
                    missed.append(f"not seen, or seen where it is kept: {rule.line} {tree.problems}")
    return missed


rules = read_rules((here / "rules.txt").read_text())
tree = Tree(Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent.parent)
failures = check(rules, tree) + check_itself(rules)
for failure in failures:
    print("FAILED:", failure)
print(f"{len(rules)} rules, {len(tree.texts)} files, {len(tree.includes)} includes, {len(failures)} failures")
sys.exit(1 if failures else 0)
