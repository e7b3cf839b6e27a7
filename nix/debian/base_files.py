"""What base-files' postinst makes: the first /etc/profile and its like, the directories of the hierarchy, the logs.

Its calls of its own shell functions are read from the script: they differ from suite to suite, but their form does not.
"""

from collections.abc import Iterator

import passwd
import scripts
from system import System, Target
from tree import Entry, directory, link

SOURCES = ("usr/share/base-files/*",)

CALLS = ("install_from_default", "install_directory", "migrate_directory", "install_local_dir")

# The files that record logins, of the group utmp (utmp(5)).
LOGS = {"btmp": 0o660, "lastlog": 0o664, "wtmp": 0o664}


def compose(system: System, target: Target) -> Iterator[Entry]:
    """What the calls of the script make, and what it makes in each suite."""
    package = system.packages.get("base-files")
    if package is None:
        return
    groups = passwd.group_ids(system)
    for call in dict.fromkeys(scripts.calls(package.info.get("postinst", ""), *CALLS)):
        match call.split():
            case ["install_from_default", path, installed] if f"usr/share/base-files/{path}" in system.sources:
                yield Entry(installed.strip("/"), 0o644, system.source(f"usr/share/base-files/{path}").encode())
            case ["install_directory", path, mode, group] if scripts.MODE.fullmatch(mode):
                yield directory(path.strip("/"), int(mode, 8), groups.get(group, 0))
            case ["install_local_dir", path]:
                yield directory(path.strip("/"))
            case ["migrate_directory", path, where]:
                yield link(path.strip("/"), where)
    for name, log_mode in LOGS.items():
        yield Entry(f"var/log/{name}", log_mode, gid=groups.get("utmp", 0))
    yield link("etc/dpkg/origins/default", "debian")
    yield link("var/spool/mail", "../mail")
    yield link("usr/local/man", "share/man")
