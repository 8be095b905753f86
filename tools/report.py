#!/usr/bin/env python3
"""Counts what ctest ran, by the single case, and says what failed.

    tools/report.py BUILD_FOLDER JUNIT_FILE CASES_FOLDER

A program of GoogleTest counts with its cases, which it wrote to CASES_FOLDER (GTEST_OUTPUT); another test counts with
the "N passed, N failed" that it printed last, else as one. A test that failed without a failing case (it crashed, ran
out of time, leaked) counts as one more failure. Prints the output of what failed, one line for each failure, and at
last "N passed, N failed"; the exit status is 1 when anything failed or nothing ran.
"""

import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

OUTPUT_LINES_MAX = 120
COUNTS = re.compile(r"^(\d+) passed, (\d+) failed$")


def programs(build):
    """{test name: the programs of its command line, without folders}"""
    shown = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, capture_output=True, text=True, check=True)
    return {test["name"]: [pathlib.Path(word).name for word in test.get("command", [])]
            for test in json.loads(shown.stdout)["tests"]}


def cases_by_program(folder):
    """{program: (passed, [failing case])} of the files that GoogleTest wrote: PROGRAM.xml, PROGRAM_1.xml ..."""
    made = {}
    for path in sorted(folder.glob("*.xml")):
        try:
            root = xml.parse(path).getroot()
        except xml.ParseError:
            continue  # cut off by a crash, which ctest reports
        passed, failing = made.get(program := re.sub(r"_\d+$", "", path.stem), (0, []))
        for case in root.iter("testcase"):
            if case.get("status") == "run" and case.get("result", "completed") == "completed":
                if case.find("failure") is not None:
                    failing = [*failing, f"{case.get('classname')}.{case.get('name')}"]
                else:
                    passed += 1
        made[program] = (passed, failing)
    return made


def counted(name, status, output, words, cases):
    """(passed, [line for each failure]) of one test of ctest."""
    if status in ("notrun", "disabled"):
        return 0, [f"{name}: did not run ({status}): is its program built?"]
    program = next((word for word in words if word in cases), None)
    lines = output.rstrip().splitlines()
    match = COUNTS.match(lines[-1]) if lines else None
    if program:
        passed, failing = cases[program]
        failures = [f"{name}: {case}" for case in failing]
    elif match:
        passed = int(match.group(1))
        failures = [f"{name}: a case failed"] * int(match.group(2))
    else:
        passed, failures = (0, []) if status == "fail" else (1, [])
    if status == "fail" and not failures:
        failures = [f"{name}: failed" + (" after its cases passed (leak, crash, or no time left)" if passed else "")]
    return passed, failures


def main():
    build, junit, folder = map(pathlib.Path, sys.argv[1:4])
    words, cases = programs(build), cases_by_program(folder)
    passed, failures = 0, []
    for test in xml.parse(junit).getroot().iter("testcase"):
        name, status = test.get("name"), test.get("status")
        output = test.findtext("system-out") or ""
        good, bad = counted(name, status, output, words.get(name, []), cases)
        passed += good
        failures += bad
        if bad:
            print(f"---- {name}")
            print("\n".join(output.rstrip().splitlines()[-OUTPUT_LINES_MAX:]))
    for line in failures:
        print(f"FAILED {line}")
    if not passed and not failures:
        print("no test ran: does the pattern name one?")
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
