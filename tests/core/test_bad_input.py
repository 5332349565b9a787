"""Whatever is sent: a clear problem with the field named, and nothing changed.

The cases are made from the API's own document: a new route or field is tried here as soon as it
has an example.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from werkzeug.test import TestResponse

from moralbank.core.api import PREFIX
from tests.cast import Bank
from tests.core.examples import Example, examples
from tests.core.problems import problem
from tests.core.snapshot import snapshot

HALF = "\ud800"
"""Half of a character; JSON can spell it, UTF-8 cannot."""
MISTYPED: list[Any] = [None, {}, [], [[]], {"a": {}}, 1.5, -1e5, 10**30]
BAD_TEXTS: list[Any] = ["", "   ", "\x00", "a\x00b", "a\x07b", "\x1b[31m", "\u2028", HALF,
    f"a{HALF}", "\udfff", "\uffff", "x" * 100_000, 5, True]  # fmt: skip
BAD_POINTS: list[Any] = ["", "abc", "1e5", "1E2", "NaN", "Infinity", "-Infinity", "1.234", "1.",
    ".5", " 1", "1 ", "+1", "1,5", "0x10", "１２", "1_000", "٣", "99999999999", "9" * 5000,
    "1\n", "\x00", HALF, 5, 0, True]  # fmt: skip
BAD_COUNTS: list[Any] = ["5", "", "five", 1.0, 1e5, True, False, 10**12, -(10**12), HALF]
BAD_FLAGS: list[Any] = ["true", "", "yes", 0, 1, HALF]
BAD_MOMENTS: list[Any] = ["", "tomorrow", "2026-01-15", "2026-01-15T09:30:00", "20260115T093000Z",
    "2026-02-30T09:30:00Z", "2026-01-15T25:00:00Z", "2026-01-15T09:30:60Z",
    "2026-01-15T09:30:00+25:00", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
    "1999-12-31T00:00:00Z", "9999-12-31T23:59:59-14:00", "２０２６-01-15T09:30:00Z",
    "2026-01-15T09:30:00Z\n", "x" * 100_000, "\x00", HALF, 1768440600, True]  # fmt: skip
POSITIVE = {"price", "cost", "points"}


def document(bank: Bank) -> Any:
    return bank.app.test_client().get(f"{PREFIX}/openapi.json").json


def rule_text(path: str) -> str:
    return path.removeprefix(PREFIX).replace("{", "<").replace("}", ">")


def bodies(document: Any) -> dict[str, Any]:
    """The schema of the body of each "METHOD /rule" that has one."""
    return {
        f"{method.upper()} {rule_text(path)}": operation["requestBody"]["content"][
            "application/json"
        ]["schema"]
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("post", "put", "patch") and "requestBody" in operation
    }


def resolve(document: Any, schema: Any) -> Any:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def bad_values(name: str, schema: Any) -> list[Any]:
    """Values that a field of the schema must not take."""
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    values = [value for value in MISTYPED if value is not None or "null" not in kinds]
    if schema.get("format") == "date-time" or schema.get("format") == "date":
        return values + BAD_MOMENTS
    if schema.get("pattern", "").startswith("^-?") or name == "amount":
        return values + BAD_POINTS + (["0", "-1", "0.00", "-0.01"] if name in POSITIVE else [])
    if "integer" in kinds:
        return values + BAD_COUNTS + [schema["minimum"] - 1, schema["maximum"] + 1]
    if "boolean" in kinds:
        return values + BAD_FLAGS
    if "string" in kinds:
        return values + BAD_TEXTS
    if "array" in kinds or schema.get("properties"):
        return [value for value in values if value != {} or "array" in kinds] + ["x", 1, True]
    raise AssertionError(f"no bad values known for {name}: {schema}")


def spoiled(document: Any, schema: Any, body: Any, top: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (top field, body) for every field and every bad value of it, at every depth."""
    schema = resolve(document, schema)
    for name, field in schema.get("properties", {}).items():
        field = resolve(document, field)
        if name not in body:
            raise AssertionError(f"the example lacks {name}")
        if name == "document":  # a rulebook has tests of its own
            continue
        for value in bad_values(name, field):
            yield top or name, {**body, name: value}
        if name in schema.get("required", []):
            yield top or name, {key: value for key, value in body.items() if key != name}
        inner = body[name]
        if isinstance(inner, dict):
            for _top, spoilt in spoiled(document, field, inner, top or name):
                yield top or name, {**body, name: spoilt}
            yield top or name, {**body, name: {**inner, "unknown": 1}}
        if isinstance(inner, list):
            for _top, spoilt in spoiled(document, field["items"], inner[0], top or name):
                yield top or name, {**body, name: [spoilt]}
            yield top or name, {**body, name: inner * 501}


def send(bank: Bank, method: str, example: Example, body: Any) -> TestResponse:
    return bank.as_(example.who).call(method, example.path, body, key="spoiled")


def fault(response: TestResponse, field: str, body: Any) -> str | None:
    """Say what is wrong with a refusal of `field`, if anything."""
    if not 400 <= response.status_code < 500:
        return "not refused"
    found = problem(response)
    if found["status"] == 422:
        return None if field in found["errors"] else "the field is not named"
    is_id = field.endswith("_id") or field in ("participants", "lines")
    allowed = {
        "not_found": is_id,
        "goods_unknown": is_id,
        "card_unknown": field == "code",
        "pin_wrong": field == "pin",
        "bad_resident_code": field == "resident_code",
        "bad_credentials": field in ("password", "username"),
    }
    return None if allowed.get(found["code"]) else "an unexpected refusal"


def test_every_field_of_every_body_is_bounded(bank: Bank) -> None:
    """Each bad value of each field is refused by name, and nothing at all has changed."""
    paper = document(bank)
    wanted = bodies(paper)
    given = examples(bank)
    assert wanted.keys() <= given.keys()
    before, wrong, tried = snapshot(bank), [], 0
    for route, example in given.items():
        if route not in wanted: continue
        method = route.split()[0]
        for field, body in spoiled(paper, wanted[route], example.body):
            tried += 1
            response = send(bank, method, example, body)
            if said := fault(response, field, body):
                wrong.append((route, field, repr(body)[:200], response.status, said))
            elif response.status_code == 403:  # a wrong PIN was counted; the next may be the fifth
                bank.as_("worker").post(f"/cards/{bank.li.card_id}/unlocking", key=None)
    assert wrong == []
    assert tried > 1_000
    after = snapshot(bank)
    after["audit_entries"] = [row for row in after["audit_entries"] if "unlock" not in row]
    assert after == before
