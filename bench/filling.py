"""A bank of so many accounts as it is after half a year, written straight into PostgreSQL.

Everything is of one size whatever the bank's: what one volunteer did, a community's notice, a
shop's shelf. There are more of them. Names are generated; nothing is encrypted that the public's
pages do not read.
"""

import json
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from bench.databases import Places, app_on
from bench.transfers import driver_address
from moralbank.core import clock, keys, periods
from moralbank.honours.rules import Work
from moralbank.rulebook.operations import in_force

MONTHS = 6
NOTICE_LINES = 100
COMMUNITIES_A_STREET = 10
STATIONS_A_COMMUNITY = 2
COMMUNITIES_A_SHOP = 5
GOODS_A_SHOP = 20
REDEEMS = 3
"""Of so many volunteers one bought something."""


@dataclass(frozen=True)
class Size:
    """How many accounts, and how many of them belong to one community."""

    accounts: int
    a_community: int

    @property
    def communities(self) -> int:
        """How many communities that makes."""
        return self.accounts // self.a_community


def filled(places: Places, size: Size) -> str:
    """Return the URI of a bank of this size, at rest."""
    uri = places.bank("postgresql")
    fill(uri, size)
    places.settle(uri)
    return uri


def fill(uri: str, size: Size) -> None:
    """Fill a migrated, empty database on PostgreSQL."""
    with app_on(uri).app_context():
        values = _values(size)
    with psycopg.connect(driver_address(uri)) as connection:
        # What is written here agrees; checking each row's references would take most of the time.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute("SET work_mem = '512MB'")
        for statement in _STATEMENTS:
            connection.execute(statement, values)


