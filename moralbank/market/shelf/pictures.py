"""Pictures of goods, shown to anybody."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import delete, insert, select

from moralbank.core import audit
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pictures import small
from moralbank.core.policy import within
from moralbank.core.problems import not_found
from moralbank.core.transaction import operation, query
from moralbank.market.shelf.models import Goods, GoodsPicture
from moralbank.organizations.operations import path_of


def address_of(digest: str) -> str:
    """Return where a picture is, by its digest."""
    return f"/pictures/{digest}.jpg"


def pictures_of(goods_ids: Iterable[str]) -> dict[str, str]:
    """Return where the pictures of goods are, by the goods' id; those without are left out."""
    rows = session().execute(
        select(GoodsPicture.goods_id, GoodsPicture.digest).where(
            GoodsPicture.goods_id.in_(list(goods_ids))
        )
    )
    return {row.goods_id: address_of(row.digest) for row in rows}


@operation("goods.change")
def show_picture(actor: Actor, goods_id: str, *, upload: bytes) -> str:
    """Give goods a picture instead of the one they had; return where it is. Refuses 404, 422."""
    row = _held(actor, goods_id)
    content = small(upload, field="picture")
    digest = hashlib.sha256(content).hexdigest()
    session().execute(delete(GoodsPicture).where(GoodsPicture.goods_id == row.id))
    session().execute(
        insert(GoodsPicture), {"goods_id": row.id, "digest": digest, "content": content}
    )
    audit.record(
        actor, "goods.picture", subject_type="goods", subject_id=row.id, digest=digest
    )  # fmt: skip
    return address_of(digest)


@operation("goods.change")
def drop_picture(actor: Actor, goods_id: str) -> None:
    """Take the picture of goods away; without one nothing happens. Refuses 404."""
    row = _held(actor, goods_id)
    session().execute(delete(GoodsPicture).where(GoodsPicture.goods_id == row.id))
    audit.record(actor, "goods.picture", subject_type="goods", subject_id=row.id, digest=None)


def _held(actor: Actor, goods_id: str) -> Goods:
    # Held, so that of two pictures that come at once the later one stays.
    row = session().get(Goods, goods_id, with_for_update=True)
    if row is None:
        raise not_found()
    within(actor, path_of(row.supermarket_id))
    return row


@query("public.read")
def picture(actor: Actor, digest: str) -> bytes:
    """Return a picture, a JPEG, by its digest. Refuses 404."""
    content = session().scalar(
        select(GoodsPicture.content).where(GoodsPicture.digest == digest).limit(1)
    )
    if content is None:
        raise not_found()
    return content
