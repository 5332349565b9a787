"""The three books of a supermarket over HTTP."""

from typing import Any

from flask import Response

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.core.spreadsheets import XLSX
from moralbank.market.books import money, sheets, three
from moralbank.market.books.money import ContributionView
from moralbank.market.books.schemas import (
    BooksQuery,
    ContributionIn,
    ContributionOut,
    ContributionsQuery,
    TakenBackIn,
    ThreeBooksOut,
)
from moralbank.market.books.three import ThreeBooks

room = ApiRoom("books", __name__, description="What a supermarket took in and gave out")


@room.endpoint(
    "GET", "/supermarkets/<supermarket_id>/books", action="books.read", query=BooksQuery,
    answer=ThreeBooksOut,
)  # fmt: skip
def read_books(actor: Actor, *, supermarket_id: str, query: dict[str, Any]) -> ThreeBooks:
    """Show points, goods and money of a month, a quarter or a year, and where they do not agree."""
    return three.three_books(actor, supermarket_id, **query)


@room.endpoint(
    "GET", "/supermarkets/<supermarket_id>/books.xlsx", action="books.read", query=BooksQuery,
    media_type=XLSX,
)  # fmt: skip
def books_spreadsheet(actor: Actor, *, supermarket_id: str, query: dict[str, Any]) -> Response:
    """Show the settlement sheet as an Excel file."""
    return settlement(actor, supermarket_id, ending="xlsx", **query)


@room.endpoint(
    "GET", "/supermarkets/<supermarket_id>/books.pdf", action="books.read", query=BooksQuery,
    media_type="application/pdf",
)  # fmt: skip
def books_paper(actor: Actor, *, supermarket_id: str, query: dict[str, Any]) -> Response:
    """Show the settlement sheet as a PDF."""
    return settlement(actor, supermarket_id, ending="pdf", **query)


def settlement(actor: Actor, supermarket_id: str, *, period: str, ending: str) -> Response:
    """Return the settlement sheet of a period: as a spreadsheet (`xlsx`), else on paper (`pdf`).
    Refuses 404, 422."""
    found = three.three_books(actor, supermarket_id, period=period)
    excel = ending == "xlsx"
    made = sheets.spreadsheet(found) if excel else sheets.paper(found)
    kind, last = (XLSX, "xlsx") if excel else ("application/pdf", "pdf")
    name = f"settlement-{found.supermarket_id}-{found.period}.{last}"
    return Response(
        made, mimetype=kind, headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


@room.endpoint(
    "POST", "/supermarkets/<supermarket_id>/contributions", action="money.record",
    body=ContributionIn, answer=ContributionOut, status=201, keyed=True,
)  # fmt: skip
def record_contribution(
    actor: Actor, *, supermarket_id: str, body: dict[str, Any]
) -> ContributionView:
    """Write down money that came."""
    return money.contribute(actor, supermarket_id, **body)


@room.endpoint(
    "POST", "/supermarkets/<supermarket_id>/contributions/<contribution_id>/correction",
    action="money.record", body=TakenBackIn, answer=ContributionOut, status=201, keyed=True,
    refusals={409: ["already_corrected"]},
)  # fmt: skip
def correct_contribution(
    actor: Actor, *, supermarket_id: str, contribution_id: str, body: dict[str, Any]
) -> ContributionView:
    """Take back money that was written down wrong."""
    return money.take_back(actor, supermarket_id, contribution_id, **body)


@room.endpoint(
    "GET", "/supermarkets/<supermarket_id>/contributions", action="money.read",
    query=ContributionsQuery, answer=page_of(ContributionOut),
)  # fmt: skip
def list_contributions(
    actor: Actor, *, supermarket_id: str, query: dict[str, Any]
) -> Page[ContributionView]:
    """List money that came, the latest written down first."""
    return money.list_contributions(actor, supermarket_id, **query)
