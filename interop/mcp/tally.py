"""Counts the checks of a run and names those that failed; fails when there are any, or none at all.

`--program`: the run was against the program as people have it, without the tools, prompts and resources that the
suite calls by name. What needs one of those, or logging by the protocol, which the program does not offer, is
counted apart; everything else has to hold."""

import json
import pathlib
import re
import sys

# Scenarios that call something by a name of the suite's own.
FIXTURES = re.compile(
    r"server-(tools-call-|elicitation-sep|input-required-result-|json-schema-2020-12-|logging-set-level-"
    r"|prompts-get-|resources-(read|subscribe|unsubscribe|templates-read)-|server-sse-polling-)"
)
# Checks of other scenarios that look for a fixture and say that there is none.
UNTESTABLE = re.compile("Not testable: server (exposes no|does not list the diagnostic) tool")


def needs_a_fixture(scenario, check):
    return bool(FIXTURES.match(scenario) or UNTESTABLE.match(check.get("errorMessage", "")))


program = "--program" in sys.argv[2:]
counts = {}
failed = []
scenarios = 0
for path in sorted(pathlib.Path(sys.argv[1]).rglob("checks.json")):
    # Tasks are an extension of the protocol that this server does not offer.
    if path.parent.name.startswith("server-tasks-"):
        continue
    scenarios += 1
    for check in json.loads(path.read_text()):
        if program and check["status"] in ("FAILURE", "WARNING") and needs_a_fixture(path.parent.name, check):
            counts["that need a fixture"] = counts.get("that need a fixture", 0) + 1
            continue
        counts[check["status"]] = counts.get(check["status"], 0) + 1
        if check["status"] in ("FAILURE", "WARNING"):
            failed.append((check["status"], path.parent.name, check["id"], check.get("errorMessage", "")))

for status, scenario, check, why in failed:
    print(f"{status} {scenario}: {check}: {why}")
print(f"{scenarios} scenarios: " + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
sys.exit(not counts.get("SUCCESS") or any(status == "FAILURE" for status, *_ in failed))
