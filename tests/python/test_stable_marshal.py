"""Code as bytes: equal for equal code, and the same code when it is loaded. The interpreter is that of compile.py."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = Path(__file__).parents[2] / "nix" / "python"
# Python 3.9 is the one that needs help.
PYTHONS = [
    pytest.param(sys.executable, id="this"),
    pytest.param(
        os.environ.get("PYTHON39", ""),
        id="3.9",
        marks=pytest.mark.skipif("PYTHON39" not in os.environ, reason="PYTHON39 names no Python 3.9"),
    ),
]

# Made of a source: what dumps makes of its code, before and after the process learns names; the order of sets.
PROGRAM = """
import json, marshal, sys
import stable_marshal
source = sys.stdin.read()
first = stable_marshal.dumps(compile(source, "x.py", "exec"))
known = [sys.intern(word) for word in json.loads(sys.argv[1])]
second = stable_marshal.dumps(compile(source, "x.py", "exec"))
code = compile(source, "x.py", "exec")
print(json.dumps([first.hex(), second.hex(), marshal.loads(first) == code]))
"""


def dumped(python: str, source: str, words: list[str], seed: int = 0) -> bytes:
    """The bytes of the source's code, in a process that knows these words, too, and in one that does not."""
    environment = os.environ | {"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(MODULES)}
    done = subprocess.run(
        [python, "-c", PROGRAM, json.dumps(words)],
        input=source,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    first, second, is_equal = json.loads(done.stdout)
    assert first == second and is_equal
    return bytes.fromhex(first)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    "source",
    [
        "def greet(someone, *others, loud=False):\n    return someone.shout('hello', others) if loud else 'bcd'\n",
        "class Till:\n    '''A till.'''\n    total = 1.5\n    def add(self):\n        return lambda: self.total\n",
        "",
        "x = [b'', b'x', 7, 10 ** 30, 1j, ..., None, True, 'ä', '€' * 300, ('t', ('u', None))]\n",
    ],
)
def test_what_else_is_known_does_not_matter(python: str, source: str) -> None:
    dumped(python, source, ["someone", "others", "loud", "shout", "hello", "bcd", "Till", "total", "add", "greet"])


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    "members", ["None, 'deg'", "None, 'deg', 'rad', ..., 7, b'x', ('a', None)", ", ".join(map(repr, range(300)))]
)
def test_sets_are_in_an_order_of_their_own(python: str, members: str) -> None:
    """Whatever the places of None and of strings in a table of hashes."""
    source = f"def find(unit):\n    return unit in {{{members}}}, unit in {{{members}, 'more'}}\n"
    assert len({dumped(python, source, ["deg"], seed) for seed in range(1, 6)}) == 1
