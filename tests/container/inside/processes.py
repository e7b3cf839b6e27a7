"""Prints PID 1 and its descendants, and so nothing that `docker exec` runs: a JSON list of {pid, parent, command}."""

import json
import os
from pathlib import Path

parents, commands = {}, {}
for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        command = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # it ended meanwhile
        continue
    parents[pid] = int(stat.rpartition(")")[2].split()[1])
    commands[pid] = command.replace("\0", " ").strip()


def descends_from_first(pid: int) -> bool:
    return pid == 1 or (pid in parents and descends_from_first(parents[pid]))


print(
    json.dumps(
        [
            {"pid": pid, "parent": parents[pid], "command": commands[pid]}
            for pid in sorted(parents)
            if descends_from_first(pid)
        ]
    )
)
