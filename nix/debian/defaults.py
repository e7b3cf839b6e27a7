"""Files that an administrator may change: postinst scripts copy or create them once, if they are missing."""

import re
from collections.abc import Iterable, Iterator

import scripts
import usrmerge
from system import System, Target
from tree import Entry, directory, link, text

SHELLS = "usr/share/debianutils/shells"
CROSSWRAPPER = "usr/share/pkg-config-crosswrapper"
# What a package ships → where its postinst copies it.
COPIES = {
    "usr/share/adduser/adduser.conf": "etc/adduser.conf",
    "usr/share/libc-bin/nsswitch.conf": "etc/nsswitch.conf",
    "usr/share/readline/inputrc": "etc/inputrc",
}
SOURCES = (SHELLS, f"{SHELLS}.d/*", *COPIES)

# As netbase's postinst writes it. It also writes /etc/hosts, but in a container that is the engine's.
NETWORKS = "default\t\t0.0.0.0\nloopback\t127.0.0.0\nlink-local\t169.254.0.0\n\n"
# As python3's postinst writes it.
PYTHON = "[DEFAULT]\n# how to byte-compile (comma separated: standard, optimize)\nbyte-compile = standard\n"
# invoke-rc.d(8) asks this script whether it may start a service. 101 means no: a service that started while packages
# are installed into an image would not outlive that step.
POLICY = "#!/bin/sh\nexit 101\n"

# For an image without libc-bin, which ships the default. Without this file, glibc asks DNS before it reads /etc/hosts.
NSSWITCH = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\n"

# Package → what its postinst creates; for init-system-helpers, the policy that it asks for.
CREATED = {
    "base-files": [Entry("etc/machine-id", 0o444)],
    "libpam-modules": [Entry("etc/environment"), Entry("etc/security/opasswd", 0o600)],
    "python3": [text("etc/python3/debian_config", PYTHON)],
    "netbase": [text("etc/networks", NETWORKS)],
    "ucf": [Entry("var/lib/ucf/hashfile"), Entry("var/lib/ucf/registry")],
    "init-system-helpers": [text("usr/sbin/policy-rc.d", POLICY, 0o755)],
}


def compose(system: System, target: Target) -> Iterator[Entry]:
    """What the packages of the tables above copy and create, and what only some versions of a package do."""
    for package in sorted(CREATED.keys() & system.packages.keys()):
        yield from CREATED[package]
    for source, copy in COPIES.items():
        if source in system.sources:
            yield text(copy, system.source(source))
    if "libc6" in system.packages and "libc-bin" not in system.packages:
        yield text("etc/nsswitch.conf", NSSWITCH)
    if any("/etc/subuid" in _postinst(system, name) for name in ("base-passwd", "login")):
        yield from (Entry("etc/subuid"), Entry("etc/subgid"))
    if "/faillog" in _postinst(system, "login"):
        yield Entry("var/log/faillog")
    for name in system.packages:
        if found := re.fullmatch(r"(python3\.\d+)-minimal", name):
            yield directory(f"usr/local/lib/{found[1]}/dist-packages")
    if "tzdata" in system.packages:
        yield link("etc/localtime", "/usr/share/zoneinfo/Etc/UTC")
        if '-f "$DPKG_ROOT/etc/timezone"' not in _postinst(system, "tzdata"):
            yield text("etc/timezone", "Etc/UTC\n")
    if CROSSWRAPPER in system.paths:
        yield link(f"usr/bin/{target.multiarch}-pkg-config", f"/{CROSSWRAPPER}")
    if SHELLS in system.sources:
        yield from _shells(system)


def _shells(system: System) -> Iterator[Entry]:
    """The login shells. Packages of Debian 11 call add-shell(8); later ones ship files that update-shells(8) reads."""
    template = system.source(SHELLS)
    files = [system.source(path) for path in sorted(system.sources) if path.startswith(f"{SHELLS}.d/")]
    if files:
        shells = _with_real_paths(line for content in [template, *files] for line in content.splitlines())
        yield text("var/lib/shells.state", "".join(f"{shell}\n" for shell in shells))
    else:
        calls = [call for name in ("bash", "dash") for call in scripts.calls(_postinst(system, name), "add-shell")]
        shells = _with_real_paths(call.split()[-1] for call in calls)
    listed = template.splitlines()
    yield text("etc/shells", template + "".join(f"{shell}\n" for shell in shells if shell not in listed))


def _with_real_paths(lines: Iterable[str]) -> list[str]:
    """The shells that the lines name, each also by its path behind the links of merged /usr."""
    shells = [line for line in lines if line.startswith("/")]
    return list(dict.fromkeys(path for shell in shells for path in (shell, f"/{usrmerge.resolve(shell[1:])}")))


def _postinst(system: System, name: str) -> str:
    return system.packages[name].info.get("postinst", "") if name in system.packages else ""
