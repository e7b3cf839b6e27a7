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


def test_assertion_of_unittest_is_one_line_and_what_differs(report: Report) -> None:
    assert report("t.assertIn('a', 'abc'); t.assertEqual(1, 1)\n") == ""
    said = report("x = 1\nt.assertEqual('one\\ntwo\\n', 'one\\nthree\\n')\n").splitlines()
    assert said[0] == "testers: trial: testScript line 2: 'one\\ntwo\\n' != 'one\\nthree\\n'"
    assert "- two" in said and "+ three" in said


def test_assertion_about_much_is_told_in_short(report: Report) -> None:
    said = report("t.assertIn('a', 'b' * 1_000_000)")
    assert len(said) < 2000 and "'a' not found in 'bbb" in first_line(said)


def test_what_scripts_for_nixos_call_is_there(report: Report) -> None:
    script = """
tries = []
retry(lambda _: tries.append(1) or len(tries) == 2, timeout=10)
retry(lambda _: True, timeout_seconds=10)
os.environ["TRIED"] = str(len(tries))

@polling_condition(seconds_interval=1, description="tries are kept")
def kept():
    t.assertEqual(os.environ["TRIED"], "2")

kept.wait(timeout=10)
with kept, log.nested("a part"):
    log.info("of it")
join_all()
"""
    assert report(script) == ""


def test_error_of_the_log_ends_the_test(report: Report) -> None:
    assert first_line(report("log.error('no server')")) == "testers: trial: testScript line 1: no server"


def test_retry_that_ends_in_vain(report: Report) -> None:
    said = report("def never(_):\n    return False\nretry(never, 0)\n")
    assert first_line(said) == "testers: trial: testScript line 3: retry: never: not true within 0 seconds"


def test_machine_goes_before_what_is_called_the_same(spec: dict[str, Any], tcg: None, tmp_path: Path) -> None:
    nodes = [{**spec["nodes"][0], "name": name} for name in ("log", "web-server", "1st")]
    script = "assert [m.name for m in (log, web_server, _st)] == ['log', 'web-server', '1st']"
    with driver({**spec, "nodes": nodes, "testScript": script}, tmp_path, Log()) as driving:
        assert driving.test() is None


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


def test_script_that_catches_everything_ends_later(report: Report) -> None:
    said = report(
        "import time\nfor _ in range(2):\n    try:\n        time.sleep(5)\n    except:\n        pass\ntime.sleep(9)\n",
        globalTimeout=1,
    )
    assert first_line(said) == "testers: trial: testScript line 7: the test did not end within 1 seconds"


def test_hints_come_last(report: Report) -> None:
    assert report("assert False", hints=["run it alone: so"]).endswith("\nrun it alone: so")
