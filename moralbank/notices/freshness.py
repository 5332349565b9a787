"""What anybody may keep for a moment and then asks for again."""

from collections.abc import Iterator

from flask import Response, request, stream_with_context

MAX_AGE_SECONDS = 30
"""How old a public figure may be; together with the browser's own delay well below a minute."""


def fresh(
    body: str | bytes, mimetype: str, *, name: str | None = None, each_time: bool = False
) -> Response:
    """Return something public that whoever asked may keep for a moment, and ask again by ETag; or
    that they ask for `each_time`, as names may have changed. Under a `name` it is a file."""
    response = _public(Response(body, mimetype=mimetype), name)
    if each_time:
        response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def streamed(pieces: Iterator[str], mimetype: str, *, name: str) -> Response:
    """Return a public file that goes out piece by piece, as it is made. What it says is known only
    when all of it was read, so that it has no ETag."""
    return _public(Response(stream_with_context(pieces), mimetype=mimetype), name)


def _public(response: Response, name: str | None) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE_SECONDS}"
    if name is not None:
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
