"""The README is short, and its table has the images that there are."""

import tomllib

from documents import REPOSITORY, code, read, rows

README = read("README.md")
VARIANTS = ("", "-slim", "-minimal")


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_the_table_has_the_images_of_every_python_that_pins_name() -> None:
    pins = [tomllib.loads(path.read_text()) for path in (REPOSITORY / "nix/pins").glob("*.toml")]
    pythons = [pin["python"] for pin in pins if "python" in pin]
    expected = {
        (f".#image-py{python.replace('.', '')}{variant}", f":python{python}{variant}")
        for python in pythons
        for variant in VARIANTS
    }
    images = [(code(row[0])[0], code(row[1])[0]) for row in rows(README) if row[0].startswith("`.#image-")]
    assert set(images) == expected and len(images) == len(expected)
