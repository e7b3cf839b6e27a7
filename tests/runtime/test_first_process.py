"""The start scripts as PID 1: a signal to stop is obeyed at any time, and the server starts as it does elsewhere."""

import json
import shutil
import signal
import sys

import pytest

from first_process import first_process
from start_root import RUNTIME, Root, both_scripts

# Stands for a server that still imports its modules, run by this Python. By itself, Python would only run what is
# in the site-packages of the tests. It sleeps in short steps: the handler of a signal that arrives just before a sleep
# runs after it.
IMPORTING = """#!{python}
import site, time
site.addsitedir({site_packages!r})
print("importing", flush=True)
while True:
    time.sleep(0.1)
"""
# Prints what it has inherited.
INHERITING = f"""#!{sys.executable}
import json, os, resource, signal, sys
files = []
for fd in sorted(map(int, os.listdir("/proc/self/fd"))):
    try:
        files.append((fd, os.readlink(f"/proc/self/fd/{{fd}}")))
    except OSError:
        pass  # the folder itself
state = dict(
    waiting=sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    argv=sys.argv,
    env={{name: value for name, value in os.environ.items() if name not in ("_", "OLDPWD", "SHLVL")}},
    folder=os.getcwd(),
    umask=os.umask(0),
    limits={{name: resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT")}},
    files=[file for file in files if "/proc/" not in file[1]],
)
with open(os.environ["SHOWN"], "w") as file:
    json.dump([os.getpid(), state], file)
"""
STOP = [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGQUIT, 131)]


def serve_with(root: Root, server: str) -> None:
    for name in ("gunicorn", "uvicorn"):
        root.write(f"bin/{name}", server)


@both_scripts
@pytest.mark.parametrize("number, status", STOP)
def test_a_signal_ends_the_prestart_script(app: Root, script: str, number: signal.Signals, status: int) -> None:
    app.write("/app/prestart.sh", "echo preparing\nsleep 600\necho went on\n")
    with first_process(app, script) as first:
        first.wait_for("preparing")
        first.send(number)
        assert first.wait() == status
        assert "went on" not in first.stdout.read_text()


@both_scripts
@pytest.mark.parametrize("number, status", STOP)
def test_a_signal_ends_a_server_that_has_no_handlers_yet(
    app: Root, script: str, number: signal.Signals, status: int
) -> None:
    site_packages = app.path / "lib/python3.x/site-packages"
    shutil.copytree(RUNTIME / "site-packages", site_packages)
    serve_with(app, IMPORTING.format(python=app.path / "bin/python", site_packages=str(site_packages)))
    with first_process(app, script) as first:
        first.wait_for("importing")
        first.send(number)
        assert first.wait() == status


def test_a_server_run_by_another_python_can_be_stopped(app: Root) -> None:
    """One that does not look into the image's site-packages, as in a virtual environment: no signal waits for ever."""
    app.write(
        "/bin/gunicorn",
        f"#!{sys.executable}\nimport signal, time\nsignal.signal(signal.SIGTERM, lambda *_: exit(5))\n"
        "print('serving', flush=True)\nwhile True:\n    time.sleep(0.1)\n",
    )
    with first_process(app) as first:
        first.wait_for("serving")
        first.send(signal.SIGTERM)
        assert first.wait() == 5


def test_a_prestart_script_may_clean_up_when_it_is_told_to_stop(app: Root) -> None:
    app.write("/app/prestart.sh", "trap 'echo cleaned up; exit 5' TERM\necho preparing\nsleep 600\n")
    with first_process(app) as first:
        first.wait_for("preparing")
        first.send(signal.SIGTERM)
        assert first.wait() == 5
        assert "cleaned up" in first.stdout.read_text()


def test_no_server_starts_once_it_was_told_to_stop(app: Root) -> None:
    app.write("/app/prestart.sh", "trap '' TERM\necho preparing\nwhile [ ! -e go-on ]; do :; done\n")
    with first_process(app) as first:
        first.wait_for("preparing")
        first.send(signal.SIGTERM)
        app.write("/app/go-on")
        assert first.wait() == 143
        assert "argv" not in first.stdout.read_text()


@both_scripts
def test_the_server_inherits_the_same_as_without_being_pid_1(app: Root, script: str) -> None:
    serve_with(app, INHERITING)
    app.write(
        "/app/prestart.sh",
        'export GREETING="it\'s\n two lines"\nunset GONE\ncd ..\numask 027\nulimit -n 100\nulimit -c 0\n'
        "exec 3</etc/passwd 5>>log >other 2>errors\nset +e -u\n",
    )
    env = {"SHOWN": str(app.path / "shown"), "GONE": "1", "PATH": f"{app.path}/bin", "LC_ALL": "C.UTF-8"}
    app.run(script, **env)
    elsewhere = json.loads((app.path / "shown").read_text())
    assert elsewhere[1]["env"]["GREETING"] == "it's\n two lines"
    with first_process(app, script, **env) as first:
        assert first.wait() == 0, first.stderr.read_text()
    pid, state = json.loads((app.path / "shown").read_text())
    assert pid == 1
    assert state == elsewhere[1]


@pytest.mark.parametrize("prestart, status", [("exit 7", 7), ("exit 0", 0), ("false", 1), ("exec true", 0)])
def test_the_end_of_the_prestart_script_ends_it(app: Root, prestart: str, status: int) -> None:
    app.write("/app/prestart.sh", f"{prestart}\n")
    with first_process(app) as first:
        assert first.wait() == status
        assert "argv" not in first.stdout.read_text()


def test_what_the_prestart_script_left_behind_goes_on(app: Root) -> None:
    app.write("/app/prestart.sh", "sleep 600 &\n(exit 3) &\n")
    with first_process(app) as first:
        assert first.wait() == 0
        assert "argv" in first.stdout.read_text()


def test_wrong_values_end_it(app: Root) -> None:
    with first_process(app, TIMEOUT="soon") as first:
        assert first.wait() == 64
        assert first.stderr.read_text() == 'TIMEOUT: "soon" is not a whole number from 0 to 2147483647\n'


@pytest.mark.parametrize("before, told", [("", True), ("trap : TERM; ", False)], ids=["deaf", "not deaf"])
def test_a_shell_as_pid_1_that_gets_no_signals(app: Root, before: str, told: bool) -> None:
    """As with `CMD /start.sh`."""
    with first_process(app, command=f"{before}{app.shell} {app.path}/start.sh; :") as first:
        assert first.wait() == 0
        assert first.stderr.read_text().startswith("start: PID 1: it is a shell") == told
