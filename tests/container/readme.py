"""The Dockerfiles of the README, which its readers copy."""

import re
from pathlib import Path

from containers import Image

README = Path(__file__).parents[2] / "README.md"
REPOSITORY = "uvicorn-gunicorn-fastapi"


def dockerfile(what: str, image: Image, bases: dict[str, str]) -> str:
    """The Dockerfile of the README that has `what` in its RUN line, for the Python of this image.

    Another RUN line that the text offers takes the place of the one in the block. `bases` maps the variants that FROM
    names to the images that the test builds from.
    """
    readme = README.read_text()
    blocks = re.findall(r"^```dockerfile\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    found = [block for block in blocks if what in block]
    if not found:
        (line,) = re.findall(rf"`(RUN [^`]*{re.escape(what)}[^`]*)`", readme)
        (block,) = (block for block in blocks if "poetry" in block)
        found = [re.sub(r"^RUN .*$", line, block, flags=re.MULTILINE)]
    text = re.sub(r"python3\.\d+(?=/)", f"python{image.python}", found[0])
    return re.sub(rf"{REPOSITORY}:python[\d.]+-?(\w*)", lambda name: bases[name[1]], text)
