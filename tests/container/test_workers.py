"""How many workers there are, and when one is replaced; test_stop_and_start.py has fixed numbers and other classes."""

import os
from pathlib import Path

import pytest

from containers import Image, app_folder, app_that_answers, container
from engine import docker
from shown import shown


@pytest.mark.variables
def test_workers_follow_the_cpus_that_the_container_may_use(image: Image) -> None:
    cpus = sorted(os.sched_getaffinity(0))[:2]
    if len(cpus) < 2:
        pytest.skip("needs two CPU cores")
    env = {"WEB_CONCURRENCY": None, "WORKERS_PER_CORE": "1.5", "LOG_LEVEL": "debug"}
    with container(image.name, env, ["--cpus=1.5", f"--cpuset-cpus={cpus[0]}"]) as started:
        assert shown(started, []).workers == 2  # one core, for which 1 would be too few
        docker("update", f"--cpuset-cpus={cpus[0]},{cpus[1]}", started.name)
        started.restart()
        assert shown(started, []).workers == 3  # two cores, since 1.5 is rounded up
        docker("update", "--cpus=1", started.name)
        started.restart()
        assert shown(started, []).workers == 2


def test_worker_is_replaced_after_max_requests(image: Image, tmp_path: Path) -> None:
    mount = app_folder(tmp_path / "app", {"main.py": app_that_answers("os.getpid()")})
    with container(image.name, {"GUNICORN_MAX_REQUESTS": "10"}, [mount]) as started:
        first = started.get().json()
        assert {started.get().json() for _ in range(5)} == {first}

        def another_answers() -> bool:
            answer = started.answer()
            return answer is not None and answer.json() != first

        started.wait_until(another_answers, "replacing the worker")
        started.wait_for_log("Maximum request limit of 10 exceeded")
        started.wait_until(lambda: first not in [process.pid for process in started.processes()], "its end")
