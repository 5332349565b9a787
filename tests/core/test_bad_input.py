"""Whatever is sent: a clear problem with the field named, and nothing changed.

The cases are made from the API's own document: a new route or field is tried here as soon as it
has an example.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moralbank.core.openapi import PREFIX
from tests.cast import Answer, Bank
from tests.core.examples import Example, examples
from tests.core.problems import problem
from tests.core.snapshot import snapshot

HALF = "\ud800"
"""Half of a character; JSON can spell it, UTF-8 cannot."""
MISTYPED: list[Any] = [None, {}, [], [[]], {"a": {}}, 1.5, -1e5, 10**30]
BAD_TEXTS: list[Any] = ["", "   ", "\x00", "a\x00b", "a\x07b", "\x1b[31m", "\u2028", HALF,
    f"long enough{HALF}", "long enough\x00", "\udfff", "\uffff", "x" * 100_000, 5,
    True]  # fmt: skip
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
    if schema.get("format") == "date-time":
        return values + BAD_MOMENTS
    if schema.get("format") == "date":
        return values + [value for value in BAD_MOMENTS if value != "2026-01-15"]
    if schema.get("pattern", "").startswith("^-?") or name == "amount":
        return values + BAD_POINTS + (["0", "-1", "0.00", "-0.01"] if name in POSITIVE else [])
    if "integer" in kinds:
        return values + BAD_COUNTS + [schema["minimum"] - 1, schema["maximum"] + 1]
    if "boolean" in kinds:
        return values + BAD_FLAGS
    if "string" in kinds:
        return values + BAD_TEXTS
    if "array" in kinds or schema.get("properties"):
        # An object may be empty, and so may a list that need not hold anything.
        good: Any = {} if "array" not in kinds else None if schema.get("minItems") else []
        return [value for value in values if good is None or value != good] + ["x", 1, True]
    raise AssertionError(f"no bad values known for {name}: {schema}")


def spoiled(document: Any, schema: Any, body: Any, top: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (top field, body) for every field of a body and every bad value, at every depth."""
    schema = resolve(document, schema)
    for name, inner in body.items():
        field = resolve(document, schema["properties"][name])
        named = top or name
        if name == "document":  # a rulebook has tests of its own
            continue
        for value in bad_values(name, field):
            yield named, {**body, name: value}
        if name in schema.get("required", []):
            yield named, {key: value for key, value in body.items() if key != name}
        if isinstance(inner, dict):
            for _top, spoilt in spoiled(document, field, inner, named):
                yield named, {**body, name: spoilt}
            yield named, {**body, name: {**inner, "unknown": 1}}
        if isinstance(inner, list) and not isinstance(inner[0], dict):
            for value in bad_values(name, resolve(document, field["items"])):
                yield named, {**body, name: [value]}
            yield named, {**body, name: inner * 501}
        elif isinstance(inner, list):
            for _top, spoilt in spoiled(document, field["items"], inner[0], named):
                yield named, {**body, name: [spoilt]}
            yield named, {**body, name: inner * 501}


def fields_of(document: Any, schema: Any, body: Any = None) -> set[str]:
    """The fields of a schema, or those of them that a body has, at every depth."""
    schema = resolve(document, schema)
    found = set()
    for name, field in schema.get("properties", {}).items():
        if body is not None and name not in body:
            continue
        inner: Any = body and body[name]
        field = resolve(document, field)
        if "items" in field:
            field, inner = field["items"], inner and inner[0]
        found |= {name} | {f"{name}.{below}" for below in fields_of(document, field, inner)}
    return found


def send(bank: Bank, method: str, example: Example, body: Any) -> Answer:
    return bank.as_(example.who).call(method, example.path, body, key="spoiled")


def fault(response: Answer, field: str, body: Any) -> str | None:
    """Say what is wrong with a refusal of `field`, if anything."""
    if not 400 <= response.status_code < 500:
        return "not refused"
    found = problem(response)
    if found["status"] == 422:
        return None if field in found["errors"] else "the field is not named"
    is_id = field.endswith(("_id", "_ids")) or field in ("participants", "lines")
    allowed = {
        "not_found": is_id,
        "goods_unknown": is_id,
        "card_unknown": field == "code",
        "pin_wrong": field == "pin",
        "bad_resident_code": field == "resident_code",
        "bad_credentials": field in ("username", "password", "card_code", "pin"),
    }
    return None if allowed.get(found["code"]) else "an unexpected refusal"


