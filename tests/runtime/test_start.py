"""start.sh and start-reload.sh, in every shell at hand, with stand-ins for the servers.

The scripts name absolute paths of the image. So the tests run a copy of the runtime folder, in which those paths lead
into that copy. TEST_SHELL names the only shell to use, such as `busybox ash`.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

RUNTIME = Path(__file__).parents[2] / "runtime"
IMAGE_PATHS = re.compile(r"(?<!\w)/(?=(app|gunicorn_conf\.py|start-common\.sh)\b)")
UVICORN_WORKER = "uvicorn.workers.UvicornWorker"

both_scripts = pytest.mark.parametrize("script", ["start.sh", "start-reload.sh"])

SERVER = f"""#!{sys.executable}
import json, os, sys
print(json.dumps(dict(argv=sys.argv[1:], env=dict(os.environ), pid=os.getpid())))
"""
# `python`, which the scripts call with -I. In the sandbox, Python finds its library by a variable, which -I would make
# it ignore. So this gives it the other effects of -I.
PYTHON = f"""#!{sys.executable}
import os, sys
arguments, variables = sys.argv[1:], dict(os.environ)
if "-I" in arguments:
    arguments[arguments.index("-I")] = "-Ps"
    variables = dict((name, value) for name, value in variables.items() if not name.startswith("PYTHON"))
