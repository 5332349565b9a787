"""A whole district's roster becomes accounts; and the commands that make accounts and staff."""

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from moralbank import ledger
from moralbank.core.actor import Actor, system
from moralbank.core.audit import AuditEntry
from moralbank.core.db import session
from moralbank.core.problems import Refusal
from moralbank.organizations import operations as organizations
from moralbank.organizations.models import Organization
from moralbank.people.importing import ImportReport, import_roster
from moralbank.people.models import Volunteer
from moralbank.people.roster import UnreadableRoster
from moralbank.people.volunteers import NewAccount, open_accounts

DATA = Path(__file__).parents[1] / "data"
REAL = DATA / "roster.xlsx"
EXPECTED: dict[str, int] = json.loads((DATA / "roster.expected.json").read_text())
HEADER = ["姓名", "联系电话", "街道", "社区", "代办站"]


def make_district() -> str:
    return organizations.create(system("test"), name="新安区", level="district").id


def sheet_of(*rows: list[str], header: list[str] = HEADER, name: str = "名册") -> io.BytesIO:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet(name)
    for number, row in enumerate([header, *rows]):
        sheet.write_row(number, 0, row)
    book.close()
    out.seek(0)
    return out


def bring_in(district_id: str, source: Path | io.BytesIO, **more: Any) -> ImportReport:
    return import_roster(system("test"), source, district_id=district_id, **more)


def count(model: Any, *conditions: Any) -> int:
    return session().scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def nodes(level: str) -> dict[str, str | None]:
    rows = session().execute(
        select(Organization.name, Organization.parent_id).where(Organization.level == level)
    )
    return {row.name: row.parent_id for row in rows}


def test_the_real_roster_opens_every_good_account_once(app: Flask) -> None:
    with app.app_context():
        district = make_district()
        tried = bring_in(district, REAL, dry_run=True)
        assert count(Volunteer) == 0
        assert count(Organization) == 1

        done = bring_in(district, REAL)
        assert tried == done
        assert (done.rows, done.created) == (EXPECTED["rows"], EXPECTED["good"])
        codes = Counter(line.code for line in done.rejected)
        assert codes == {
            code: EXPECTED[code]
            for code in ("duplicate_phone", "missing_phone", "bad_phone", "missing_name")
        }
        assert count(Volunteer) == EXPECTED["good"]
        assert count(Organization, Organization.level == "community") == EXPECTED["communities"]
        assert count(Organization, Organization.level == "station") == EXPECTED["stations"]
        assert count(Volunteer, Volunteer.publish_consent) == 0
        assert ledger.verify().sound
        assert count(AuditEntry, AuditEntry.action == "volunteers.import") == 1

        again = bring_in(district, REAL)
        assert (again.rows, again.created) == (EXPECTED["rows"], 0)
        assert len(again.rejected) == EXPECTED["rows"]
        assert count(Volunteer) == EXPECTED["good"]
        assert count(Organization, Organization.level == "station") == EXPECTED["stations"]


def test_places_are_found_by_their_name_under_their_parent(app: Flask) -> None:
    with app.app_context():
        district = make_district()
        actor = system("test")
        street = organizations.create(actor, name="长河", level="street", parent_id=district)
        known = organizations.create(actor, name="梧桐", level="community", parent_id=street.id)
        report = bring_in(
            district,
            sheet_of(
                ["孙一", "13900000011", "长河街道办事处", "梧桐社区", "红梅理发店代办站"],
                ["孙二", "13900000012", "长河街道", " 梧 桐 ", "红梅理发店代办站"],
                ["孙三", "13900000013", "东风街道", "梧桐社区", ""],
            ),
        )
        assert report.created == 3
        assert set(nodes("street")) == {"长河", "东风街道"}
        assert count(Organization, Organization.level == "community") == 2
        assert nodes("station") == {"红梅理发店代办站": known.id}
        kind = session().scalar(
            select(Organization.station_kind).where(Organization.level == "station")
        )
        assert kind == "barber"


def test_a_community_without_its_street_is_the_one_of_that_name_or_the_district_s(
    app: Flask,
) -> None:
    with app.app_context():
        district = make_district()
        bring_in(
            district,
            sheet_of(
                ["孙一", "13900000011", "", "梧桐社区", ""],
                ["孙二", "13900000012", "长河街道", "梧桐社区", ""],
                ["孙三", "13900000013", "", "槐荫社区", ""],
            ),
        )
        communities = nodes("community")
        assert set(communities) == {"梧桐社区", "槐荫社区"}
        assert communities["槐荫社区"] == district
        assert communities["梧桐社区"] == next(
            number
            for number, name in session().execute(select(Organization.id, Organization.name))
            if name == "长河街道"
        )


def test_a_phone_that_has_an_account_is_rejected_in_the_order_of_the_file(app: Flask) -> None:
    with app.app_context():
        district = make_district()
        bring_in(district, sheet_of(["孙一", "13900000011", "长河街道", "梧桐社区", ""]))
        report = bring_in(
            district,
            sheet_of(
                ["孙零", "13900000010", "长河街道", "梧桐社区", ""],
                ["孙一", "139 0000 0011", "长河街道", "梧桐社区", ""],
                ["", "13900000012", "长河街道", "梧桐社区", ""],
            ),
        )
        assert (report.rows, report.created) == (3, 1)
        assert [(line.row, line.code) for line in report.rejected] == [
            (3, "duplicate_phone"),
            (4, "missing_name"),
        ]
        assert "139****0011" in report.rejected[0].detail


