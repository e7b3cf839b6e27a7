"""Dockerfiles that start FROM the image, as its users write them."""

from pathlib import Path

import pytest

from containers import Image, app_that_answers, container, run_to_end
from host_access import built

pytestmark = pytest.mark.differs

INSTALL_REQUIREMENTS = """\
COPY ./requirements.txt /app/requirements.txt
RUN pip install --no-cache-dir --upgrade -r /app/requirements.txt
"""

ITEMS_APP = """\
from fastapi import FastAPI

app = FastAPI()

@app.get("/items/{item_id}")
def read_item(item_id: int, q: str = None):
    return {"item_id": item_id, "q": q}
"""

EXTENSION = """\
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *answer(PyObject *self, PyObject *none) { return PyLong_FromLong(42); }

static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, NULL}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "compiled", NULL, -1, methods};

PyMODINIT_FUNC PyInit_compiled(void) { return PyModule_Create(&module); }
"""

EXTENSION_SETUP = """\
from setuptools import Extension, setup

setup(name="compiled", version="1.0", ext_modules=[Extension("compiled", ["compiled.c"])])
"""


def context(folder: Path, base: str, lines: str, files: dict[str, str]) -> Path:
    """A build context whose Dockerfile is `FROM base` and these lines."""
    for name, content in {**files, "Dockerfile": f"FROM {base}\n{lines}"}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return folder


@pytest.mark.parametrize("target", ["/app", "/app/app"])
def test_copied_app_is_served(image: Image, tmp_path: Path, target: str) -> None:
    folder = context(tmp_path, image.name, f"COPY ./app {target}\n", {"app/main.py": ITEMS_APP})
    with built(folder) as name, container(name) as started:
        assert started.get("/items/5?q=somequery").json() == {"item_id": 5, "q": "somequery"}
        assert started.get("/docs").status_code == 200


def test_own_configuration_replaces_the_default(image: Image, tmp_path: Path) -> None:
    files = {"gunicorn_conf.py": "bind = '0.0.0.0:8080'\n"}
    folder = context(tmp_path, image.name, "COPY ./gunicorn_conf.py /gunicorn_conf.py\n", files)
    with built(folder) as name, container(name, port=8080) as started:
        assert started.get().status_code == 200


@pytest.mark.network
@pytest.mark.variants("full", "slim")
def test_requirements_are_installed(connected: str, tmp_path: Path) -> None:
    files = {
        "requirements.txt": "itsdangerous\n",
        "app/main.py": "import itsdangerous\n" + app_that_answers("itsdangerous.__name__"),
    }
    folder = context(tmp_path, connected, INSTALL_REQUIREMENTS + "COPY ./app /app\n", files)
    with built(folder) as name, container(name) as started:
        assert started.get().json() == "itsdangerous"


@pytest.mark.network
@pytest.mark.variants("full", "slim")
def test_server_can_be_upgraded(connected: str, tmp_path: Path) -> None:
    files = {"requirements.txt": "fastapi\nuvicorn\ngunicorn\n"}
    folder = context(tmp_path, connected, INSTALL_REQUIREMENTS, files)
    with built(folder) as name, container(name) as started:
        assert started.get().status_code == 200


@pytest.mark.network
@pytest.mark.variants("full")
def test_package_with_c_code_is_compiled(connected: str, tmp_path: Path) -> None:
    files = {"compiled/compiled.c": EXTENSION, "compiled/setup.py": EXTENSION_SETUP}
    lines = "COPY ./compiled /tmp/compiled\nRUN pip install --no-cache-dir /tmp/compiled\n"
    with built(context(tmp_path, connected, lines, files)) as name:
        done = run_to_end(name, command=["python", "-c", "import compiled; print(compiled.answer())"])
    assert (done.stdout, done.stderr) == ("42\n", "")


@pytest.mark.network
@pytest.mark.variants("full", "slim")
def test_debian_package_is_installed(connected: str, tmp_path: Path) -> None:
    lines = """\
RUN apt-get update && apt-get install -y --no-install-recommends redis-tools
RUN dpkg --audit > /audit 2>&1 && apt-get check --quiet=2 >> /audit 2>&1
"""
    with built(context(tmp_path, connected, lines, {})) as name:
        assert run_to_end(name, command=["redis-cli", "--version"]).stdout.startswith("redis-cli ")
        assert run_to_end(name, command=["cat", "/audit"]).stdout == ""


@pytest.mark.network
@pytest.mark.variants("full", "slim")
def test_oldest_versions_are_served(connected: str, image: Image, tmp_path: Path) -> None:
    """Of FastAPI, Uvicorn and Gunicorn, as an app of 2021 pins them. Later Pythons can't run them all."""
    if image.python != "3.9":
        pytest.skip("for the image of Python 3.9, which these versions were made for")
    versions = {"fastapi": "0.68.2", "uvicorn": "0.13.4", "gunicorn": "20.1.0"}
    files = {
        "requirements.txt": "\n".join(f"{name}=={version}" for name, version in versions.items())
        + "\npydantic<2\nsetuptools<81\n",
        "app/main.py": "from importlib.metadata import version\n"
        + app_that_answers(f"{{name: version(name) for name in {list(versions)}}}"),
    }
    folder = context(tmp_path, connected, INSTALL_REQUIREMENTS + "COPY ./app /app\n", files)
    with built(folder) as name, container(name) as started:
        assert started.get().json() == versions
        assert started.exec("healthcheck") == ""
        started.wait_for_log('"GET / HTTP/1.1" 200')
        assert started.stop() == 0
