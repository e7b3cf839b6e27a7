"""The Markdown files of the repository, read as far as their tests need it."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")])


def path_of(document: Path) -> str:
    """Its path in the repository, for the names of tests."""
    return str(document.relative_to(REPOSITORY))


def read(path: str) -> str:
    """The text of a file of the repository."""
    return (REPOSITORY / path).read_text()


def blocks(text: str, language: str) -> list[str]:
    """The blocks of code in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """The cells of each row of all tables, headings included. Code in backticks stands with its backticks."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def table(page: str, *heads: str) -> list[list[str]]:
    """The rows below these heads, of the one table of the page that has them."""
    (text,) = re.findall(rf"^\| {re.escape(' | '.join(heads))} \|\n(\|.*?)(?:\n\n|\Z)", page, re.MULTILINE | re.DOTALL)
    return rows(text)


def code(cell: str) -> list[str]:
    """What stands in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)
