"""Pictures of goods: taken in, made small and the same size, shown to anybody."""

import hashlib
import struct
from collections.abc import Iterable
from io import BytesIO

from flask_babel import gettext as _
from PIL import Image, ImageOps
from sqlalchemy import delete, insert, select

from moralbank.core import audit
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.policy import within
from moralbank.core.problems import Refusal, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.market.shelf.models import Goods, GoodsPicture
from moralbank.organizations.operations import path_of

SIDE = 320
"""How wide and high every picture is, in pixels."""
MOST_BYTES = 8_000_000
"""The most that a picture may have when it comes: what telephones make, and no more."""
MOST_PIXELS = 50_000_000
"""The most points of a picture that is taken apart: a small file can claim to be a huge one."""
_FORMATS = ("JPEG", "PNG", "WEBP")
# What Pillow raises for a file that is broken, or is not what it says.
_BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError,
)  # fmt: skip


def small(upload: bytes) -> bytes:
    """Return a picture as a JPEG of SIDE by SIDE pixels, whole, upright and on white.

    It is drawn anew, so nothing of what a camera wrote into the file (place, time, telephone) comes
    along. Refuses 422 naming `picture` for what is none, is broken or is too large.
    """
    if not upload:
        raise _refused(_("请先选一张照片。"))
    if len(upload) > MOST_BYTES:
        raise _refused(_("照片太大，请换一张小于 8 MB 的。"))
    try:
        with Image.open(BytesIO(upload), formats=_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _refused(_("照片太大，请换一张小一点的。"))
            image.draft("RGB", (SIDE * 2, SIDE * 2))
            upright = ImageOps.exif_transpose(image)
            clear = upright.has_transparency_data
            fitted = ImageOps.contain(upright.convert("RGBA" if clear else "RGB"), (SIDE, SIDE))
    except _BROKEN as error:
        raise _refused(_("这个文件打不开。请换一张 JPG、PNG 或 WebP 照片。")) from error
    drawn = Image.new("RGB", (SIDE, SIDE), "white")
    corner = ((SIDE - fitted.width) // 2, (SIDE - fitted.height) // 2)
    drawn.paste(fitted, corner, fitted if clear else None)
    made = BytesIO()
    drawn.save(made, "JPEG", quality=82, optimize=True)
    return made.getvalue()


def _refused(words: str) -> Refusal:
    return invalid_field("picture", words)


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
    content = small(upload)
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