def test_only_a_supervisor_of_the_district_may_import(app: Flask) -> None:
    with app.app_context():
        district = make_district()
        other = organizations.create(system("test"), name="别的区", level="district")

        def attempt(role: str, scope: str, place: str = district) -> str:
            actor = Actor(kind="staff", id="x", role=role, scope=scope)
            with pytest.raises(Refusal) as refused:
                import_roster(actor, sheet_of(), district_id=place)
            return refused.value.code

        assert attempt("worker", "") == "forbidden"
        assert attempt("volunteer", "") == "forbidden"
        assert attempt("supervisor", other.path) == "not_found"
        street = organizations.create(
            system("test"), name="长河街道", level="street", parent_id=district
        )
        assert attempt("supervisor", "", street.id) == "not_found"


def test_a_failure_half_way_leaves_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_after_opening(accounts: list[NewAccount]) -> list[str]:
        open_accounts(accounts)
        raise RuntimeError("the power failed")

    with app.app_context():
        district = make_district()
        monkeypatch.setattr("moralbank.people.importing.open_accounts", fail_after_opening)
        with pytest.raises(RuntimeError):
            bring_in(district, sheet_of(["孙一", "13900000011", "长河街道", "梧桐社区", ""]))
        assert count(Volunteer) == 0
        assert count(Organization) == 1


def test_a_file_that_is_no_roster_changes_nothing(app: Flask) -> None:
    with app.app_context():
        district = make_district()
        with pytest.raises(UnreadableRoster):
            bring_in(district, io.BytesIO(b"not a spreadsheet"))
        assert count(Organization) == 1


# --- the commands ---------------------------------------------------------------------------------


@pytest.fixture
def district(app: Flask) -> str:
    with app.app_context():
        return make_district()


def run(runner: FlaskCliRunner, *words: str, **more: Any) -> Result:
    return runner.invoke(args=list(words), **more)


def test_the_import_command_prints_the_report_alone(
    runner: FlaskCliRunner, app: Flask, district: str, tmp_path: Path
) -> None:
    file = tmp_path / "名册.xlsx"
    file.write_bytes(
        sheet_of(
            ["孙一", "13900000011", "长河街道", "梧桐社区", ""],
            ["孙二", "1390000", "长河街道", "梧桐社区", ""],
        ).getvalue()
    )
    words = ("volunteers", "import", str(file), "--organization", district, "--report", "json")
    tried = run(runner, *words, "--dry-run")
    done = run(runner, *words)
    assert (tried.exit_code, done.exit_code) == (0, 0)
    assert tried.stdout == done.stdout
    report = json.loads(done.stdout)
    assert set(report) == {"rows", "created", "rejected"}
    assert (report["rows"], report["created"]) == (2, 1)
    [line] = report["rejected"]
    assert set(line) == {"sheet", "row", "code", "detail"}
    assert (line["sheet"], line["row"], line["code"]) == ("名册", 3, "bad_phone")
    assert done.stderr == ""

    summary = run(runner, *words[:-2])
    assert "退回 2 行" in summary.stdout
    with app.app_context():
        assert count(Volunteer) == 1


@pytest.mark.parametrize("which", ["no file", "no spreadsheet", "no district", "a street"])
def test_what_cannot_be_imported_gets_one_clear_line(
    runner: FlaskCliRunner, app: Flask, district: str, tmp_path: Path, which: str
) -> None:
    file, place = tmp_path / "a.xlsx", district
    if which != "no file":
        file.write_bytes(b"PK" if which == "no spreadsheet" else sheet_of().getvalue())
    if which == "no district":
        place = "nowhere"
    if which == "a street":
        with app.app_context():
            place = organizations.create(
                system("test"), name="长河街道", level="street", parent_id=district
            ).id
    done = run(
        runner, "volunteers", "import", str(file), "--organization", place, "--report", "json"
    )
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def sign_in(app: Flask, username: str, password: str) -> int:
    with app.test_client() as client:
        answer = client.post("/api/v1/tokens", json={"username": username, "password": password})
        return answer.status_code


def test_staff_are_made_with_a_password_from_the_environment_or_a_prompt(
    runner: FlaskCliRunner, app: Flask, district: str
) -> None:
    made = run(
        runner, "staff", "create", "--username", "Chen", "--role", "worker",
        "--organization", district, env={"MORALBANK_STAFF_PASSWORD": "1234567890"},
    )  # fmt: skip
    assert made.exit_code == 0, made.stderr
    assert sign_in(app, "chen", "1234567890") == 201

    asked = run(
        runner, "staff", "create", "--username", "wu", "--role", "admin",
        input="ten letters\nten letters\n",
    )  # fmt: skip
    assert asked.exit_code == 0, asked.stderr
    assert "ten letters" not in asked.output
    assert sign_in(app, "wu", "ten letters") == 201


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (["--username", "chen"], "123456789", "10"),
        (["--username", "chen", "--organization", "nowhere"], "1234567890", "没有找到"),
        (["--username", "taken"], "1234567890", "已被使用"),
        (["--username", "TAKEN"], "1234567890", "已被使用"),
        (["--username", "长" * 61], "1234567890", "username"),
    ],
)
def test_staff_that_cannot_be_made_get_one_clear_line(
    runner: FlaskCliRunner, words: list[str], password: str, said: str
) -> None:
    fixed = ["staff", "create", "--role", "worker"]
    first = run(
        runner, *fixed, "--username", "taken", env={"MORALBANK_STAFF_PASSWORD": "1234567890"}
    )
    assert first.exit_code == 0
    refused = run(runner, *fixed, *words, env={"MORALBANK_STAFF_PASSWORD": password})
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert len(refused.stderr.strip().splitlines()) == 1
    assert said in refused.stderr
