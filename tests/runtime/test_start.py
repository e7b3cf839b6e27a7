"""start.sh and start-reload.sh: what they start, and what they refuse."""

import shlex
import subprocess
import sys

import pytest

from start_root import RUNTIME, UVICORN_WORKER, Root, both_scripts


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


# An app's own variables, some of which have names that a shell script is likely to use.
OWN = {
    "LOG_FORMAT": "%(asctime)s %(message)s",
    "MAX_REQUESTS": "100/minute",
    "MAX_REQUESTS_JITTER": "no",
    "ROOT_PATH": "/",
    **dict.fromkeys(["name", "key", "value", "script", "given", "handled", "init_socket"], "the app's"),
    **dict.fromkeys(["default_module", "default_conf", "path", "line", "level", "host", "arguments"], "the app's"),
}


@both_scripts
def test_the_app_keeps_its_own_variables(app: Root, script: str) -> None:
    done = app.run(script, **OWN)
    assert done.env.items() >= OWN.items()
    assert done.errors == []
    assert done.argv == app.run(script).argv


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


SHOWS_FILES = f"""#!{sys.executable} -S
import os
opened = []
for fd in range(3):
    try:
        os.fstat(fd)
    except OSError:
        continue
    opened.append(fd)
open("files", "w").write(str(opened))
"""
CONF = ["-c", "/gunicorn_conf.py"]
CLASS = ["-k", UVICORN_WORKER]


def needs_gunicorn() -> None:
    """Skip a test where the scripts' `python`, which gets no variable of the tests, can't import it."""
    if subprocess.run([sys.executable, "-c", "import gunicorn"], env={}, capture_output=True).returncode:
        pytest.skip("no gunicorn in site-packages: install the packages of runtime/poetry.lock beside pytest")


@pytest.mark.parametrize(
    "arguments, passed",
    [
        ("--workers=2", CLASS + CONF),
        ("-c mine.py", CLASS),
        ("-cmine.py", CLASS),
        ("--config mine.py", CLASS),
        ("--config=mine.py", CLASS),
        ("--conf mine.py", CLASS),
        ("-Rcmine.py", CLASS),
        ("-c ''", CLASS + CONF),
        ("-k sync", CONF),
        ("-ksync", CONF),
        ("-DRk sync", CONF),
        ("--worker-class sync", CONF),
        ("--worker-cl=sync", CONF),
        ("-w2 -k sync --config=mine.py", []),
        # These only look as if they named one.
        ("--name 'a -c b'", CLASS + CONF),
        ("--name 'a -k b' --worker-connections 9", CLASS + CONF),
        ("--name=-c", CLASS + CONF),
        ("-n-k", CLASS + CONF),
        ("--chdir /a/-c", CLASS + CONF),
        ("-- -c mine.py -k sync", CLASS + CONF),
        ("--preload\t-c\tmine.py", CLASS),
        ("'-c' 'mine.py'", CLASS),
        # Gunicorn refuses these itself.
        ("--no-such-option", CLASS + CONF),
        ("-k", CLASS + CONF),
    ],
)
def test_gunicorn_cmd_args_win(app_of_one_shell: Root, arguments: str, passed: list[str]) -> None:
    needs_gunicorn()
    assert app_of_one_shell.run(GUNICORN_CMD_ARGS=arguments).argv == [*passed, "main:app"]


def test_modules_in_the_current_folder_are_not_in_the_way(app: Root) -> None:
    needs_gunicorn()
    app.write("/app/argparse.py", "raise RuntimeError")
    assert app.run(GUNICORN_CMD_ARGS="-k sync").argv == [*CONF, "main:app"]


@both_scripts
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", ">/dev/full", ">/dev/full 2>&1", "| :"])
def test_what_it_says_does_not_decide(app: Root, script: str, closed: str) -> None:
    app.write("/app/prestart.sh", (RUNTIME / "app/prestart.sh").read_text())
    for server in ("gunicorn", "uvicorn"):
        app.write(f"bin/{server}", SHOWS_FILES)
    words = [*app.shell_command, "-c", f"{shlex.join(app.shell_command)} {app.path / script} {closed}"]
    env = {"PATH": str(app.path / "bin")}
    assert subprocess.run(words, cwd=app.path / "app", env=env, capture_output=True).returncode == 0
    # It was started, and what was closed is open, so that no file of the server's own takes its number.
    assert (app.path / "app/files").read_text() == "[0, 1, 2]"
    status = subprocess.run(words, cwd=app.path / "app", env={**env, "PORT": "http"}, capture_output=True).returncode
    assert status == (0 if closed == "| :" else 64)


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


ALWAYS_READ = {"APP_MODULE", "MODULE_NAME", "VARIABLE_NAME", "PRE_START_PATH", "FORWARDED_ALLOW_IPS", "WEB_CONCURRENCY"}
SERVERS_READ = {"HOST", "PORT", "LOG_LEVEL", "GUNICORN_LOG_FORMAT", "UVICORN_ROOT_PATH", "ACCESS_LOG", "ERROR_LOG"}
GUNICORN_READS = {
    *("WORKER_CLASS", "WORKERS_PER_CORE", "MAX_WORKERS", "GUNICORN_MAX_REQUESTS", "GUNICORN_MAX_REQUESTS_JITTER"),
    *("TIMEOUT", "GRACEFUL_TIMEOUT", "KEEP_ALIVE", "UVICORN_TIMEOUT_HEAD"),
}


@pytest.mark.parametrize(
    "script, names",
    [
        ("start.sh", ALWAYS_READ | SERVERS_READ | GUNICORN_READS),
        ("start.sh", ALWAYS_READ | {"GUNICORN_CONF", "WORKER_CLASS"}),
        ("start-reload.sh", ALWAYS_READ | SERVERS_READ),
    ],
    ids=["included configuration", "own configuration", "reload"],
)
@pytest.mark.parametrize(
    "value, cause", [('"a"', "quotes"), ("'a'", "quotes"), ("a\r", "carriage return")], ids=["double", "single", "CR"]
)
def test_what_an_env_file_leaves_in_values(
    app_of_one_shell: Root, script: str, names: set[str], value: str, cause: str
) -> None:
    app_of_one_shell.write("/app/prestart.sh", "echo preparing\n")
    done = app_of_one_shell.run(script, **dict.fromkeys(names, value))
    assert (done.status, done.messages, done.started) == (64, [], False)
    assert sorted(line.split(":")[0] for line in done.errors) == sorted(names)
    assert all(cause in line for line in done.errors)


def test_quotes_around_all_arguments_of_gunicorn(app_of_one_shell: Root) -> None:
    for wrong in ('"--reload --workers=2"', "'-k sync -w 2'", '"--workers 2"'):
        done = app_of_one_shell.run(GUNICORN_CMD_ARGS=wrong)
        (line,) = done.errors
        assert done.status == 64 and line.startswith("GUNICORN_CMD_ARGS: ") and "quotes" in line


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
