"""A real browser that reaches nothing but this machine, and folders served to it.

Playwright's loop runs in this thread while a browser is open, and a second one cannot be opened beside it:
ask for it in a fixture of module scope.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

PROGRAM = "chromium"
LOOPBACK = "127.0.0.1"
#: no other name or address is ever looked up, whoever asks for it
ALONE = f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {LOOPBACK}"
#: milliseconds that anything in a page may take
PATIENCE = 15_000


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The system's Chromium, without a window, cut off from everything but loopback."""
    with sync_playwright() as playwright:
        program = shutil.which(PROGRAM)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", ALONE])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, known: Mapping[str, str] | None = None, **context: Any) -> Iterator[Page]:
    """A page in a browser context of its own, made with ``context``.

    It fails in the end where it asked for anything beyond loopback, or told the console of an error in whose text
    no key of ``known`` stands. The values of ``known`` are the reasons.
    """
    told: list[str] = []
    with ExitStack() as stack:
        opened = browser.new_context(**context)
        stack.callback(opened.close)
        opened.set_default_timeout(PATIENCE)
        _listen(opened, told)
        yield opened.new_page()
    unknown = [line for line in told if not any(part in line for part in known or ())]
    if unknown:
        raise AssertionError("\n".join(unknown))


def _listen(context: BrowserContext, told: list[str]) -> None:
    """Write down every request beyond loopback and every error of the pages in ``context``."""

    def asked(request: Request) -> None:
        if not is_near(request.url):
            told.append(f"asked for {request.url}")

    def logged(line: ConsoleMessage) -> None:
        if line.type == "error":
            told.append(f"console: {line.text}")

    context.on("request", asked)
    context.on("console", logged)
    context.on("weberror", lambda thrown: told.append(f"thrown: {thrown.error}"))


def is_near(url: str) -> bool:
    """Whether asking for ``url`` leaves this machine alone."""
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname == LOOPBACK


class _Files(SimpleHTTPRequestHandler):
    """Serves a folder and keeps quiet about it."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: a test's output is its own."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the files of ``folder`` on a free port of loopback; the base URL, without a slash at its end."""
    with ThreadingHTTPServer((LOOPBACK, 0), partial(_Files, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
