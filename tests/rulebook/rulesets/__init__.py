"""Rule sets as documents: what communities published, and every kind of rule there is."""

from pathlib import Path

from moralbank.rulebook.documents import Rulebook, parse_yaml
from moralbank.rulebook.schemas import checked_document

FOLDER = Path(__file__).parent
NAMES = sorted(file.stem for file in FOLDER.glob("*.yaml"))


def text(name: str) -> str:
    """The document as it is written."""
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def read(name: str) -> Rulebook:
    """The document as values."""
    return Rulebook.from_document(checked_document(parse_yaml(text(name))))
