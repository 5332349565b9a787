"""What a barcode is: pure functions."""


def is_ean13(text: str) -> bool:
    """Say whether a text is a maker's barcode: thirteen digits of which the last checks the others
    (GS1: the digits weigh 1 and 3 in turn, and all together make a multiple of ten)."""
    if len(text) != 13 or not (text.isascii() and text.isdigit()):
        return False
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(text)) % 10 == 0
