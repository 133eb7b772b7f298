"""The page in a real Chromium whose camera plays the drawn face."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("playwright.sync_api")

from browsing import PATIENCE_MS, choose, chromium, deserted, driving, needs_library, shows, visit, write_clip
from playwright.sync_api import expect
from serving import serving

from mien import Frame, build_pipeline
from mien.drawn import POSES, draw_face
from mien.server import ServerOptions
from mien.types import Emotion

pytestmark = pytest.mark.browser

BLANK = np.zeros((480, 640, 3), np.uint8)
WAYS = ("server", "browser")
FRAME_SCHEMA = json.loads(
    (Path(__file__).parents[1] / "src" / "mien" / "assets" / "frame.schema.json").read_text()
)


@pytest.fixture(scope="module")
def happy_clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clip") / "happy.mjpeg", [draw_face(POSES[Emotion.HAPPY])] * 10)


@pytest.fixture(scope="module")
def driver():
    with driving() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(driver, happy_clip):
    """One Chromium for all tests whose camera plays a happy face."""
    with chromium(driver, happy_clip) as browser:
        yield browser


@pytest.mark.parametrize("way", WAYS)
def test_the_face_before_the_camera_is_read(browser, url, way):
    if way == "browser":
        needs_library()
    with visit(browser, url) as page:
        choose(page, way)
        page.click("#start")
        shows(page, r"happy (9\d|100)%")
        page.locator("#status", has_text=re.compile(r"camera\s\d+\sfps.*\d+\sms\slate")).wait_for()
        where = page.text_content("#where")
    host = url.removeprefix("http://")
    words = {
        "server": f"Frames go to {host} (this computer), are analysed and forgotten.",
        "browser": "Frames stay in this browser.",
    }
    assert where == words[way]


def test_the_way_is_changed_while_the_camera_runs_and_kept_for_the_next_visit(browser, url):
    needs_library()
    with visit(browser, url) as page:
        page.click("#start")
        shows(page, "happy")
        page.keyboard.press("m")
        expect(page.locator("#where")).to_have_text("Frames stay in this browser.")
        expect(page.locator("#way-note")).to_contain_text("Runs on", timeout=PATIENCE_MS)
        shows(page, "happy")
        sent = []
        page.on("request", lambda request: sent.append(request.url))
        page.on("websocket", lambda socket: sent.append(socket.url))
        page.wait_for_timeout(500)
        assert not sent
        page.keyboard.press("m")
        shows(page, "happy")
        page.keyboard.press("m")
        page.reload()
        expect(page.locator("input[value=browser]")).to_be_checked()


@pytest.mark.parametrize("way", WAYS)
def test_a_browser_without_video_frames_does_as_well(browser, url, way):
    if way == "browser":
        needs_library()
    with visit(browser, url) as page:
        page.add_init_script("delete globalThis.VideoFrame")
        page.reload()
        assert page.evaluate("typeof VideoFrame") == "undefined"
        choose(page, way)
        page.click("#start")
        shows(page, "happy")


@pytest.mark.parametrize("way", WAYS)
def test_the_server_is_asked_once_for_what_its_models_are(browser, url, way):
    if way == "browser":
        needs_library()
    with visit(browser, url) as page:
        choose(page, way)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.reload()
        page.click("#start")
        shows(page, "happy")
        assert asked.count(f"{url}/v1/model") == 1


def test_the_page_is_isolated_so_that_the_models_may_have_threads(browser, url):
    with visit(browser, url) as page:
        assert page.evaluate("crossOriginIsolated && typeof SharedArrayBuffer === 'function'")


@pytest.mark.parametrize("way", WAYS)
def test_what_is_recorded_is_what_the_schema_says(browser, url, way, tmp_path):
    if way == "browser":
        needs_library()
    with visit(browser, url) as page:
        choose(page, way)
        page.click("#start")
        page.keyboard.press("r")
        page.locator("#record", has_text=re.compile(r"Save [3-9]\d* results")).wait_for()
        with page.expect_download() as download:
            page.keyboard.press("r")
        download.value.save_as(tmp_path / "session.jsonl")
        assert download.value.suggested_filename.endswith(".jsonl")
    lines = [json.loads(line) for line in (tmp_path / "session.jsonl").read_text().splitlines()]
    assert [line["frame"] for line in lines] == list(range(len(lines))) and len(lines) >= 3
    for line in lines:
        jsonschema.validate(line, FRAME_SCHEMA)
    times_s = [line["timestamp_s"] for line in lines]
    assert times_s == sorted(set(times_s))
    assert lines[-1]["faces"][0]["label"] == "happy"
    assert lines[-1]["timing"]["latency_ms"] > 0


@pytest.mark.parametrize("way", WAYS)
def test_where_the_model_looks_is_laid_over_the_face(browser, url, way):
    if way == "browser":
        needs_library()
    with visit(browser, url) as page:
        choose(page, way)
        page.click("#start")
        shows(page, "happy")
        page.keyboard.press("e")
        assert page.get_attribute("#explain", "aria-pressed") == "true"
        # Inside the box, where else nothing is drawn.
        page.wait_for_function(
            """() => {
              const overlay = document.querySelector("#overlay");
              const [wide, high] = [overlay.width / 10, overlay.height / 10];
              const context = overlay.getContext("2d");
              const inside = context.getImageData(4 * wide, 4 * high, 2 * wide, 3 * high);
              return inside.data.filter((value, at) => at % 4 === 3 && value > 0).length > 500;
            }"""
        )


def test_a_resting_face_is_learned_on_request(browser, url):
    with visit(browser, url) as page:
        page.click("#start")
        shows(page, "happy")
        page.keyboard.press("n")
        expect(page.locator("#notice")).to_contain_text("Rest your face")
        page.locator(".card-personal:visible").wait_for()


def test_a_refused_camera_is_explained_and_a_photo_still_works(driver, url, tmp_path):
    cv2.imwrite(str(tmp_path / "photo.png"), draw_face(POSES[Emotion.SURPRISE]))
    with (
        chromium(driver, write_clip(tmp_path / "a.mjpeg", [BLANK]), allowed=False) as browser,
        visit(browser, url) as page,
    ):
        page.click("#start")
        notice = page.locator("#notice")
        expect(notice).to_contain_text("The camera was refused. Allow it for this page")
        page.set_input_files("#file", tmp_path / "photo.png")
        shows(page, "surprise")
        expect(notice).to_be_hidden()


def test_a_missing_camera_is_explained(driver, url):
    with chromium(driver) as browser, visit(browser, url) as page:
        page.click("#start")
        expect(page.locator("#notice")).to_contain_text("There is no camera here.")


@pytest.mark.parametrize("way", WAYS)
def test_a_photo_is_read_and_what_is_no_photo_is_refused(browser, url, way, tmp_path):
    if way == "browser":
        needs_library()
    cv2.imwrite(str(tmp_path / "photo.jpg"), draw_face(POSES[Emotion.SAD]))
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "text.txt").write_text("no picture")
    with visit(browser, url) as page:
        choose(page, way)
        page.set_input_files("#file", tmp_path / "text.txt")
        expect(page.locator("#notice")).to_contain_text("That is no picture")
        page.set_input_files("#file", tmp_path / "broken.jpg")
        expect(page.locator("#notice")).to_contain_text("The photo cannot be read")
        if way == "browser":
            expect(page.locator("#way-note")).to_contain_text("Runs on", timeout=PATIENCE_MS)
        page.set_input_files("#file", tmp_path / "photo.jpg")
        shows(page, "sad")


def over_white():
    """A sad face in a PNG file that is black all over: its alpha alone, laid over white, shows it."""
    grey = cv2.cvtColor(draw_face(POSES[Emotion.SAD]), cv2.COLOR_BGR2GRAY)
    return cv2.imencode(".png", np.dstack([0 * grey] * 3 + [255 - grey]))[1].tobytes()


@pytest.mark.parametrize("way", WAYS)
def test_every_photo_that_is_shown_is_read_as_it_is_shown(browser, url, way):
    """Also those that a server reads otherwise than a browser, or refuses."""
    if way == "browser":
        needs_library()
    bitmap = cv2.imencode(".bmp", draw_face(POSES[Emotion.SAD]))[1].tobytes()
    with visit(browser, url) as page:
        choose(page, way)
        for name, kind, data in (("cut.png", "image/png", over_white()), ("old.bmp", "image/bmp", bitmap)):
            page.set_input_files("#file", {"name": name, "mimeType": kind, "buffer": data})
            shows(page, "sad")
            page.click("#stop")


def test_a_photo_too_large_for_the_server_is_sent_coarser(browser, url, tmp_path):
    large = cv2.resize(draw_face(POSES[Emotion.SAD]), (4400, 3300))
    grain = cv2.merge([np.random.default_rng(0).integers(0, 120, large.shape[:2], np.uint8)] * 3)
    cv2.imwrite(str(tmp_path / "large.jpg"), cv2.add(large, grain), [cv2.IMWRITE_JPEG_QUALITY, 97])
    assert (tmp_path / "large.jpg").stat().st_size > ServerOptions().max_body_bytes
    with visit(browser, url) as page:
        choose(page, "server")
        page.set_input_files("#file", tmp_path / "large.jpg")
        shows(page, "sad")


def test_a_photo_is_looked_at_again_in_another_way_and_can_be_closed(browser, url, tmp_path):
    needs_library()
    cv2.imwrite(str(tmp_path / "photo.jpg"), draw_face(POSES[Emotion.SAD]))
    with visit(browser, url) as page:
        choose(page, "server")
        page.set_input_files("#file", tmp_path / "photo.jpg")
        shows(page, "sad")
        page.keyboard.press("m")
        expect(page.locator(".card")).to_have_count(0)
        shows(page, "sad")
        page.get_by_role("button", name="Close the photo").click()
        expect(page.locator("#photo")).to_be_hidden()
        expect(page.locator(".card")).to_have_count(0)
        expect(page.locator("#start")).to_be_visible()


def test_photos_that_come_at_once_each_have_their_own_answer(browser, url):
    needs_library()
    poses = (POSES[Emotion.SAD], POSES[Emotion.HAPPY])
    drawn = [cv2.imencode(".png", draw_face(pose))[1].tolist() for pose in poses]
    with visit(browser, url) as page:
        said = page.evaluate(
            """async (photos) => {
              const { BrowserWay } = await import("/static/page/browser_way.js");
              const passDoor = async () => (await fetch("/v1/model")).json();
              const way = new BrowserWay(new URL("/", location.href), passDoor);
              way.open();
              const answers = photos.map((bytes) =>
                way.photo(new Blob([Uint8Array.from(bytes)]), { explain: false }));
              return (await Promise.all(answers)).map(({ record }) => record.faces[0].label);
            }""",
            drawn,
        )
    assert said == ["sad", "happy"]


def test_the_page_outlives_a_restart_of_the_server(models, browser):
    with deserted(serving(models), browser) as (page, url):
        notice = page.locator("#notice")
        expect(notice).to_contain_text(re.compile(r"Next try in \d+ s"), timeout=PATIENCE_MS)
        expect(page.locator(".card")).to_have_count(0)
        expect(page.locator("#status")).to_be_empty()
        with serving(models, port=int(url.rpartition(":")[2])):
            expect(notice).to_be_hidden(timeout=PATIENCE_MS)
            shows(page, "happy")


def test_a_server_that_wants_a_token_is_given_it_once(models, browser):
    token = "correct-horse-battery"
    with serving(models, token=token) as url:
        with visit(browser, url) as page:
            for wrong in ("wrong-horse-battery", f"{token}\u200b"):
                page.fill("#token", wrong)
                page.keyboard.press("Enter")
                expect(page.locator("#token-note")).to_have_text("That token was refused. Try again.")
                expect(page.locator("#token-dialog")).to_be_visible()
            page.fill("#token", token)
            page.keyboard.press("Enter")
            page.click("#start")
            shows(page, "happy")
        with visit(browser, f"{url}/#token={token}") as page:
            page.click("#start")
            shows(page, "happy")
            assert token not in page.url


@pytest.fixture(scope="module")
def tall_photo(tmp_path_factory):
    """Four happy faces one above the other."""
    path = tmp_path_factory.mktemp("photo") / "tall.jpg"
    cv2.imwrite(str(path), np.vstack([draw_face(POSES[Emotion.HAPPY])] * 4))
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(320, 568), (390, 844), (768, 1024), (844, 390), (1280, 800)])
def test_nothing_is_cut_off_on_any_screen(browser, url, tall_photo, size, scheme):
    width, height = size
    with visit(browser, url, viewport={"width": width, "height": height}, color_scheme=scheme) as page:
        page.click("#start")
        shows(page, "happy")
        assert page.locator("#stage").bounding_box()["height"] <= height
        page.set_input_files("#file", tall_photo)
        expect(page.locator(".card")).to_have_count(4)
        stage, stop = (page.locator(name).bounding_box() for name in ("#stage", "#stop"))
        assert stage["height"] <= height
        # However many people there are, what is done with the picture is near it.
        assert stop["y"] + stop["height"] - stage["y"] - stage["height"] <= height
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 200) is (scheme == "dark")


def test_all_can_be_reached_and_named_without_a_mouse(browser, url):
    with visit(browser, url) as page:
        page.keyboard.press("h")
        assert page.is_visible("#help-dialog")
        page.keyboard.press("Escape")
        assert not page.is_visible("#help-dialog")
        nameless = page.evaluate(
            """() => Array.from(document.querySelectorAll("button, input, select"))
              .filter((one) => !one.innerText && !one.labels?.length && !one.ariaLabel)
              .map((one) => one.id)"""
        )
        assert not nameless
        reached = set()
        for _ in range(14):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.id || document.activeElement.name"))
        assert {"start", "way", "camera", "mirror", "neutral", "explain", "record", "open", "help"} <= reached
        page.focus("#start")
        page.keyboard.press("Enter")
        expect(page.locator("#live")).to_have_text(re.compile(r"Person 1: happy"), timeout=PATIENCE_MS)


def test_a_real_photograph_is_told_the_same_on_both_ways(driver, models, shared, url, tmp_path):
    needs_library()
    frame, expected = surely_read(models, sorted((shared / "photos").glob("*.jpg")))
    clip = write_clip(tmp_path / "photo.mjpeg", [frame] * 10)
    with chromium(driver, clip) as browser, visit(browser, url) as page:
        page.click("#start")
        for way in WAYS:
            choose(page, way)
            expect(page.locator(".card")).to_have_count(0)
            shows(page, expected)


def surely_read(models, paths):
    """The first photograph of one face that Python is sure of, 640x480, and the emotion."""
    for path in paths:
        image = cv2.imread(str(path))
        frame = cv2.resize(image, (640, 480)) if image is not None else None
        if frame is None:
            continue
        faces = build_pipeline(models).process(Frame(0, 0.0, frame)).faces
        if len(faces) == 1 and faces[0].confidence > 0.95 and not faces[0].doubt:
            return frame, faces[0].label
    pytest.skip("no photograph beside this checkout is sure enough")
