"""What a script waits for, and what must hold meanwhile: tests without any machine."""

import io
import time

import pytest

from failure import TestFailure
from log import Log
from polling import Conditions, Retry


@pytest.fixture
def retry(monkeypatch: pytest.MonkeyPatch) -> Retry:
    monkeypatch.setattr("polling.RETRY_SECONDS", 0.001)
    return Retry(slowness=1)


@pytest.fixture
def conditions(retry: Retry) -> Conditions:
    return Conditions(Log(io.StringIO()), retry)


def test_retry_ends_with_what_is_true(retry: Retry) -> None:
    told = []

    def third(last: bool) -> bool:
        told.append(last)
        return len(told) == 3

    retry(third)
    assert told == [False, False, False]


@pytest.mark.parametrize("arguments", [{"timeout_seconds": 0}, {"timeout": 0}])
def test_retry_tells_the_last_chance(retry: Retry, arguments: dict[str, float]) -> None:
    told = []
    with pytest.raises(TestFailure, match="retry: never: not true within 0 seconds"):

        def never(last: bool) -> None:
            told.append(last)

        retry(never, **arguments)
    assert told == [True]
    retry(lambda last: last, 0)


def test_retry_takes_its_time_on_a_slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    Retry(slowness=5)(lambda _: now[0] >= 40, 10)
    with pytest.raises(TestFailure, match="within 50 seconds"):
        Retry(slowness=5)(lambda _: False, 10)


def test_retry_lets_a_failure_through(retry: Retry) -> None:
    with pytest.raises(ZeroDivisionError):
        retry(lambda _: 1 / 0)


def test_condition_that_holds(conditions: Conditions) -> None:
    with conditions(lambda: None), conditions(lambda: True):
        conditions.check()


@pytest.mark.parametrize("interval", [0, 1000])
def test_condition_that_does_not_hold_fails_the_next_command(conditions: Conditions, interval: float) -> None:
    @conditions(seconds_interval=interval)
    def runs() -> bool:
        return False

    conditions.check()
    with runs, pytest.raises(TestFailure, match=r"^polling condition failed: runs$"):
        conditions.check()
    conditions.check()


def test_condition_that_raises_says_why(conditions: Conditions) -> None:
    @conditions
    def runs() -> None:
        """the server runs"""
        raise TestFailure("machine: command failed")

    with (
        runs,
        pytest.raises(TestFailure, match=r"^polling condition failed: the server runs: machine: command failed$"),
    ):
        conditions.check()


def test_condition_is_checked_once_in_its_interval(conditions: Conditions) -> None:
    checked = []

    @conditions(seconds_interval=1000, description="once")
    def once() -> None:
        checked.append(True)

    with once:
        conditions.check()
        conditions.check()
    assert len(checked) == 1


def test_commands_of_conditions_check_the_others_alone(conditions: Conditions) -> None:
    order = []

    @conditions(seconds_interval=0)
    def one() -> None:
        order.append("one")
        conditions.check()

    @conditions(seconds_interval=0)
    def two() -> None:
        order.append("two")
        conditions.check()

    with one, two:
        conditions.check()
    assert order[:2] == ["one", "two"] and len(order) < 5


def test_condition_can_be_waited_for(conditions: Conditions) -> None:
    answers = iter([False, False, True])

    @conditions
    def runs() -> bool:
        return next(answers)

    runs.wait()
    assert list(answers) == []
    stays = conditions(description="it stays")(lambda: False)
    with pytest.raises(TestFailure, match="it stays: not true within 0 seconds"):
        stays.wait(timeout=0)


def test_signals_end_a_condition(conditions: Conditions) -> None:
    @conditions
    def ended() -> None:
        raise SystemExit

    with ended, pytest.raises(SystemExit):
        conditions.check()
