"""A worker that has answered GUNICORN_MAX_REQUESTS requests serves on until another one does.

Gunicorn starts a worker only when the one that it replaces has gone. Meanwhile, new connections would have to wait.
"""

from __future__ import annotations

import contextlib
import os
import signal

from gunicorn.arbiter import Arbiter

from image_hooks.optional import optional

SERVES, LEAVES = b"+", b"-"

# The workers write lines to this pipe, which the master reads: what the worker does, and its process ID.
reading, writing = os.pipe()
for end in (reading, writing):
    os.set_blocking(end, False)


class Replacements:
    """The workers of a master that wish to be replaced. This is done for one after the other, to save memory."""

    instance: Replacements | None = None

    def __init__(self, server: Arbiter) -> None:
        self.server = server
        self.forget()

    def forget(self) -> None:
        self.cfg = self.server.cfg
        self.wishes: list[int] = []  # the workers that wait for their turn
        self.leaving: set[int] = set()  # those whose turn has come and that still run, in addition to num_workers
        self.current: int | None = None  # the one of them whose replacement does not serve yet
        self.age = 0  # Gunicorn's count of workers when that one's turn came

    @optional
    def go_on(self) -> None:
        """Do what can be done now. Gunicorn then starts workers until there are num_workers."""
        server = self.server
        if server.cfg is not self.cfg:  # SIGHUP: Gunicorn has set num_workers anew, and replaces all workers anyway
            self.forget()
        for word in self.words():
            kind, pid = word[:1], int(word[1:])
            if kind == LEAVES:
                self.wishes.append(pid)
            elif self.current and pid in server.WORKERS and server.WORKERS[pid].age > self.age:
                server.kill_worker(self.current, signal.SIGTERM)
                self.current = None
        gone = self.leaving - server.WORKERS.keys()
        self.leaving -= gone
        server.num_workers -= len(gone)
        if self.current not in self.leaving:
            self.current = None
        while self.wishes and not self.current:
            pid = self.wishes.pop(0)
            if pid in server.WORKERS and pid not in self.leaving:
                self.current, self.age = pid, server.worker_age
                self.leaving.add(pid)
                server.num_workers += 1

    def words(self) -> list[bytes]:
        """What workers have said since the last time."""
        try:
            return os.read(reading, 65536).split()
        except BlockingIOError:
            return []


def when_ready(server: Arbiter) -> None:
    """Let the master replace the workers that wish it."""
    manage = server.manage_workers
    Replacements.instance = replacements = Replacements(server)

    def manage_workers(*args: object) -> None:
        replacements.go_on()
        manage(*args)

    vars(server).update(manage_workers=manage_workers)


def tell_master(what: bytes) -> bool:
    """Tell it that this worker SERVES or LEAVES. True if it takes notice: then one that LEAVES serves until SIGTERM."""
    if not Replacements.instance:  # a configuration of the app's own has replaced the hook when_ready
        return False
    try:
        os.write(writing, b"%s%d\n" % (what, os.getpid()))
    except BlockingIOError:
        return False
    # It looks at the pipe once a second, or whenever a worker may have ended.
    with contextlib.suppress(PermissionError):
        os.kill(os.getppid(), signal.SIGCHLD)
    return True
