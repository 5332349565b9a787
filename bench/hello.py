"""The least that Flask can do: what a redemption over HTTP is held against."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """Say hello."""
    return "hello"
