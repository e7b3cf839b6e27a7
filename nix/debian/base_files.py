"""What base-files' postinst makes: the first /etc/profile and its like, the directories of the hierarchy, the logs.

Its calls of its own shell functions are read from the script: they differ from suite to suite, but their form does not.
"""

import re
from collections.abc import Iterator

import passwd
from system import System, Target
from tree import Entry, directory, link

SOURCES = ("usr/share/base-files/*",)

CALL = re.compile(
    r"^\s+(install_from_default|install_directory|migrate_directory|install_local_dir) +/?(\S+) *(.*)$",
    re.MULTILINE,
)

# The files that record logins, of the group utmp (utmp(5)).
LOGS = {"btmp": 0o660, "lastlog": 0o664, "wtmp": 0o664}


def compose(system: System, target: Target) -> Iterator[Entry]:
    """What the calls of the script make, and what it makes in each suite."""
    package = system.packages.get("base-files")
    if package is None:
        return
    groups = passwd.group_ids(system)
    calls = dict.fromkeys(CALL.findall(package.info.get("postinst", "")))
    for call, path, rest in calls:
        match call, rest.split():
            case "install_from_default", [installed] if f"usr/share/base-files/{path}" in system.sources:
                yield Entry(installed.strip("/"), 0o644, system.source(f"usr/share/base-files/{path}").encode())
            case "install_directory", [mode, group]:
                yield directory(path, int(mode, 8), groups.get(group, 0))
            case "install_local_dir", []:
                yield directory(path)
            case "migrate_directory", [where]:
                yield link(path, where)
    for name, mode in LOGS.items():
        yield Entry(f"var/log/{name}", mode, gid=groups.get("utmp", 0))
    yield link("etc/dpkg/origins/default", "debian")
    yield link("var/spool/mail", "../mail")
    yield link("usr/local/man", "share/man")
