"""The shared cast on a fixed day, errands that were awarded, and certificates of them."""

from __future__ import annotations

from typing import Any

import pytest
from pypdfium2 import PdfDocument

from tests.cast import Answer, Bank, bank
from tests.codes import qr_codes
from tests.honours.conftest import Diary, diary, today

__all__ = ["Desk", "Diary", "Paper", "bank", "desk", "diary", "today"]


class Paper:
    """A certificate's PDF, as somebody reads it who has it in their hands."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.pages = PdfDocument(content)

    @property
    def text(self) -> str:
        """All that is written on it, line breaks left out."""
        texts = [page.get_textpage().get_text_bounded() for page in self.pages]
        return "".join("".join(texts).split())

    @property
    def link(self) -> str:
        """Where its code leads, as a camera reads it."""
        last = self.pages[len(self.pages) - 1]
        [code] = qr_codes(last.render(scale=3, grayscale=True).to_pil())
        return str(code.text)

    @property
    def ink_in_the_seal(self) -> int:
        """How many dots in the room for the seal are darker than its faint outline and word."""
        last = self.pages[len(self.pages) - 1].render(scale=1, grayscale=True).to_pil()
        dark: int = sum(last.crop((422, 617, 502, 697)).histogram()[:100])
        return dark


class Desk:
    """Issues certificates and prints them."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank

    def ask(self, who: str, volunteer_id: str | None = None, **body: Any) -> Answer:
        """Ask for a certificate of 李秋兰, unless another is named."""
        sent = {"kind": "service_record", **body}
        path = f"/volunteers/{volunteer_id or self.bank.li.id}/certificates"
        return self.bank.as_(who).post(path, sent)

    def issue(self, who: str = "worker", volunteer_id: str | None = None, **body: Any) -> Any:
        """Issue one."""
        answer = self.ask(who, volunteer_id, **body)
        assert answer.status_code == 201, answer.text
        return answer.json

    def paper(self, number: str, who: str = "worker") -> Paper:
        """Print one."""
        with self.bank.app.test_client() as client:
            headers = {"Authorization": f"Bearer {self.bank.tokens[who]}"}
            got = client.get(f"/api/v1/certificates/{number}.pdf", headers=headers)
        assert (got.status_code, got.mimetype) == (200, "application/pdf"), got.text
        return Paper(got.data)

    def stars(self, period: str = "2026Q3") -> str:
        """Compute and publish a round of the street's volunteers; return its id."""
        supervisor = self.bank.as_("supervisor")
        asked = {"subject": "volunteer", "period": period, "organization_id": self.bank.street_id}
        made = supervisor.post("/star-rounds", asked)
        assert made.status_code == 201, made.text
        number: str = made.json["id"]
        published = supervisor.post(f"/star-rounds/{number}/publication")
        assert published.status_code == 200, published.text
        return number


@pytest.fixture
def desk(bank: Bank) -> Desk:
    """The desk where certificates are issued."""
    return Desk(bank)
