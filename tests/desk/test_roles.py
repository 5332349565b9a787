"""The table of who may do what, in words."""

from __future__ import annotations

import pytest

from moralbank.core.policy import MAY
from moralbank.people.access_words import groups
from tests.cast import Bank
from tests.desk.visitor import visit


@pytest.mark.engine("sqlite")
def test_every_action_has_its_words_once(bank: Bank) -> None:
    with bank.inside():
        told = [action for _heading, actions in groups() for action in actions]
        words = [word for _heading, actions in groups() for word in actions.values()]
    assert sorted(told) == sorted(MAY)
    assert len(set(words)) == len(words)


def test_admins_and_auditors_read_the_table(bank: Bank) -> None:
    for who in ("admin", "auditor"):
        page = visit(bank, who).open("/staff/roles")
        assert page.status_code == 200
        assert page.text.count('<span class="unseen">可以</span>') == sum(
            len(roles) for roles in MAY.values()
        )
    for who in ("supervisor", "worker", "li"):
        assert visit(bank, who).open("/staff/roles").status_code == 403
