"""The environment for programs of the machine, or of other packages, that a program of this folder starts."""

import os


def environment() -> dict[str, str]:
    """This process's own, but for what the Python that runs it needs and what would be wrong for another."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
