"""Chinese first, English by a switch: the catalogue is whole, and neither language gets into what
the other's readers are given."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from moralbank.core import clock
from moralbank.core.language import in_chinese, in_english, recorded
from moralbank.core.periods import parse
from moralbank.core.wording import moment_text, whole_day_text
from scripts import catalogue
from tests.cast import Bank
from tests.desk.visitor import visit

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
HAN = re.compile(r"[㐀-鿿]+")
OF_THE_CHINESE_PAPER = {"星级证书", "志愿服务记录证明", "姓名", "联系电话", "社区", "、"}
"""What English names as it stands on paper: kinds of certificates, and columns of a roster."""


def texts() -> list[tuple[str, str]]:
    """The texts in Chinese and in English; none has a plural."""
    return [(str(one.id), str(one.string)) for one in catalogue.written() if one.id]


# ---- The catalogue ----


def test_the_catalogue_has_every_text_of_the_code_in_english_and_no_other() -> None:
    """Where this fails, `make catalogue` says what is to be translated."""
    written, code = (
        {(one.context, one.id) for one in found}
        for found in (catalogue.written(), catalogue.in_the_code())
    )
    assert written == code
    assert catalogue.untranslated(catalogue.written()) == []
    assert catalogue.PO.read_bytes() == catalogue.text_of(
        catalogue.brought_up_to_date(catalogue.written())
    )


def test_what_is_compiled_is_what_is_written() -> None:
    assert catalogue.MO.read_bytes() == catalogue.compiled(catalogue.written())


def test_the_english_is_filled_in_with_the_same_values_as_the_chinese() -> None:
    for chinese, english in texts():
        assert sorted(PLACEHOLDER.findall(chinese)) == sorted(PLACEHOLDER.findall(english)), chinese


def test_the_english_is_english() -> None:
    for chinese, english in texts():
        assert set(HAN.findall(english)) <= OF_THE_CHINESE_PAPER, chinese
        assert not re.search("[，。：；（）？！“”]", english), chinese


def test_a_text_that_is_new_or_gone_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    code = catalogue.in_the_code()
    code.add("没有人译过的话", locations=[("templates/nowhere.html", 1)])
    code.delete("道德银行")
    monkeypatch.setattr(catalogue, "in_the_code", lambda: code)
    now = catalogue.brought_up_to_date(catalogue.written())
    assert [one.id for one in catalogue.untranslated(now)] == ["没有人译过的话"]
    assert "道德银行" not in now


# ---- The switch ----


def english(app: Flask) -> FlaskClient:
    client = app.test_client()
    assert client.get("/language/en").status_code == 303
    return client


def test_the_switch_leads_back_stays_for_a_year_and_is_taken_back(client: FlaskClient) -> None:
    page = client.get("/notices?kind=stars").text
    assert '<html lang="zh-CN"' in page
    assert 'lang="en" hreflang="en" href="/language/en?next=/notices?kind%3Dstars"' in page
    switched = client.get("/language/en?next=/notices?kind%3Dstars")
    assert (switched.status_code, switched.location) == (303, "/notices?kind=stars")
    cookie = switched.headers["Set-Cookie"]
    assert "Max-Age=31536000" in cookie
    assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    page = client.get("/notices?kind=stars").text
    assert '<html lang="en"' in page
    assert 'href="/language/zh?next=/notices?kind%3Dstars">中文</a>' in page
    assert client.get("/language/zh?next=/rules").location == "/rules"
    assert '<html lang="zh-CN"' in client.get("/rules").text


def test_it_leads_nowhere_else_and_knows_two_languages(client: FlaskClient) -> None:
    assert client.get("/language/en?next=//elsewhere.example/").location == "/"
    assert client.get("/language/fr").status_code == 404
    client.set_cookie("language", "fr")
    assert '<html lang="zh-CN"' in client.get("/").text


def test_what_the_browser_says_of_itself_does_not_count(client: FlaskClient) -> None:
    assert '<html lang="zh-CN"' in client.get("/", headers={"Accept-Language": "en"}).text


def test_a_page_that_is_not_found_is_in_the_readers_language(bank: Bank) -> None:
    page = english(bank.app).get("/nowhere")
    assert (page.status_code, '<html lang="en"' in page.text) == (404, True)
    assert "This page was not found" in page.text
    assert "没有找到这一页" in bank.app.test_client().get("/nowhere").text


def test_faults_beside_the_fields_are_in_the_readers_language(bank: Bank) -> None:
    page = english(bank.app).get("/rules?item=home.shopping&minutes=x&stars=5")
    assert page.status_code == 422
    assert "This must be a whole number." in page.text


# ---- Kept pages, programs, files ----


@pytest.mark.parametrize("path", ["/", "/notices", "/stars", "/supermarkets", "/rules", "/data"])
def test_a_kept_page_is_never_given_to_who_reads_the_other_language(bank: Bank, path: str) -> None:
    bank.app.config["PAGE_SECONDS"] = 25
    readers = {"zh-CN": bank.app.test_client(), "en": english(bank.app)}
    tags = {}
    for _time in range(2):
        for tag, reader in readers.items():
            page = reader.get(path)
            assert f'<html lang="{tag}"' in page.text
            assert "Cookie" in page.headers["Vary"]
            tags[tag] = page.headers["ETag"]
    assert tags["zh-CN"] != tags["en"]
    for tag, reader in readers.items():
        other = tags["en" if tag == "zh-CN" else "zh-CN"]
        assert reader.get(path, headers={"If-None-Match": other}).status_code == 200
        assert reader.get(path, headers={"If-None-Match": tags[tag]}).status_code == 304


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v1/public/summary?period=never", "/api/v1/volunteers"]
)
def test_programs_are_answered_in_chinese_whatever_cookie_comes_along(
    bank: Bank, path: str
) -> None:
    plain, switched = (reader.get(path) for reader in (bank.app.test_client(), english(bank.app)))
    assert plain.json == switched.json
    assert switched.json is not None
    assert HAN.search(switched.json["detail"])


def test_what_any_cache_may_keep_is_in_chinese(bank: Bank) -> None:
    refused = english(bank.app).get("/data/points/2026Q9.csv")
    assert refused.status_code in (404, 422)
    assert '<html lang="zh-CN"' in refused.text


# ---- What is written down ----


def test_what_is_kept_is_chinese_whoever_writes_it(bank: Bank) -> None:
    with bank.app.test_request_context("/", headers={"Cookie": "language=en"}):
        assert in_english()
        assert recorded("转赠%(pool)s", pool="公益池") == "转赠公益池"
        assert in_chinese(in_english)() is False
        assert in_english()
        assert recorded("100%") == "100%"


def test_a_gift_of_an_english_browser_stands_in_the_book_in_chinese(bank: Bank) -> None:
    giver = visit(bank, "li")
    giver.open("/language/en?next=/me/giving")
    giver.send("/me/giving/offer", to=f"pool:{bank.pool_id}", points="12.5")
    assert "Please check" in giver.page.text
    done = giver.send("/me/giving").text
    assert "You gave 12.5 points, thank you!" in done
    assert "转赠长河互助池" in done


def test_who_asks_for_a_resident_is_kept_in_chinese(bank: Bank) -> None:
    worker = visit(bank, "worker")
    page = worker.open("/language/en?next=/staff/events/new").text
    assert '<option value="子女">Child</option>' in page


def test_a_card_is_printed_in_chinese_whoever_prints_it(bank: Bank) -> None:
    worker = visit(bank, "worker")
    page = worker.open(f"/language/en?next=/staff/cards/{bank.li.card_id}").text
    assert '<html lang="zh-CN"' in page
    assert "到爱心超市出示此卡" in page
    assert "/language/" not in page  # it would change nothing


# ---- Days ----


@pytest.mark.parametrize(
    ("cookie", "said"),
    [
        ("", ["2025 年 7 月 1 日", "2025年7月1日 09:30", "2026 年 7 月", "2026 年第 3 季度"]),
        ("language=en", ["1 July 2025", "1 Jul 2025 09:30", "July 2026", "Quarter 3 of 2026"]),
    ],
)
def test_days_are_written_as_the_reader_writes_them(
    app: Flask, cookie: str, said: list[str]
) -> None:
    day = date(2025, 7, 1)
    with app.test_request_context("/", headers={"Cookie": cookie}):
        found = [
            whole_day_text(day), moment_text(clock.start_of(day) + timedelta(hours=9, minutes=30)),
            parse("2026-07").title, parse("2026Q3").title,
        ]  # fmt: skip
    assert found == said
