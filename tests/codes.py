"""Reading codes back from pictures, as a camera does."""

from __future__ import annotations

from typing import Any

import zxingcpp


def qr_codes(picture: Any) -> list[zxingcpp.Barcode]:
    """Return the QR codes of a picture. A piece of one can look like a Micro QR code, once in some
    thousands; the bank makes none of those."""
    kinds = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCodeModel2])
    return zxingcpp.read_barcodes(picture, formats=kinds)
