"""What has to become true, and what has to stay true: retry and polling_condition of NixOS's driver."""

import math
import time
from collections.abc import Callable
from typing import overload

from failure import TestFailure
from log import Log

RETRY_SECONDS = 1
WAIT_SECONDS = 900


class Retry:
    """Calls functions until they say that all is well. All timeouts are multiplied by `slowness`."""

    def __init__(self, slowness: int) -> None:
        self._slowness = slowness

    def __call__(
        self, fn: Callable[[bool], object], timeout_seconds: float = WAIT_SECONDS, *, timeout: float | None = None
    ) -> None:
        """Call `fn` once a second until it returns what is true. It is told whether this is its last chance.

        `timeout` is what older drivers call `timeout_seconds`. Raises TestFailure, and what `fn` raises.
        """
        self.until(fn, _name(fn), timeout_seconds if timeout is None else timeout)

    def until(self, fn: Callable[[bool], object], what: str, timeout: float) -> None:
        """The same, for a function that is called `what` in the error."""
        seconds = timeout * self._slowness
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if fn(False):
                return
            time.sleep(RETRY_SECONDS)
        if not fn(True):
            raise TestFailure(f"retry: {what}: not true within {seconds} seconds")


class Conditions:
    """The conditions of one test: calling it makes one of a function, as the decorator @polling_condition."""

    def __init__(self, log: Log, retry: Retry) -> None:
        self.log = log
        self.retry = retry
        self.active: list[Condition] = []

    @overload
    def __call__(self, fun_: Callable[[], object]) -> "Condition": ...

    @overload
    def __call__(
        self, *, seconds_interval: float = 2.0, description: str | None = None
    ) -> Callable[[Callable[[], object]], "Condition"]: ...

    def __call__(
        self,
        fun_: Callable[[], object] | None = None,
        *,
        seconds_interval: float = 2.0,
        description: str | None = None,
    ) -> "Condition | Callable[[Callable[[], object]], Condition]":
        """A condition that holds as long as the function returns True or None, and raises nothing.

        It is checked at most each `seconds_interval`. `description` names it in the log; without, its docstring does,
        or else its name.
        """

        def make(function: Callable[[], object]) -> Condition:
            return Condition(function, seconds_interval, description or function.__doc__ or _name(function), self)

        return make if fun_ is None else make(fun_)

    def check(self) -> None:
        """Raise TestFailure if an active condition that is due does not hold. Machines call it before each command."""
        for condition in self.active:
            if condition.is_due() and (why := condition.failure()) is not None:
                raise TestFailure(f"polling condition failed: {condition.description}{why and f': {why}'}")


class Condition:
    """What must hold while the block `with condition:` runs; Conditions.check looks after it."""

    def __init__(
        self, function: Callable[[], object], interval: float, description: str, conditions: Conditions
    ) -> None:
        self.description = description
        self._function = function
        self._interval = interval
        self._conditions = conditions
        self._checked = -math.inf

    def __enter__(self) -> None:
        self._conditions.active.append(self)

    def __exit__(self, *_: object) -> None:
        self._conditions.active.remove(self)

    def wait(self, timeout: float = WAIT_SECONDS) -> None:
        """Wait until it holds. Raises TestFailure."""
        with self._conditions.log.nested(f"waiting for {self.description}"):
            self._conditions.retry.until(lambda _: self.failure() is None, self.description, timeout)

    def is_due(self) -> bool:
        """Whether its last check is longer ago than its interval."""
        return time.monotonic() - self._checked > self._interval

    def failure(self) -> str | None:
        """None if it holds; else what it raised, "" if nothing."""
        with self._conditions.log.nested(f"checking polling condition: {self.description}"):
            self._checked = math.inf  # so that the commands that it runs itself do not check it again
            try:
                holds = self._function()
            except Exception as error:
                return str(error) or type(error).__name__
            finally:
                self._checked = time.monotonic()
        return None if holds is None or holds else ""


def _name(function: Callable[..., object]) -> str:
    return getattr(function, "__name__", repr(function))
