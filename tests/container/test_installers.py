"""Whatever installs packages, the releases that the user pinned are those that the served app reports."""

from pathlib import Path

import pytest

from containers import Image, app_that_answers, container, run_to_end
from engine import images_of
from host_access import built
from readme import REPOSITORY, dockerfile

pytestmark = [pytest.mark.network, pytest.mark.variants("full", "slim")]

PINNED = {"fastapi": "0.110.0", "uvicorn": "0.27.1", "gunicorn": "21.2.0"}
REQUIREMENTS = " ".join(f"{name}=={version}" for name, version in PINNED.items())
APP = "import fastapi, gunicorn, uvicorn\n" + app_that_answers(
    "{module.__name__: module.__version__ for module in (fastapi, gunicorn, uvicorn)}"
)
APTS = "import sys; sys.path.append('/usr/lib/python3/dist-packages'); "
SERVE = "COPY ./app /app/app\n"


def write(folder: Path, text: str, **files: str) -> Path:
    """A build context of this Dockerfile, the app, and these files."""
    for name, content in {"Dockerfile": text, "app/main.py": APP, "requirements.txt": REQUIREMENTS, **files}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content.replace(" ", "\n") if name == "requirements.txt" else content)
    return folder


def assert_served(context: Path) -> None:
    with built(context) as name, container(name) as started:
        assert started.get().json() == PINNED
        assert started.exec("python", "-m", "pip", "check").strip() == "No broken requirements found."


# Lines after FROM, which is the image; `requirements.txt` is in the context.
LINES = {
    "root": "RUN pip install --no-cache-dir -r /app/requirements.txt\n",
    "user": "RUN useradd --create-home app\nUSER app\nRUN pip install --no-cache-dir -r /app/requirements.txt\n",
    "home": "RUN pip install --no-cache-dir --user -r /app/requirements.txt\n",
}


@pytest.mark.parametrize("way", LINES)
def test_pip(connected: str, tmp_path: Path, way: str) -> None:
    lines = f"FROM {connected}\nCOPY ./requirements.txt /app/\n{LINES[way]}{SERVE}"
    # A user but root may not listen at a port below 1024 everywhere.
    context = write(tmp_path, lines + "ENV PORT=8000\n")
    with built(context) as name, container(name, port=8000) as started:
        assert started.get().json() == PINNED


def test_home_that_is_copied_from_a_builder(connected: str, tmp_path: Path) -> None:
    builder = f"FROM {connected} AS builder\nRUN pip install --no-cache-dir --user {REQUIREMENTS}\n"
    assert_served(write(tmp_path, f"{builder}FROM {connected}\nCOPY --from=builder /root/.local /root/.local\n{SERVE}"))


def test_pip_speaks_of_no_conflict(connected: str, tmp_path: Path) -> None:
    lines = f"FROM {connected}\nRUN pip install --no-cache-dir {REQUIREMENTS} > /log 2>&1\n"
    with built(write(tmp_path, lines)) as name:
        log = run_to_end(name, command=["cat", "/log"]).stdout
    assert "Successfully installed" in log and "ERROR" not in log and "which is incompatible" not in log


@pytest.mark.differs
def test_uv(connected: str, image: Image, tmp_path: Path) -> None:
    assert_served(write(tmp_path, dockerfile("uv pip", image, {"": connected})))


def test_pipenv(connected: str, image: Image, tmp_path: Path) -> None:
    index = index_of(connected)
    packages = "".join(f'{name} = "=={version}"\n' for name, version in PINNED.items())
    files = {"Pipfile": f'[[source]]\nname = "index"\nurl = "{index}"\nverify_ssl = true\n\n[packages]\n{packages}'}
    lock = f"FROM {connected}\nRUN pip install --no-cache-dir pipenv\nCOPY Pipfile /tmp/lock/\n"
    with built(write(tmp_path, f"{lock}RUN cd /tmp/lock && pipenv lock\n", **files)) as name:
        files["Pipfile.lock"] = run_to_end(name, command=["cat", "/tmp/lock/Pipfile.lock"]).stdout
    assert_served(write(tmp_path, dockerfile("pipenv", image, {"": connected}), **files))


