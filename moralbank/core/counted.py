"""Figures that take long to count, kept for a moment in this process.

A small bank counts its totals whenever somebody asks. Over millions of rows that takes seconds:
such a figure is given out again until it is `FIGURE_SECONDS` old (0: never). From half of that age
on it is counted anew beside the work, so that nobody waits for it; one that is too old is waited
for. With `PAGE_SECONDS` on top of it, what the public reads is less than a minute old.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, current_app
from flask_babel import force_locale, get_locale

from moralbank.core import clock

LONG_SECONDS = 0.2
"""What is counted sooner is not kept."""
MOST = 500
"""So many figures are kept; of more, those that were counted first go."""


@dataclass(slots=True)
class _Figure:
    """What was counted, and at which moment, in one: whoever reads it holds no lock. None until it
    is kept. `lock` is held by who counts."""

    kept: tuple[Any, datetime] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def since(self, age: timedelta) -> tuple[Any, datetime] | None:
        """Return it, if it was counted no longer than `age` ago."""
        kept = self.kept
        return kept if kept is not None and clock.now() - kept[1] <= age else None


F = TypeVar("F", bound=Callable[..., Any])


def counted(count: F) -> F:
    """Keep what `count` returns, by its arguments and the reader's language, where that takes long.
    It must depend on nothing else of the request, and nobody may change what it returned."""

    @wraps(count)
    def given(**asked: Any) -> Any:
        oldest = timedelta(seconds=current_app.config["FIGURE_SECONDS"])
        if not oldest:
            return count(**asked)
        language = str(get_locale())
        figure = _figure((count.__module__, count.__name__, language, *sorted(asked.items())))
        if kept := figure.since(oldest):
            if not figure.since(oldest / 2) and figure.lock.acquire(blocking=False):
                app = current_app._get_current_object()  # type: ignore[attr-defined]
                beside = threading.Thread(
                    target=_count_beside, args=(app, language, figure, count, asked), daemon=True
                )
                beside.start()
            return kept[0]
        with figure.lock:
            kept = figure.since(oldest)  # somebody else may have counted it meanwhile
            return kept[0] if kept else _count(figure, count, asked)

    return cast(F, given)


def _figure(name: Any) -> _Figure:
    kept: OrderedDict[Any, _Figure] = current_app.extensions.setdefault(
        "moralbank_counted", OrderedDict()
    )
    figure = kept.setdefault(name, _Figure())
    while len(kept) > MOST:
        kept.popitem(last=False)
    return figure


def _count(figure: _Figure, count: Callable[..., Any], asked: dict[str, Any]) -> Any:
    at = clock.now()
    value = count(**asked)
    long = clock.now() - at >= timedelta(seconds=LONG_SECONDS)
    figure.kept = (value, at) if long else None
    return value


def _count_beside(
    app: Flask, language: str, figure: _Figure, count: Callable[..., Any], asked: dict[str, Any]
) -> None:
    """Count a figure anew outside of any request; the caller took its lock."""
    try:
        with app.app_context(), force_locale(language):
            _count(figure, count, asked)
    finally:
        figure.lock.release()
