"""The bank's own wsgi.py, in a process of the tests."""

from tests import noon

noon.begin()

from wsgi import app  # noqa: E402

__all__ = ["app"]
