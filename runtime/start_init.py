"""PID 1 of a container until the server takes its place, so that a signal to stop is obeyed from the beginning.

The kernel drops a signal to PID 1 that has no handler there, and a shell runs its handler only when the command that it
waits for has ended, such as a migration in the prestart script. So where a start script is PID 1, this program takes
its place and runs the script once more, as a process of its own:

    start_init.py SHELL SCRIPT ARGUMENT...          as PID 1
    start_init.py --hand-over PROGRAM ARGUMENT...   at the end of the script, in its place

The second one sends all that a program inherits from the script to the first one, which then becomes that program:
what it is called with, its environment, its folder, its umask, its limits and its open files.

What takes longer to import is imported by the functions that need it, when signals to PID 1 wait instead of being lost.
"""

from __future__ import annotations

import os
import signal
import sys

# The script finds here which file descriptor leads to PID 1.
SOCKET = "START_INIT_SOCKET"
# Those of a shell's own are from 10 on, and a script can only name those up to 9.
HIGH = 100
# The kernel sends no more file descriptors at once, of which one is for the rest of the state.
MOST_FILES = 253 - 1
STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


def run(*script: str) -> None:
    """Run the script, which is a command line, then become the program that it hands over.

    Without one, exit with the script's status.
    """
    if os.getpid() != 1:  # as another process, `tell_all` would end what is not the container's
        sys.exit("start_init.py: it is not PID 1; run /start.sh")
    # No handlers: Python would not run one for a signal that arrives just before it waits. Signals that are blocked
    # wait, and those that come after the script has ended go to the program.
    awaited = (*STOP, signal.SIGCHLD)
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    import fcntl
    import socket

    ours, theirs = socket.socketpair()
    theirs_in_script = fcntl.fcntl(theirs, fcntl.F_DUPFD, HIGH)
    environment = {**os.environ, SOCKET: str(theirs_in_script)}
    pid = os.posix_spawn(script[0], script, environment, setsigdef=[*STOP, *IGNORED_BY_PYTHON], setsigmask=[])
    os.close(theirs_in_script)
    told = []
    status = None
    while status is None:
        number = signal.sigwait(awaited)
        if number == signal.SIGCHLD:
            status = reap().get(pid)
        else:
            told.append(number)
            tell_all()

    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        sys.exit(128 + told[0] if told else 128 - code)
    if code:
        sys.exit(code)
    ours.setblocking(False)
    try:
        _, files, _, _ = socket.recv_fds(ours, 1, MOST_FILES + 1)
    except BlockingIOError:
        sys.exit(0)  # the script has ended by itself, as by `exit 0` in the prestart script
    if told:
        sys.exit(128 + told[0])
    become(files)


def tell_all() -> None:
    """Tell all processes of the container to stop. This one ends when the script has ended.

    They get SIGTERM whatever came here, since Bash ignores SIGQUIT.
    """
    try:
        os.kill(-1, signal.SIGTERM)
    except ProcessLookupError:
        return  # there is no other process


def reap() -> dict[int, int]:
    """The statuses, as `os.wait` gives them, of the processes that have ended. The script leaves some behind."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if not pid:
            return ended
        ended[pid] = status


def hand_over(program: list[str]) -> None:
    """Send PID 1 what it needs to become this program."""
    import json
    import resource
    import socket

    os.umask(mask := os.umask(0))
    connection = socket.socket(fileno=int(os.environ.pop(SOCKET)))
    files = [fd for fd in map(int, os.listdir("/proc/self/fd")) if fd != connection.fileno() and is_inherited(fd)]
    limits = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    state = {
        "program": program,
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "umask": mask,
        "limits": {name: resource.getrlimit(getattr(resource, name)) for name in limits},
        "files": files[:MOST_FILES],
    }
    with open(os.memfd_create("state"), "w") as file:
        json.dump(state, file)
        file.flush()
        socket.send_fds(connection, [b"."], [file.fileno(), *files[:MOST_FILES]])


def is_inherited(fd: int) -> bool:
    try:
        return os.get_inheritable(fd)
    except OSError:  # the folder itself, which has been closed
        return False


def become(files: list[int]) -> None:
    """Take over the state that `hand_over` has sent as these files, and run its program in the place of this one."""
    import fcntl
    import json
    import resource

    for fd in files:
        os.set_inheritable(fd, False)
    with open(files[0]) as file:
        file.seek(0)
        state = json.load(file)
    high = max([HIGH, *state["files"]]) + 1
    # Their numbers here may be those that others of them had there. So move all out of the way first.
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, high) for fd in files[1:]]
    for fd, target in zip(moved, state["files"]):
        os.dup2(fd, target)
    for name, limits in state["limits"].items():
        if resource.getrlimit(getattr(resource, name)) != tuple(limits):
            resource.setrlimit(getattr(resource, name), limits)
    os.chdir(state["folder"])
    os.umask(state["umask"])
    for number in IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    if not takes_signals(state["program"][0], state["environment"]):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
    os.execvpe(state["program"][0], state["program"], state["environment"])


def takes_signals(program: str, environment: dict[str, str]) -> bool:
    """Whether a Python runs this program that has start_signals, which takes the signals that wait."""
    import glob
    import shutil

    path = shutil.which(program, path=environment.get("PATH"))
    try:
        with open(path or "", "rb") as file:
            line = os.fsdecode(file.readline(1000))
    except OSError:
        return False
    prefix = os.path.dirname(os.path.dirname(line.removeprefix("#!").strip()))
    # Debian's Python, whose prefix is /usr, has it below /usr/local.
    folders = (f"{glob.escape(prefix)}/{local}lib/python3*/site-packages" for local in ("", "local/"))
    return line.startswith("#!/") and any(glob.glob(f"{folder}/start_signals.pth") for folder in folders)


if __name__ == "__main__":
    if sys.argv[1] == "--hand-over":
        hand_over(sys.argv[2:])
    else:
        run(*sys.argv[1:])
