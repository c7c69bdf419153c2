#!/usr/bin/env python3
"""Tables of the pages: markers agree with the list, and cells, kept rows and the foot are what tables.py promises."""
import json
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "benchmarks"))
import tables
from table_list import Column, Row, Table

wrong = tables.check()
assert not wrong, "\n".join(wrong)

table = Table("page", "run", [Column("control", "errors.control"), Column("objective", "validation.objective", "cost"),
                              Column("t alone", "baselines.value_centred.time_only")], [Row("a"), Row("b", seeds=2)])
top = ["| run | control | objective | t alone |", "|---|---:|---:|---:|"]


def write(runs, name, control, objective, commit):
    (runs / name).mkdir()
    result = {"errors": {"control": control}, "validation": {"objective": objective},
              "baselines": {"value_centred.time_only": 0.5}}
    (runs / name / "result.json").write_text(json.dumps(result))
    (runs / name / "made_by.json").write_text(json.dumps({"commit": commit, "processor": "P"}))


with tempfile.TemporaryDirectory() as scratch:
    runs = pathlib.Path(scratch)
    for name, control in (("a", 0.01), ("a-seed2", 0.02)):
        write(runs, name, control, 10 + control * 100, "c1")
    old = [*top, "| `a` \u2020 | 1 | 2 | - |", "| `b` \u2020 | 3 | 4 | - |", "", "\u2020 one seed, an earlier version."]
    assert tables.make(table, runs, old) == (old, ["a", "b"]), "a seed is missing, and the table has changed"
    write(runs, "a-seed3", 0.03, 13, "c1")

    lines, missing = tables.make(table, runs, old)
    new_row = "| `a` | 0.020 (0.010 to 0.030) | 12.00 (11.00 to 13.00) | 0.50 |"
    foot = "Mean and range over 3 seeds; commit c1; P. \u2020 one seed, an earlier version."
    assert lines == [*top, new_row, old[3], "", foot] and missing == ["b"], lines
    assert tables.make(table, runs, ["| other | columns |", "|---|---|"]) == (["| other | columns |", "|---|---|"], ["b"])

    # Rows of other runs stay, with what the foot says of them.
    write(runs, "b", 2e-5, 1, "c2")
    write(runs, "b-seed2", 4e-5, 1, "c2")
    (runs / "a" / "result.json").unlink()
    lines, missing = tables.make(table, runs, lines)
    assert lines[2:4] == [new_row, "| `b` | 3.0e-5 (2.0e-5 to 4.0e-5) | 1.00 | 0.50 |"], lines
    assert lines[-1] == "Mean and range over 2 or 3 seeds; commit c1, c2; P." and missing == ["a"], lines
print("passed")
