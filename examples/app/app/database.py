"""The database: where it is, and what is in it."""

import os
from pathlib import Path

from sqlalchemy import URL, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_engine(
    URL.create(
        "postgresql+psycopg",
        host=os.environ["DATABASE_HOST"],
        database="my-app",
        username="my-app",
        # A file, since a secret in a variable is seen by whoever may inspect the container.
        password=Path(os.environ["DATABASE_PASSWORD_FILE"]).read_text().strip(),
    ),
    # The database may have been started anew since a connection was opened.
    pool_pre_ping=True,
)


class Base(DeclarativeBase):
    """The tables."""


class Note(Base):
    """A line that somebody has left."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
