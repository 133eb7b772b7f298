"""Photos over HTTP: what is answered, what is refused and why, and what is never let through."""

from __future__ import annotations

import json
import re
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import jsonschema
import pytest

pytest.importorskip("fastapi")

from serving import drawn_picture
from starlette.testclient import TestClient

from mien import Frame, build_pipeline, load_models
from mien.demo_face import DemoFace
from mien.errors import OptionError
from mien.server import ServerOptions, create_app
from mien.types import SCHEMA

HERE = "http://127.0.0.1:8000"
TOKEN = "correct-horse-battery"
CUT_FORM = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nab'
FRAME_SCHEMA = json.loads(
    (Path(__file__).parents[1] / "src" / "mien" / "assets" / "frame.schema.json").read_text()
)


@pytest.fixture(scope="module")
def picture():
    return drawn_picture()


def client_of(models, **options):
    return TestClient(create_app(models, ServerOptions(workers=1, **options)), base_url=HERE)


@pytest.fixture(scope="module")
def client(models):
    with client_of(models) as client:
        yield client


@pytest.fixture(scope="module")
def guarded(models):
    with client_of(models, token=TOKEN) as client:
        yield client


def post(client, data, kind="image/jpeg", **headers):
    return client.post("/v1/analyze", content=data, headers={"content-type": kind, **headers})


