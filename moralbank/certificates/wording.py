"""Certificates in words."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from moralbank.core.wording import whole_day_text


def kind_word(kind: str) -> str:
    """Return what a kind of certificate is called."""
    words: dict[str, str] = {"stars": _("星级证书"), "service_record": _("志愿服务记录证明")}
    return words[kind]


def stars_word(stars: int) -> str:
    """Return what somebody with one to five stars is called."""
    words: dict[int, str] = {
        1: _("一星代办员"), 2: _("二星代办员"), 3: _("三星代办员"), 4: _("四星代办员"),
        5: _("五星代办员"),
    }  # fmt: skip
    return words[stars]


def day_word(iso: str) -> str:
    """Return a frozen day as a sentence has it."""
    return whole_day_text(date.fromisoformat(iso))


def about_words(kind: str, facts: Mapping[str, Any]) -> list[str]:
    """Return what one certificate is about, in pieces that a line is not to break."""
    if kind == "stars":
        return [str(facts["period_title"]), stars_word(facts["stars"])]
    return [_("%(since)s 至", since=facts["since"]), str(facts["until"])]
