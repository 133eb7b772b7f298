"""Draws docs/browser-server.png and docs/browser-alone.png: mien's page, its camera playing the drawn face.

python docs/draw_browser.py     (needs Chromium, playwright, the extra [server], and `make web`)
"""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from pathlib import Path

import cv2
from playwright.sync_api import Playwright, sync_playwright

from mien import load_models
from mien.demo_face import DemoFace
from mien.server import ServerOptions, address, create_app, listen, server_of

SECONDS = 14
SHOTS = (("browser-server.png", "server", "light"), ("browser-alone.png", "browser", "dark"))
"""File, who analyses, colours of the page."""


def main() -> None:
    """Serve on a free port, show the page in both ways, take a picture of each."""
    options = ServerOptions()
    with listen("127.0.0.1", 0) as listener, tempfile.TemporaryDirectory() as folder:
        server = server_of(create_app(load_models(), options), options)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        clip = Path(folder) / "demo.mjpeg"
        clip.write_bytes(
            b"".join(cv2.imencode(".jpg", frame.image)[1].tobytes() for frame in DemoFace(fps=30))
        )
        try:
            with sync_playwright() as driver:
                for name, way, scheme in SHOTS:
                    shoot(driver, clip, address(listener), way, scheme, Path(__file__).with_name(name))
        finally:
            server.should_exit = True
            thread.join()


def shoot(driver: Playwright, clip: Path, url: str, way: str, scheme: str, file: Path) -> None:
    """One picture of the page after some seconds; in the dark one it shows where the model looks."""
    fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    browser = driver.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox", *fake, f"--use-file-for-fake-video-capture={clip}"],
    )
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1180, "height": 900})
    page.goto(url)
    page.locator(f"input[value={way}]:enabled").check()
    page.click("#start")
    page.locator(".card").first.wait_for()
    if scheme == "dark":
        page.keyboard.press("e")
    page.wait_for_timeout(1000 * SECONDS)
    # Not in the middle of a change.
    page.locator(".card-word", has_text=re.compile(r"(happy|surprise) (9\d|100)%")).wait_for()
    page.evaluate("document.querySelector('#camera').replaceChildren(new Option('Camera 1'))")
    page.screenshot(path=file)
    browser.close()


if __name__ == "__main__":
    main()
