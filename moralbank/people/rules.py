"""Names as the public sees them, account numbers, card codes: pure functions."""

import re
import unicodedata

from moralbank.core.spelling import seen

_COMPOUND_SURNAMES = frozenset(
    (
        "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 "
        "皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 "
        "子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 "
        "段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五 "
    ).split()
)

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Upper case without 0, O, 1, I and L: short in a QR code, safe to read aloud."""
CODE_RANDOM = 11
CODE_CHECK = 5
CODE_LENGTH = CODE_RANDOM + CODE_CHECK
MAX_WRONG_PINS = 5
"""As many wrong PINs lock a card."""
SHORTEST_ENDING = 2


def spaced(code: str) -> str:
    """Return a card's code in groups of four, as a person reads it."""
    return " ".join(code[place : place + 4] for place in range(0, len(code), 4))


def spelled_name(name: str) -> str:
    """Return what a name is compared by, however it was written: 王 芳 is 王芳, WANG Fang is
    wangfang."""
    return seen(name).casefold()


def masked_name(name: str) -> str:
    """Return a name as the public sees it: 张*三, 张*, 欧阳*梅; never the whole of it."""
    name = name.strip()
    if len(name) <= 1:
        return "*"
    if name.isascii():
        return " ".join(f"{word[0]}*" for word in name.split())
    kept = surname_length(name)
    given = name[kept:]
    if len(given) == 1:
        return f"{name[:kept]}*"
    return f"{name[:kept]}{'*' * (len(given) - 1)}{given[-1]}"


def surname_length(name: str) -> int:
    """Return how many characters of a name are its surname: two of 欧阳梅, one of 张三 and 欧阳."""
    return 2 if name[:2] in _COMPOUND_SURNAMES and len(name) > 2 else 1


def masked_phone(phone: str) -> str:
    """Return a phone as it may be shown: 138****1234."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "****"


def account_no(number: int) -> str:
    """Return the account number for a running number: seven digits and a Luhn check digit."""
    digits = f"{number:07d}"
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{digits}{-total % 10}"


def endings(numbers: list[str]) -> dict[str, str]:
    """Return the shortest endings, two digits at least, that tell account numbers of one length
    apart; of one number alone none."""
    if len(numbers) < 2:
        return {}
    long = next(
        many
        for many in range(SHORTEST_ENDING, len(numbers[0]) + 1)
        if len({number[-many:] for number in numbers}) == len(numbers)
    )
    return {number: number[-long:] for number in numbers}


def spell(raw: bytes, length: int) -> str:
    """Spell a number given as bytes in the card's alphabet, `length` characters long."""
    value = int.from_bytes(raw)
    letters = []
    for _place in range(length):
        value, letter = divmod(value, len(CODE_ALPHABET))
        letters.append(CODE_ALPHABET[letter])
    return "".join(letters)


def normal_code(typed: str) -> str | None:
    """Return a typed or scanned card code in its one form, or None when it cannot be one."""
    # A keyboard that was left in Chinese types wide letters.
    code = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", typed[:64])).upper()
    if len(code) != CODE_LENGTH or any(letter not in CODE_ALPHABET for letter in code):
        return None
    return code
