"""What the images add to Gunicorn and Uvicorn beyond settings: server hooks, which gunicorn_conf.py names, and loggers."""
