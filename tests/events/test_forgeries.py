"""What somebody with the database in their hands changed: a period scored again names it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from moralbank.core import append_only, clock
from moralbank.core.db import db, session
from moralbank.core.transaction import transact
from moralbank.events.awarding.models import Award
from moralbank.events.models import Participant, Rating, ServiceEvent
from moralbank.ledger.models import Transfer
from moralbank.rulebook.models import RulebookVersion
from tests.cast import Bank
from tests.core.examples import publish
from tests.events.errands import Errand
from tests.events.test_caps import NO_CAPS, done
from tests.events.test_replay import again, run, uphold

Forge = Callable[[str], Any]
NOWHERE = "1zzzzzzzzzzzzzzz"


def of(model: Any, number: str, **values: Any) -> Any:
    return update(model).where(model.event_id == number).values(**values)


def book(number: str, **values: Any) -> Any:
    ours = (Transfer.source_id == number) & (Transfer.asset == "points")
    return update(Transfer).where(ours).values(**values)


def paid_for(source_id: str) -> Any:
    """An award of 500 to the wallet that was paid last, for an errand."""
    last = session().scalars(select(Transfer).order_by(Transfer.id.desc()).limit(1)).one()
    values = {column.name: getattr(last, column.name) for column in Transfer.__table__.columns}
    version = select(func.max(Transfer.payee_version)).scalar_subquery()
    more = {"id": last.id + 1, "key": "award:forged", "source_id": source_id, "amount": 500_00}
    return insert(Transfer).values({**values, **more, "payee_version": version + 1})


FORGERIES: dict[str, tuple[str, Forge]] = {
    "the stars of a rating": ("unfounded", lambda number: of(Rating, number, stars=5)),
    "the stars of an award": ("unfounded", lambda number: of(Award, number, stars=5)),
    "no rating": ("unfounded", lambda number: delete(Rating).where(Rating.event_id == number)),
    "the minutes of somebody who took part": (
        "unfounded", lambda number: of(Participant, number, minutes=Participant.minutes + 600),
    ),
    "nobody who took part": (
        "unfounded", lambda number: delete(Participant).where(Participant.event_id == number),
    ),
    "the day of an award": (
        "unfounded",
        lambda number: of(Award, number, performed_at=clock.now() - timedelta(days=900)),
    ),
    "the day of an errand": (
        "unfounded",
        lambda number: update(ServiceEvent)
        .where(ServiceEvent.id == number)
        .values(performed_at=clock.now() - timedelta(days=900)),
    ),
    "no award": ("unfounded", lambda number: delete(Award).where(Award.event_id == number)),
    "no award for what is in the book": (
        "unbooked", lambda number: delete(Award).where(Award.event_id == number),
    ),
    "the day in the book": (
        "unbooked", lambda number: book(number, effective_at=clock.now() + timedelta(days=900)),
    ),
    "the reason in the book": ("unbooked", lambda number: book(number, reason="?")),
    "the version in the book": ("unbooked", lambda number: book(number, rulebook_version=None)),
    "the key in the book": ("unbooked", lambda number: book(number, key="award:x")),
    "an award in the book that does not stand": (
        "unbooked", lambda number: of(Award, number, status="provisional"),
    ),
}  # fmt: skip


def forge(bank: Bank, statement: Callable[[], Any], *, table: str = "transfers") -> None:
    with bank.inside():

        def work() -> None:
            for text in append_only.unprotect(table, db.engine.dialect.name):
                session().execute(db.text(text))
            session().execute(statement())

        transact(work)


def rated(bank: Bank) -> Errand:
    """An errand with three stars, another after it."""
    publish(bank, caps=NO_CAPS)
    errand = done(bank)
    errand.rate(stars=3)
    done(bank, "zhao").rate()
    assert again(bank).agrees
    return errand


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_named(bank: Bank, forgery: str) -> None:
    errand = rated(bank)
    where, statement = FORGERIES[forgery]
    forge(bank, lambda: statement(errand.id))
    found = again(bank)
    named = found.unbooked if where == "unbooked" else [one.event_id for one in found.unfounded]
    assert named == [errand.id]
    assert not found.agrees


def test_awards_for_no_errand_and_for_one_that_nobody_rated(bank: Bank) -> None:
    rated(bank)
    unrated = done(bank)
    for number in (NOWHERE, unrated.id):
        forge(bank, lambda number=number: paid_for(number))  # type: ignore[misc]
        found = again(bank)
        assert found.unbooked == [number]
        assert found.unfounded == []
        forge(bank, lambda: delete(Transfer).where(Transfer.key == "award:forged"))
        assert again(bank).agrees


def test_neighbours_stars_are_combined_as_at_the_rating(bank: Bank) -> None:
    publish(bank, caps=NO_CAPS)
    group = done(bank, "zhao", "li", resident=None)
    for code, stars in zip(group.codes, (5, 3, 1), strict=True):
        group.rate(code, stars)
    assert again(bank).agrees
    forge(bank, lambda: of(Rating, group.id, stars=5).where(Rating.place == 2))
    found = again(bank)
    assert {one.volunteer_id for one in found.unfounded} == {bank.li.id, bank.zhao.id}
    assert {(one.stored.stars, one.found.stars) for one in found.unfounded if one.stored} == {
        (3, 5)
    }


def test_what_was_taken_back_stays_clean_until_it_is_forged(bank: Bank) -> None:
    errand = rated(bank)
    uphold(bank, errand)
    assert again(bank).agrees
    forge(bank, lambda: of(Award, errand.id, status="awarded"))
    assert again(bank).unbooked == [errand.id]


def test_the_command_names_what_it_found(bank: Bank) -> None:
    errand = rated(bank)
    forge(bank, lambda: of(Rating, errand.id, stars=5))
    with bank.inside():
        today = clock.today().isoformat()
    told = run(bank, "--from", today, "--to", today)
    assert told.exit_code == 1
    assert f"服务 {errand.id}，志愿者 {bank.li.id}：积分记为 3 星、60 分钟" in told.stdout
    assert "5 星、60 分钟" in told.stdout
    in_json = run(bank, "--from", today, "--to", today, "--report", "json")
    assert '"unfounded": [\n    {\n      "service_event_id"' in in_json.stdout


def test_a_version_that_was_rewritten_is_named(bank: Bank) -> None:
    rated(bank)
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    document["title"] = "另一本"
    forge(
        bank,
        lambda: (
            update(RulebookVersion).where(RulebookVersion.version == 1).values(document=document)
        ),
        table="rulebook_versions",
    )
    assert again(bank).rewritten == [1]
    with bank.inside():
        today = clock.today().isoformat()
    told = run(bank, "--from", today, "--to", today)
    assert (told.exit_code, "规则书第 1 版" in told.stdout) == (1, True)
