"""Documentation is left out, licences and what programs rely on are not."""

import re

import pytest

from image_tree import Image

# The script of base-files makes info/dir.
READ_BY_PEOPLE = re.compile(r"usr/share/(doc/(?!.*/copyright$)|groff/|info/(?!dir$)|lintian/|locale/|man/).+")


def test_there_is_no_documentation_and_no_other_language(image: Image) -> None:
    assert [path for path in image.files if READ_BY_PEOPLE.fullmatch(path)] == []


def test_every_package_has_its_copyright(image: Image) -> None:
    database = "var/lib/dpkg/" + ("status.d/" if image.variant == "minimal" else "info/")
    names = {
        re.split(r"[:.](?=amd64|arm64|list$|md5sums$)", path.removeprefix(database))[0]
        for path in image.files
        if path.startswith(database) and (path.endswith(".list") or image.variant == "minimal")
    }
    assert {"libc6", "libgcc-s1"} <= names
    assert [name for name in names if image.resolve(f"usr/share/doc/{name}/copyright") not in image.files] == []


def test_the_start_scripts_have_theirs(image: Image) -> None:
    assert "MIT License" in image.text("usr/share/doc/uvicorn-gunicorn-fastapi/copyright")


def test_sections_of_the_manual_are_there(image: Image) -> None:
    """Scripts of packages put links of alternatives into them."""
    if image.variant == "minimal":
        pytest.skip("minimal images install no packages")
    assert all(image.is_directory(f"usr/share/man/man{section}") for section in (1, 5, 7, 8))
