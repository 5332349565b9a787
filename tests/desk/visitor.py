"""Somebody with a browser that runs no script: opens a page, fills in its forms, sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.cast import Bank


@dataclass
class PageForm:
    """A form of a page: where it goes, and what it would send as it stands."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    """Reads a page's forms and the errors beside its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.errors: dict[str, str] = {}
        self._area: str | None = None
        self._choice: str | None = None
        self._error: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(PageForm(given.get("action", "")))
        elif tag in ("input", "select", "textarea") and self.forms and given.get("name"):
            self._take(tag, given)
        elif tag == "button" and self.forms and given.get("name"):
            self.forms[-1].names.add(given["name"])
        elif tag == "option" and self._choice and "selected" in given:
            self.forms[-1].fields[self._choice] = given.get("value", "")
        elif tag == "div" and given.get("class") == "errors":
            self._error = given["id"].removesuffix("-error")

    def _take(self, tag: str, given: dict[str, str]) -> None:
        form, name = self.forms[-1], given["name"]
        form.names.add(name)
        if tag == "select":
            self._choice = name
            form.fields.setdefault(name, "")
        elif tag == "textarea":
            self._area = name
            form.fields[name] = ""
        elif given.get("type") not in ("radio", "checkbox") or "checked" in given:
            form.fields[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self._choice = None
        elif tag == "div":
            self._error = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.forms[-1].fields[self._area] += data.removeprefix("\n")
        if self._error is not None and data.strip():
            self.errors[self._error] = data.strip()


class Visitor:
    """Walks the pages. `page` is the last answer, after every redirect."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self.page: TestResponse

    def open(self, path: str) -> TestResponse:
        """Open a page, following redirects."""
        self.page = self._client.get(path, follow_redirects=True)
        return self.page

    def send(self, action: str, **typed: str | tuple[BytesIO, str] | None) -> TestResponse:
        """Fill in and send the form of the page that goes to `action`; None leaves a field out, a
        file is its content and its name."""
        form = self.form(action)
        unknown = typed.keys() - form.names - {"more"}
        assert not unknown, f"the page asks for no {unknown}"
        data = {name: text for name, text in {**form.fields, **typed}.items() if text is not None}
        self.page = self._client.post(action, data=data, follow_redirects=True)
        return self.page

    def post(self, path: str, **data: str) -> TestResponse:
        """Post fields that no page offers, with the token of the last page's form."""
        token = next(form.fields["csrf_token"] for form in self._read().forms if form.action)
        self.page = self._client.post(
            path, data={"csrf_token": token, **data}, follow_redirects=True
        )
        return self.page

    def form(self, action: str) -> PageForm:
        """The form of the page that goes to `action`."""
        forms = self._read().forms
        found = [form for form in forms if form.action == action]
        assert found, f"{action} is not among {[form.action for form in forms]}"
        return found[0]

    def offers(self, action: str) -> bool:
        """Whether the page has a form that goes to `action`."""
        return any(form.action == action for form in self._read().forms)

    @property
    def errors(self) -> dict[str, str]:
        """The errors of the page, by the field they stand beside."""
        return self._read().errors

    @property
    def path(self) -> str:
        """Where the visitor is."""
        return urlsplit(self.page.request.url).path

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.page.text)
        return reader


def visit(bank: Bank, who: str | None = None) -> Visitor:
    """A visitor who is signed in as one of the cast, or nobody."""
    client = bank.app.test_client()
    if who is not None:
        with client.session_transaction() as kept:
            kept["person"] = bank.tokens[who]
    return Visitor(client)