def png_of(width, height):
    """A PNG whose header promises so many pixels, all of one colour, in a few kilobytes."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(min((width + 1) * height, 10**6)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def refusals(client, reason):
    lines = client.get("/metrics").text.splitlines()
    return next(
        float(line.split()[1]) for line in lines if line.startswith(f'mien_refusals_total{{reason="{reason}"')
    )


class TestAPhoto:
    @pytest.mark.parametrize(
        ("suffix", "kind"), [(".jpg", "image/jpeg"), (".png", "image/png"), (".webp", "image/webp")]
    )
    def test_comes_back_as_the_documented_form(self, client, suffix, kind):
        answer = post(client, drawn_picture(suffix), kind)
        assert answer.status_code == 200
        record = answer.json()
        jsonschema.validate(record, FRAME_SCHEMA)
        assert (record["schema"], record["timing"], record["width"]) == (SCHEMA, None, 320)
        assert len(record["faces"]) == 1

    def test_in_a_form_gives_the_same(self, client, picture):
        plain, form = post(client, picture), client.post("/v1/analyze", files={"image": ("a.jpg", picture)})
        assert form.json()["faces"] == plain.json()["faces"]

    def test_knows_nothing_of_the_photo_before(self, client, picture):
        ids = [post(client, picture).json()["faces"][0]["id"] for _ in range(2)]
        assert ids == [1, 1]

    def test_reads_the_same_however_many_threads_share_the_models(self, models):
        frames = [Frame(0, 0.0, frame.image) for frame in islice(DemoFace((160, 120), 2.0), 8)]

        def read(frame):
            return build_pipeline(models).process(frame).faces

        alone = [read(frame) for frame in frames]
        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(read, frames)) == alone

    def test_of_nearly_ten_megabytes_is_taken(self, client, picture):
        assert post(client, picture + bytes(9_900_000 - len(picture))).status_code == 200


@pytest.mark.parametrize("address", ["/", "/health", "/ready"])
def test_a_monitor_may_ask_for_the_head_alone(client, address):
    answer = client.head(address)
    assert (answer.status_code, answer.content) == (200, b"")


class TestABatch:
    def test_has_a_result_for_each_and_an_error_in_the_place_of_a_bad_one(self, client, picture):
        files = [
            ("images", ("a.jpg", picture)),
            ("images", ("b.jpg", b"junk")),
            ("images", ("c.jpg", picture)),
        ]
        first, second, third = client.post("/v1/analyze/batch", files=files).json()["results"]
        assert first["faces"] == third["faces"]
        assert second == {"error": "the picture is of no known kind: expected JPEG, PNG, WebP"}

    def test_of_too_many_is_refused(self, client):
        files = [("images", (f"{number}.jpg", b"junk")) for number in range(33)]
        answer = client.post("/v1/analyze/batch", files=files)
        assert (answer.status_code, answer.json()) == (
            413,
            {"error": "the form has too many files: expected at most 32"},
        )

    def test_of_another_field_is_refused(self, client):
        answer = client.post("/v1/analyze/batch", files={"pictures": ("a.jpg", b"x")})
        assert answer.status_code == 400
        assert answer.json() == {"error": "the form has a field 'pictures': expected only 'images'"}

    def test_that_is_no_form_of_files_is_refused(self, client):
        assert client.post("/v1/analyze/batch", data={"images": "text"}).status_code == 415


class TestAHostilePicture:
    @pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
    @pytest.mark.parametrize(("suffix", "kind"), [(".jpg", "JPEG"), (".png", "PNG"), (".webp", "WebP")])
    def test_cut_short_is_named_and_the_server_lives(self, client, suffix, kind, share):
        data = drawn_picture(suffix)
        answer = post(client, data[: max(20, int(share * len(data)))])
        assert answer.status_code == 422
        assert (
            answer.json()["error"] == f"picture: cannot be decoded: the {kind} file is cut short or damaged"
        )
        assert client.get("/health").status_code == 200

    def test_bomb_is_refused_by_its_header(self, client):
        answer = post(client, png_of(60000, 60000), "image/png")
        assert answer.status_code == 422
        assert "60000 x 60000 pixels: expected at most 50 megapixels" in answer.json()["error"]

    def test_that_paints_itself_a_thousand_times_is_refused(self, client, picture):
        answer = post(client, picture[:-2] + b"\xff\xda\x00\x02" * 1000 + picture[-2:])
        assert answer.status_code == 422
        assert "1001 scans: expected at most 32" in answer.json()["error"]

    def test_with_a_clip_behind_its_end_is_one_picture(self, client, picture):
        clip = b"\0\0\0\x18ftypmp42" + b"\xff\xda\0\0" * 100
        assert post(client, picture + clip).status_code == 200

    def test_that_hides_its_scans_from_us_alone_is_refused(self, client, picture):
        """In a scan OpenCV looks for the next marker behind one that is not in use, whatever its length."""
        hidden = b"\xff\x02\xff\xff" + b"\xff\xda\x00\x02" * 1000
        answer = post(client, picture[:-2] + hidden + picture[-2:])
        assert (answer.status_code, answer.json()) == (422, {"error": "the picture has a JPEG marker 02"})

    @pytest.mark.parametrize("marker", [b"\xff\0", b"\xff\x01", b"\xff\xd0", b"\xff\xd7"])
    def test_that_hides_its_size_from_us_alone_is_refused(self, client, picture, marker):
        """OpenCV steps over the marker; a length read behind it leads into the comment, to another size."""
        size = b"\xff\xc0\0\x11\x08" + struct.pack(">HH", 10, 10) + b"\x03" + bytes(9)
        first = b"\xff\xfe" + struct.pack(">H", 65500) + bytes(65498)
        lands_at = len(b"\xff\xd8") + 2 + 0xFFFE
        gap = bytes(lands_at - len(b"\xff\xd8" + marker + first) - 4)
        second = b"\xff\xfe" + struct.pack(">H", 2 + len(gap + size)) + gap + size
        answer = post(client, b"\xff\xd8" + marker + first + second + picture[2:])
        assert answer.status_code == 422
        assert answer.json()["error"].endswith("the JPEG file is cut short or damaged")

    @pytest.mark.parametrize(
        "data", [b"", b"GIF89a" + bytes(20), b"MM\0*" + bytes(20), b"<svg/>", bytes(1000)]
    )
    def test_of_another_kind_is_refused(self, client, data):
        answer = post(client, data)
        assert answer.status_code == 415
        assert answer.json()["error"].endswith("expected JPEG, PNG, WebP")

    def test_under_another_type_is_refused(self, client, picture):
        answer = post(client, picture, "text/plain")
        assert answer.status_code == 415
        assert "the content type is 'text/plain': expected image/jpeg or" in answer.json()["error"]


class TestABody:
    def test_larger_than_the_limit_is_refused_unread(self, models):
        with client_of(models, max_body_mb=0.01) as client:
            answer = post(client, bytes(20_000))
            assert answer.status_code == 413
            assert answer.json()["error"] == "the body has 0.0 MB or more: expected at most 0.01 MB"
            assert answer.headers["connection"] == "close"
            assert refusals(client, "size") == 1

    def test_that_does_not_say_its_length_is_refused_as_it_grows(self, models):
        with client_of(models, max_body_mb=0.01) as client:
            assert post(client, iter([bytes(6_000), bytes(6_000)])).status_code == 413

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"junk", "multipart/form-data; boundary=x"),
            (b"junk", "multipart/form-data"),
            (CUT_FORM, "multipart/form-data; boundary=x"),
            (b"--x\r\n" * 500, "multipart/form-data; boundary=x"),
        ],
    )
    def test_that_is_no_whole_form_is_refused(self, client, body, kind):
        answer = post(client, body, kind)
        assert 400 <= answer.status_code < 500
        assert "expected" in answer.json()["error"]


class TestWhoIsServed:
    def test_a_page_of_another_site_is_not(self, client, picture):
        answer = post(client, picture, origin="http://evil.example")
        assert answer.status_code == 403
        assert "a page of 'http://evil.example'" in answer.json()["error"]
        for origin in ("null", "http://127.0.0.1:9000", "odd://127.0.0.1:8000", "http://[", ""):
            assert post(client, picture, origin=origin).status_code == 403

    def test_a_page_that_names_a_second_origin_is_not(self, client, picture):
        headers = [("content-type", "image/jpeg"), ("origin", HERE), ("origin", "http://evil.example")]
        assert client.post("/v1/analyze", content=picture, headers=headers).status_code == 403

    def test_our_own_page_is(self, client, picture):
        assert post(client, picture, origin=HERE).status_code == 200

    def test_a_foreign_name_that_leads_here_is_not(self, client):
        answer = client.get("/v1/model", headers={"host": "rebound.example:8000"})
        assert answer.status_code == 403
        assert "host 'rebound.example:8000'" in answer.json()["error"]

    @pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
    def test_this_machines_own_names_are(self, client, host):
        assert client.get("/health", headers={"host": host}).status_code == 200

    def test_with_a_token_only_who_shows_it(self, guarded, picture):
        before = refusals_with_token(guarded)
        assert post(guarded, picture).status_code == 401
        assert post(guarded, picture, authorization="Bearer wrong-token").status_code == 401
        assert post(guarded, picture, authorization=f"Bearer {TOKEN}").status_code == 200
        assert refusals_with_token(guarded) - before == 2

    def test_with_a_token_any_host_name_is(self, guarded):
        headers = {"host": "mien.example", "authorization": f"Bearer {TOKEN}"}
        assert guarded.get("/v1/model", headers=headers).status_code == 200

    @pytest.mark.parametrize("path", ["/health", "/ready", "/"])
    def test_the_page_and_the_state_need_no_token(self, guarded, path):
        assert guarded.get(path).status_code != 401

    @pytest.mark.parametrize("path", ["/metrics", "/openapi.json", "/v1/model", "/v1/model/emotion.onnx"])
    def test_all_else_needs_it(self, guarded, path):
        answer = guarded.get(path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def refusals_with_token(client):
    client.headers["authorization"] = f"Bearer {TOKEN}"
    try:
        return refusals(client, "token")
    finally:
        del client.headers["authorization"]


class TestTheModel:
    def test_tells_its_numbers_and_gives_its_file_as_hashed(self, client):
        card = client.get("/v1/model").json()
        assert card["emotion"]["labels"] == ["angry", "happy", "sad", "surprise", "neutral"]
        assert set(card["files"]) == {"emotion", "face"}
        for name, key in (("emotion", "emotion"), ("face", "detector")):
            file = client.get(card["files"][name])
            assert len(file.content) == card[key]["bytes"] == int(file.headers["content-length"])
            assert file.headers["etag"] == f'"{card[key]["sha256"]}"'
            assert file.headers["cache-control"] == "no-cache"

    def test_is_kept_for_ever_under_its_hash_and_not_sent_twice(self, client):
        digest = client.get("/v1/model").json()["emotion"]["sha256"]
        file = client.get(f"/v1/model/emotion.onnx?sha256={digest}")
        assert "immutable" in file.headers["cache-control"]
        again = client.get("/v1/model/emotion.onnx", headers={"if-none-match": file.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    @pytest.mark.parametrize("path", ["/v1/model/other.onnx", "/v1/model/emotion.onnx?sha256=0000"])
    def test_of_another_name_or_hash_is_not_there(self, client, path):
        assert client.get(path).status_code == 404

    def test_has_no_face_file_where_the_detector_has_none(self):
        with client_of(load_models("none")) as client:
            assert client.get("/v1/model").json()["files"] == {"emotion": "/v1/model/emotion.onnx"}


class TestThePage:
    def test_is_asked_about_each_time_with_its_scripts(self, client):
        script = client.get("/static/page/main.js")
        assert script.headers["cache-control"] == client.get("/").headers["cache-control"] == "no-cache"
        again = client.get("/static/page/main.js", headers={"if-none-match": script.headers["etag"]})
        assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")

    def test_logs_nothing_of_a_form_that_it_cannot_read(self, client, capfd):
        kind = "multipart/form-data; boundary=secret"
        post(client, b'--secret\r\nContent-Disposition: form-data; name="secret"\r\nX', kind)
        assert capfd.readouterr().err == ""


class TestEveryAnswer:
    @pytest.mark.parametrize("path", ["/", "/health", "/nothing", "/static/nothing.js", "/v1/model"])
    def test_tells_the_browser_what_the_page_may_do(self, client, path):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';")
        assert "connect-src 'self' ws://127.0.0.1:8000 wss://127.0.0.1:8000;" in policy
        assert not re.search("blob:|data:|unsafe-inline|'unsafe-eval'", policy)
        assert headers["cross-origin-embedder-policy"] == "require-corp"
        assert headers["x-content-type-options"] == "nosniff"

    def test_puts_no_strange_host_into_the_policy(self, guarded):
        policy = guarded.get("/", headers={"host": "a;script-src *"}).headers["content-security-policy"]
        assert "*" not in policy

    @pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/analyze", 405), ("GET", "/x", 404)])
    def test_is_json_even_where_there_is_nothing(self, client, method, path, status):
        answer = client.request(method, path)
        assert answer.status_code == status
        assert set(answer.json()) == {"error"}


class TestTheState:
    def test_is_counted(self, models, picture):
        with client_of(models) as client:
            post(client, picture)
            post(client, b"junk")
            text = client.get("/metrics").text
        assert "mien_frames_total 1.0" in text
        assert "mien_analysis_seconds_count 1.0" in text
        assert 'mien_refusals_total{reason="type"} 1.0' in text

    def test_says_busy_when_no_photo_may_come_in(self, models, picture):
        with client_of(models, max_waiting=1) as client:
            assert client.get("/ready").status_code == 200
            with client.app.state.service.photos.one():
                answers = [client.get("/ready"), post(client, picture)]
                assert [answer.status_code for answer in answers] == [503, 503]
                assert answers[1].headers["retry-after"] == "1"
                assert client.get("/health").status_code == 200
            assert post(client, picture).status_code == 200

    def test_is_documented_with_examples(self, client):
        document = client.get("/openapi.json").json()
        assert set(document["paths"]) >= {"/v1/analyze", "/v1/analyze/batch", "/v1/model", "/health"}
        jsonschema.validate(document["components"]["examples"]["Frame"]["value"], FRAME_SCHEMA)
        assert document["components"]["schemas"]["Frame"]["title"] == FRAME_SCHEMA["title"]
        assert "$defs" not in json.dumps(document)


def test_an_option_out_of_range_is_named():
    with pytest.raises(OptionError, match=r"server\.max_fps is 0"):
        ServerOptions(max_fps=0)
    with pytest.raises(OptionError, match="the token of 3 characters will not do"):
        ServerOptions(token="a b")
    assert TOKEN not in repr(ServerOptions(token=TOKEN))