os.execve(sys.executable, [sys.executable, *arguments], variables)
"""


def shells() -> list[str]:
    if named := os.environ.get("TEST_SHELL"):
        return [named]
    return [shell for shell in ("sh", "bash", "busybox ash") if shutil.which(shell.split()[0])]


@dataclass
class Run:
    """How a script ended: what it and the prestart script printed, and what the server was given if it was started."""

    status: int
    messages: list[str]
    errors: list[str]
    started: bool = False
    argv: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    replaced_the_shell: bool = False


@dataclass
class Root:
    """A folder that stands for the image's root folder."""

    path: Path
    shell: str

    def write(self, name: str, content: str = "") -> None:
        file = self.path / name.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def run(self, script: str = "start.sh", **env: str) -> Run:
        """Run it in /app with these variables alone. In what it prints, paths are turned into those of the image."""
        shell = shlex.split(self.shell)
        process = subprocess.Popen(
            [shutil.which(shell[0]) or shell[0], *shell[1:], str(self.path / script)],
            cwd=self.path / "app",
            env={"PATH": str(self.path / "bin"), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        output = [text.replace(str(self.path), "") for text in process.communicate()]
        lines, errors = (text.splitlines() for text in output)
        if not lines or not lines[-1].startswith("{"):
            return Run(process.returncode, lines, errors)
        server = json.loads(lines.pop())
        same = server["pid"] == process.pid
        return Run(process.returncode, lines, errors, True, server["argv"], server["env"], same)


@pytest.fixture(params=shells())
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Root:
    """The runtime folder as the image has it, but with nothing in /app."""
    root = Root(tmp_path, request.param)
    (tmp_path / "app").mkdir()
    for file in (*RUNTIME.glob("*.sh"), RUNTIME / "gunicorn_conf.py"):
        root.write(file.name, IMAGE_PATHS.sub(f"{tmp_path}/", file.read_text()))
    for name, source in {"gunicorn": SERVER, "uvicorn": SERVER, "python": PYTHON}.items():
        root.write(f"bin/{name}", source)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "bin/env").symlink_to(shutil.which("env") or "/usr/bin/env")
    return root


@pytest.fixture
def app(root: Root) -> Root:
    """The same with an app in /app/main.py."""
    root.write("/app/main.py")
    return root


def test_gunicorn_takes_the_place_of_the_shell(app: Root) -> None:
    done = app.run()
    assert done.status == 0
    assert done.argv == ["-k", UVICORN_WORKER, "-c", "/gunicorn_conf.py", "main:app"]
    assert done.replaced_the_shell
    assert done.errors == []


def test_the_app_sees_what_was_chosen(app: Root) -> None:
    env = app.run().env
    assert env["APP_MODULE"] == "main:app"
    assert env["GUNICORN_CONF"] == "/gunicorn_conf.py"
    assert env["WORKER_CLASS"] == UVICORN_WORKER


@both_scripts
@pytest.mark.parametrize(
    "files, env, module",
    [
        ("/app/main.py", {}, "main:app"),
        ("/app/app/main.py", {}, "app.main:app"),
        ("/app/main.py /app/app/main.py", {}, "app.main:app"),
        ("/app/main.py", {"MODULE_NAME": "custom.web"}, "custom.web:app"),
        ("/app/main.py", {"VARIABLE_NAME": "api"}, "main:api"),
        ("", {"MODULE_NAME": "custom.web", "VARIABLE_NAME": "api"}, "custom.web:api"),
        ("", {"APP_MODULE": "a.b:c", "MODULE_NAME": "d", "VARIABLE_NAME": "e"}, "a.b:c"),
        ("/app/main.py", {"APP_MODULE": "", "MODULE_NAME": "", "VARIABLE_NAME": ""}, "main:app"),
    ],
)
def test_app_module(root: Root, script: str, files: str, env: dict[str, str], module: str) -> None:
    for file in files.split():
        root.write(file)
    assert root.run(script, **env).argv[-1] == module


@pytest.mark.parametrize(
    "files, env, conf",
    [
        ("", {}, "/gunicorn_conf.py"),
        ("/app/app/gunicorn_conf.py", {}, "/app/app/gunicorn_conf.py"),
        ("/app/app/gunicorn_conf.py /app/gunicorn_conf.py", {}, "/app/gunicorn_conf.py"),
        ("/app/gunicorn_conf.py", {"GUNICORN_CONF": "main.py"}, "main.py"),
        ("/app/gunicorn_conf.py", {"GUNICORN_CONF": ""}, "/app/gunicorn_conf.py"),
    ],
)
def test_gunicorn_conf(app: Root, files: str, env: dict[str, str], conf: str) -> None:
    for file in files.split():
        app.write(file)
    assert app.run(**env).argv[2:4] == ["-c", conf]


@pytest.mark.parametrize("given, used", [("my.Worker", "my.Worker"), ("", UVICORN_WORKER)])
def test_worker_class(app: Root, given: str, used: str) -> None:
    assert app.run(WORKER_CLASS=given).argv[:2] == ["-k", used]


@both_scripts
def test_prestart_is_sourced(app: Root, script: str) -> None:
    app.write("/app/prestart.sh", "#! /usr/bin/env bash\necho preparing\nexport GREETING=hello\n")
    done = app.run(script)
    assert done.messages == [
        "Checking for script in /app/prestart.sh",
        "Running script /app/prestart.sh",
        "preparing",
    ]
    assert done.env["GREETING"] == "hello"


@both_scripts
@pytest.mark.parametrize(
    "failure, status", [("false", 1), ("(exit 7)", 7), ("exit 3", 3), ("set -u; : $MISSING", None)]
)
def test_prestart_failure_starts_nothing(app: Root, script: str, failure: str, status: int | None) -> None:
    app.write("/app/prestart.sh", f"{failure}\necho went on\n")
    done = app.run(script)
    assert done.status == status if status else done.status != 0
    assert not done.started
    assert "went on" not in done.messages


def test_prestart_may_choose_the_app_and_be_strict(root: Root) -> None:
    root.write("/app/prestart.sh", "set -u\nAPP_MODULE=custom:api\nGUNICORN_CONF=/conf.py\n")
    assert root.run().argv == ["-k", UVICORN_WORKER, "-c", "/conf.py", "custom:api"]


def test_pre_start_path_with_a_space(app: Root) -> None:
    app.write("/my scripts/before.sh", "export GREETING=hello")
    path = f"{app.path}/my scripts/before.sh"
    done = app.run(PRE_START_PATH=path)
    assert done.messages[1] == "Running script /my scripts/before.sh"
    assert done.env["GREETING"] == "hello"


@pytest.mark.parametrize("env", [{}, {"PRE_START_PATH": ""}], ids=["unset", "empty"])
def test_no_prestart(app: Root, env: dict[str, str]) -> None:
    assert app.run(**env).messages == [
        "Checking for script in /app/prestart.sh",
        "There is no script /app/prestart.sh",
    ]


def test_default_prestart(app: Root) -> None:
    app.write("/app/prestart.sh", (RUNTIME / "app/prestart.sh").read_text())
    done = app.run()
    assert done.messages[2] == ("Running inside /app/prestart.sh, you could add migrations to this file, e.g.:")
    assert "alembic upgrade head" in done.messages
    assert done.started


@both_scripts
@pytest.mark.parametrize("env", [{}, {"VARIABLE_NAME": "api"}], ids=str)
def test_missing_app_gives_one_line(root: Root, script: str, env: dict[str, str]) -> None:
    done = root.run(script, **env)
    assert done.status == 1 and not done.started
    assert done.errors == [
        "start: /app/app/main.py, /app/main.py: there is neither;"
        " copy or mount your app to /app, or set MODULE_NAME or APP_MODULE"
    ]


@both_scripts
def test_wrong_values_end_it_before_the_prestart_script(app: Root, script: str) -> None:
    app.write("/app/prestart.sh", "echo preparing\n")
    done = app.run(script, WEB_CONCURRENCY="many", PORT="http")
    assert (done.status, done.messages, done.started) == (64, [], False)
    assert done.errors == [
        'WEB_CONCURRENCY: "many" is not a whole number from 1 to 2147483647',
        'PORT: "http" is not a whole number from 1 to 65535',
    ]


@pytest.mark.parametrize("env", [{}, {"GUNICORN_CONF": "main.py"}], ids=["found", "named"])
def test_another_configuration_judges_values_itself(app: Root, env: dict[str, str]) -> None:
    app.write("/app/gunicorn_conf.py")
    done = app.run(TIMEOUT="1 minute", WORKERS_PER_CORE="many", **env)
    assert (done.status, done.errors) == (0, [])
    assert done.env["TIMEOUT"] == "1 minute"


def test_what_gunicorn_reads_itself_is_judged_for_any_configuration(app: Root) -> None:
    app.write("/app/gunicorn_conf.py")
    wrong = {
        "WEB_CONCURRENCY": "two words",
        "FORWARDED_ALLOW_IPS": "proxy",
        "GUNICORN_CONF": "/no such/conf.py",
        "GUNICORN_CMD_ARGS": "--name 'a",
    }
    done = app.run(TIMEOUT="soon", **wrong)
    assert (done.status, done.messages, done.started) == (64, [], False)
    assert [line.split(":")[0] for line in done.errors] == list(wrong)


def test_the_included_configuration_may_be_named(app: Root) -> None:
    app.write("/app/gunicorn_conf.py")
    assert app.run(TIMEOUT="soon", GUNICORN_CONF=str(app.path / "gunicorn_conf.py")).status == 64


def test_the_app_is_not_in_the_way_of_the_judgement(app: Root) -> None:
    app.write("/app/shlex.py", "raise RuntimeError")
    done = app.run(PYTHONPATH=str(app.path / "app"))
    assert (done.status, done.errors) == (0, [])


@both_scripts
@pytest.mark.parametrize("name, value", [("FORWARDED_ALLOW_IPS", "*"), ("PORT", "81"), ("WEB_CONCURRENCY", " +4 ")])
def test_what_servers_read_themselves_is_unset_if_empty(app: Root, script: str, name: str, value: str) -> None:
    assert name not in app.run(script, **{name: ""}).env
    assert name not in app.run(script).env
    assert app.run(script, **{name: value}).env[name] == value


def test_prestart_may_empty_what_servers_read_themselves(app: Root) -> None:
    app.write("/app/prestart.sh", "set -u\nexport PORT=\n")
    assert "PORT" not in app.run(PORT="81").env


@pytest.mark.parametrize(
    "env, options",
    [
        ({}, ["0.0.0.0", "80", "", "info"]),
        (dict.fromkeys(["HOST", "PORT", "ROOT_PATH", "LOG_LEVEL"], ""), ["0.0.0.0", "80", "", "info"]),
        ({"HOST": "::", "PORT": "8080", "ROOT_PATH": "/a", "LOG_LEVEL": "debug"}, ["::", "8080", "/a", "debug"]),
    ],
    ids=["unset", "empty", "set"],
)
def test_reload(app: Root, env: dict[str, str], options: list[str]) -> None:
    done = app.run("start-reload.sh", **env)
    given = zip(["--host", "--port", "--root-path", "--log-level"], options, strict=True)
    assert done.argv == ["--reload", *(word for pair in given for word in pair), "main:app"]
    assert done.replaced_the_shell
