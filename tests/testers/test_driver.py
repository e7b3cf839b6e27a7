"""How a failing test is reported, and how its time is bounded: tests without any machine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from driver import driver
from log import Log

Report = Callable[..., str]


@pytest.fixture
def report(spec: dict[str, Any], tcg: None, tmp_path: Path) -> Report:
    """What the driver reports of a script; "" if it passes."""

    def run(script: str, **changes: object) -> str:
        log = Log()
        with driver({**spec, "name": "trial", "nodes": [], "testScript": script, **changes}, tmp_path, log) as driving:
            return driving.test() or ""

    return run


def first_line(text: str) -> str:
    return text.partition("\n")[0]


def test_script_that_passes(report: Report) -> None:
    assert report("with subtest('one'):\n    assert machines == []\nstart_all()\n") == ""


def test_assertion_names_subtest_and_line(report: Report) -> None:
    said = report("with subtest('sums'):\n    pass\nwith subtest('products'):\n    assert 2 * 2 == 5, 'not five'\n")
    assert first_line(said) == 'testers: trial: subtest "products", testScript line 4: AssertionError: not five'
    assert "assert 2 * 2 == 5" in said


def test_error_beside_subtests(report: Report) -> None:
    said = report("with subtest('done'):\n    pass\nunknown\n")
    assert first_line(said) == "testers: trial: testScript line 3: NameError: name 'unknown' is not defined"


def test_script_that_is_no_python(report: Report) -> None:
    assert first_line(report("x = 1\ny = = 2\n")) == (
        "testers: trial: testScript line 2: SyntaxError: invalid syntax (<testScript>, line 2)"
    )


def test_script_that_exits(report: Report) -> None:
    assert first_line(report("raise SystemExit(0)")) == "testers: trial: testScript line 1: SystemExit: 0"


def test_script_that_never_ends(report: Report) -> None:
    said = report("with subtest('waits'):\n    import time\n    time.sleep(1000)\n", globalTimeout=2)
    assert first_line(said) == (
        'testers: trial: subtest "waits", testScript line 3: the test did not end within 2 seconds'
    )


def test_hints_come_last(report: Report) -> None:
    assert report("assert False", hints=["run it alone: so"]).endswith("\nrun it alone: so")
