"""Whether what is installed fits together: what stops a build, and what is only told."""

import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.markers import default_environment

from check_requirements import problems
from install_wheels import install_all
from made_up_wheel import installed, made_up_wheel

OURS = {"lock": "runtime/poetry.lock"}


def wheel(folder: Path, name: str, *metadata: str, version: str = "1.0") -> dict[str, str]:
    return made_up_wheel(folder, name, {}, version=version, metadata=metadata)


def requiring(folder: Path, name: str, *requirements: str, version: str = "1.0") -> dict[str, str]:
    return wheel(folder, name, *(f"Requires-Dist: {requirement}" for requirement in requirements), version=version)


def refusal(out: Path, *wheels: dict[str, str]) -> str:
    with pytest.raises(ValueError) as caught:
        installed(out, *wheels)
    assert not out.exists()
    line = str(caught.value)
    assert line.isprintable()
    return line


def told(capsys: pytest.CaptureFixture[str], out: Path, *wheels: dict[str, str]) -> list[str]:
    assert installed(out, *wheels).exists()
    lines = capsys.readouterr().err.splitlines()
    assert all(line.startswith("pyproject: warning: ") and line.isprintable() for line in lines)
    return [line.removeprefix("pyproject: warning: ") for line in lines]


def test_wheels_of_two_locks_that_do_not_fit(tmp_path: Path) -> None:
    app = requiring(
        tmp_path, "FastAPI", "Star_lette[full] <0.37,>=0.1; python_version >= '3.8'", "typing", version="0.110"
    )
    others = [requiring(tmp_path, "star.lette", version="0.40") | OURS, wheel(tmp_path, "typing")]
    line = refusal(tmp_path / "out", app, *others)
    assert line.startswith(
        "fastapi 0.110 requires Star_lette[full]<0.37,>=0.1, but star-lette 0.40 of runtime/poetry.lock is installed; "
    )
    assert "typing" not in line and "; require star-lette in pyproject.toml and lock again" in line


def test_all_that_does_not_fit_is_named(tmp_path: Path) -> None:
    server = requiring(tmp_path, "server", "lib>=2", "other", "more>=1") | OURS
    line = refusal(tmp_path / "out", wheel(tmp_path, "lib"), server, wheel(tmp_path, "more"))
    assert "server 1.0 of runtime/poetry.lock requires lib>=2, but lib 1.0 is installed; " in line
    assert "server 1.0 of runtime/poetry.lock requires other, which is not installed; " in line
    assert "more" not in line and "; require server in pyproject.toml and lock again" in line


def test_what_one_lock_has_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = requiring(tmp_path, "app", "lib<1", "left-out", "fine")
    wheels = [app, wheel(tmp_path, "lib"), requiring(tmp_path, "fine", "app==1.*")]
    conflict = "app 1.0 requires lib<1, but lib 1.0 is installed; the lock has it so"
    missing = "app 1.0 requires left-out, which is not installed; the lock has it so"
    assert told(capsys, tmp_path / "own", *wheels) == [conflict, missing]
    joined = [requiring(tmp_path, "server", "worker<1") | OURS, wheel(tmp_path, "worker") | OURS]
    assert told(capsys, tmp_path / "joined", *joined)[0].startswith(
        "server 1.0 of runtime/poetry.lock requires worker<1"
    )


def test_requirements_hold_in_the_environment_of_the_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = [
        "absent; python_version >= '3.10'",
        "absent; sys_platform == 'win32'",
        "absent; extra == 'full'",
        "absent; python_version < '3.10' and extra == 'full'",
        "absent; platform_release >= '6'",
    ]
    assert told(capsys, tmp_path / "out", requiring(tmp_path, "server", *elsewhere) | OURS) == []
    for marker in ("python_full_version == '3.9.2'", "extra != 'full'", "platform_machine == 'x86_64'"):
        assert "requires absent, " in refusal(
            tmp_path / "no", requiring(tmp_path, "server", f"absent; {marker}") | OURS
        )


@pytest.mark.parametrize(
    "requirement", ["lib>=2.0a1", "lib (>=1.0)", "lib @ https://files.example/lib.whl", "lib[x,y]"]
)
def test_versions_that_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str], requirement: str) -> None:
    lib = wheel(tmp_path, "lib", version="2.0rc1+local")
    assert told(capsys, tmp_path / "out", requiring(tmp_path, "app", requirement) | OURS, lib) == []


