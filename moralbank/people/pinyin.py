"""How people type a name without its characters: in pinyin, or by its initials."""

import os
import re
from itertools import islice, product

from moralbank.core.spelling import seen
from moralbank.people.rules import surname_length

READINGS = 3
"""So many readings of one character are taken, the usual ones first."""
MOST = 12
"""So many readings of a name; with every rare one some would have hundreds."""
_TYPED = re.compile("[a-z]+")


def typed_as(name: str) -> set[str]:
    """Return what a name is found by, in lower case without tones or spaces: all of it, its
    initials, and what comes after the surname: 欧阳秀梅 by ouyangxiumei, oyxm and xiumei.

    A character of several readings counts in each, for nobody knows from a list how 单长乐 is
    called: shan or dan, chang or zhang, le or yue. ü is v, as it is typed, and yu, as passports
    have it. Empty for a name that has no pinyin.
    """
    plain = seen(name)
    after = surname_length(plain)
    # The surname's readings come first, where they have to be cut.
    backwards = [_readings(character) for character in reversed(plain)]
    found: set[str] = set()
    for chosen in islice(product(*backwards), MOST):
        read = chosen[::-1]
        found |= {"".join(read), "".join(one[:1] for one in read), "".join(read[after:])}
    return {one for one in found if one}


def wanted(typed: str) -> str | None:
    """Return what somebody typed into a search as `typed_as` has it; None where it is no pinyin."""
    plain = seen(typed).lower().replace("ü", "v").replace("'", "").replace("’", "")
    return plain if _TYPED.fullmatch(plain) else None


def _readings(character: str) -> list[str]:
    """Return a character's readings; a letter is its own, and a sign has an empty one."""
    if character.isascii():
        return [character.lower() if character.isalpha() else ""]
    # Without its dictionary of phrases, which is of no use for names, the library is four times
    # smaller; it is loaded when the first name is read.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    import pypinyin

    [found] = pypinyin.pinyin(
        character, heteronym=True, style=pypinyin.Style.NORMAL, errors="ignore"
    ) or [[]]
    readings = [one for one in found[:READINGS] if _TYPED.fullmatch(one)]
    passport = [one.replace("v", "yu") for one in readings if one in ("lv", "nv")]
    return [*readings, *passport] or [""]
