"""minimal: nothing in it that serving does not need, and no rights beyond it."""

import re
import shutil
from pathlib import Path

import pytest

from containers import Container, Image, container, run_to_end
from engine import CommandFailed
from host_access import built, pip

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


@pytest.mark.network
def test_wheels_with_cpp_are_imported(image: Image, tmp_path: Path) -> None:
    """They need the C++ library, which they may assume (PEP 600)."""
    if shutil.which("pip") is None:
        pytest.skip("pip is not on PATH")
    platforms = [f"--platform=manylinux_2_{minor}_x86_64" for minor in (17, 24, 28)]
    options = [f"--python-version={image.python}", "--only-binary=:all:", "--no-deps", *platforms]
    pip("install", "--quiet", f"--target={tmp_path}/wheels", *options, "greenlet", "ujson")
    folder = f"/usr/local/lib/python{image.python}/site-packages/"
    (tmp_path / "Dockerfile").write_text(f"FROM {image.name}\nCOPY wheels {folder}\n")
    program = "import greenlet, ujson; print(ujson.dumps(greenlet.greenlet(abs).switch(-1)))"
    with built(tmp_path) as name:
        assert run_to_end(name, command=["python", "-c", program]).stdout == "1\n"
