"""The rulebook in words, and its calculator, as the public reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from moralbank.rulebook import words
from moralbank.rulebook.documents import Rulebook, parse_yaml
from moralbank.rulebook.schemas import checked_document
from tests.cast import Bank, bank
from tests.desk.visitor import visit

__all__ = ["bank"]

SETS = sorted((Path(__file__).parent / "rulesets").glob("*.yaml"))


def test_the_calculator_says_what_an_errand_is_worth_and_why(bank: Bank) -> None:
    public = visit(bank)
    page = public.open("/rules?item=home.companionship&minutes=120&stars=5").text
    assert "2 小时 × 10 = 20" in page
    assert "五星 × 1.2 = 24" in page
    assert "陪伴独居老人" in page


def test_numbers_may_be_typed_in_full_width(bank: Bank) -> None:
    page = visit(bank).open("/rules?item=home.companionship&minutes=１２０&stars=５&quantity=１")
    assert page.status_code == 200
    assert "2 小时 × 10 = 20" in page.text
    page = visit(bank).open("/rules?item=home.companionship&minutes=１４４１&stars=5")
    assert "分钟最多填 1440。" in page.text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("minutes=abc&stars=5", "minutes"),
        ("minutes=0&stars=5", "minutes"),
        ("minutes=1441&stars=5", "minutes"),
        ("minutes=60&stars=6", "stars"),
        ("minutes=60", "stars"),
        ("minutes=60&stars=5&quantity=-1", "quantity"),
    ],
)
def test_what_is_typed_wrong_is_named(bank: Bank, query: str, field: str) -> None:
    public = visit(bank)
    page = public.open(f"/rules?item=home.shopping&{query}")
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert "integer" not in page.text


@pytest.mark.parametrize("typed", ["10000", "12345678901234567890"])
def test_more_than_it_reckons_with_is_refused_and_left_as_typed(bank: Bank, typed: str) -> None:
    query = f"item=home.shopping&minutes={typed}&stars=5&quantity={typed}"
    page = visit(bank).open(f"/rules?{query}")
    assert page.status_code == 422
    assert "件数最多填 9999。" in page.text
    assert "分钟最多填 1440。" in page.text
    assert page.text.count(f'value="{typed}"') == 2


def test_ratings_are_a_whole_group_s(bank: Bank) -> None:
    page = visit(bank).open("/rules").text
    assert "时长、积分、道德分和服务次数按每位成员平均；评价不分摊" in page


def test_an_item_that_there_is_not_is_named(bank: Bank) -> None:
    page = visit(bank).open("/rules?item=nothing&minutes=60&stars=5")
    assert page.status_code == 422
    assert "没有这种服务项目" in page.text


def test_every_version_can_be_read(bank: Bank) -> None:
    public = visit(bank)
    assert "历次的规则" not in public.open("/rules").text
    first = bank.as_("admin").get("/rulebooks/1").json
    body = {
        "effective_from": "2028-01-01",
        "document": {**first["document"], "title": "往后的规则"},
    }
    assert bank.as_("admin").post("/rulebooks", body).status_code == 201
    assert "往后的规则" not in public.open("/rules").text
    later = public.open("/rules?version=2").text
    assert "往后的规则" in later
    assert "不是现在用的" in later


@pytest.mark.parametrize("asked", ["99", "0", "两", "1.0"])
def test_a_version_that_there_is_not_is_said_to_be_none(bank: Bank, asked: str) -> None:
    page = visit(bank).open(f"/rules?version={asked}")
    assert page.status_code == 404
    assert "没有这一版规则" in page.text


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_published_rules_read_as_sentences(bank: Bank, path: Path) -> None:
    """Every kind of rule that a document can have has its words."""
    with bank.inside():
        book = Rulebook.from_document(checked_document(parse_yaml(path.read_text("utf-8"))))
        said = [line for part in words.sections(book) for line in part.lines]
        said += [text for ladder in words.ladders(book) for _stars, text in ladder.levels]
        said += [note for ladder in words.ladders(book) for note in ladder.notes]
        said += [words.worth(item) for item in book.items.values()]
    assert all(line and "%(" not in line and "None" not in line for line in said)
    for reason in book.reasons.values():
        assert any(reason.name in line for line in said)
    for one in book.commendations:
        assert any(one.name in line for line in said)