def _values(size: Size) -> dict[str, object]:
    today = clock.today()
    months = [periods.parse(f"{today:%Y-%m}")]
    while len(months) <= MONTHS:
        before = months[-1].first - timedelta(days=1)
        months.append(periods.parse(f"{before:%Y-%m}"))
    quarter = months[1].first
    work = Work(minutes=600, points=12_000, merit=0, events=8, ratings=8, rating_stars=38)
    return {
        "accounts": size.accounts,
        "communities": size.communities,
        "a_community": size.a_community,
        "a_street": COMMUNITIES_A_STREET,
        "stations": STATIONS_A_COMMUNITY,
        "a_shop": COMMUNITIES_A_SHOP,
        "goods": GOODS_A_SHOP,
        "redeems": REDEEMS,
        "lines": NOTICE_LINES,
        "items": [item.code for item in in_force(today).items.values()],
        # What is done now and here is later than all of it.
        "end": clock.now() - timedelta(days=2),
        "minutes": MONTHS * 30 * 24 * 60,
        "phone": keys.encrypt("phone", "13900000000"),
        "months": [month.name for month in reversed(months[1:])],
        "posted_on": [month.last + timedelta(days=3) for month in reversed(months[1:])],
        "open_until": today + timedelta(days=5),
        "quarter": f"{quarter:%Y}Q{(quarter.month + 2) // 3}",
        "first": quarter.replace(month=(quarter.month - 1) // 3 * 3 + 1, day=1),
        "last": months[1].last,
        "work": json.dumps(work.to_json()),
    }


_STATEMENTS = [
    # The tree: a district, its streets, their communities, and in those stations and shops.
    """
    CREATE FUNCTION pg_temp.id(letter text, n bigint) RETURNS text IMMUTABLE LANGUAGE sql
        AS $$ SELECT letter || lpad(n::text, 15, '0') $$
    """,
    """
    INSERT INTO organizations (id, name, level, path, created_at)
    VALUES (pg_temp.id('d', 0), '新安区', 'district', '/' || pg_temp.id('d', 0) || '/', %(end)s)
    """,
    """
    INSERT INTO organizations (id, name, level, parent_id, path, created_at)
    SELECT pg_temp.id('s', n), '第' || n + 1 || '街道', 'street', above.id,
        above.path || pg_temp.id('s', n) || '/', %(end)s
    FROM generate_series(0, (%(communities)s - 1) / %(a_street)s) AS n, organizations AS above
    """,
    """
    INSERT INTO organizations (id, name, level, parent_id, path, created_at)
    SELECT pg_temp.id('c', n), '第' || n + 1 || '社区', 'community', above.id,
        above.path || pg_temp.id('c', n) || '/', %(end)s
    FROM generate_series(0, %(communities)s - 1) AS n
    JOIN organizations AS above ON above.id = pg_temp.id('s', n / %(a_street)s)
    """,
    """
    INSERT INTO organizations (id, name, level, parent_id, path, station_kind, hours, created_at)
    SELECT pg_temp.id('a', n), '第' || n + 1 || '代办站', 'station', above.id,
        above.path || pg_temp.id('a', n) || '/', 'barber', '每天9:00—18:00', %(end)s
    FROM generate_series(0, %(communities)s * %(stations)s - 1) AS n
    JOIN organizations AS above ON above.id = pg_temp.id('c', n / %(stations)s)
    """,
    """
    INSERT INTO organizations (id, name, level, parent_id, path, hours, created_at)
    SELECT pg_temp.id('m', n), '第' || n + 1 || '爱心超市', 'supermarket', above.id,
        above.path || pg_temp.id('m', n) || '/', '每天9:00—18:00', %(end)s
    FROM generate_series(0, (%(communities)s - 1) / %(a_shop)s) AS n
    JOIN organizations AS above ON above.id = pg_temp.id('c', n * %(a_shop)s)
    """,
    """
    INSERT INTO terminals (id, supermarket_id, name, created_at)
    SELECT 't' || substr(id, 2), id, '收银台', %(end)s FROM organizations
    WHERE level = 'supermarket'
    """,
    """
    INSERT INTO goods (
        id, supermarket_id, sku, name, unit, price, stock, version, limit_period, active, created_at
    )
    SELECT 'g' || substr(shop.id, 4) || lpad(n::text, 2, '0'), shop.id, 'G-' || n,
        '生活用品' || n + 1, '件', 500, 40 * (n %% 7), 1, 'month', true, %(end)s
    FROM organizations AS shop, generate_series(0, %(goods)s - 1) AS n
    WHERE shop.level = 'supermarket'
    """,
    # The people. Three of four agree to be named.
    """
    INSERT INTO volunteers (
        id, account_no, name, phone, phone_seal, community_id, station_id, party_member,
        affiliation, publish_consent, status, opened_at
    )
    SELECT pg_temp.id('v', n), lpad((n + 1)::text, 9, '0'),
        substr('赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜', 1 + n %% 32, 1)
        || substr('桂兰淑珍玉英秀云凤霞国强建华志明永福德顺', 1 + n / 32 %% 20, 1)
        || substr('春梅文斌丽萍安素琴振海月娥长河', 1 + n / 640 %% 15, 1),
        %(phone)s, 'seal:' || n, pg_temp.id('c', n / %(a_community)s),
        pg_temp.id('a', n / %(a_community)s * %(stations)s + n %% %(stations)s),
        false, 'resident', n %% 4 > 0, 'active',
        %(end)s - make_interval(mins => %(minutes)s)
    FROM generate_series(0, %(accounts)s - 1) AS n
    """,
    """
    INSERT INTO cards (
        id, volunteer_id, code, code_seal, pin_seal, status, wrong_pins, issued_at
    )
    SELECT 'k' || substr(id, 2), id, '', 'seal:' || id, '', 'active', 0, opened_at FROM volunteers
    WHERE substr(id, 2)::bigint %% %(redeems)s = 0
    """,
    # An errand for each; every other one was done by two.
    """
    INSERT INTO service_events (
        id, service_item, rulebook_version, community_id, status, requested_by, created_at,
        performed_at, wrong_codes, came_by
    )
    SELECT pg_temp.id('e', n),
        (%(items)s::text[])[1 + n %% cardinality(%(items)s::text[])], 1,
        pg_temp.id('c', n / %(a_community)s), 'awarded', 'staff:bench', at - interval '1 day', at,
        0, 'phone'
    FROM generate_series(0, %(accounts)s - 1) AS n,
        LATERAL (
            SELECT %(end)s::timestamptz
                - make_interval(mins => (1 + n::bigint * 7919 %% %(minutes)s)::int) AS at
        ) AS done
    """,
    """
    INSERT INTO participants (event_id, volunteer_id, minutes, claimed_at)
    SELECT event.id, pg_temp.id('v', n - n %% %(a_community)s + (n + other) %% %(a_community)s),
        30 + 30 * (n %% 4), event.created_at
    FROM service_events AS event, LATERAL (SELECT substr(event.id, 2)::bigint AS n) AS number,
        generate_series(0, n %% 2) AS other
    """,
    """
    INSERT INTO ratings (event_id, place, stars, channel, entered_by, address, rated_at)
    SELECT id, 1, 5 - (substr(id, 2)::bigint %% 13 = 0)::int, 'code', '', '', performed_at
    FROM service_events
    """,
    """
    INSERT INTO awards (
        event_id, volunteer_id, points, merit, minutes, stars, rulebook_version, explanation,
        status, performed_at, awarded_at
    )
    SELECT event.id, did.volunteer_id, did.minutes * 1000 / 60, 0, did.minutes, 5, 1,
        '[{"text": "每小时 10 分", "values": {}}]', 'awarded', performed_at, performed_at
    FROM service_events AS event JOIN participants AS did ON did.event_id = event.id
    """,
    # The book: what was awarded, and what was bought an hour after the last award.
    """
    INSERT INTO accounts (holder, asset, wallet, balance, held, version, floor, moved_at)
    SELECT 'volunteer:' || id, asset, true, 0, 0, 0, 0, opened_at
    FROM volunteers, unnest(ARRAY['points', 'merit', 'minutes']) AS asset
    UNION ALL
    SELECT holder, 'points', false, 0, 0, 0, 0, %(end)s FROM (
        SELECT 'issuance' AS holder
        UNION ALL SELECT 'supermarket:' || id FROM organizations WHERE level = 'supermarket'
    ) AS system
    """,
    """
    CREATE TEMPORARY TABLE moves AS
    SELECT *, sum(change) OVER mine AS balance, row_number() OVER mine AS version
    FROM (
        SELECT volunteer_id, 'award:' || event_id || ':' || volunteer_id AS key,
            points AS change, performed_at AS at, event_id AS source, '' AS shop
        FROM awards
        UNION ALL
        SELECT volunteer_id, 'redemption:r' || substr(volunteer_id, 2), -500,
            max(performed_at) + interval '1 hour', 'r' || substr(volunteer_id, 2),
            pg_temp.id('m', substr(volunteer_id, 2)::bigint / %(a_community)s / %(a_shop)s)
        FROM awards WHERE substr(volunteer_id, 2)::bigint %% %(redeems)s = 0 GROUP BY volunteer_id
    ) AS made
    WINDOW mine AS (PARTITION BY volunteer_id ORDER BY at, key)
    """,
    """
    INSERT INTO transfers (
        key, journal, kind, asset, payer_id, payee_id, amount, posted_at, effective_at, reason,
        source_type, source_id, rulebook_version, payer_balance, payer_version, payee_balance,
        payee_version
    )
    SELECT key, source, 'award', 'points', issuance.id, purse.id, change, at AS posted_at, at,
        '代办服务',
        'service_event', source, 1, NULL, NULL, moves.balance, moves.version
    FROM moves
    JOIN accounts AS purse ON purse.holder = 'volunteer:' || volunteer_id
        AND purse.asset = 'points'
    JOIN accounts AS issuance ON issuance.holder = 'issuance' AND issuance.asset = 'points'
    WHERE change > 0
    UNION ALL
    SELECT key, source, 'redemption', 'points', purse.id, shop.id, -change, at, at, '爱心超市兑换',
        'redemption', source, 1, moves.balance, moves.version, NULL, NULL
    FROM moves
    JOIN accounts AS purse ON purse.holder = 'volunteer:' || volunteer_id
        AND purse.asset = 'points'
    JOIN accounts AS shop ON shop.holder = 'supermarket:' || moves.shop AND shop.asset = 'points'
    WHERE change < 0
    ORDER BY posted_at, key
    """,
    """
    UPDATE accounts SET balance = last.balance, version = last.version, moved_at = last.at
    FROM (
        SELECT DISTINCT ON (volunteer_id) * FROM moves ORDER BY volunteer_id, version DESC
    ) AS last
    WHERE holder = 'volunteer:' || volunteer_id AND asset = 'points'
    """,
    """
    INSERT INTO redemptions (
        id, receipt_no, supermarket_id, supermarket, terminal_id, volunteer_id, card_id,
        display_name, points, balance_after, rulebook_version, transfer_id, status, occurred_at
    )
    SELECT source, 'R' || substr(source, 2), shop, organizations.name, 't' || substr(shop, 2),
        volunteer_id, 'k' || substr(volunteer_id, 2), '志愿者', -change, balance, 1, transfers.id,
        'completed', at
    FROM moves JOIN transfers USING (key) JOIN organizations ON organizations.id = shop
    WHERE change < 0
    """,
    """
    INSERT INTO redemption_lines (
        redemption_id, line_no, goods_id, name, unit, price, quantity, points
    )
    SELECT id, 1, 'g' || substr(supermarket_id, 4) || '00', '生活用品1', '件', 500, 1, 500
    FROM redemptions
    """,
    # The stars of the last quarter, by street: three of ten have some.
    """
    INSERT INTO star_rounds (
        id, subject, period, period_kind, starts_on, ends_on, organization_id, status,
        rulebook_version, computed_at, computed_by, published_at, published_by
    )
    SELECT 'q' || substr(id, 2), 'volunteer', %(quarter)s, 'quarter', %(first)s, %(last)s, id,
        'published', 1, %(end)s, 'staff:bench', %(end)s, 'staff:bench'
    FROM organizations WHERE level = 'street'
    """,
    """
    INSERT INTO star_results (round_id, place, subject_id, stars, rank, measures, explanation)
    SELECT 'q' || substr(street, 2), place, id,
        CASE WHEN part > 0.30 THEN 0 WHEN part > 0.15 THEN 1 WHEN part > 0.08 THEN 2
            WHEN part > 0.03 THEN 3 WHEN part > 0.01 THEN 4 ELSE 5 END,
        place, %(work)s, '[{"text": "服务时长", "values": {}}]'
    FROM (
        SELECT volunteers.id, home.parent_id AS street,
            row_number() OVER streets AS place, percent_rank() OVER streets AS part
        FROM volunteers JOIN organizations AS home ON home.id = community_id
        WINDOW streets AS (PARTITION BY home.parent_id ORDER BY md5(volunteers.id))
    ) AS ranked
    """,
    # Each community's notice of each month; one may still object to the last.
    """
    INSERT INTO notices (
        id, kind, organization_id, period, status, subjects, drafted_by, drafted_at, number,
        organization, posted_by, posted_on, objection_days, objection_until, weekends_only,
        authority, phone, address, digest, closed_at
    )
    SELECT pg_temp.id('n', number), 'points', place.id, months.name,
        CASE WHEN latest THEN 'posted' ELSE 'closed' END, 'volunteer', 'staff:bench',
        posted_on, number + 1, place.name, 'staff:bench', posted_on, 5,
        CASE WHEN latest THEN %(open_until)s ELSE posted_on + 7 END, false,
        place.name || '居民委员会', '0400-1234567', '长河路1号', repeat(md5(number::text), 2),
        CASE WHEN latest THEN NULL ELSE posted_on + 8 END
    FROM unnest(%(months)s::text[], %(posted_on)s::date[])
        WITH ORDINALITY AS months (name, posted_on, place),
        organizations AS place,
        LATERAL (
            SELECT (months.place - 1) * %(communities)s + substr(place.id, 2)::bigint AS number,
                months.place = cardinality(%(months)s::text[]) AS latest
        ) AS made
    WHERE place.level = 'community'
    """,
    """
    INSERT INTO notice_lines (notice_id, line_no, subject_id, alias, figures)
    SELECT notices.id, n + 1,
        pg_temp.id('v', substr(organization_id, 2)::bigint * %(a_community)s + n),
        '志愿者 甲' || lpad(n::text, 3, '0'),
        jsonb_build_object('points', 8000 - 50 * n, 'minutes', 480 - 3 * n, 'service_events', 4)
    FROM notices, generate_series(0, %(lines)s - 1) AS n
    """,
]
