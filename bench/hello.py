"""The least that Flask can do: what a redemption and a page over HTTP are held against."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """Say hello."""
    return "hello"


@app.get("/<int:size>")
def say(size: int) -> bytes:
    """Say as much as a page of so many bytes."""
    return b"x" * size
