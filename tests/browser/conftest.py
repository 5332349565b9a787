"""A served bank and real browser windows."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.cast import Bank, bank

__all__ = ["bank"]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}

OpenWindow = Callable[..., Page]


class Quiet(WSGIRequestHandler):
    """Serves without a line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@pytest.fixture
def served(bank: Bank) -> Iterator[str]:
    """The bank with its cast, served on a port of this machine; its address."""
    server = make_server("127.0.0.1", 0, bank.app, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def windows(browser: Browser, served: str) -> Iterator[OpenWindow]:
    """Opens windows of their own, `phone` or desk sized, with or without `scripts`.

    None of them may have a script error, a blocked resource, a request to another host, or a page
    wider than its window.
    """
    faults: list[str] = []
    contexts = []

    def listen(page: Page) -> None:
        def said(message: ConsoleMessage) -> None:
            # A refusal's own status is no fault of the page, nor is a line that a test cut.
            expected = ("the server responded with", "net::ERR_FAILED", "net::ERR_CONNECTION",
                        "net::ERR_EMPTY_RESPONSE", "net::ERR_SOCKET_NOT_CONNECTED")  # fmt: skip
            if message.type == "error" and not any(one in message.text for one in expected):
                faults.append(message.text)

        page.on("console", said)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda sent: (
                None
                if sent.url.startswith((served, "data:", "blob:"))
                else faults.append(f"asked {sent.url}")
            ),
        )

    def open_window(*, phone: bool = False, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=served,
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            has_touch=phone,
            locale="zh-CN",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        listen(page)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def window(browser: Browser, served: str) -> Iterator[OpenWindow]:
    """Opens windows of the one browser; see `windows`."""
    with windows(browser, served) as open_window:
        yield open_window


@pytest.fixture
def filmed(
    launch_browser: Callable[..., Browser], browser_type_launch_args: dict[str, Any], served: str
) -> Iterator[Callable[[Path], OpenWindow]]:
    """Opens windows of a browser whose camera sees a film (.mjpeg), over and over."""
    with ExitStack() as stack:

        def look_at(film: Path) -> OpenWindow:
            arguments = [
                *browser_type_launch_args.get("args", []),
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={film}",
            ]
            browser = launch_browser(args=arguments)
            stack.callback(browser.close)
            return stack.enter_context(windows(browser, served))

        yield look_at
