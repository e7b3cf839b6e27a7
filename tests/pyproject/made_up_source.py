"""Projects that are made up, and what their build backends make of them."""

import io
import sys
import tarfile
from pathlib import Path
from typing import Any

import build_wheel
from made_up_wheel import installed

NIX = Path(build_wheel.__file__).parent
MODULE = "def main():\n    return 7\n"
PROJECT = '[project]\nname = "made-up"\nversion = "1.0"\nscripts = {made = "made_up:main"}\n'
POETRY = '[tool.poetry]\nname = "made-up"\nversion = "1.0"\ndescription = ""\nauthors = []\n'
PBR = "[metadata]\nname = made-up\n[files]\nmodules = made_up\n"
SETUP = "from setuptools import setup\nsetup(name='made-up', version='1.0', py_modules=['made_up'], **{})\n"


def build_system(requires: str, backend: str = "") -> str:
    names = ", ".join(f'"{name}"' for name in requires.split())
    return f"[build-system]\nrequires = [{names}]\n" + (f'build-backend = "{backend}"\n' if backend else "")


# Of each backend, the files of a project that has one module.
PROJECTS: dict[str, dict[str, str]] = {
    "setuptools": {"pyproject.toml": PROJECT + build_system("setuptools>=61", "setuptools.build_meta")},
    "setuptools by default": {"pyproject.toml": PROJECT},
    "setup.py": {"setup.py": SETUP},
    "setup.py with imports of its time": {"setup.py": f"import pkg_resources, distutils.core\n{SETUP}"},
    "requirements of a setup.py": {"setup.py": SETUP.replace("**{}", "setup_requires=['pytest-runner', 'wheel']")},
    "poetry-core": {"pyproject.toml": POETRY + build_system("poetry-core<9", "poetry.core.masonry.api")},
    "Poetry's old name": {"pyproject.toml": POETRY + build_system("poetry>=0.12", "poetry.masonry.api")},
    "hatchling": {"pyproject.toml": PROJECT + build_system("hatchling", "hatchling.build")},
    "flit": {
        "pyproject.toml": PROJECT + 'description = ""\n' + build_system("flit_core>=3.2,<4", "flit_core.buildapi")
    },
    "flit's old table": {
        "pyproject.toml": '[tool.flit.metadata]\nmodule = "made_up"\nauthor = "a"\n'
        + build_system("flit", "flit.buildapi"),
        "made_up.py": f'"""Made up"""\n__version__ = "1.0"\n{MODULE}',
    },
    "pdm": {"pyproject.toml": PROJECT + build_system("pdm-backend", "pdm.backend")},
    "a version of another time": {"pyproject.toml": PROJECT + build_system("setuptools<60 wheel")},
    "a backend of its own": {
        "pyproject.toml": PROJECT + build_system("hatchling", "own") + 'backend-path = ["tools"]\n',
        "tools/own.py": "from hatchling.build import *\n",
    },
}
# Those that ask git for the version.
BY_GIT: dict[str, dict[str, str]] = {
    name: {
        "pyproject.toml": f'[project]\nname = "made-up"\ndynamic = ["version"]\n{build_system(*needs)}{table}',
    }
    for name, needs, table in [
        ("setuptools-scm", ("setuptools setuptools-scm[toml]>=8", "setuptools.build_meta"), "[tool.setuptools_scm]\n"),
        ("hatch-vcs", ("hatchling hatch-vcs", "hatchling.build"), '[tool.hatch.version]\nsource = "vcs"\n'),
        ("pdm", ("pdm-backend", "pdm.backend"), '[tool.pdm.version]\nsource = "scm"\n'),
    ]
} | {
    "pbr": {"setup.py": "from setuptools import setup\nsetup(setup_requires=['pbr'], pbr=True)\n", "setup.cfg": PBR},
    "poetry-dynamic-versioning": {
        "pyproject.toml": POETRY.replace("1.0", "0.0.0")
        + build_system("poetry-core poetry-dynamic-versioning", "poetry_dynamic_versioning.backend")
        + "[tool.poetry-dynamic-versioning]\nenable = true\n",
    },
}


def write_project(folder: Path, files: dict[str, str]) -> Path:
    """A project with the module made_up and these files."""
    for name, text in ({"made_up.py": MODULE} | files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def spec(backends: str, source: Path, **changes: Any) -> dict[str, Any]:
    """What build_wheel.py is asked for."""
    python = f"{sys.version_info[0]}{sys.version_info[1]}"
    return {
        "project": "made-up",
        "version": "1.0",
        "local": False,
        "source": str(source),
        "subdirectory": None,
        "python": sys.executable,
        "backends": backends,
        "modules": str(NIX),
        "tags": ["py3-none", f"py{python}-none", f"cp{python}-none"],
    } | changes


def built(out: Path, backends: str, source: Path, **changes: Any) -> Path:
    """The one file in the folder `out`, in which the wheel of a source is built."""
    build_wheel.build(spec(backends, source, **changes), out)
    (file,) = out.iterdir()
    return file


def modules_of(wheel: Path, out: Path) -> Path:
    """Where the modules of a wheel are when it is installed below `out`."""
    return installed(out, {"filename": "", "path": str(wheel.parent)}) / "lib/python3.9/site-packages"


def make_sdist(folder: Path, project: Path, backends: str) -> Path:
    """The source distribution that the backend of a project makes, below a new folder."""
    folder.mkdir()
    system = build_wheel.build_system(project)
    backend = build_wheel.Backend(system, project, folder, spec(backends, project))
    filename: str = backend.call("build_sdist", str(folder), None)
    return folder / filename


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    """An archive of these members."""
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path
