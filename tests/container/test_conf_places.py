"""Where Gunicorn's configuration file is found, and what its command line overrides. More: test_stop_and_start.py."""

from pathlib import Path

import pytest

from containers import Image, app_folder, app_that_answers, container

PLACES = ("gunicorn_conf.py", "app/gunicorn_conf.py")


@pytest.mark.parametrize("files", [PLACES, PLACES[1:]], ids=["app", "app/app"])
def test_the_first_file_found_is_used(image: Image, tmp_path: Path, files: tuple[str, ...]) -> None:
    sources = {name: f"bind = '0.0.0.0:80'\nraw_env = ['CONF={name}']\n" for name in files}
    sources["main.py"] = app_that_answers("os.environ['CONF']")
    with container(image.name, options=[app_folder(tmp_path / "app", sources)]) as started:
        assert f" -c /app/{files[0]} " in started.processes()[0].command
        assert started.get().json() == files[0]


def test_gunicorn_cmd_args_win_over_worker_class(image: Image) -> None:
    env = {
        "GUNICORN_CMD_ARGS": "--worker-class=uvicorn.workers.UvicornH11Worker",
        "WORKER_CLASS": "uvicorn.workers.UvicornWorker",
    }
    with container(image.name, env) as started:
        started.wait_for_log("Using worker: uvicorn.workers.UvicornH11Worker")
