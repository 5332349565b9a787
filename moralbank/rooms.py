"""The rooms, from the book up to the desk: what each brings to the house."""

from moralbank.certificates.api import room as certificates_api
from moralbank.certificates.pages import room as certificates_pages
from moralbank.core.look import room as look_pages
from moralbank.core.pages import PageRoom
from moralbank.demo.commands import demo as demo_commands
from moralbank.desk.pages import room as desk_pages
from moralbank.events.api import room as events_api
from moralbank.events.asks_api import room as asks_api
from moralbank.events.checking_api import room as checking_api
from moralbank.events.commands import events as events_commands
from moralbank.events.commands import flags as flags_commands
from moralbank.events.conduct_api import room as conduct_api
from moralbank.events.own_pages import room as own_pages
from moralbank.events.pages import room as events_pages
from moralbank.events.rulebook_commands import rulebook as rulebook_commands
from moralbank.events.slips_api import room as slips_api
from moralbank.honours.api import room as honours_api
from moralbank.ledger.api import room as ledger_api
from moralbank.ledger.commands import ledger as ledger_commands
from moralbank.market.api import room as market_api
from moralbank.market.books.api import room as books_api
from moralbank.market.closing_pages import room as closings_pages
from moralbank.market.commands import reservations as reservations_commands
from moralbank.market.errand_pages import room as market_pages
from moralbank.market.flight_pages import room as flight_pages
from moralbank.market.relief.api import room as relief_api
from moralbank.market.reservations_api import room as reservations_api
from moralbank.market.shelf.api import room as shelf_api
from moralbank.market.shelf.pages import room as shelf_pages
from moralbank.notices.api import room as notices_api
from moralbank.notices.closing_pages import room as closing_pages
from moralbank.notices.commands import notices as notices_commands
from moralbank.notices.data_pages import room as data_pages
from moralbank.notices.home_pages import room as home_pages
from moralbank.notices.pages import room as notices_pages
from moralbank.notices.place_pages import room as place_pages
from moralbank.notices.pool_pages import room as pool_pages
from moralbank.organizations.api import room as organizations_api
from moralbank.people.account_pages import room as account_pages
from moralbank.people.api import room as people_api
from moralbank.people.commands import points as points_commands
from moralbank.people.commands import staff as staff_commands
from moralbank.people.commands import volunteers as volunteers_commands
from moralbank.people.delegates_api import room as delegates_api
from moralbank.people.pages import room as people_pages
from moralbank.people.photos_api import room as photos_api
from moralbank.people.tokens import authenticate
from moralbank.rulebook.api import room as rulebook_api
from moralbank.rulebook.pages import room as rulebook_pages
from moralbank.upkeep.commands import backup as backup_command
from moralbank.upkeep.commands import restore as restore_command
from moralbank.upkeep.commands import scheduled as scheduled_commands

API_ROOMS = [
    people_api,
    delegates_api,
    photos_api,
    events_api,
    conduct_api,
    checking_api,
    asks_api,
    slips_api,
    honours_api,
    certificates_api,
    market_api,
    reservations_api,
    relief_api,
    shelf_api,
    books_api,
    notices_api,
    organizations_api,
    rulebook_api,
    ledger_api,
]
PAGE_ROOMS: list[PageRoom] = [
    look_pages,
    people_pages,
    account_pages,
    events_pages,
    own_pages,
    certificates_pages,
    desk_pages,
    market_pages,
    closings_pages,
    flight_pages,
    shelf_pages,
    home_pages,
    notices_pages,
    rulebook_pages,
    closing_pages,
    place_pages,
    pool_pages,
    data_pages,
]
COMMANDS = [
    backup_command,
    demo_commands,
    events_commands,
    flags_commands,
    ledger_commands,
    notices_commands,
    points_commands,
    reservations_commands,
    restore_command,
    rulebook_commands,
    scheduled_commands,
    volunteers_commands,
    staff_commands,
]

__all__ = ["API_ROOMS", "COMMANDS", "PAGE_ROOMS", "authenticate"]