def test_every_field_of_every_body_is_bounded(bank: Bank) -> None:
    """Each bad value of each field is refused by name, and nothing at all has changed."""
    paper = document(bank)
    wanted = bodies(paper)
    given = examples(bank)
    tried: dict[str, set[str]] = {}
    before, wrong = snapshot(bank), []
    for title, example in given.items():
        method, rule = title.split()[:2]
        route = f"{method} {rule}"
        tried.setdefault(route, set()).update(fields_of(paper, wanted[route], example.body))
        for field, body in spoiled(paper, wanted[route], example.body):
            response = send(bank, method, example, body)
            if said := fault(response, field, body):
                wrong.append((route, field, repr(body)[:200], response.status_code, said))
            elif response.status_code == 403:  # a wrong PIN was counted; the next may be the fifth
                bank.as_("worker").post(f"/cards/{bank.li.card_id}/unlocking", key=None)
    assert not wrong, "\n".join(map(str, wrong))
    assert tried == {route: fields_of(paper, schema) for route, schema in wanted.items()}
    after = snapshot(bank)
    after["audit_entries"] = [row for row in after["audit_entries"] if "unlock" not in row]
    assert after == before


BAD_BODIES = {
    "half an object": b'{"name": ',
    "no JSON": b"name=x&phone=y",
    "not a number": b'{"points": NaN}',
    "no end": b'{"points": -Infinity}',
    "a key twice": b'{"reason": "x", "reason": "y"}',
    "not UTF-8": b'{"reason": "\xff\xfe"}',
    "UTF-16": '{"reason": "x"}'.encode("utf-16"),
    "a mark of order": b'\xef\xbb\xbf{"reason": "x"}',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 60 + b"1" + b"}" * 60,
    "deep in a field": b'{"reason": ' + b"[" * 50 + b"]" * 50 + b"}",
    "a number without end": b'{"points": ' + b"9" * 50_000 + b"}",
    "two values": b"{} {}",
    "a comment": b"{/* x */}",
    "single quotes": b"{'reason': 'x'}",
    "a NUL": b"\x00",
}
NO_OBJECTS = [b"[]", b"null", b'"x"', b"1", b"true", b"[{}]", b"1e999"]


def test_a_body_that_is_no_json_object_is_refused_by_every_route(bank: Bank) -> None:
    """Every route that takes a body, with or without fields."""
    given = examples(bank)
    before = snapshot(bank)

    def answer(
        example: Example, method: str, data: bytes, kind: str = "application/json"
    ) -> Answer:
        headers = {"Idempotency-Key": "x", "Content-Type": kind}
        if example.who != "public":
            headers["Authorization"] = f"Bearer {bank.tokens[example.who]}"
        got = bank.app.test_client().open(
            f"{PREFIX}{example.path}", method=method, data=data, headers=headers
        )
        return Answer(got.status_code, got.mimetype or "", got.headers, got.text, got.json)

    for title, example in given.items():
        method = title.split()[0]
        for data in BAD_BODIES.values():
            problem(answer(example, method, data), 400, "malformed_json")
        for data in NO_OBJECTS:
            assert problem(answer(example, method, data), 422)["errors"] == {
                "_schema": ["应为一个 JSON 对象。"]
            }
        for kind in ("text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"):
            problem(answer(example, method, b"{}", kind), 415, "unsupported_media_type")
        problem(answer(example, method, b" " * 20_000_000), 413, "body_too_large")
    assert snapshot(bank) == before


def test_an_unknown_field_is_refused_by_name(bank: Bank) -> None:
    """Also where a route has no fields at all, and whatever the name."""
    given = examples(bank)
    bare = [Example("worker", f"/cards/{bank.li.card_id}/{word}", {})
        for word in ("revocation", "unlocking")]  # fmt: skip
    before = snapshot(bank)
    for example in [*given.values(), *bare]:
        for name in ("unknown", "", "ID", "__class__", "\x00", HALF, "名" * 1_000):
            title = next((title for title in given if given[title] is example), "POST")
            body = {**example.body, name: 1}
            found = problem(send(bank, title.split()[0], example, body), 422, "validation_failed")
            assert found["errors"][name] == ["没有这个字段。"]
    assert snapshot(bank) == before


BAD_KEYS = ["", " " * 201, "k" * 201, "a\tb", "\x7f", "k\x80", "钥".encode().decode("latin-1")]


def test_a_bad_idempotency_key_is_refused_by_every_post(bank: Bank) -> None:
    paper = document(bank)
    given = examples(bank)
    before = snapshot(bank)
    for title, example in given.items():
        method, rule = title.split()[:2]
        if method != "POST":
            continue
        for key in BAD_KEYS:
            found = problem(bank.as_(example.who).call("POST", example.path, example.body, key=key))
            assert (found["status"], list(found["errors"])) == (422, ["Idempotency-Key"])
        operation = paper["paths"][PREFIX + rule.replace("<", "{").replace(">", "}")]["post"]
        header = next(p for p in operation["parameters"] if p.get("name") == "Idempotency-Key")
        if header["required"]:
            answer = bank.as_(example.who).post(example.path, example.body, key=None)
            problem(answer, 400, "idempotency_key_missing")
    assert snapshot(bank) == before


