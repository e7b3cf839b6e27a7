"""The image's Python feels like the official one: paths, pip, standard library, bytecode."""

import zipfile
from pathlib import Path

import pytest

from containers import Container, Image, container
from engine import docker

pytestmark = pytest.mark.differs

# Modules that may fail to import: the reason; the variants in which they may, None for all; their names. The modules of
# a package that is named may fail, too.
EXPECTED_FAILURES: list[tuple[str, tuple[str, ...] | None, str]] = [
    (
        "of Windows",
        None,
        "_msi _overlapped _winapi _wmi _winreg msilib msvcrt nt winreg winsound"
        " asyncio.windows_events asyncio.windows_utils ctypes.wintypes"
        " encodings.mbcs encodings.oem encodings.cp65001 multiprocessing.popen_spawn_win32"
        " distutils.msvc9compiler distutils._msvccompiler distutils.msvccompiler"
        " distutils.command.bdist_msi"
        " _pyrepl.windows_console _pyrepl._minimal_curses _pyrepl.windows_eventqueue",
    ),
    ("of macOS, iOS or Android", None, "_scproxy _ios_support _android_support"),
    (
        "C code for Python's own tests",
        None,
        "_testbuffer _testcapi _testclinic _testclinic_limited _testexternalinspection"
        " _testimportmultiple _testinternalcapi _testlimitedcapi _testmultiphase"
        " _testsinglephase _ctypes_test xxlimited xxlimited_35 xxsubtype",
    ),
    ("wrong in Python itself", None, "lib2to3.pgen2.conv"),
    (
        "of distutils, which setuptools replaces by its own",
        ("full", "slim"),
        "distutils.bcppcompiler distutils.config distutils.command.bdist_wininst distutils.command.register"
        " distutils.command.upload",
    ),
    ("Debian's own, for setuptools", None, "_distutils_system_mod"),
    ("of a graphical user interface", ("slim", "minimal"), "tkinter _tkinter turtle"),
    ("for building packages", ("minimal",), "distutils ensurepip lib2to3"),
    ("a Debian package of its own", ("minimal",), "_gdbm dbm.gnu"),
    ("left out by Debian from Python 3.15 on", None, "_dbm dbm.ndbm"),
]


def may_fail(module: str, variant: str) -> bool:
    return any(
        (variants is None or variant in variants) and f"{module}.".startswith(f"{name}.")
        for _, variants, names in EXPECTED_FAILURES
        for name in names.split()
    )


def test_every_module_of_the_standard_library_imports(image: Image, running: Container) -> None:
    failures = running.run_inside("python_imports.py")
    unexpected = {module: error for module, error in failures.items() if not may_fail(module, image.variant)}
    assert unexpected == {}


def test_every_source_has_bytecode_that_never_misleads(running: Container) -> None:
    report = running.run_inside("bytecode.py")
    assert report["sources"] > 500
    assert report["flaws"] == {}


def test_start_writes_no_bytecode_of_libraries(image: Image) -> None:
    with container(image.name) as started:
        changes = docker("diff", started.name).splitlines()
    assert [line for line in changes if line.endswith(".pyc") and " /usr/" in line] == []


@pytest.mark.parametrize("command", ["python", "python3"])
def test_python_command(image: Image, running: Container, command: str) -> None:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    assert running.exec(command, "-c", code).strip() == image.python
    assert running.exec("sh", "-c", f"command -v {command}").strip() == f"/usr/local/bin/{command}"


def test_site_packages_path(image: Image, running: Container) -> None:
    folder = f"/usr/local/lib/python{image.python}/site-packages"
    code = "import sys, fastapi; print(sys.path); print(fastapi.__file__)"
    path, file = running.exec("python", "-c", code).splitlines()
    assert repr(folder) in path
    assert file.startswith(folder)


def write_wheel(folder: Path) -> Path:
    """A wheel of one module, `greeting`, and one command, `greet`."""
    wheel = folder / "greeting-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("greeting.py", "def main() -> None:\n    print('hello')\n")
        info = "greeting-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/entry_points.txt", "[console_scripts]\ngreet = greeting:main\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


@pytest.mark.variants("full", "slim")
def test_pip_installs_where_python_looks(image: Image, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path)
    with container(image.name) as started:
        docker("cp", str(wheel), f"{started.name}:/tmp/{wheel.name}")
        assert started.exec("sh", "-c", "command -v pip").strip() == "/usr/local/bin/pip"
        started.exec("pip", "install", "--no-index", f"/tmp/{wheel.name}")
        file = started.exec("python", "-c", "import greeting; print(greeting.__file__)").strip()
        assert file == f"/usr/local/lib/python{image.python}/site-packages/greeting.py"
        assert started.exec("greet") == "hello\n"
        assert started.exec("sh", "-c", "command -v greet").strip() == "/usr/local/bin/greet"
        started.exec("pip", "uninstall", "--yes", "greeting")


@pytest.mark.variants("full", "slim")
def test_installed_packages_agree(running: Container) -> None:
    assert "No broken requirements found." in running.exec("pip", "check")


@pytest.mark.variants("full", "slim")
def test_virtual_environment(running: Container) -> None:
    running.exec("python", "-m", "venv", "/tmp/venv")
    assert "/tmp/venv/" in running.exec("/tmp/venv/bin/pip", "--version")
