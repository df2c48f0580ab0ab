# SPDX-License-Identifier: BSD-3-Clause
"""Counts test results from the reports that meson and pytest write; only what really ran is counted.

    count_results.py meson BUILD     the last `meson test` of a build directory: "passed failed"
    count_results.py pytest FILE     a junit file of pytest: "passed failed"
    count_results.py sum FILE...     adds such lines up: the final "N passed, N failed"

GoogleTest cases count one by one. A program that fails although all its cases passed (a leak found at its end, a crash
after the last case) counts as one failure more. Names of what failed and what was skipped go to stderr.
"""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree as xml


def cases_of(element):
    """(passed, names of failed, skipped) of all test cases below an element of a junit report."""
    passed, failed, skipped = 0, [], 0
    for case in element.iter("testcase"):
        name = f"{case.get('classname', '')} {case.get('name', '')}".strip()
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif case.find("skipped") is not None or case.get("status") == "notrun" or case.get("result") == "suppressed":
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


# What GoogleTest prints at the end of each case; a case's own output may stand before it on the line.
_CASE = re.compile(r"\[(       OK |  FAILED  |  SKIPPED )\] (\S+?)(?:, where .*)? \(\d+ ms\)")


def count_meson(build):
    log = pathlib.Path(build) / "meson-logs" / "testlog.json"
    passed, failed, skipped = 0, [], 0
    for line in log.read_text(encoding="utf-8").splitlines():
        run = json.loads(line)
        good = run["result"] in ("OK", "EXPECTEDFAIL")
        cases = _CASE.findall(run.get("stdout", ""))
        bad = [f"{run['name']}: {name}" for kind, name in cases if kind.strip() == "FAILED"]
        if run["result"] == "SKIP":
            skipped += 1
            continue
        if not good and not bad:
            bad.append(f"{run['name']}: {run['result']}, status {run.get('returncode')}")
        passed += sum(kind.strip() == "OK" for kind, _name in cases) if cases else good
        skipped += sum(kind.strip() == "SKIPPED" for kind, _name in cases)
        failed += bad
    return passed, failed, skipped


def main():
    mode, *words = sys.argv[1:]
    if mode == "sum":
        rows = [tuple(map(int, pathlib.Path(word).read_text(encoding="ascii").split())) for word in words]
        failed = sum(row[1] for row in rows)
        print(f"{sum(row[0] for row in rows)} passed, {failed} failed")
        return 1 if failed or not rows else 0
    try:
        passed, failed, skipped = count_meson(words[0]) if mode == "meson" else cases_of(xml.parse(words[0]).getroot())
    except (OSError, ValueError, xml.ParseError) as trouble:
        # A run that left no report has not passed.
        passed, failed, skipped = 0, [f"no report: {trouble}"], 0
    for name in failed:
        print(f"failed: {name}", file=sys.stderr)
    if skipped:
        print(f"skipped: {skipped}", file=sys.stderr)
    print(passed, len(failed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
