"""What a problem looks like, wherever it comes from (RFC 9457)."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any

from werkzeug.test import TestResponse

from tests.cast import Answer


def problem(
    response: TestResponse | Answer, status: int | None = None, code: str | None = None
) -> Any:
    """Return the problem that a response is, after checking its form; None asks for no value."""
    assert response.mimetype == "application/problem+json", response.text[:300]
    found = json.loads(response.text)
    assert found.keys() - {"errors"} == {"type", "title", "status", "detail", "code"}, found
    assert found["status"] == response.status_code
    assert found["title"] == HTTPStatus(response.status_code).phrase
    assert re.fullmatch(r"[a-z][a-z_]+", found["code"]), found
    assert found["type"] == f"urn:moralbank:problem:{found['code']}"
    assert found["detail"]
    assert "Traceback" not in response.text
    if status is not None:
        assert response.status_code == status, found
    if code is not None:
        assert found["code"] == code, found
    return found
