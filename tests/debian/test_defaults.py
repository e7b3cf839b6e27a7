"""First versions of configuration files, as postinst scripts make them."""

import pytest

from packages import Made
from stack import Stack

SHELLS = "# /etc/shells: valid login shells\n/bin/sh\n"


def test_shells_of_scripts(stack: Stack) -> None:
    stack.add(
        Made("debianutils", {"usr/share/debianutils/shells": SHELLS}),
        Made("dash", scripts={"postinst": "\tadd-shell /bin/dash\n"}),
    )
    assert stack.text("etc/shells") == SHELLS + "/bin/dash\n/usr/bin/dash\n"


def test_shells_of_files(stack: Stack) -> None:
    stack.add(
        Made("debianutils", {"usr/share/debianutils/shells": SHELLS}),
        Made("bash", {"usr/share/debianutils/shells.d/bash": "/bin/bash\n/usr/bin/bash\n"}),
    )
    assert stack.text("etc/shells") == SHELLS + "/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n"
    # What update-shells(8) believes to have added itself.
    assert stack.text("var/lib/shells.state") == "/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n"


def test_a_default_is_copied_byte_by_byte(stack: Stack) -> None:
    stack.add(Made("adduser", {"usr/share/adduser/adduser.conf": "# Ő\n"}))
    stack.add(Made("other"))
    assert stack.text("etc/adduser.conf") == "# Ő\n"
    assert "etc/adduser.conf" not in stack.last


@pytest.mark.parametrize(
    ("script", "has_timezone"), [("", True), ('if test -f "$DPKG_ROOT/etc/timezone"; then\n', False)]
)
def test_time_zone(stack: Stack, script: str, has_timezone: bool) -> None:
    stack.add(Made("tzdata", scripts={"postinst": script}))
    assert stack.tree["etc/localtime"].target == "/usr/share/zoneinfo/Etc/UTC"
    assert ("etc/timezone" in stack.tree) == has_timezone


def test_hosts_come_before_dns_without_libc_bin(stack: Stack) -> None:
    stack.add(Made("libc6", fields={"Version": "2.36-1"}))
    assert "hosts: files dns\n" in stack.text("etc/nsswitch.conf")
