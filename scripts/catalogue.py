"""Bring the English catalogue to what the code says: `make catalogue`.

Takes every text in gettext out of `moralbank/` and `templates/`, puts those that are new into
messages.po with nothing beside them and drops those that are gone, then compiles messages.mo.
Says what still needs its English; fill that in and run it again.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "moralbank" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")
SOURCES = [("moralbank/**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None}
WIDTH = 100


def in_the_code() -> Catalog:
    """Return the texts that the code has, with the files they stand in."""
    found = Catalog(charset="utf-8")
    for file, _line, text, _comments, context in extract_from_dir(
        ROOT, SOURCES, keywords=KEYWORDS, directory_filter=_ours
    ):
        found.add(text, locations=[(file, 1)], context=context)
    return found


def _ours(folder: str | Path) -> bool:
    inside = Path(folder).relative_to(ROOT).parts
    return not inside or inside[0] in ("moralbank", "templates")


def written() -> Catalog:
    """Return the catalogue as it is written."""
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def brought_up_to_date(catalogue: Catalog) -> Catalog:
    """Return a catalogue with exactly the texts of the code; it keeps its own date, so that the
    file changes only where a text does."""
    code = in_the_code()
    code.creation_date = catalogue.creation_date
    catalogue.update(code, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def text_of(catalogue: Catalog) -> bytes:
    """Return what stands in messages.po."""
    file = BytesIO()
    write_po(file, catalogue, width=WIDTH, sort_by_file=True, include_lineno=False)
    return file.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """Return what stands in messages.mo."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def untranslated(catalogue: Catalog) -> list[Message]:
    """Return the texts without an English of their own."""
    return [one for one in catalogue if one.id and (not one.string or one.fuzzy)]


def main() -> int:
    """Bring both files up to date; return 1 when English is missing."""
    catalogue = brought_up_to_date(written())
    PO.write_bytes(text_of(catalogue))
    MO.write_bytes(compiled(catalogue))
    missing = untranslated(catalogue)
    for one in missing:
        print(f"{one.locations[0][0]}: {one.id}")
    print(f"{len(catalogue)} texts, {len(missing)} without English.")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
