"""What Alembic runs the migrations with."""

from alembic import context
from app.database import Base, engine
from sqlalchemy import text

# Any number will do, as long as nothing else in this database takes it.
LOCK = 1

with engine.connect() as connection:
    context.configure(connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        # Several containers may start at once: one migrates, the others wait, and then find nothing to do.
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        context.run_migrations()
