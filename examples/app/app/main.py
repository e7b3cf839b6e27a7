"""Notes, kept in a database."""

from typing import Annotated

from fastapi import Body, FastAPI, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from .database import Note, engine

app = FastAPI()


@app.get("/")
def read_root(request: Request) -> dict[str, str | None]:
    """Who asks, and for what, as proxies have told it: it needs no database, so it is what health checks ask for."""
    return {"client": request.client and request.client.host, "url": str(request.url)}


@app.get("/notes")
def read_notes() -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(Note.text).order_by(Note.id)))


@app.post("/notes", status_code=201)
def add_note(text: Annotated[str, Body(embed=True)]) -> None:
    with Session(engine) as session, session.begin():
        session.add(Note(text=text))
