"""The counts of all odd calls as one table, below the results of the tests."""

import ast

OUTCOMES = ("value", "sentence", "traceback", "silent", "unclear")


def pytest_terminal_summary(terminalreporter):
    reports = [report for group in terminalreporter.stats.values() for report in group]
    rows = dict(row for report in reports for row in getattr(report, "user_properties", ()) if row[0][:1] in "·›")
    if not rows:
        return
    names = ("functions", "calls", *OUTCOMES)
    known = {room: ast.literal_eval(said) for room, said in sorted(rows.items())}
    known["all"] = {name: sum(counts.get(name, 0) for counts in known.values()) for name in names}
    heads = {"value": "right values", "silent": "silent wrong"}
    write = terminalreporter.write_line
    terminalreporter.section("odd calls by room")
    write(f"{'':<26}" + "".join(f"{heads.get(name, name):>14}" for name in names))
    for room, counts in known.items():
        write(f"{room.lstrip('·› '):<26}" + "".join(f"{counts.get(name, 0):>14,}" for name in names))