BAD_QUERIES = {
    "limit": ["0", "201", "-1", "1.5", "1e2", "ten", "１０", "9" * 5_000, "0x10", "\x00"],
    "cursor": ["x", "%", "AAAA", "A" * 601, "\x00", "道", "null", "eyJhIjoxfQ"],
    "at": [*BAD_MOMENTS[1:15], "2090-01-01T00:00:00Z", "\x00"],
    "from": [*BAD_MOMENTS[1:15], "\x00"],
    "to": [*BAD_MOMENTS[1:15], "\x00"],
    "asset": ["gold", "POINTS", "\x00"],
    "level": ["planet", "\x00"],
    "status": ["lost", "\x00"],
    "kind": ["\x00", "x" * 100],
    "q": ["\x00", "x" * 100],
    "fit": ["maybe", "2", "\x00"],
    "idempotency_key": ["\x00", "x" * 201],
    "subject": ["dog", "\x00"],
    "period": ["x", "2026Q5", "２０２６", "2026-13", "0001", "9999", "x" * 100, "\x00"],
}
"""What each word of a query must not be. An id is never malformed: nothing is found under it."""


def test_every_word_of_every_query_is_bounded(bank: Bank) -> None:
    paper = document(bank)
    before, wrong = snapshot(bank), []
    for path, item in paper["paths"].items():
        if "get" not in item:
            continue
        roles = item["get"]["x-roles"]
        who = next(
            who for who in ("supervisor", "admin", "till", "li", "public")
            if bank_role(who) in roles
        )  # fmt: skip
        plain = path.removeprefix(PREFIX).replace("{volunteer_id}", bank.li.id)
        plain = plain.replace("{card_id}", bank.li.card_id)
        names = [p["name"] for p in item["get"].get("parameters", []) if p["in"] == "query"]
        needed = {"idempotency_key": "x"} if "idempotency_key" in names else {}
        for name in [*names, "unknown"]:
            values = ["x"] if name == "unknown" else BAD_QUERIES.get(name, ["\x00", "x" * 200])
            for value in values:
                with bank.app.test_client() as client:
                    headers = {}
                    if who != "public":
                        headers["Authorization"] = f"Bearer {bank.tokens[who]}"
                    got = client.get(
                        PREFIX + plain, query_string={**needed, name: value}, headers=headers
                    )
                    answer = Answer(
                        got.status_code, got.mimetype or "", got.headers, got.text, got.json
                    )
                is_id = name.endswith("_id") or name == "account"
                if answer.status_code == 200 and is_id and answer.json.get("items") == []:
                    continue
                found = problem(answer)
                named = found["status"] == 422 and name in found["errors"]
                if not named and not (found["status"] == 404 and (is_id or "{" in plain)):
                    wrong.append((path, name, value[:50], answer.text[:200]))
    assert not wrong, "\n".join(map(str, wrong))
    after = snapshot(bank)
    # Who looks for a volunteer whom nobody is, sees the list: that, too, is written down.
    after["audit_entries"] = [
        row for row in after["audit_entries"] if ".see'" not in row and "audit.read" not in row
    ]
    assert after == before


def bank_role(who: str) -> str:
    return {"till": "terminal", "li": "volunteer"}.get(who, who)


def test_a_cursor_is_good_for_its_own_list_alone(bank: Bank) -> None:
    caller = bank.as_("admin")
    cursor = caller.get("/goods?limit=1").json["next"]
    assert caller.get(f"/goods?limit=1&cursor={cursor}").status_code == 200
    for path in ("/volunteers", "/organizations", "/ledger/transfers", "/service-events"):
        found = problem(caller.get(f"{path}?cursor={cursor}"), 422)
        assert list(found["errors"]) == ["cursor"]
    for place in range(len(cursor)):
        other = "A" if cursor[place] != "A" else "B"
        forged = cursor[:place] + other + cursor[place + 1 :]
        answer = caller.get(f"/goods?limit=1&cursor={forged}")
        # The last letter of base64 may hold bits that say nothing.
        assert answer.status_code == 422 or place == len(cursor) - 1


def test_ids_of_every_form_are_found_nowhere(bank: Bank) -> None:
    caller = bank.as_("admin")
    for number in ("x", "0" * 16, "%00", "%FF", "1" * 5_000, "道", "..%2f", "'--", "1%0a", "%20"):
        for path in ("/volunteers/{}", "/volunteers/{}/balance", "/volunteers/{}/entries",
                     "/organizations/{}", "/service-events/{}", "/redemptions/{}", "/rulebooks/{}",
                     "/cards/{}/qr.svg"):  # fmt: skip
            problem(caller.get(path.format(number)), 404, "not_found")