def test_poetry(connected: str, image: Image, tmp_path: Path) -> None:
    index = index_of(connected)
    dependencies = ", ".join(f'"{requirement}"' for requirement in REQUIREMENTS.split())
    project = f"""\
[project]
name = "pinned"
version = "1.0"
requires-python = "~={image.python}.0"
dependencies = [{dependencies}]

[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "index"
url = "{index}"
"""
    files = {"pyproject.toml": project}
    lock = f"FROM {connected}\nRUN pip install --no-cache-dir poetry\nCOPY pyproject.toml /tmp/lock/\n"
    with built(write(tmp_path, f"{lock}RUN cd /tmp/lock && poetry lock\n", **files)) as name:
        files["poetry.lock"] = run_to_end(name, command=["cat", "/tmp/lock/poetry.lock"]).stdout
    assert_served(write(tmp_path, dockerfile("poetry", image, {"": connected}), **files))


def index_of(connected: str) -> str:
    """The URL of the index that pip takes in this image: the one that is set, or pip's own."""
    configured = run_to_end(connected, command=["pip", "config", "get", "global.index-url"]).stdout
    program = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return (configured or run_to_end(connected, command=["python", "-c", program]).stdout).strip()


@pytest.mark.differs
@pytest.mark.variants("slim")
def test_minimal_from_a_builder_stage(connected: str, image: Image, tmp_path: Path) -> None:
    minimal = image.name.replace("-slim", "-minimal")
    if minimal not in images_of(REPOSITORY):
        pytest.skip(f"the engine has no image {minimal}")
    text = dockerfile("--from=builder", image, {"slim": connected, "minimal": minimal})
    with built(write(tmp_path, text)) as name, container(name) as started:
        assert started.get().json() == PINNED


def test_packages_of_apt_are_left_to_apt(connected: str, tmp_path: Path) -> None:
    lines = f"""\
FROM {connected}
RUN apt-get update && apt-get install -y --no-install-recommends python3-simplejson
RUN dpkg --verify > /before; true
RUN pip install --no-cache-dir -U simplejson && pip uninstall -y simplejson && pip install --no-cache-dir simplejson
RUN (dpkg --verify | diff /before -; dpkg --audit; apt-get check --quiet=2) > /audit 2>&1
"""
    program = "import simplejson; print(simplejson.__file__)"
    with built(write(tmp_path, lines)) as name:
        assert run_to_end(name, command=["cat", "/audit"]).stdout == ""
        ours = run_to_end(name, command=["python", "-c", program]).stdout
        apts = run_to_end(name, command=["/usr/bin/python3", "-I", "-S", "-c", APTS + program]).stdout
    assert ours.startswith("/usr/local/lib/") and apts.startswith("/usr/lib/python3/dist-packages/")


def test_upgrade_of_python_by_apt_lets_pip_install(connected: str, image: Image, tmp_path: Path) -> None:
    lines = f"""\
FROM {connected}
RUN apt-get update && apt-get install -y --reinstall libpython{image.python}-stdlib
RUN pip install --no-cache-dir simplejson
"""
    with built(write(tmp_path, lines)) as name:
        assert run_to_end(name, command=["python", "-c", "import simplejson"]).returncode == 0


@pytest.mark.variants("slim")
def test_setup_py_installs(connected: str, image: Image, tmp_path: Path) -> None:
    if image.python not in ("3.9", "3.11"):
        pytest.skip("images have no setuptools of their own since Python 3.12")
    setup = "from setuptools import setup\n\nsetup(name='greeting', version='1.0', py_modules=['greeting'])\n"
    files = {"project/setup.py": setup, "project/greeting.py": "word = 'hello'\n"}
    lines = f"FROM {connected}\nCOPY ./project /project\nRUN cd /project && python setup.py {{command}}\n"
    for command in ("install", "develop"):
        with built(write(tmp_path, lines.format(command=command), **files)) as name:
            done = run_to_end(name, command=["python", "-c", "import greeting; print(greeting.word)"])
            assert done.stdout == "hello\n", command


def test_environments_see_the_packages_when_told_to(connected: str) -> None:
    program = "import fastapi; print(fastapi.__version__)"
    make = "python -m venv --without-pip --system-site-packages /tmp/a && python -m venv --without-pip /tmp/b"
    script = f"{make} && /tmp/a/bin/python -c '{program}' && ! /tmp/b/bin/python -c '{program}' 2>/dev/null"
    done = run_to_end(connected, command=["sh", "-c", script])
    assert done.returncode == 0 and done.stdout == run_to_end(connected, command=["python", "-c", program]).stdout
