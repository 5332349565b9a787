"""The staff's forms for what goods look like."""

import hashlib
from typing import Any

from flask import request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.fields import Schema
from moralbank.core.pages import Form
from moralbank.core.pictures import LARGEST_FORM
from moralbank.desk.pages.room import go, room
from moralbank.desk.pages.shops import goods_page
from moralbank.market.shelf import pictures


@room.page("/staff/goods/<goods_id>/picture", action="goods.change", method="POST",
           largest=LARGEST_FORM)  # fmt: skip
def shop_picture(actor: Actor, goods_id: str) -> Any:
    """Show another picture of goods."""
    form = Form(Schema())
    sent = request.files.get("picture")
    upload = sent.read() if sent else b""
    # The same form with another picture is something else that is asked for.
    form.typed["picture"] = hashlib.sha256(upload).hexdigest()

    def work() -> str:
        return pictures.show_picture(actor, goods_id, upload=upload)

    if form.submit(actor, work) is None:
        return goods_page(actor, goods_id, form, "picture")
    return go(_("照片放上去了。"), "shop_goods", goods_id=goods_id)


@room.page("/staff/goods/<goods_id>/picture/drop", action="goods.change", method="POST")
def shop_picture_drop(actor: Actor, goods_id: str) -> Any:
    """Take the picture of goods away."""
    pictures.drop_picture(actor, goods_id)
    return go(_("照片拿掉了。"), "shop_goods", goods_id=goods_id)
