"""The page when something is the matter, in a real Chromium whose camera plays the drawn face."""

from __future__ import annotations

from contextlib import ExitStack

import cv2
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("playwright.sync_api")

from browsing import (
    PATIENCE_MS,
    STATIC,
    choose,
    chromium,
    deserted,
    driving,
    needs_library,
    shows,
    visit,
    write_clip,
)
from playwright.sync_api import expect
from serving import serving

from mien import load_models
from mien.drawn import POSES, draw_face
from mien.server import options as server_options
from mien.types import Emotion

pytestmark = pytest.mark.browser

TOKEN = "correct-horse-battery"
HAPPY = draw_face(POSES[Emotion.HAPPY])
REMEMBER_TRACKS = """() => {
  const { mediaDevices } = navigator;
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  globalThis.tracks = [];
  mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    tracks.push(...stream.getTracks());
    return stream;
  };
}"""
PHONE = """() => {
  globalThis.phone = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const context = phone.getContext("2d");
  setInterval(() => context.fillRect(0, 0, 9, 9), 40);
  navigator.mediaDevices.getUserMedia = async () => phone.captureStream(25);
}"""
DECODE_SLOWLY = """() => {
  const decode = createImageBitmap;
  globalThis.createImageBitmap = async (source) => {
    const bitmap = await decode(source);
    if (source.name === "slow.png") await new Promise((resolve) => setTimeout(resolve, 500));
    return bitmap;
  };
}"""
IS_DRAWN_OVER = """() => {
  const { width, height } = document.querySelector("#overlay");
  const { data } = document.querySelector("#overlay").getContext("2d").getImageData(0, 0, width, height);
  return data.some((value) => value > 0);
}"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    clip = write_clip(tmp_path_factory.mktemp("clip") / "happy.mjpeg", [HAPPY] * 10)
    with driving() as driver, chromium(driver, clip) as browser:
        yield browser


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photo") / "sad.png"
    cv2.imwrite(str(path), draw_face(POSES[Emotion.SAD]))
    return path


def port_of(url):
    return int(url.rpartition(":")[2])


def test_a_double_click_leaves_no_camera_on(browser, url):
    with visit(browser, url) as page:
        page.evaluate(REMEMBER_TRACKS)
        page.dblclick("#start")
        shows(page, "happy")
        page.click("#stop")
        assert page.evaluate("tracks.map(({ readyState }) => readyState)") == ["ended", "ended"]


def test_boxes_follow_a_phone_that_is_turned(browser, url):
    with visit(browser, url) as page:
        page.evaluate(PHONE)
        page.click("#start")
        expect(page.locator("#stop")).to_be_enabled()
        page.evaluate("Object.assign(phone, { width: 480, height: 640 })")
        expect(page.locator("#stage")).to_have_attribute("style", "--shape: 0.75;")


def test_over_plain_http_from_elsewhere_the_server_analyses(models, browser):
    with (
        serving(models, token=TOKEN) as url,
        # Another name of this machine, which to Chromium is a stranger's.
        visit(browser, f"http://0.0.0.0:{port_of(url)}/#token={TOKEN}") as page,
    ):
        expect(page.locator("#way-note")).to_contain_text("over https")
        assert page.is_checked("input[value=server]")
        assert page.is_disabled("input[value=browser]")


def test_a_detector_that_the_browser_cannot_run_leaves_the_server(browser):
    with serving(load_models("haar")) as url, visit(browser, url) as page:
        expect(page.locator("#way-note")).to_contain_text("the detector haar runs on the server only")
        assert page.is_checked("input[value=server]")
        assert page.is_disabled("input[value=browser]")


def test_why_the_models_are_missing_is_told_until_they_are_there(browser, url):
    needs_library()
    with visit(browser, url) as page:
        page.route("**/v1/model/*.onnx*", lambda route: route.abort())
        choose(page, "browser")
        notice = page.locator("#notice")
        expect(notice).to_contain_text("The models cannot be loaded")
        with page.expect_event("requestfailed"):
            page.click("#start")
        expect(page.locator("#stop")).to_be_enabled()
        page.wait_for_timeout(200)
        page.keyboard.press("n")
        expect(notice).to_contain_text("The models cannot be loaded")
        page.unroute("**/v1/model/*.onnx*")
        page.click("#stop")
        page.click("#start")
        shows(page, "happy")
        expect(notice).to_be_hidden()


def test_an_idle_stream_ends_unnoticed_and_a_photo_keeps_its_boxes(models, browser, photo):
    with serving(models, idle_s=0.5) as url, visit(browser, url) as page:
        page.set_input_files("#file", photo)
        shows(page, "sad")
        page.wait_for_timeout(1000)
        assert page.is_hidden("#notice")
        assert page.evaluate(IS_DRAWN_OVER)
        page.click("#stop")
        page.click("#start")
        shows(page, "happy")


def test_what_was_said_of_a_photo_or_a_lesson_ends_with_it(browser, url, tmp_path):
    cv2.imwrite(str(tmp_path / "nobody.png"), 0 * HAPPY)
    with visit(browser, url) as page:
        notice = page.locator("#notice")
        page.set_input_files("#file", tmp_path / "nobody.png")
        expect(notice).to_have_text("No face is found in this photo.")
        page.click("#stop")
        expect(notice).to_be_hidden()
        page.click("#start")
        shows(page, "happy")
        page.keyboard.press("n")
        expect(notice).to_contain_text("Rest your face")
        page.click("#stop")
        expect(notice).to_be_hidden()


def test_of_two_photos_the_last_is_shown_however_long_the_first_takes(browser, url, photo):
    with visit(browser, url) as page:
        page.evaluate(DECODE_SLOWLY)
        slow = cv2.imencode(".png", HAPPY)[1].tobytes()
        page.set_input_files("#file", {"name": "slow.png", "mimeType": "image/png", "buffer": slow})
        page.set_input_files("#file", photo)
        shows(page, "sad")
        page.wait_for_timeout(700)
        shows(page, "sad")


def test_without_a_server_a_photo_and_a_lesson_tell_so(models, browser, photo):
    with deserted(serving(models), browser) as (page, _):
        notice = page.locator("#notice")
        expect(notice).to_contain_text("Next try in 4 s", timeout=PATIENCE_MS)
        page.keyboard.press("n")
        expect(notice).to_contain_text("The server does not answer.")
        page.set_input_files("#file", photo)
        expect(notice).to_have_text("The photo cannot be read: the server does not answer")


def test_a_lesson_waits_until_someone_analyses(browser, url):
    with visit(browser, url) as page:
        page.route("**/v1/model", lambda route: None)
        page.reload()
        page.click("#start")
        expect(page.locator("#stop")).to_be_enabled()
        page.keyboard.press("n")
        expect(page.locator("#notice")).to_have_text("The analysis is not ready yet.")


def test_a_full_server_is_asked_less_and_less_often(models, browser):
    with serving(models, max_streams=1) as url, visit(browser, url) as first:
        first.click("#start")
        shows(first, "happy")
        with visit(browser, url) as page:
            page.click("#start")
            expect(page.locator("#notice")).to_contain_text("Next try in 2 s", timeout=PATIENCE_MS)


def test_a_server_that_comes_back_with_another_token_asks_for_it(models, browser):
    with ExitStack() as visits:
        with serving(models, token=TOKEN) as url:
            page = visits.enter_context(visit(browser, f"{url}/#token={TOKEN}"))
            choose(page, "server")
            page.click("#start")
            shows(page, "happy")
        with serving(models, port=port_of(url), token="another-horse-battery"):
            page.locator("#token-dialog").wait_for()
            page.focus("#token-dialog button")
            page.keyboard.press("h")
            expect(page.locator("#help-dialog")).to_be_hidden()
            page.fill("#token", "another-horse-battery")
            page.keyboard.press("Enter")
            shows(page, "happy")


def test_a_token_that_is_put_into_the_address_of_an_open_page_is_taken(models, browser):
    with serving(models, token=TOKEN) as url, visit(browser, url) as page:
        page.locator("#token-dialog").wait_for()
        page.goto(f"{url}/#token={TOKEN}")
        expect(page.locator("#token-dialog")).to_be_hidden()
        assert TOKEN not in page.url
        page.click("#start")
        shows(page, "happy")


def test_models_behind_another_token_are_had_once_it_is_given(models, browser):
    needs_library()
    with ExitStack() as visits:
        with serving(models, token=TOKEN) as url:
            page = visits.enter_context(visit(browser, f"{url}/#token={TOKEN}"))
            choose(page, "server")
        with serving(models, port=port_of(url), token="another-horse-battery"):
            choose(page, "browser")
            page.locator("#token-dialog").wait_for()
            page.goto(f"{url}/#token=another-horse-battery")
            expect(page.locator("#way-note")).to_contain_text("Runs on", timeout=PATIENCE_MS)


def test_the_page_takes_for_a_token_what_the_server_does():
    assert f"/^{server_options._TOKEN.pattern}$/" in (STATIC / "page" / "token.js").read_text()
