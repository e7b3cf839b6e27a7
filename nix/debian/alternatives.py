"""The alternatives system: what update-alternatives(1) makes of the calls in postinst scripts.

The calls are read from the scripts, where their arguments are literal, variables that are set once, or the variable of
a loop. Those few scripts that compute their arguments have a row in COMPUTED. Variables at the end of a call that are
not known stand for the slaves of a program, its manual pages, and are left out.
"""

import posixpath
import re
import shlex
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import elf
import scripts
import usrmerge
from system import Package, System, Target
from tree import Entry, link, text

SOURCES = ()
ADMIN = "var/lib/dpkg/alternatives"
COMMAND = "update-alternatives"
ASSIGNMENT = re.compile(r"""^(\w+)=(?:([\w./-]{1,255})|'([\w./ -]{1,255})'|"([\w./ -]{1,255})")$""", re.MULTILINE)
NAME = re.compile(r"[A-Za-z_]\w{0,50}")
VARIABLE = re.compile(r"\$([A-Za-z_]\w{0,50})")
CONTROL_OPERATORS = {"||", "&&", "|", ";", "&"}
PRIORITY = re.compile(r"-?[0-9]{1,9}")
# What the longest call of a script may have of characters, and all calls of a script of links. Real ones have a tenth.
LONGEST_CALL = 100_000
MOST_LINKS = 1000
# How long a call in a loop may be, and how often all loops of a script may go round. Real ones: 500 and 50.
LONGEST_IN_LOOP = 2000
MOST_ROUNDS = 500


@dataclass(frozen=True)
class Call:
    """`update-alternatives --install LINK NAME PATH PRIORITY [--slave LINK NAME PATH]...`, with absolute paths."""

    link: str
    name: str
    path: str
    priority: int
    slaves: tuple[tuple[str, str, str], ...] = ()


def _with_manual(name: str, path: str, priority: int) -> Call:
    """The program `path` by another name, with its manual page."""
    manual = (f"/usr/share/man/man1/{name}.1.gz", f"{name}.1.gz", f"/usr/share/man/man1/{path}.1.gz")
    return Call(f"/usr/bin/{name}", name, f"/usr/bin/{path}", priority, (manual,))


def _xz() -> Call:
    """The names of lzma's programs, for those of xz."""
    tools = ("cat", "more", "less", "diff", "cmp", "grep", "egrep", "fgrep")
    pairs = [("unlzma", "unxz"), *((f"lz{tool}", f"xz{tool}") for tool in tools)]
    programs = [(f"/usr/bin/{name}", name, f"/usr/bin/{path}") for name, path in pairs]
    manuals = [_with_manual(name, path, 0).slaves[0] for name, path in pairs]
    lzma = _with_manual("lzma", "xz", 20)
    return Call(lzma.link, lzma.name, lzma.path, lzma.priority, (*lzma.slaves, *programs, *manuals))


# Package → the calls that its postinst makes.
COMPUTED = {
    "mariadb-common": [Call("/etc/mysql/my.cnf", "my.cnf", "/etc/mysql/mariadb.cnf", 200)],
    "openssh-client": [
        _with_manual(name, path, 20) for name, path in (("rsh", "ssh"), ("rlogin", "slogin"), ("rcp", "scp"))
    ],
    # Its calls are for programs that it installs on other systems only.
    "procps": [],
    "xz-utils": [_xz()],
}


def compose(system: System, target: Target) -> Iterator[Entry]:
    """The links, and the state from which update-alternatives goes on, where there is dpkg."""
    if "dpkg" in system.packages:
        for name, choices in _choices(system, report=True):
            yield text(f"{ADMIN}/{name}", _state(_best(choices), choices))
    for path, where in links(system).items():
        yield link(path, where)


def links(system: System) -> dict[str, str]:
    """Path → target of each link.

    An image without dpkg has those of libraries, which programs need, and others only beside the links that its maker
    gave it, such as to busybox: then it has commands.
    """
    has_commands = "dpkg" in system.packages or system.stand_ins
    found = {}
    for name, choices in _choices(system):
        best = _best(choices)
        for where, slave, path in ((best.link, name, best.path), *best.slaves):
            if _exists(path, system) and (has_commands or elf.is_library(where)):
                found[f"etc/alternatives/{slave}"] = path
                found[usrmerge.resolve(where[1:])] = f"/etc/alternatives/{slave}"
    return found


