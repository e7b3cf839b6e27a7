"""The databases of users and groups (passwd(5), group(5), shadow(5), gshadow(5)).

They hold what base-passwd's master files list, and the accounts that the postinst scripts of other packages add.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import count

from system import System, Target
from tree import Entry, text

MASTER = "usr/share/base-passwd/{}.master"
SOURCES = (MASTER.format("*"),)

# adduser's FIRST_SYSTEM_UID and FIRST_SYSTEM_GID.
FIRST = 100
SECONDS_PER_DAY = 86400

# The calls in scripts that add a user and a group.
USER = re.compile(r"^\s*adduser .*--system.* ([\w-]+) \|\| true$", re.MULTILINE)
GROUP = re.compile(r"^\s*addgroup --system (?:--\S+ )*([\w-]+)$", re.MULTILINE)


def groups(system: System) -> list[str]:
    """The lines of /etc/group."""
    lines = _master(system, "group")
    return lines + [f"{name}:x:{gid}:" for name, gid in _added(system, GROUP, lines)]


def group_ids(system: System) -> dict[str, int]:
    """Group → its number."""
    return {line.split(":")[0]: int(line.split(":")[2]) for line in groups(system)}


def users(system: System) -> list[str]:
    """The lines of /etc/passwd."""
    lines = _master(system, "passwd")
    nogroup = group_ids(system).get("nogroup")
    return lines + [
        f"{name}:x:{uid}:{nogroup}::/nonexistent:/usr/sbin/nologin" for name, uid in _added(system, USER, lines)
    ]


def compose(system: System, target: Target) -> Iterator[Entry]:
    """The four files. Nobody has a password."""
    if "base-passwd" not in system.packages:
        return
    shadow = group_ids(system)["shadow"]
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
    """The lines of base-passwd's passwd or group file."""
    path = MASTER.format(kind)
    if path not in system.sources:
        return []
    # An x says that the password is in the shadow file.
    return [re.sub(r"^([^:]+):[^:]*:", r"\1:x:", line) for line in system.source(path).splitlines()]


def _added(system: System, call: re.Pattern[str], lines: list[str]) -> list[tuple[str, int]]:
    """The accounts that postinst scripts create: name and number, the first free ones, in the order of the packages.

    `call` finds the names in a script, `lines` are those of the database before.
    """
    known = {line.split(":")[0] for line in lines}
    taken = {int(line.split(":")[2]) for line in lines}
    scripts = (system.packages[name].info.get("postinst", "").replace("\\\n", "") for name in sorted(system.packages))
    wanted = dict.fromkeys(name for script in scripts for name in call.findall(script))
    free = (number for number in count(FIRST) if number not in taken)
    return [(name, next(free)) for name in wanted if name not in known]


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
