from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{item_id}")
def read_item(item_id: int, q: str = "") -> dict[str, object]:
    return {"item_id": item_id, "q": q}