@pytest.mark.parametrize(
    "field",
    [
        "Requires-Dist: absent (>=1.*)",
        "Requires-Dist: absent>=1.0.x",
        "Requires-Dist: absent; python_version",
        "Requires-Dist: -r evil",
        "Requires-Dist:",
        "Requires-Dist: \x1b[2J",
        "Requires-Dist: absent;" + "(" * 5000,
        "Requires-Dist: absent; " + "(" * 900 + "os_name == 'x'" + ")" * 900,
        "Requires-Dist: " + "absent," * 100_000,
        "Requires-Python: any",
        "Requires-Python: >=3.x",
        "Requires-Python:",
    ],
)
def test_metadata_that_no_installer_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str], field: str) -> None:
    assert told(capsys, tmp_path / "out", wheel(tmp_path, "app", field) | OURS) == []


def test_a_version_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lib = wheel(tmp_path, "lib", version="2004d")
    assert told(capsys, tmp_path / "out", requiring(tmp_path, "app", "lib>=2020") | OURS, lib) == []


def test_a_wheel_for_another_python(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lib = wheel(tmp_path, "lib", "Requires-Python: >=3.10,<4")
    says = "lib 1.0 requires Python >=3.10,<4, but this is 3.9.2; the lock has it so"
    assert told(capsys, tmp_path / "own", lib) == [says]
    assert "lib 1.0 of runtime/poetry.lock requires Python >=3.10,<4, but this is 3.9.2; " in refusal(
        tmp_path / "joined", lib | OURS
    )


@pytest.mark.slow
def test_pip_finds_the_same(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], check=False, capture_output=True).returncode != 0:
        pytest.skip(f"{sys.executable} has no pip")
    chance = random.Random(0)
    markers = ["python_version >= '3'", "python_version < '3'", "extra == 'x'", "extra == 'x' or os_name == 'posix'"]
    operands = ["", "==1.*", "!=1.0", ">=1.1", "<2", "~=1.0", "<=2.0,>1", "==2.0rc1", "(>=1.1)"]

    def requirement() -> str:
        name = f"{chance.choice(['P', 'p'])}{chance.choice('_.-')}{chance.randrange(50)}"
        extras = chance.choice(["", "", "[x]"])
        marker = chance.choice(["", "", f"; {chance.choice(markers)}"])
        return f"{name}{extras} {chance.choice(operands)}{marker}"

    wheels = [
        requiring(
            tmp_path,
            f"p_{number}",
            *(requirement() for _ in range(5)),
            version=chance.choice(["1.0", "1.1", "2.0rc1", "2.0", "2.0+local"]),
        )
        for number in range(40)
    ]
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    environment = {name: str(value) for name, value in default_environment().items()}
    out = installed(tmp_path / "out", *wheels, minor=minor)

    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    site_packages = f"lib/python{minor}/site-packages"
    shutil.copytree(out / site_packages, venv / site_packages, dirs_exist_ok=True)
    checked = subprocess.run(
        [*pip, "--python", venv / "bin/python", "check"], check=False, capture_output=True, text=True
    )
    theirs = set()
    for line in checked.stdout.splitlines():
        missing = re.fullmatch(r"(\S+ \S+) requires (\S+), which is not installed\.", line)
        conflict = re.fullmatch(r"(\S+ \S+) has requirement .*, but you have (\S+ \S+)\.", line)
        found = missing or conflict
        assert found, line
        theirs.add(found.groups())

    (tmp_path / "again").mkdir()
    spec = {"minor": minor, "prefix": "/usr/local", "installedBy": "made up", "strip": None, "wheels": wheels}
    ours = set()
    for problem in problems(install_all(spec, tmp_path / "again"), environment):
        missing = re.fullmatch(r"(\S+ \S+) requires (\S+?)(\[.*)?([=<>~!].*)?, which is not installed", problem.text)
        conflict = re.fullmatch(r"(\S+ \S+) requires .*, but (\S+ \S+) is installed", problem.text)
        found = missing or conflict
        assert found, problem.text
        ours.add(found.groups()[:2])
    assert len(ours) > 40

    def normal(pairs: set[tuple[str, ...]]) -> set[tuple[str, str]]:
        return {(one, re.sub(r"[-_.]+(?=\d+( |$))", "-", other).lower()) for one, other in pairs}

    assert normal(ours) == normal(theirs)
