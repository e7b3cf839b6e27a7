"""The script that start.sh and start-reload.sh run before the server."""

import pytest

from start_root import RUNTIME, UVICORN_WORKER, Root, both_scripts

WRONG_FORM = [
    ("echo preparing\r\nexport A=b\r\n", "CRLF"),
    ("#!/bin/sh\r\n\r\necho preparing\r\n", "CRLF"),
    ("\r\n", "CRLF"),
    ("\ufeff#!/bin/sh\necho preparing\n", "byte order mark"),
]


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


def test_prestart_may_empty_what_servers_read_themselves(app: Root) -> None:
    app.write("/app/prestart.sh", "set -u\nexport PORT=\n")
    assert "PORT" not in app.run(PORT="81").env


@both_scripts
@pytest.mark.parametrize("content, cause", WRONG_FORM, ids=["commands", "shebang", "empty line", "mark"])
def test_a_script_as_windows_saves_it_gives_a_line(app: Root, script: str, content: str, cause: str) -> None:
    app.write("/app/prestart.sh")
    (app.path / "app/prestart.sh").write_bytes(content.encode())
    done = app.run(script)
    assert not done.started and done.status == 64
    (line,) = done.errors
    assert line.startswith("start: /app/prestart.sh: ") and cause in line
    assert "preparing" not in done.messages


def test_prestart_may_write_carriage_returns(app: Root) -> None:
    app.write("/app/prestart.sh", "#!/bin/sh\nexport LINE='a\\r\r\nb'\n")
    assert app.run().started


@pytest.mark.parametrize("content", ["", "export A=b", "# no line end", "\n\n"])
def test_prestart_of_any_form(app: Root, content: str) -> None:
    app.write("/app/prestart.sh", content)
    done = app.run()
    assert (done.started, done.errors) == (True, [])


@both_scripts
def test_prestart_may_define_what_it_likes(app: Root, script: str) -> None:
    expected = app.run(script).argv
    functions = "".join(f"{name}() {{ exit 1; }}\n" for name in ("say", "serve", "check", "refuse", "server"))
    variables = "".join(f"{name}=mine\n" for name in ("script", "socket", "init_socket", "given", "host", "level"))
    app.write("/app/prestart.sh", f"{functions}{variables}set -- other arguments\nIFS=/\n")
    done = app.run(script)
    assert (done.started, done.errors, done.argv) == (True, [], expected)


@both_scripts
def test_prestart_sees_the_arguments_and_what_was_chosen(app: Root, script: str) -> None:
    app.write("/app/prestart.sh", 'echo "$# $1 $MODULE_NAME $VARIABLE_NAME $APP_MODULE"\n')
    done = app.run(script, "--one argument")
    assert done.messages[-1] == "1 --one argument main app main:app"
    assert "MODULE_NAME" not in done.env
