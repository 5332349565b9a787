"""Numbers that people read aloud: one row per series, raised in the caller's transaction."""

from sqlalchemy import update
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Model, insert_unless_there, session


class Counter(Model):
    """The last number given out of a series."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


def take(name: str, count: int = 1) -> int:
    """Take `count` numbers of the series `name` and return the first of them; the first ever is 1.

    Holds the series' row until the transaction ends.
    """
    session().execute(insert_unless_there(Counter, {"name": name, "value": 0}))
    last = (
        session()
        .execute(
            update(Counter)
            .where(Counter.name == name)
            .values(value=Counter.value + count)
            .returning(Counter.value)
            .execution_options(synchronize_session=False)
        )
        .scalar_one()
    )
    return last - count + 1
