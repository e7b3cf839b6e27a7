"""The script that runs before the app starts."""

from pathlib import Path

import pytest

from containers import Image, app_folder, app_that_answers, container, run_to_end
from shown import shown

pytestmark = pytest.mark.differs


def test_exports_reach_the_app_and_the_server(image: Image, tmp_path: Path) -> None:
    files = {
        "main.py": app_that_answers("os.environ['GREETING']"),
        "prestart.sh": "#! /usr/bin/env bash\nexport GREETING=hello PORT=8080 WEB_CONCURRENCY=2 LOG_LEVEL=debug\n",
    }
    mount = app_folder(tmp_path / "app", files)
    with container(image.name, options=[mount], port=8080) as started:
        assert started.get().json() == "hello"
        assert shown(started, []).workers == 2


def test_runs_a_python_script_before_the_server(image: Image, tmp_path: Path) -> None:
    files = {
        "main.py": app_that_answers("'served'"),
        "prestart.sh": "#! /usr/bin/env bash\npython /app/my_custom_prestart_script.py\n",
        "my_custom_prestart_script.py": "print('the script ran')\n",
    }
    with container(image.name, options=[app_folder(tmp_path / "app", files)]) as started:
        started.wait_for_log("Starting gunicorn")
        before, _, after = started.logs().partition("the script ran")
        assert "Running script /app/prestart.sh" in before
        assert "Starting gunicorn" in after


@pytest.mark.variables
@pytest.mark.parametrize("script", ["/start.sh", "/start-reload.sh"])
def test_failure_stops_the_container(image: Image, tmp_path: Path, script: str) -> None:
    files = {"prestart.sh": "sh -c 'exit 7'\necho went on\n", "main.py": app_that_answers("1")}
    mount = app_folder(tmp_path / "app", files)
    done = run_to_end(image.name, options=[mount], command=[script])
    assert done.returncode == 7
    assert done.stdout.splitlines()[-1] == "Running script /app/prestart.sh"
    assert done.stderr == ""


def test_pre_start_path(image: Image, tmp_path: Path) -> None:
    files = {"custom/script.sh": "echo the custom script", "main.py": app_that_answers("1")}
    mount = app_folder(tmp_path / "app", files)
    env = {"PRE_START_PATH": "/app/custom/script.sh"}
    with container(image.name, env, [mount]) as started:
        assert started.logs().splitlines()[:3] == [
            "Checking for script in /app/custom/script.sh",
            "Running script /app/custom/script.sh",
            "the custom script",
        ]


def test_goes_on_without_a_script(image: Image, tmp_path: Path) -> None:
    mount = app_folder(tmp_path / "app", {"main.py": app_that_answers("1")})
    with container(image.name, options=[mount]) as started:
        assert started.logs().splitlines()[:2] == [
            "Checking for script in /app/prestart.sh",
            "There is no script /app/prestart.sh",
        ]
