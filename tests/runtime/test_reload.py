"""start-reload.sh: the options that Uvicorn gets."""

import pytest

from start_root import Root

DEFAULT = ["--reload", "--host", "0.0.0.0", "--port", "80", "--root-path", "", "--log-level", "info"]


def option(argv: list[str], name: str) -> str:
    return argv[argv.index(name) + 1]


def test_uvicorn_takes_the_place_of_the_shell(app: Root) -> None:
    done = app.run("start-reload.sh")
    assert done.argv == [*DEFAULT, "main:app"]
    assert done.replaced_the_shell


def test_empty_means_unset(app: Root) -> None:
    names = ["HOST", "PORT", "UVICORN_ROOT_PATH", "LOG_LEVEL", "GUNICORN_LOG_FORMAT", "APP_MODULE"]
    assert app.run("start-reload.sh", **dict.fromkeys(names, "")).argv == [*DEFAULT, "main:app"]


@pytest.mark.parametrize(
    "name, value, to, passed",
    [
        ("HOST", "::", "--host", "::"),
        ("HOST", "[::1]", "--host", "::1"),
        ("PORT", "8080", "--port", "8080"),
        ("UVICORN_ROOT_PATH", "/a", "--root-path", "/a"),
        ("LOG_LEVEL", "debug", "--log-level", "debug"),
        ("LOG_LEVEL", "INFO", "--log-level", "info"),
        ("LOG_LEVEL", "Warning", "--log-level", "warning"),
        ("LOG_LEVEL", "warn", "--log-level", "warning"),
        ("LOG_LEVEL", "error", "--log-level", "error"),
        ("LOG_LEVEL", "CRITICAL", "--log-level", "critical"),
        ("LOG_LEVEL", "fatal", "--log-level", "critical"),
        ("LOG_LEVEL", "TRACE", "--log-level", "trace"),
        ("LOG_LEVEL", "NotSet", "--log-level", "info"),
    ],
)
def test_variables(app_of_one_shell: Root, name: str, value: str, to: str, passed: str) -> None:
    done = app_of_one_shell.run("start-reload.sh", **{name: value})
    assert option(done.argv, to) == passed
    assert done.env[name] == value


def test_prestart_may_set_them(app: Root) -> None:
    app.write("/app/prestart.sh", "HOST=web PORT=81 LOG_LEVEL=Fatal\n")
    argv = app.run("start-reload.sh").argv
    assert [option(argv, name) for name in ("--host", "--port", "--log-level")] == ["web", "81", "critical"]


def test_arguments_are_options_of_uvicorn(app: Root) -> None:
    argv = app.run("start-reload.sh", "--reload-dir", "/app/my code").argv
    assert argv == [*DEFAULT, "--reload-dir", "/app/my code", "main:app"]


@pytest.mark.parametrize(
    "app_module, arguments",
    [
        ("main:create_app()", ["--factory", "main:create_app"]),
        ("a.b:make.app()", ["--factory", "a.b:make.app"]),
        ("main:create_app('x', debug=True)", ["--factory", "image_hooks.called_app:app"]),
    ],
)
def test_factories(app: Root, app_module: str, arguments: list[str]) -> None:
    done = app.run("start-reload.sh", APP_MODULE=app_module)
    assert done.argv == [*DEFAULT, *arguments]
    assert done.env["APP_MODULE"] == app_module
    assert app.run(APP_MODULE=app_module).argv[-1] == app_module


@pytest.mark.parametrize(
    "env",
    [
        {"GUNICORN_LOG_FORMAT": "json"},
        {"GUNICORN_LOG_FORMAT": "JSON"},
        {"ACCESS_LOG": ""},
        {"ERROR_LOG": ""},
        {"ACCESS_LOG": "/log"},
        {"ERROR_LOG": "/log"},
    ],
    ids=str,
)
def test_logs_that_are_not_as_uvicorn_has_them(app: Root, env: dict[str, str]) -> None:
    assert option(app.run("start-reload.sh", **env).argv, "--log-config").endswith(".json")


@pytest.mark.parametrize("env", [{"GUNICORN_LOG_FORMAT": "text"}, {"ACCESS_LOG": "-", "ERROR_LOG": "-"}], ids=str)
def test_logs_that_are_as_uvicorn_has_them(app: Root, env: dict[str, str]) -> None:
    assert app.run("start-reload.sh", **env).argv == [*DEFAULT, "main:app"]


@pytest.mark.parametrize("files", ["", "/app/gunicorn_conf.py"], ids=["included", "own"])
def test_what_it_reads_is_judged_whatever_configures_gunicorn(app: Root, files: str) -> None:
    for file in files.split():
        app.write(file)
    wrong = {
        "WEB_CONCURRENCY": "many",
        "HOST": "http://web",
        "PORT": "http",
        "UVICORN_ROOT_PATH": "/",
        "FORWARDED_ALLOW_IPS": "proxy",
        "LOG_LEVEL": "loud",
        "GUNICORN_LOG_FORMAT": "xml",
    }
    done = app.run("start-reload.sh", **wrong)
    assert (done.status, done.messages, done.started) == (64, [], False)
    assert sorted(line.split(":")[0] for line in done.errors) == sorted(wrong)


def test_what_only_gunicorn_reads_is_the_apps_own(app: Root) -> None:
    env = {"TIMEOUT": "1 minute", "WORKERS_PER_CORE": "many", "BIND": "everywhere", "GUNICORN_CMD_ARGS": "'"}
    done = app.run("start-reload.sh", **env)
    assert (done.status, done.errors) == (0, [])
    assert done.env.items() >= env.items()
