"""What the tests of the page share: Chromium with a camera that plays a clip, and node."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path

import cv2
import pytest

import mien

ROOT = Path(mien.__file__).parents[2]
STATIC = Path(mien.__file__).parent / "server" / "static"
WEB = ROOT / "web"
PATIENCE_MS = 60_000
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def needs_library():
    """Skip where the page's library is not installed: `make web`."""
    if not (STATIC / "vendor" / "ort.wasm.min.mjs").is_file():
        pytest.skip("no ONNX Runtime Web: make web")


def write_clip(path, images):
    """Motion JPEG that Chromium plays as a camera, over and over."""
    path.write_bytes(b"".join(cv2.imencode(".jpg", image, [1, 95])[1].tobytes() for image in images))
    return path


@contextmanager
def driving():
    """Playwright's driver: one at a time in a process; skips where it or Chromium is missing."""
    if CHROMIUM is None:
        pytest.skip("no Chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        yield driver


@contextmanager
def chromium(driver, clip=None, *, allowed=True):
    """A Chromium without a window.

    clip: what its camera plays, None for no camera at all. allowed: whether pages are given the camera.
    """
    flags = ["--no-sandbox"]
    if clip is not None:
        flags += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={clip}"]
    flags.append("--use-fake-ui-for-media-stream" if allowed else "--deny-permission-prompts")
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def visit(browser, url, **context):
    """A page of its own; fails on any error of its scripts or of the security policy."""
    context = browser.new_context(**context)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    troubles = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Security Policy" in said.text else None)
    page.goto(url)
    try:
        yield page
    finally:
        context.close()
    assert not troubles


def choose(page, way):
    """Have the server or the browser analyse, once that can be chosen."""
    page.locator(f"input[value={way}]:enabled").check()


def shows(page, emotion):
    """Wait until the card of the only person says so."""
    page.locator(".card:not(.is-gone) .card-word", has_text=re.compile(emotion)).wait_for()


@contextmanager
def deserted(server, browser, before_it_goes=lambda page: None):
    """A page that read the camera's happy face by a server that is gone now, and that server's address.

    server: the context of one that runs. before_it_goes: is given the page while it still does.
    """
    with ExitStack() as visits:
        with server as url:
            page = visits.enter_context(visit(browser, url))
            choose(page, "server")
            page.click("#start")
            shows(page, "happy")
            before_it_goes(page)
        yield page, url


def node(*arguments, text=""):
    """What node writes; skips where there is none."""
    if shutil.which("node") is None:
        pytest.skip("no node")
    done = subprocess.run(["node", *arguments], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
