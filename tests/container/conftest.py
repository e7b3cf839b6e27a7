"""Chooses the engine and the images: every test that takes `image` runs once for each.

    pytest tests/container --archive result          load an archive and test its images
    pytest tests/container --image NAME:TAG          test an image that the engine has
    pytest tests/container                           test every uvicorn-gunicorn-fastapi image
    pytest tests/container -m 'not network'          leave out what needs apt and pip
    pytest tests/container -m variables              each variable, but not all that is told of it
    pytest tests/container -m differs                what is most likely to differ between images
    pytest tests/container --numprocesses 4          several tests at a time

TEST_ARCHIVES and TEST_IMAGES name several, separated by spaces. DOCKER_HOST names the engine; if
none answers, root gets a private one for the time of the tests.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import engine
import host_access
from containers import Container, Image, container

REPOSITORY = "uvicorn-gunicorn-fastapi"

images_key = pytest.StashKey[list[Image]]()
missing_key = pytest.StashKey[str]()
daemon_key = pytest.StashKey[engine.PrivateDaemon | None]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--image", action="append", default=[], help="an image to test")
    parser.addoption("--archive", action="append", default=[], help="an archive to load and test")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "variables: one of few tests that together know every variable")
    config.addinivalue_line("markers", "variants(*names): only for images of these variants")
    config.addinivalue_line("markers", "differs: about what is most likely to differ between images")
    # The processes of pytest-xdist get these options, and with them the engine and images of the one that starts them.
    if config.getoption("numprocesses", None):
        with suppress(engine.EngineMissing):
            config.option.image = [image.name for image in images_under_test(config)]
            config.option.archive = []
            os.environ.pop("TEST_ARCHIVES", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    if daemon := config.stash.get(daemon_key, None):
        daemon.stop()


def chosen(config: pytest.Config, option: str, variable: str) -> list[str]:
    return config.getoption(option, default=[]) or os.environ.get(variable, "").split()


def images_under_test(config: pytest.Config) -> list[Image]:
    """Raises EngineMissing if there is no engine or no image."""
    config.stash[daemon_key] = engine.find()
    names = chosen(config, "--image", "TEST_IMAGES")
    for archive in chosen(config, "--archive", "TEST_ARCHIVES"):
        names += engine.load(Path(archive))
    names = names or engine.images_of(REPOSITORY)
    if not names:
        raise engine.EngineMissing(f"the engine has no image {REPOSITORY}; name an --archive")
    for name in names:
        engine.choose_platform(name)
    return [Image.named(name) for name in dict.fromkeys(names)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "image" not in metafunc.fixturenames:
        return
    stash = metafunc.config.stash
    if images_key not in stash:
        try:
            stash[images_key] = images_under_test(metafunc.config)
        except engine.EngineMissing as missing:
            stash[images_key] = []
            stash[missing_key] = str(missing)
    marker = metafunc.definition.get_closest_marker("variants")
    images = [image for image in stash[images_key] if not marker or image.variant in marker.args]
    reason = stash.get(missing_key, f"no image of variant {' or '.join(marker.args if marker else ())}")
    skipped = pytest.param(None, id="none", marks=pytest.mark.skip(reason=reason))
    metafunc.parametrize(
        "image",
        [pytest.param(image, id=image.name) for image in images] or [skipped],
        scope="session",
    )


@pytest.fixture(scope="session")
def running(image: Image) -> Iterator[Container]:
    """A container with default settings and one worker, for tests that change nothing in it."""
    with container(image.name) as started:
        yield started


@pytest.fixture(scope="session")
def connected(image: Image) -> Iterator[str]:
    """The name of an image from this one in which apt and pip reach what the host's reach."""
    with host_access.image_with_host_access(image.name) as name:
        yield name
