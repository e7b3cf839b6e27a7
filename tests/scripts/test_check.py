"""scripts/check in a small repository, with tools that only pretend."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECK = Path(__file__).parents[2] / "scripts/check"
TOOLS = ("ruff", "mypy", "shellcheck", "zizmor", "coverage", "python")
SH = shutil.which("sh") or "sh"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder with the script, a Nix file, and in `tools` programs that note how they are called, and then succeed."""
    root = tmp_path / "repository"
    for folder in ("scripts", "nix", "runtime", "tests", ".ci"):
        (root / folder).mkdir(parents=True)
    (root / "scripts/check").write_bytes(CHECK.read_bytes())
    (root / "setup").write_text("#!/bin/sh\n")
    (root / "flake.nix").write_text("{ }\n")
    (root / "tools").mkdir()
    for name in TOOLS:
        replace_tool(root, name, 0)
    return root


def replace_tool(root: Path, name: str, status: int) -> None:
    tool = root / "tools" / name
    tool.write_text(f'#!{SH}\necho "{name} $*" >>{root}/calls\nexit {status}\n')
    tool.chmod(0o755)


def check(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [SH, str(root / "scripts/check"), *arguments],
        env=os.environ | {"CHECK_TOOLS": str(root / "tools")},
        capture_output=True,
        text=True,
        timeout=60,
    )


def calls(root: Path) -> set[str]:
    return {line.split()[0] for line in (root / "calls").read_text().splitlines()}


def test_lint_runs_all_but_the_tests(repository: Path) -> None:
    assert check(repository, "lint").returncode == 0
    assert calls(repository) == {"ruff", "mypy", "shellcheck"}


def test_without_an_argument_the_tests_run_too(repository: Path) -> None:
    assert check(repository).returncode == 0
    assert calls(repository) == {"ruff", "mypy", "shellcheck", "python"}


def test_all_tests_are_measured(repository: Path) -> None:
    assert check(repository, "all").returncode == 0
    assert calls(repository) == {"ruff", "mypy", "shellcheck", "coverage"}


def test_the_fuzzers_run_alone(repository: Path) -> None:
    assert check(repository, "fuzz").returncode == 0
    assert calls(repository) == {"python"}


@pytest.mark.parametrize("tool", ["ruff", "mypy", "shellcheck", "python"])
def test_a_failure_is_named_after_everything_ran(repository: Path, tool: str) -> None:
    replace_tool(repository, tool, 1)
    done = check(repository)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("check: failed: ")
    assert calls(repository) == set(TOOLS) - {"zizmor", "coverage"}


@pytest.mark.parametrize("text", ["{\n\tname = 1;\n}\n", f"# {'x' * 120}\n{{ }}\n"])
def test_a_nix_file_of_another_form_is_named(repository: Path, text: str) -> None:
    (repository / "nix/wrong.nix").write_text(text)
    done = check(repository, "lint")
    assert done.returncode == 1 and "failed: nix_files" in done.stderr
    assert "nix/wrong.nix" in done.stdout


def test_an_unknown_argument(repository: Path) -> None:
    done = check(repository, "lnit")
    assert done.returncode == 64
    assert done.stderr == "check: lnit: unknown; run it with lint, all or fuzz, or without a word\n"
