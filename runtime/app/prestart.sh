#!/bin/sh

(echo "Running inside /app/prestart.sh, you could add migrations to this file, e.g.:

#! /usr/bin/env bash

# Let the DB start
sleep 10
# Run migrations
alembic upgrade head
") || true  # a message that can't be written does not stop the start
