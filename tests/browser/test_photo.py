"""A volunteer's photo: handed in at the desk, recognized at the counter."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.steps import fits, sign_in_as_staff
from tests.browser.test_counter import enrol, gun
from tests.cast import Bank
from tests.photos import photo

WIDTH = "naturalWidth"  # nothing until the picture is there


@pytest.mark.parametrize("phone", [True, False])
def test_who_is_at_the_counter_is_recognized(window: OpenWindow, bank: Bank, phone: bool) -> None:
    desk = window(phone=phone)
    sign_in_as_staff(desk)
    desk.goto(f"/staff/volunteers/{bank.li.id}")
    desk.get_by_text("留一张照片", exact=True).click()
    taken = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    desk.get_by_label("现拍一张，或选一张照片").set_input_files(taken)  # type: ignore[arg-type]
    desk.get_by_label("本人同意留一张照片").check()
    desk.get_by_role("button", name="留下照片").click()
    expect(desk.get_by_role("img", name="李秋兰的照片")).to_have_js_property(WIDTH, 320)
    fits(desk)

    till = window(phone=phone)
    enrol(till, bank)
    gun(till, bank.li.code)
    face = till.get_by_role("img", name="李*兰的照片")
    expect(face).to_have_js_property(WIDTH, 320)
    till.wait_for_load_state()  # the picture is in the page, the stylesheet comes after it
    box = face.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 96
    name = till.get_by_role("heading", name="李*兰").bounding_box()
    assert name is not None
    assert box["y"] <= name["y"] <= box["y"] + box["height"]  # beside the name
    assert name["x"] >= box["x"] + box["width"]
    fits(till)

    desk.get_by_role("button", name="本人收回同意").click()
    expect(desk.get_by_text("还没有照片")).to_be_visible()
    till.goto("/terminal")
    gun(till, bank.li.code)
    expect(till.get_by_role("heading", name="李*兰")).to_be_visible()
    expect(face).to_have_count(0)
