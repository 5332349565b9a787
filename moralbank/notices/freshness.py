"""What anybody may keep for a moment and then asks for again."""

from flask import Response, request

MAX_AGE_SECONDS = 30
"""How old a public figure may be; together with the browser's own delay well below a minute."""


def fresh(body: str | bytes, mimetype: str, *, name: str | None = None) -> Response:
    """Return something public that whoever asked may keep for a moment, and ask again by ETag.
    Under a `name` it is a file to keep."""
    response = Response(body, mimetype=mimetype)
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE_SECONDS}"
    if name is not None:
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.add_etag()
    response.make_conditional(request)
    return response
