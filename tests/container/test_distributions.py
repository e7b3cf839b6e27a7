"""What wheels were installed from is not all in the image; what is there is told of truly, and works."""

import pytest

from containers import Container, Image, run_to_end

pytestmark = pytest.mark.differs


def test_files_are_as_recorded_and_compiled_modules_load(running: Container) -> None:
    assert running.run_inside("distributions.py") == []


@pytest.mark.variants("full", "slim")
def test_a_distribution_is_uninstalled_to_the_last_file(image: Image) -> None:
    program = (
        "from importlib.metadata import files; from pathlib import Path; import subprocess, sys;"
        "paths = [Path(file.locate()) for file in files('uvloop')];"
        "subprocess.run([sys.executable, '-m', 'pip', 'uninstall', '--quiet', '--yes', 'uvloop'], check=True);"
        "print([str(path) for path in paths if path.exists()], paths[0].parent.parent.joinpath('uvloop').exists())"
    )
    done = run_to_end(image.name, command=["python", "-c", program], options=["--env=PIP_ROOT_USER_ACTION=ignore"])
    assert (done.stdout, done.stderr) == ("[] False\n", "")
