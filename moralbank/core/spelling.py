"""What a reader sees of a text: two that look alike are one, whatever they are made of."""

import ipaddress
import re
import unicodedata

MOBILE = re.compile(r"1[3-9][0-9]{9}")
"""A mobile number of mainland China, as its digits stand."""
_BLANKS = "\u115f\u1160\u2800"
"""Drawn as nothing, though letters by their category: Hangul fillers, an empty Braille cell."""


def seen(text: str) -> str:
    """Return a text without what cannot be seen of it (spaces, marks, controls), each letter in its
    plain width and form, capitals kept."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text))
    return "".join(
        letter
        for letter in plain
        if unicodedata.category(letter)[0] not in "CZM" and letter not in _BLANKS
    )


def network_of(address: str) -> str:
    """Return the network that an address belongs to: an IPv4 address is its own, of IPv6 the first
    64 bits count, for a telephone changes the rest at will. What is none is itself."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, 64), strict=False))
