"""Which lock a project has."""

from pathlib import Path

import pytest

from made_up_lock import NIX, Evaluate

LOCKS = {"poetry.lock": "mkPoetryEnv", "pylock.toml": "mkPylockEnv", "uv.lock": "mkUvEnv"}
# Each stage says which it is, and which groups it was asked for.
EXPRESSION = """
(import {nix}/python-env.nix {{
  poetry2nix.mkPoetryEnv = args: [ "mkPoetryEnv" args.groups ];
  pylock2nix.mkPylockEnv = args: [ "mkPylockEnv" args.groups ];
  uv2nix.mkUvEnv = args: [ "mkUvEnv" args.groups ];
}}) {{ projectDir = {folder}; groups = [ "dev" ]; {more} }}
"""


@pytest.mark.parametrize("lock", LOCKS)
def test_each_lock_has_its_reader(evaluate: Evaluate, tmp_path: Path, lock: str) -> None:
    (tmp_path / lock).touch()
    finished = evaluate("--expr", EXPRESSION.format(nix=NIX, folder=tmp_path, more=""))
    assert finished.stdout.strip() == f'["{LOCKS[lock]}",["dev"]]'


@pytest.mark.parametrize(
    ("locks", "says"),
    [([], "no poetry.lock, pylock.toml, uv.lock; make one"), (LOCKS, "say which the project uses: lock =")],
)
def test_no_lock_or_several(evaluate: Evaluate, tmp_path: Path, locks: list[str], says: str) -> None:
    for lock in locks:
        (tmp_path / lock).touch()
    finished = evaluate("--expr", EXPRESSION.format(nix=NIX, folder=tmp_path, more=""))
    assert f"error: mkPythonEnv: {tmp_path}: " in finished.stderr and says in finished.stderr


def test_one_of_several(evaluate: Evaluate, tmp_path: Path) -> None:
    for lock in LOCKS:
        (tmp_path / lock).touch()
    finished = evaluate("--expr", EXPRESSION.format(nix=NIX, folder=tmp_path, more='lock = "uv.lock";'))
    assert finished.stdout.strip() == '["mkUvEnv",["dev"]]'
    finished = evaluate("--expr", EXPRESSION.format(nix=NIX, folder=tmp_path, more='lock = "pdm.lock";'))
    assert f"error: mkPythonEnv: {tmp_path}: no pdm.lock; lock is one of " in finished.stderr
