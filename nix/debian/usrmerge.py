"""Where the members of packages really stand: merged /usr, and the directories in /var that moved to /run.

Packages still name paths such as bin/sh or var/run/x. On Debian those directories are symlinks, which base-files ships
(trixie on) or debootstrap makes; a tar must name the path behind the symlink.
"""

from collections.abc import Iterator

from system import System, Target
from tree import Entry, directory, link

SOURCES = ()

ALIASES = {name: f"usr/{name}" for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32")} | {
    "var/run": "run",
    "var/lock": "run/lock",
}

# The directories beside bin, sbin and lib that debootstrap merges, by Debian architecture.
MULTILIB = {"amd64": ("lib32", "lib64", "libx32")}


def resolve(path: str) -> str:
    """The path behind the symlinks, for a path in one of their directories; the symlinks' own paths stay."""
    for alias, target in ALIASES.items():
        if path.startswith(f"{alias}/"):
            return target + path[len(alias) :]
    return path


def compose(system: System, target: Target) -> Iterator[Entry]:
    """The symlinks that no package ships."""
    if "bin" in system.paths:
        names = []
    else:
        names = ["bin", "sbin", "lib", *MULTILIB.get(target.architecture, ())]
    for name in names:
        yield directory(ALIASES[name])
        yield link(name, ALIASES[name])