def _choices(system: System, report: bool = False) -> Iterator[tuple[str, list[Call]]]:
    """Each alternative, with the calls for those of its programs that are there."""
    groups: dict[str, list[Call]] = {}
    for name in sorted(system.packages):
        for call in calls(system.packages[name], report):
            if _exists(call.path, system):
                groups.setdefault(call.name, []).append(call)
    for name, choices in sorted(groups.items()):
        yield name, sorted(choices, key=lambda call: call.path)


def _best(choices: list[Call]) -> Call:
    return max(choices, key=lambda call: call.priority)


def calls(package: Package, report: bool = True) -> list[Call]:
    """The alternatives that a package's postinst installs.

    If asked to, it reports on stderr which calls it can't read: the first of them.

    Raises ValueError if it installs more than MOST_LINKS.
    """
    script = package.info.get("postinst", "")
    if package.name in COMPUTED:
        # Not every suite's package installs them.
        return COMPUTED[package.name] if " --install " in script or "configure-symlinks" in script else []
    found, unread = [], []
    for line, variables in _installs(script):
        try:
            found.append(_parse(line, variables))
        except (ValueError, KeyError):
            unread.append(line)
    if unread and report:
        shown = f"{unread[0][:200]!a} and {len(unread) - 1} more" if unread[1:] else ascii(unread[0][:200])
        print(f"debian: {package.name}: alternatives: can't read {shown}; add them to COMPUTED", file=sys.stderr)
    if sum(1 + len(call.slaves) for call in found) > MOST_LINKS:
        raise ValueError(
            f"{package.name}: postinst: installs more than {MOST_LINKS} alternatives; leave the package out"
        )
    return found


def _installs(script: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The calls of a script that install, each with what its variables are; in a `for` loop, once for each word."""
    variables = {name: "".join(forms) for name, *forms in ASSIGNMENT.findall(script)}
    # The last loop's variable, its words, and a pattern that finds it in a call.
    loop, values, in_loop = "", [""], re.compile(r"\Z.")
    left = MOST_ROUNDS
    for line in scripts.calls(script, "for", COMMAND):
        match line.partition(";")[0].split():
            case ["for", name, "in", *words] if NAME.fullmatch(name):
                if len(line) < LONGEST_IN_LOOP:
                    words = string.Template(" ".join(words)).safe_substitute(variables).split()
                loop, values, in_loop = name, words, re.compile(rf"\$(?:{name}\b|\{{{name}\}})")
            case _ if "--install" in line.split():
                if in_loop.search(line[:LONGEST_IN_LOOP]):
                    yield from ((line, variables | {loop: value}) for value in values[:left])
                    left -= min(left, len(values))
                else:
                    yield line, variables


def _parse(line: str, variables: dict[str, str]) -> Call:
    """Read a command line. Raises ValueError, and KeyError for a variable that is not known."""
    if len(line) > LONGEST_CALL:
        raise ValueError(line)
    words = line.split()
    while (variable := VARIABLE.fullmatch(words[-1])) and variable[1] not in variables:
        words.pop()
    line = string.Template(" ".join(words)).substitute(variables)
    if len(line) > LONGEST_CALL:
        raise ValueError(line)
    words = shlex.split(line, comments=True)
    end = next((number for number, word in enumerate(words) if word in CONTROL_OPERATORS), len(words))
    words = words[words.index("--install") + 1 : end]
    if not words or len(words) % 4 or words[4::4] != ["--slave"] * (len(words) // 4 - 1):
        raise ValueError(line)
    slaves = tuple((words[at], words[at + 1], words[at + 2]) for at in range(5, len(words), 4))
    for where, name, path in ((words[0], words[1], words[2]), *slaves):
        if not (_is_path(where) and _is_path(path) and _is_path(f"/{name}") and "/" not in name):
            raise ValueError(line)
    if not PRIORITY.fullmatch(words[3]):
        raise ValueError(line)
    return Call(words[0], words[1], words[2], int(words[3]), slaves)


def _is_path(text: str) -> bool:
    """Whether it is a plain absolute path."""
    return text[:1] == "/" != text and text.isprintable() and posixpath.normpath(text) == text


def _state(best: Call, choices: list[Call]) -> str:
    """The state of one alternative as dpkg keeps it: the links, then each choice."""
    slaves = sorted({slave: where for call in choices for where, slave, _ in call.slaves}.items())
    state = ["auto", best.link, *(line for slave in slaves for line in slave), ""]
    for call in choices:
        paths = {slave: path for _, slave, path in call.slaves}
        state += [call.path, str(call.priority), *(paths.get(slave, "") for slave, _ in slaves)]
    return "\n".join([*state, "", ""])


def _exists(path: str, system: System) -> bool:
    return usrmerge.resolve(path[1:]) in system.paths
