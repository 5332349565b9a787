"""The languages of the pages: Chinese, and English for the browser that asked for it by the switch.

Who gave no answer reads Chinese; what the browser's own settings say does not count, for they are
seldom a choice. What is written down stays Chinese, whoever does it: words in the book
(`recorded`), papers and tables (`in_chinese`), answers to programs, files that any cache may keep.
"""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from babel.dates import format_date
from flask import current_app, has_request_context, request
from flask_babel import force_locale, get_locale

from moralbank.core.api import under_api

P = ParamSpec("P")
T = TypeVar("T")

COOKIE = "language"
"""The cookie of a browser that asked for English."""
CHINESE, ENGLISH = "zh_Hans_CN", "en_GB"
TAGS = {"zh": "zh-CN", "en": "en"}
"""What HTML calls the languages, by what the switch's address calls them."""


def chosen() -> str:
    """Return the locale of the answer to this request; outside of one it is Chinese."""
    if not has_request_context() or under_api(request.path):
        return CHINESE
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "still", False):
        return CHINESE
    return ENGLISH if request.cookies.get(COOKIE) == "en" else CHINESE


def in_english() -> bool:
    """Tell whether this answer is in English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def in_chinese(make: Callable[P, T]) -> Callable[P, T]:
    """Decorate what makes a paper or a table: it is in Chinese, whoever asks for it."""

    @wraps(make)
    def made(*args: P.args, **values: P.kwargs) -> T:
        with force_locale(CHINESE):
            return make(*args, **values)

    return made


def recorded(words: str, /, **values: Any) -> str:
    """Return a text that is kept: it is in Chinese, for all read it, and the catalogue has it not.

    `values` fill it in, as with gettext.
    """
    return words % values if values else words


def written(day: date, pattern: str) -> str:
    """Return a day by a pattern of Unicode's (LDML), which the catalogue has for each language:
    `written(day, _("M月d日"))` is 11月27日 and 27 Nov."""
    return format_date(day, pattern, locale=get_locale() or CHINESE)
