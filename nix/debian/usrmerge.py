"""Where the members of packages really stand: merged /usr, and the directories in /var that moved to /run.

Packages still name paths such as bin/sh or var/run/x. On a Debian system those directories are symlinks, which
base-files ships (from Debian 13 on) or debootstrap makes. A tar must name the path behind the symlink.
"""

from collections.abc import Iterator

from system import System, Target
from tree import Entry, directory, link

SOURCES = ()

# Symlink → its target.
ALIASES = {name: f"usr/{name}" for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32")} | {
    "var/run": "run",
    "var/lock": "run/lock",
}

# Debian architecture → the directories beside bin, sbin and lib that debootstrap merges.
MULTILIB = {"amd64": ("lib32", "lib64", "libx32")}


def resolve(path: str) -> str:
    """The path behind the symlinks, for a path below one of them. The path of a symlink itself stays as it is.

    Example: resolve("bin/sh") == "usr/bin/sh", resolve("bin") == "bin"
    """
    for alias, target in ALIASES.items():
        if path.startswith(f"{alias}/"):
            return target + path[len(alias) :]
    return path


def compose(system: System, target: Target) -> Iterator[Entry]:
    """The symlinks of merged /usr, unless base-files ships them."""
    if "bin" in system.paths:
        return
    for name in ("bin", "sbin", "lib", *MULTILIB.get(target.architecture, ())):
        yield directory(ALIASES[name])
        yield link(name, ALIASES[name])
