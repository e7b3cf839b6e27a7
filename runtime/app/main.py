import sys

from fastapi import FastAPI

app = FastAPI()

PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@app.get("/")
async def hello() -> dict[str, str]:
    return {"message": f"Hello world! From FastAPI running on Uvicorn with Gunicorn. Using Python {PYTHON_VERSION}"}
