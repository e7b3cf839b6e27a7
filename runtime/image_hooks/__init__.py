"""What the images add to Gunicorn and Uvicorn beyond settings: server hooks, named in gunicorn_conf.py, and loggers."""
