"""What is read of maintainer scripts, and that a large one takes no longer than it must."""

import contextlib

import pytest

import scripts
from packages import Made
from stack import Stack


def test_lines_that_begin_with_a_command() -> None:
    script = "chmod 1 a\nif x; then\n\t chmod 2 \\\n  b  \nfi\nnot chmod 3\nchmodx 4\nchmod\n\n\n chgrp 5\nchmod 6"
    assert [call.split() for call in scripts.calls(script, "chmod", "chgrp")] == [
        ["chmod", "1", "a"],
        ["chmod", "2", "b"],
        ["chmod"],
        ["chgrp", "5"],
        ["chmod", "6"],
    ]


# Patterns that can match these in many ways, or searches that begin anew at each of them, would take hours.
REPEATED = [
    "\n",
    " ",
    "a",
    "$a",
    "a=b\n",
    "\\\n",
    "\nadd-shell",
    " adduser --system",
    "\nadduser --system --system a ||",
    "\naddgroup --system --a",
    "\nchmod 755 /usr/a",
    "\n install_directory a",
    " claim_binsh /a",
    "cat > /etc/ca-certificates.conf <<EOF\n",
    " for a in a ",
    " dpkg-divert --add --divert a",
    "\nfor a in a b c d; do\ndpkg-divert --add --divert /$a /$a/$a",
    " update-alternatives --install a",
    "\nupdate-alternatives --install /a a /usr/a 1",
    "\nupdate-alternatives --install $a $a",
    "; dpkg-divert --add --divert",
    " update-alternatives \\\n --install",
]
PACKAGES = ("base-files", "base-passwd", "bash", "ca-certificates", "dash", "dpkg", "login", "tzdata")
SIZE = 300_000


@pytest.mark.parametrize("repeated", REPEATED)
def test_a_script_of_hundreds_of_kilobytes(stack: Stack, repeated: str) -> None:
    script = repeated * (SIZE // len(repeated))
    files = {"usr/share/debianutils/shells": "", "usr/share/base-passwd/group.master": "", "usr/a": ""}
    scripts = {"postinst": script, "preinst": script}
    with contextlib.suppress(ValueError):
        stack.add(Made("debianutils", files), *(Made(name, {}, scripts, suffix="") for name in PACKAGES))
