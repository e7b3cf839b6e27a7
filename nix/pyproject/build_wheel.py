"""A source → a folder with the wheel that the source's own build backend makes of it (PEP 517, PEP 518).

The backends are pinned, and each source has to do with their versions. There is no compiler, so what wants one fails.
"""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from plain_wheel import write_plain
from unpack_source import unpack

# The standard library has it since Python 3.11.
tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
# The names that backends had once, and what of them has the same hooks now.
RENAMED = {"poetry": "poetry-core", "flit": "flit-core"}
RENAMED_BACKENDS = {"poetry.masonry.api": "poetry.core.masonry.api", "flit.buildapi": "flit_core.buildapi"}
# How logs of setuptools and of what it runs tell that something is to be compiled.
COMPILES = re.compile(r"^building '.+' extension|command '.+' failed|Rust compiler|C compiler", re.MULTILINE)
# The line of a log that says what is wrong, where a setup.py ends with a number.
ERROR = re.compile(r"^\s*(\w+\.)*\w*error\b.*", re.MULTILINE | re.IGNORECASE)
# What a project means that names none.
LEGACY_BACKEND = "setuptools.build_meta:__legacy__"


class Problem(ValueError):
    """What keeps a source from being built."""


class BuildSystem(NamedTuple):
    """The table of PEP 518 and PEP 517: what has to be there, the backend, and where of the source its code is."""

    requires: list[str]
    backend: str
    path: list[str]


def build_system(folder: Path) -> BuildSystem:
    """What the project in `folder` says of its build, or what it means if it says nothing. Raises Problem."""
    legacy = BuildSystem(["setuptools", "wheel"], LEGACY_BACKEND, [])
    file = folder / "pyproject.toml"
    if not file.is_file():
        if not (folder / "setup.py").is_file():
            raise Problem("it has neither a pyproject.toml nor a setup.py")
        return legacy
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("build-system")
        if table is None:
            return legacy
        requires, backend = table["requires"], table.get("build-backend", LEGACY_BACKEND)
        path = table.get("backend-path", [])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Problem(f"its pyproject.toml is broken: {error}") from None
    lists = isinstance(requires, list) and isinstance(path, list)
    if not lists or not all(isinstance(word, str) for word in (backend, *requires, *path)):
        raise Problem("the build-system of its pyproject.toml is none of PEP 517")
    if not all((folder / part).resolve().is_relative_to(folder.resolve()) for part in path):
        raise Problem("its backend-path leads out of it")
    return BuildSystem(requires, RENAMED_BACKENDS.get(backend, backend), path)


def unmet(requires: list[str], pinned: dict[str, str]) -> list[str]:
    """Hold requirements to the versions of what is pinned; returns those that ask for other versions.

    Raises Problem for those of what is not pinned at all.
    """
    missing, others = [], []
    for text in requires:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            raise Problem(f"its build needs {text}, which is no requirement") from None
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        name = canonicalize_name(requirement.name)
        version = pinned.get(RENAMED.get(name, name))
        if version is None or requirement.url is not None:
            missing.append(requirement.name)
        elif name not in RENAMED and not requirement.specifier.contains(version, prereleases=True):
            others.append(f"{requirement.name}{requirement.specifier}")
    if missing:
        raise Problem(f"its build needs {', '.join(missing)}, which the pinned build backends lack")
    return others


# Some backends ask git for the version, of which the source has nothing. These variables answer for it: of
# setuptools-scm and hatch-vcs, PDM, pbr, and poetry-dynamic-versioning.
VERSION_VARIABLES = (
    "SETUPTOOLS_SCM_PRETEND_VERSION",
    "PDM_BUILD_SCM_VERSION",
    "PBR_VERSION",
    "POETRY_DYNAMIC_VERSIONING_BYPASS",
)


