"""The page for those who hear it, or see it less well, in a real Chromium whose camera plays a drawn face."""

from __future__ import annotations

import re

import cv2
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("playwright.sync_api")

from browsing import PATIENCE_MS, choose, chromium, deserted, driving, needs_library, shows, visit, write_clip
from playwright.sync_api import expect
from serving import serving

from mien.drawn import POSES, draw_face
from mien.types import Emotion

pytestmark = pytest.mark.browser

LISTEN = """(selector) => {
  const region = document.querySelector(selector);
  globalThis.heard = [];
  const hear = () => region.textContent && heard.push(region.textContent);
  new MutationObserver(hear).observe(region, { childList: true, characterData: true, subtree: true });
}"""

COLOUR_BY_NAME = """() => {
  const style = (selector) => getComputedStyle(document.querySelector(selector));
  document.querySelector("#open").focus();
  return {
    focus: style("#open").outlineColor,
    page: style("body").backgroundColor,
    card: style("#help-dialog").backgroundColor,
    stage: style("#stage").backgroundColor,
    end: style(".bar-fill").boxShadow,
    track: style(".bar-track").backgroundColor,
  };
}"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    happy = draw_face(POSES[Emotion.HAPPY])
    clip = write_clip(tmp_path_factory.mktemp("clip") / "happy.mjpeg", [happy] * 10)
    with driving() as driver, chromium(driver, clip) as browser:
        yield browser


def test_the_keyboards_focus_stays_with_what_the_camera_does(browser, url):
    with visit(browser, url) as page:
        page.focus("#start")
        for now in ("stop", "start", "stop"):
            page.keyboard.press("Enter")
            expect(page.locator(f"#{now}")).to_be_focused()


def test_the_answer_to_each_photo_is_read_out(browser, url, tmp_path):
    cv2.imwrite(str(tmp_path / "sad.png"), draw_face(POSES[Emotion.SAD]))
    with visit(browser, url) as page:
        page.click("#start")
        expect(page.locator("#live")).to_have_text("Person 1: happy")
        page.evaluate(LISTEN, "#live")
        for times in (1, 2):
            page.set_input_files("#file", tmp_path / "sad.png")
            page.wait_for_function("(times) => heard.length === times", arg=times, timeout=5000)
        assert page.evaluate("heard") == ["Person 1: sad"] * 2


def test_what_counts_is_not_read_out_again_and_again(browser, url):
    needs_library()
    with visit(browser, url) as page:
        choose(page, "server")
        page.evaluate(LISTEN, "[role=alert]")
        page.click("#start")
        shows(page, "happy")
        page.keyboard.press("n")
        for seconds in ("[45]", "[123]"):
            expect(page.locator("#notice")).to_have_text(re.compile(f"Rest your face: {seconds} s"))
        choose(page, "browser")
        expect(page.locator("#way-note")).to_contain_text("Runs on", timeout=PATIENCE_MS)
        assert page.evaluate("heard") == ["Rest your face:", "Loading the models:"]


def test_a_server_that_is_gone_is_told_of_once(models, browser):
    listen = lambda page: page.evaluate(LISTEN, "[role=alert]")  # noqa: E731
    with deserted(serving(models), browser, listen) as (page, _):
        expect(page.locator("#notice")).to_contain_text("Next try in 4 s", timeout=PATIENCE_MS)
        assert page.evaluate("heard") == ["The server does not answer."]


def contrast(one, other):
    """Of two colours of style sheets, which begin with red, green and blue: 1 to 21 (WCAG 2)."""
    lights = sorted(luminance(list(map(int, re.findall(r"\d+", colour)[:3]))) for colour in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(rgb):
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_has_the_focus_and_where_a_bar_ends_can_be_seen(browser, url, scheme):
    with visit(browser, url, color_scheme=scheme) as page:
        page.click("#start")
        shows(page, "happy")
        page.keyboard.press("Tab")
        colours = page.evaluate(COLOUR_BY_NAME)
    for ground in ("page", "card", "stage"):
        assert contrast(colours["focus"], colours[ground]) >= 3
    assert contrast(colours["end"], colours["track"]) >= 3
