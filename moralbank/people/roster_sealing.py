"""A roster on its way from the dry run to the opening: it travels in the form, sealed.

What was looked over is what is opened, and nothing of it lies about on the server in between: the
page that shows the dry run carries the texts of the file, encrypted for the one who sent it. A file
that is never opened is gone with the page.
"""

import base64
import json
import zlib
from collections.abc import Sequence

from flask_babel import gettext as _

from moralbank.core import keys
from moralbank.core.problems import invalid_field
from moralbank.people.roster import UnreadableRoster
from moralbank.people.spreadsheet import Sheet

ROSTER = "roster"
"""The purpose under which a roster is sealed."""
MOST = 700_000
"""How many characters a sealed roster has at most: with room to spare below what a form may."""


def seal_roster(sheets: Sequence[Sheet], *, sender: str, community_id: str) -> str:
    """Return a community's roster as text that its sender alone can send back, and nobody can read
    or change. Raises UnreadableRoster when it is too large for a form."""
    packed = [[one.name, one.hidden, [_trimmed(row) for row in one.rows], one.merges]
              for one in sheets]  # fmt: skip
    plain = json.dumps([sender, community_id, packed], ensure_ascii=False).encode()
    sealed = keys.encrypt_bytes(ROSTER, zlib.compress(plain))
    text = base64.urlsafe_b64encode(sealed).decode()
    if len(text) > MOST:
        raise UnreadableRoster(_("名册太大：请只留人员的表，或者分成几份。"))
    return text


def open_seal(text: str, *, sender: str) -> tuple[str, tuple[Sheet, ...]]:
    """Return the community's id and the roster that `seal_roster` was given. Refuses 422, naming
    `sealed`, when it is not whole or was somebody else's."""
    try:
        plain = zlib.decompress(keys.decrypt_bytes(ROSTER, base64.urlsafe_b64decode(text)))
    except ValueError:  # no base64 either
        raise _stale() from None
    sent_by, community_id, packed = json.loads(plain)
    if sent_by != sender:
        raise _stale()
    return community_id, tuple(
        Sheet(name, hidden, _whole(rows), tuple((a, b, c, d) for a, b, c, d in merges))
        for name, hidden, rows, merges in packed
    )


def _stale() -> Exception:
    return invalid_field("sealed", _("这一页不能用了，请把文件重新上传。"))


def _trimmed(row: Sequence[str]) -> list[str]:
    """Leave out the blank cells at the end of a row."""
    used = max((place for place, cell in enumerate(row, start=1) if cell), default=0)
    return list(row[:used])


def _whole(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    width = max(map(len, rows), default=0)
    return tuple((*row, *[""] * (width - len(row))) for row in rows)
