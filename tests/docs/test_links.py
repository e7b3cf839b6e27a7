"""Every link from one file of the repository to another leads somewhere."""

import re
from pathlib import Path

import pytest

from documents import DOCUMENTS, REPOSITORY, path_of

LINK = re.compile(r"\]\(([^)\s]+)\)")


def prose(document: Path) -> str:
    """Its text without blocks of code."""
    return re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(document: Path) -> set[str]:
    """What # may name in it: its headings as forges spell them."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=path_of)
def test_links_lead_somewhere(document: Path) -> None:
    for link in LINK.findall(prose(document)):
        if re.match("[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_is_reached_from_the_readme() -> None:
    links = LINK.findall(prose(REPOSITORY / "README.md"))
    assert {path_of(document) for document in DOCUMENTS} - {"README.md"} <= set(links)
