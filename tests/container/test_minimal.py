"""minimal: nothing in it that serving does not need, and no rights beyond it."""

import re

import pytest

from containers import Container, Image, container
from engine import CommandFailed

pytestmark = [pytest.mark.differs, pytest.mark.variants("minimal")]


@pytest.mark.parametrize("command", ["apt", "apt-get", "dpkg", "perl", "pip", "pip3", "gcc", "bash"])
def test_command_is_absent(running: Container, command: str) -> None:
    # Not `command -v`: busybox's shell answers for each applet that is compiled in, and Debian compiles in a dpkg.
    assert running.exec("python", "-c", f"import shutil; print(shutil.which({command!r}))") == "None\n"


def test_pip_is_not_importable(running: Container) -> None:
    with pytest.raises(CommandFailed, match="No module named pip"):
        running.exec("python", "-m", "pip")


def test_no_setuid_or_setgid_file(running: Container) -> None:
    assert running.run_inside("privileged_files.py") == []


def test_default_user_is_not_root(running: Container) -> None:
    (uids,) = re.findall(r"^Uid:(.*)$", running.exec("cat", "/proc/1/status"), re.MULTILINE)
    assert "0" not in uids.split()


def test_package_list_for_scanners(running: Container) -> None:
    packages = running.exec("sh", "-c", "cat /var/lib/dpkg/status.d/*")
    assert "Package: libc6\n" in packages


def test_serves_without_any_right(image: Image) -> None:
    options = "--read-only --cap-drop=ALL --security-opt=no-new-privileges --user=10001 --tmpfs=/tmp"
    with container(image.name, options=options.split()) as started:
        assert started.get().status_code == 200
        assert len(started.processes()) == 2
        assert "error" not in started.logs().lower()
