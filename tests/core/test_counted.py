"""Figures that take long to count are kept for half a minute; others are counted each time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest
from flask import Flask

from moralbank.core import clock, counted
from moralbank.core.problems import Refusal, not_found


@pytest.fixture(autouse=True)
def kept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever is counted takes long, and figures are kept as they are in production."""
    monkeypatch.setattr(counted, "LONG_SECONDS", 0)
    app.config["FIGURE_SECONDS"] = 30
    with app.app_context():
        yield


class Counter:
    """Counts how often it was asked, and for what."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.done = Event()
        self.count = counted.counted(self._count)

    def _count(self, *, place: str) -> int:
        self.asked.append(place)
        if place == "nowhere":
            raise not_found()
        if len(self.asked) > 1:
            self.done.set()
        return len(self.asked)


def test_what_takes_long_is_counted_once_for_each_place() -> None:
    counter = Counter()
    assert [counter.count(place=place) for place in ("a", "a", "b", "a")] == [1, 1, 2, 1]
    assert counter.asked == ["a", "b"]


def test_from_half_its_age_on_it_is_counted_beside_the_work() -> None:
    counter, now = Counter(), clock.now()
    with clock.at(now):
        assert counter.count(place="a") == 1
    with clock.at(now + timedelta(seconds=14)):
        assert counter.count(place="a") == 1
    assert counter.asked == ["a"]
    with clock.at(now + timedelta(seconds=20)):
        assert counter.count(place="a") == 1  # nobody waits
    assert counter.done.wait(timeout=30)


def test_what_is_too_old_is_waited_for() -> None:
    counter, now = Counter(), clock.now()
    with clock.at(now):
        assert counter.count(place="a") == 1
    with clock.at(now + timedelta(seconds=31)):
        assert counter.count(place="a") == 2


def test_what_is_quick_is_counted_each_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter()
    monkeypatch.setattr(counted, "LONG_SECONDS", 60)
    assert [counter.count(place="a") for _time in range(3)] == [1, 2, 3]
    monkeypatch.setattr(counted, "LONG_SECONDS", 0)
    app.config["FIGURE_SECONDS"] = 0
    assert [counter.count(place="a") for _time in range(2)] == [4, 5]


def test_a_refusal_is_no_figure() -> None:
    counter = Counter()
    for _time in range(2):
        with pytest.raises(Refusal):
            counter.count(place="nowhere")
    assert counter.asked == ["nowhere", "nowhere"]
