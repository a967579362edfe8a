"""Counts the checks of a run and names those that failed; fails when there are any, or none at all."""

import json
import pathlib
import sys

counts = {}
failed = []
scenarios = 0
for path in sorted(pathlib.Path(sys.argv[1]).rglob("checks.json")):
    # Tasks are an extension of the protocol that this server does not offer.
    if path.parent.name.startswith("server-tasks-"):
        continue
    scenarios += 1
    for check in json.loads(path.read_text()):
        counts[check["status"]] = counts.get(check["status"], 0) + 1
        if check["status"] in ("FAILURE", "WARNING"):
            failed.append((check["status"], path.parent.name, check["id"], check.get("errorMessage", "")))

for status, scenario, check, why in failed:
    print(f"{status} {scenario}: {check}: {why}")
print(f"{scenarios} scenarios: " + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
sys.exit(not counts.get("SUCCESS") or any(status == "FAILURE" for status, *_ in failed))
