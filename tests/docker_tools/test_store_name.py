"""nix/docker-tools/store-name.nix, against what Nix takes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STORE_NAME = Path(__file__).parents[2] / "nix" / "docker-tools" / "store-name.nix"


@pytest.fixture
def names(evaluate: Callable[..., Any]) -> Callable[[list[str]], list[str]]:
    """names(texts): their names. Nix makes a derivation of each, with the longest suffix that an image has."""

    def make(texts: list[str]) -> list[str]:
        result = evaluate(
            "--readonly-mode",
            "--expr",
            f"""
            map (text: let name = import {STORE_NAME} text; in builtins.seq (derivation {{
              name = "stream-" + name + "-metadata";
              system = "x86_64-linux";
              builder = "none";
            }}).drvPath name) (builtins.fromJSON ''{json.dumps(texts)}'')
            """,
        )
        assert result.returncode == 0, result.stderr
        found: list[str] = json.loads(result.stdout)
        return found

    return make


def test_a_good_name_stays(names: Callable[[list[str]], list[str]]) -> None:
    good = ["uvicorn-gunicorn-fastapi-python3.9-slim", "a_B+c.d?e=f", "-", "0", "a" * 190]
    assert names(good) == good


def test_any_text_becomes_a_name(names: Callable[[list[str]], list[str]]) -> None:
    texts = ["a b", ".hidden", "..", "a/b:c@d", "é", "a\nb", "", "a" * 500, "\\$x", "%" * 300]
    found = names(texts)
    assert found[:5] == ["a-b", "hidden", "", "a-b-c-d", "--"]
    assert len(found) == len(texts)