class Backend:
    """The build backend of the project in `folder`, with a folder `scratch` of its own."""

    def __init__(self, system: BuildSystem, folder: Path, scratch: Path, spec: dict[str, Any]) -> None:
        self._system = system
        self._folder = folder
        self._scratch = scratch
        self._spec = spec
        # Whether it has tried to compile something; it may have done without.
        self.compiles = False
        self._environment = os.environ | {"HOME": str(scratch), "TMPDIR": str(scratch), "PYTHONPATH": spec["backends"]}
        if version := spec["version"] or ("0" if spec["local"] else None):
            self._environment |= dict.fromkeys(VERSION_VARIABLES, version)

    def call(self, hook: str, *arguments: Any) -> Any:
        """What a hook returns, or None where the backend has none. Raises Problem."""
        request, answer = self._scratch / "request", self._scratch / "answer"
        request.write_text(
            json.dumps(
                {
                    "backend": self._system.backend,
                    "path": self._system.path,
                    "hook": hook,
                    "arguments": arguments,
                    "executable": self._spec["python"],
                }
            )
        )
        answer.unlink(missing_ok=True)
        program = Path(self._spec["modules"], "run_backend.py")
        done = subprocess.run(
            [self._spec["python"], str(program), str(request), str(answer)],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        sys.stderr.write(done.stdout)
        self.compiles = self.compiles or COMPILES.search(done.stdout) is not None
        found = json.loads(answer.read_text()) if answer.is_file() else {"error": str(done.returncode)}
        if "error" not in found:
            return found["value"]
        if self.compiles:
            raise Problem("it has to be compiled")
        told = ERROR.search(done.stdout) if found["error"].isdecimal() else None
        raise Problem(f"its build failed: {(told[0].strip() if told else found['error'])[:300]}")


def check_wheel(filename: str, spec: dict[str, Any]) -> None:
    """Raise Problem unless a wheel of this name is what was to be built, and pure Python for the spec's tags."""
    try:
        name, version, _, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        raise Problem(f"its build gave {filename:.200}, which is no wheel") from None
    if name != canonicalize_name(spec["project"]):
        raise Problem(f"its build gave a wheel of {name}")
    if spec["version"] and not spec["local"] and version != Version(spec["version"]):
        raise Problem(f"its build gave version {version}")
    if not any(tag.platform == "any" and f"{tag.interpreter}-{tag.abi}" in spec["tags"] for tag in tags):
        raise Problem(f"its build gave {filename}, which is not for any platform and this Python")


def make_wheel(spec: dict[str, Any], out: Path, scratch: Path) -> None:
    """Build the wheel of `spec` into `out`. Raises Problem."""
    try:
        folder = unpack(Path(spec["source"]), scratch / "source") / (spec["subdirectory"] or "")
    except ValueError as error:
        raise Problem(str(error)) from None
    system = build_system(folder)
    pinned: dict[str, str] = {
        canonicalize_name(distribution.metadata["Name"]): distribution.version
        for distribution in distributions(path=[spec["backends"]])
    }
    others = unmet(system.requires, pinned)
    backend = Backend(system, folder, scratch, spec)
    wheels = scratch / "wheels"
    wheels.mkdir()
    try:
        others += unmet(backend.call("get_requires_for_build_wheel", None) or [], pinned)
        filename = backend.call("build_wheel", str(wheels), None, None)
    except Problem as problem:
        asks = f"; it asks for {', '.join(others)}, of which another version is pinned" if others else ""
        raise Problem(f"{problem}{asks}") from None
    if not isinstance(filename, str) or not (wheels / Path(filename).name).is_file():
        raise Problem("its build gave no wheel")
    check_wheel(filename, spec)
    try:
        write_plain(wheels / filename, out / filename)
    except zipfile.BadZipFile as error:
        raise Problem(f"its build gave a broken wheel: {error}") from None
    if backend.compiles:
        (out / "note").write_text("built without what is compiled of it, which it can do without")


def build(spec: dict[str, Any], out: Path) -> None:
    """Build the wheel of `spec` into the new folder `out`, or write a file `problem` there, JSON for built_wheels.py.

    Beside the wheel may be a file `note`: in what it differs from that which others build.

    `spec["project"]` and `spec["version"]` (or null) are what it is to be, `spec["local"]` says that the version may be
    another one, `spec["source"]` is an archive or a folder, `spec["subdirectory"]` (or null) a path in that,
    `spec["python"]` the program that builds it, `spec["backends"]` a folder of modules, `spec["modules"]` where
    run_backend.py is, and `spec["tags"]` the tags of pure Python that fit, such as "py3-none". It is built below the
    working directory.
    """
    os.umask(0o022)
    out.mkdir()
    # Its name is always the same, since backends may write it into what they make.
    scratch = Path("build").absolute()
    scratch.mkdir()
    try:
        make_wheel(spec, out, scratch)
    except Problem as problem:
        found = {"why": str(problem)} | {key: spec[key] for key in ("project", "version", "local")}
        (out / "problem").write_text(json.dumps(found))
        print(f"{spec['project']}: {problem}", file=sys.stderr)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    from builder import run

    run("pyproject", build)
