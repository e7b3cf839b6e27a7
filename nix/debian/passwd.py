"""The databases of users and groups (passwd(5), group(5), shadow(5), gshadow(5)).

They hold what base-passwd's master files list, and the accounts that the postinst scripts of other packages add.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import count

import scripts
from system import System, Target
from tree import Entry, text

MASTER = "usr/share/base-passwd/{}.master"
SOURCES = (MASTER.format("*"),)

# adduser's FIRST_SYSTEM_UID and FIRST_SYSTEM_GID.
FIRST = 100
SECONDS_PER_DAY = 86400

# The number of Debian's user nobody and group nogroup.
NOBODY = 65534
NAME = re.compile(r"\w[\w-]*", re.ASCII)
# A line of the group file, and one of the passwd file, which has more fields.
MASTER_LINE = re.compile(r"([^:\s]+):[^:]*:([0-9]{1,9}):.*")


def groups(system: System) -> list[str]:
    """The lines of /etc/group."""
    lines = _master(system, "group")
    return lines + [f"{name}:x:{gid}:" for name, gid in _added(system, "addgroup", lines)]


def group_ids(system: System) -> dict[str, int]:
    """Group → its number."""
    return {line.split(":")[0]: int(line.split(":")[2]) for line in groups(system)}


def users(system: System) -> list[str]:
    """The lines of /etc/passwd."""
    lines = _master(system, "passwd")
    nogroup = group_ids(system).get("nogroup", NOBODY)
    return lines + [
        f"{name}:x:{uid}:{nogroup}::/nonexistent:/usr/sbin/nologin" for name, uid in _added(system, "adduser", lines)
    ]


def compose(system: System, target: Target) -> Iterator[Entry]:
    """The four files. Nobody has a password."""
    if "base-passwd" not in system.packages:
        return
    shadow = group_ids(system).get("shadow", 0)
    masters = {line.split(":")[0] for line in _master(system, "group")}
    days = target.mtime // SECONDS_PER_DAY
    user_names = [line.split(":")[0] for line in users(system)]
    group_names = [line.split(":")[0] for line in groups(system)]
    yield text("etc/passwd", _lines(users(system)))
    yield text("etc/group", _lines(groups(system)))
    yield text("etc/shadow", _lines(f"{name}:*:{days}:0:99999:7:::" for name in user_names), 0o640, shadow)
    yield text(
        "etc/gshadow", _lines(f"{name}:{'*' if name in masters else '!'}::" for name in group_names), 0o640, shadow
    )


def _master(system: System, kind: str) -> list[str]:
    """The lines of base-passwd's passwd or group file. Raises ValueError."""
    path = MASTER.format(kind)
    if path not in system.sources:
        return []
    lines = system.source(path).split("\n")
    for line in filter(None, lines):
        if not MASTER_LINE.fullmatch(line):
            raise ValueError(f"{path}: {line[:60]!a} is no account; leave the package out")
    # An x says that the password is in the shadow file.
    return [re.sub(r"^([^:]+):[^:]*:", r"\1:x:", line) for line in filter(None, lines)]


def _added(system: System, command: str, lines: list[str]) -> list[tuple[str, int]]:
    """The accounts that postinst scripts create: name and number, the first free ones, in the order of the packages.

    `command` is adduser or addgroup, `lines` are those of the database before.
    """
    known = {line.split(":")[0] for line in lines}
    taken = {int(line.split(":")[2]) for line in lines}
    postinsts = (system.packages[name].info.get("postinst", "") for name in sorted(system.packages))
    wanted = dict.fromkeys(name for script in postinsts for name in _names(script, command))
    free = (number for number in count(FIRST) if number not in taken)
    return [(name, next(free)) for name in wanted if name not in known]


def _names(script: str, command: str) -> Iterator[str]:
    """The accounts of the system that the calls of a command add."""
    for call in scripts.calls(script, command):
        match call.split():
            case ["adduser", *options, name, "||", "true"] if "--system" in options and NAME.fullmatch(name):
                yield name
            case ["addgroup", "--system", *options, name] if NAME.fullmatch(name):
                if all(option.startswith("--") for option in options):
                    yield name


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
