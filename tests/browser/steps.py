"""What people do at a page, in the words that they see."""

from io import BytesIO

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.cast import PASSWORD, Bank, Member
from tests.codes import qr_codes

WIDER = "document.documentElement.scrollWidth - window.innerWidth"


def fits(page: Page) -> None:
    """The page is no wider than its window."""
    assert page.evaluate(WIDER) <= 0, page.url


def sign_in_as_staff(page: Page, username: str = "worker") -> None:
    """Sign in with name and password."""
    page.goto("/sign-in")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("口令").fill(PASSWORD)
    page.get_by_role("button", name="进工作台").click()
    expect(page.get_by_role("heading", name="工作台")).to_be_visible()


def sign_in_with_card(page: Page, member: Member) -> None:
    """Sign in with card and PIN, the code typed as it is printed: in groups of four."""
    page.goto("/sign-in")
    groups = [member.code[place : place + 4] for place in range(0, len(member.code), 4)]
    page.get_by_label("卡号").fill(" ".join(groups).lower())
    page.get_by_label("密码").fill(member.pin)
    page.get_by_role("button", name="看我的存折").click()
    expect(page.get_by_text(member.account_no)).to_be_visible()


def read_qr(picture: Locator) -> str:
    """Read a QR code off the screen, as a scanner does."""
    shot = Image.open(BytesIO(picture.screenshot())).convert("L")
    [found] = qr_codes(shot.resize((shot.width * 2, shot.height * 2)))
    text: str = found.text
    return text


def errand_done(bank: Bank, *, resident: bool = True) -> str:
    """An errand that 李秋兰 did, ready to be rated; the path of its rating page."""
    body: dict[str, object] = {"service_item": "home.shopping", "community_id": bank.community_id}
    if resident:
        body["resident"] = {"name": "周桂花", "phone": "13700000001"}
    taken = bank.as_("worker").post("/service-events", body).json
    answer = bank.as_("worker").post(
        f"/service-events/{taken['id']}/completion",
        {
            "participants": [{"volunteer_id": bank.li.id, "minutes": 90}],
            "performed_at": "2026-07-01T09:30:00+08:00",
        },
    )
    assert answer.status_code == 200, answer.text
    path: str = taken["rating_path"]
    return path
