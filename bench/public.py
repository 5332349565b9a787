"""I: the public's pages in a small bank and in a large one, drawn anew and kept."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial

from bench.clients import PROCESSES, THREADS, Crew, Round, alternate, middle, milliseconds
from bench.databases import Places, app_on
from bench.filling import MONTHS, Size, filled
from bench.profiles import profile_calls
from bench.report import Finding, Options
from bench.web import answer, served

SMALL = Size(1_500, a_community=150)
LARGE = Size(1_000_000, a_community=1_000)
SIZES = {"small": SMALL, "large": LARGE}


def _pages(size: Size) -> dict[str, str]:
    """Return the pages that are measured, and where they are: of the notices one that is over,
    and one to which one may object, with the form for it, which is each visitor's own."""
    latest = (MONTHS - 1) * size.communities
    return {
        "the home page": "/",
        "a notice page": f"/notices/n{latest - 1:015}",
        "a notice page with its form": f"/notices/n{latest:015}",
    }


@dataclass(frozen=True)
class Visit:
    """One page, again and again on one connection, as a browser that was never here."""

    port: int
    path: str

    @contextmanager
    def client(self, number: int) -> Iterator[Callable[[], object]]:
        """Come to the page."""
        asked = f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode()
        with closing(socket.create_connection(("127.0.0.1", self.port))) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield lambda: answer(connection, asked, b"200")


def measure(places: Places, options: Options) -> Iterator[Finding]:
    """I: two banks under gunicorn; each page drawn anew by one client, and kept for eight."""
    uris = {name: filled(places, size) for name, size in SIZES.items()}
    yield from _anew(uris, options)
    yield from _kept(uris, options)


def _bank(uri: str, seconds: int | None = None) -> dict[str, str]:
    """Return the environment of a bank that keeps pages for so long, as it does by itself."""
    kept = {} if seconds is None else {"MORALBANK_PAGE_SECONDS": str(seconds)}
    return {"MORALBANK_SQLALCHEMY_DATABASE_URI": uri, **kept}


# One process for one client: each counts its own totals, and must be asked to keep them fresh.
ALONE = {"WEB_CONCURRENCY": "1"}


def _anew(uris: dict[str, str], options: Options) -> Iterator[Finding]:
    with ExitStack() as stack:
        ports = {
            name: stack.enter_context(served("wsgi:app", _bank(uri, seconds=0) | ALONE))
            for name, uri in uris.items()
        }
        turns, first = {}, {}
        for name, size in SIZES.items():
            for page, path in _pages(size).items():
                first[name, page] = _first(Visit(ports[name], path))
                crew = Crew(Visit(ports[name], path), processes=1, threads=1)
                turns[f"{page}, {name}"] = partial(
                    stack.enter_context(crew).round, max(1.0, options.seconds / 2)
                )
        done = alternate(turns, options.rounds)
    for page in _pages(LARGE):
        found = _compared(f"{page} drawn anew, one client", page, done)
        found.more["the first one after a start, ms"] = first["large", page] * 1000
        found.more["its slowest hundredth, ms"] = milliseconds(done[f"{page}, large"], 99)
        if not found.met:
            found.profile = _profile(uris["large"], _pages(LARGE)[page])
        yield found


def _first(visit: Visit) -> float:
    """Return how long the first visit after a start takes, in seconds."""
    with visit.client(0) as once:
        began = time.perf_counter()
        once()
        return time.perf_counter() - began


def _compared(name: str, page: str, done: dict[str, list[Round]]) -> Finding:
    small, large = (milliseconds(done[f"{page}, {bank}"], 50) for bank in SIZES)
    return Finding(
        "I", f"{name}, {LARGE.accounts:,} accounts", large / small,
        f"p50 {large / small:.2f} × that at {SMALL.accounts:,} ({large:.2f} ms)",
        f"within 1.5 × that at {SMALL.accounts:,}", large <= 1.5 * small,
        [one.percentile(50) * 1000 for one in done[f"{page}, large"]], "ms",
    )  # fmt: skip


def _kept(uris: dict[str, str], options: Options) -> Iterator[Finding]:
    clients = f"{PROCESSES * THREADS} clients"
    with ExitStack() as stack:
        ports = {
            name: stack.enter_context(served("wsgi:app", _bank(uri))) for name, uri in uris.items()
        }
        bare = stack.enter_context(served("bench.hello:app", {}))
        visits, sizes = {"hello": Visit(bare, "/")}, {}
        for name, size in SIZES.items():
            for page, path in _pages(size).items():
                visits[f"{page}, {name}"] = Visit(ports[name], path)
        for page, path in _pages(LARGE).items():
            with Visit(ports["large"], path).client(0) as once:
                sizes[page] = len(once())  # type: ignore[arg-type]
            visits[f"as long as {page}"] = Visit(bare, f"/{sizes[page]}")
        turns = {
            name: partial(stack.enter_context(Crew(visit)).round, max(1.0, options.seconds / 2))
            for name, visit in visits.items()
        }
        done = alternate(turns, options.rounds)
    hello = middle(done["hello"])
    for page in _pages(LARGE):
        found = Finding.ratio(
            "I", f"{page} kept, {clients}, {LARGE.accounts:,} accounts", done[f"{page}, large"],
            hello, "a bare Flask hello", at_least=0.5, unit="pages/s",
        )  # fmt: skip
        found.more["the bare hello, requests/s"] = hello
        found.more["the page's size, bytes"] = sizes[page]
        found.more["a bare Flask answer of that size: × hello"] = (
            middle(done[f"as long as {page}"]) / hello
        )
        yield found
        yield _compared(f"{page} kept, {clients}", page, done)


def _profile(uri: str, path: str) -> str:
    """Profile one client alone, inside the application, without a server around it."""
    app = app_on(uri)
    app.config["PAGE_SECONDS"] = 0
    client = app.test_client(use_cookies=False)
    return profile_calls(lambda: client.get(path), warm=3)
