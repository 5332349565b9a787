"""Generated residents: names, phones and addresses that belong to nobody."""

from random import Random
from typing import Any

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "桂兰淑珍玉英秀云凤霞国强建华志明永福德顺春梅文斌丽萍永安素琴振海月娥长河"
_RELATIONS = ("儿子", "女儿", "弟弟", "邻居", "监护人")


def person(random: Random) -> str:
    """Return a name of two or three characters."""
    return random.choice(_SURNAMES) + "".join(
        random.choice(_GIVEN) for _place in range(random.choice((1, 2, 2, 2)))
    )


def resident(random: Random, number: int) -> dict[str, Any]:
    """Return a resident; `number` makes the phone their own, in a range that no volunteer has."""
    made: dict[str, Any] = {
        "name": person(random),
        "household_no": f"{random.randint(1, 40)}-{random.randint(1, 6)}-{number}",
        "address": f"{random.randint(1, 40)}号楼{random.randint(101, 702)}室",
    }
    if random.random() < 0.85:
        made["phone"] = f"199{number:08d}"
    return made


def requester(random: Random, number: int) -> dict[str, Any]:
    """Return somebody who speaks for a resident who cannot."""
    return {
        "name": person(random),
        "phone": f"198{number:08d}",
        "relation": random.choice(_RELATIONS),
    }
