"""What the contract promises of the default rulebook."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from moralbank.rulebook.documents import Rulebook, canonical_json, parse_yaml
from moralbank.rulebook.documents.awarding import SPANS
from moralbank.rulebook.rules import History, redemption_refusal, score
from moralbank.rulebook.schemas import checked_document

FILE = Path(__file__).parents[2] / "migrations" / "data" / "rulebook-1.yaml"
NOTHING = History()
SOURCE_CATEGORIES = {"社区居家服务", "社会公共服务", "社会管理服务", "其他特色服务"}


def test_it_is_in_normal_form_after_one_check(document: dict[str, Any]) -> None:
    again = checked_document(document)
    assert again == document
    assert canonical_json(again) == canonical_json(document)


def test_the_file_as_it_was_published_means_the_same_in_normal_form(default: Rulebook) -> None:
    """A migration inserted it as it stands, when the format knew fewer keys."""
    assert Rulebook.from_document(yaml.safe_load(FILE.read_text(encoding="utf-8"))) == default


def test_it_survives_json(document: dict[str, Any]) -> None:
    assert checked_document(parse_yaml(canonical_json(document))) == document


def test_its_head_says_whose_figures_they_are(document: dict[str, Any]) -> None:
    head = FILE.read_text(encoding="utf-8").partition("format:")[0]
    assert "own default" in head
    assert "本项目自拟" in document["note"]


def test_it_lists_at_least_44_items_in_the_four_categories(default: Rulebook) -> None:
    assert len(default.items) >= 44
    assert {category.name for category in default.categories.values()} == SOURCE_CATEGORIES
    assert {item.category for item in default.items.values()} == set(default.categories)
    assert {item.unit for item in default.items.values()} == {"event", "hour", "count"}
    assert len({item.name for item in default.items.values()}) == len(default.items)
    for item in default.items.values():
        assert item.description.endswith("。")
        assert item.tags


def test_more_stars_give_more_points(default: Rulebook) -> None:
    factors = [default.multipliers[stars] for stars in (1, 2, 3, 4, 5)]
    assert factors == [Fraction(text) for text in ("0.2", "0.5", "0.8", "1", "1.2")]


def test_no_item_is_capped_at_two_hours(default: Rulebook) -> None:
    for code in default.items:
        given = score(default, item_code=code, minutes=120, quantity=5, stars=5, history=NOTHING)
        assert given.capped == 0
        assert given.points > 0
        assert given.merit == given.points


def test_five_ordinary_errands_a_day_are_within_every_cap(default: Rulebook) -> None:
    had = 0
    for _errand in range(5):
        given = score(
            default,
            item_code="home.shopping",
            minutes=120,
            quantity=None,
            stars=5,
            history=History(person=dict.fromkeys(SPANS, had)),
        )
        assert given.capped == 0
        had += given.points
    assert had == 120_00


def test_spending_has_no_condition_but_the_pin(default: Rulebook) -> None:
    assert default.pin_required_above == 50_00
    assert default.redemption.limits == ()
    day = date(2026, 3, 1)
    refused = redemption_refusal(
        default, points=1, redeemed={}, balance=0, star=0, opened_on=day, today=day
    )
    assert refused is None


def test_the_rest_of_the_contract(default: Rulebook) -> None:
    assert default.release.at_once
    assert default.expiry.rule == "never"
    assert default.merit == "equals_points"
    assert default.second_person_above == 10_000_00
    assert default.neighbours_needed == 3


def test_there_is_a_ladder_for_every_kind_of_star_round(default: Rulebook) -> None:
    for subject in ("volunteer", "station", "team"):
        for period in ("quarter", "year"):
            ladder = default.ladder(subject=subject, period=period)
            assert ladder is not None
            assert [level.stars for level in ladder.levels] == [1, 2, 3, 4, 5]
