# Brings the database to the form that this version of the app needs, before it serves.
alembic upgrade head
