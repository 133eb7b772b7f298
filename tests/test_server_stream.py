"""Streams over a real socket: the newest frame wins, each has its own memory, bad clients are shown out."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

pytest.importorskip("fastapi")

import httpx2
from serving import drawn_picture
from serving import serving as serving_at
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from mien.classifier import SHIPPED_MODEL, EmotionClassifier
from mien.detector import make_detector
from mien.options import NeutralOptions, RuntimeOptions
from mien.pipeline import Models
from mien.server.inbox import Inbox
from mien.server.refusal import Reason, RefusedError
from mien.server.workers import Workers
from mien.types import Face

TOKEN = "correct-horse-battery"


class GatedDetector:
    """One face in every frame, found only when it is let."""

    name = "gated"
    framing = make_detector("none").framing

    def __init__(self):
        self.gate = threading.Semaphore(0)
        self.began = threading.Semaphore(0)

    def detect(self, image):
        self.began.release()
        assert self.gate.acquire(timeout=10)
        return [Face((100.0, 60.0, 200.0, 190.0), 1.0)]


@pytest.fixture(scope="module")
def picture():
    return drawn_picture()


@contextmanager
def serving(models, runtime=None, **limits):
    """The URL of the streams of a server."""
    with serving_at(models, runtime=runtime, **limits) as url:
        yield url.replace("http", "ws") + "/v1/stream"


@pytest.fixture(scope="module")
def url(models):
    runtime = RuntimeOptions(neutral=NeutralOptions(min_frames=1))
    with serving(models, runtime, max_streams=2) as url:
        yield url


def answer(stream, *messages):
    """What comes back to the last of these messages."""
    for message in messages:
        stream.send(message)
    return json.loads(stream.recv(timeout=10))


def ending(stream):
    """The close code, and what was said before it."""
    said = []
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            said.append(json.loads(stream.recv(timeout=10)))
    return closed.value.rcvd.code, said


def test_each_frame_has_a_timed_result_and_a_face_keeps_its_id(url, picture):
    with connect(url) as stream:
        records = [answer(stream, picture) for _ in range(3)]
    assert [record["frame"] for record in records] == [0, 1, 2]
    assert {face["id"] for record in records for face in record["faces"]} == {1}
    assert records[2]["timing"]["dropped"] == 0
    assert records[2]["timing"]["latency_ms"] >= records[2]["analysis_ms"]
    assert records[2]["timestamp_s"] > records[1]["timestamp_s"] > records[0]["timestamp_s"] == 0


def test_the_newest_frame_wins(picture):
    gated = GatedDetector()
    with serving(Models(gated, EmotionClassifier())) as url, connect(url) as stream:
        stream.send(picture)
        assert gated.began.acquire(timeout=10)
        for _ in range(4):
            stream.send(picture)
        time.sleep(0.3)
        gated.gate.release(2)
        first, second = (json.loads(stream.recv(timeout=10)) for _ in range(2))
    assert (first["frame"], first["timing"]["dropped"]) == (0, 0)
    assert (second["frame"], second["timing"]["dropped"]) == (4, 3)


def test_a_stream_in_work_does_not_hold_up_the_rest_of_the_server(picture):
    gated = GatedDetector()
    with serving(Models(gated, EmotionClassifier())) as url, connect(url) as stream:
        stream.send(picture)
        assert gated.began.acquire(timeout=10)
        with calling(url) as caller:
            caller.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert caller.recv(1000).startswith(b"HTTP/1.1 200")
        gated.gate.release()
        assert json.loads(stream.recv(timeout=10))["frame"] == 0


def test_streams_share_models_and_nothing_else(url, picture):
    with connect(url) as one, connect(url) as other:
        answer(one, '{"command": "explain", "on": true}', picture)
        assert answer(other, picture).keys().isdisjoint({"heats"})
        assert answer(other, picture)["frame"] == 1


def test_explain_sends_where_the_model_looked_until_it_is_switched_off(url, picture):
    with connect(url) as stream:
        (heat,) = answer(stream, '{"command": "explain", "on": true}', picture)["heats"]
        assert len(heat["values"]) == heat["width"] * heat["height"] > 1
        assert max(heat["values"]) == 255
        assert "heats" not in answer(stream, '{"command": "explain", "on": false}', picture)


def test_neutral_learns_a_resting_face_and_reset_forgets_it(url, picture):
    with connect(url) as stream:
        stream.send('{"command": "neutral", "seconds": 0.1}')
        personal = False
        while not personal:
            personal = answer(stream, picture)["faces"][0]["personal"]
            time.sleep(0.02)
        assert not answer(stream, '{"command": "reset"}', picture)["faces"][0]["personal"]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("junk", "the command is no JSON: expected"),
        ("[" * 100_000, "the command is no JSON: expected"),
        ("[1]", "the command is no object: expected"),
        ('{"command": "dance"}', "the command is 'dance': expected"),
        ('{"command": "explain", "on": 1}', "the command has on '1': expected"),
        ('{"command": "neutral", "seconds": "3"}', "the command has seconds '3': expected"),
        ('{"command": "neutral", "seconds": 1e9}', "neutral seconds is 1000000000.0: expected"),
    ],
)
def test_a_bad_command_is_named_and_the_stream_lives_on(url, picture, command, line):
    with connect(url) as stream:
        assert line in answer(stream, command)["error"]
        assert answer(stream, picture)["frame"] == 0


def test_a_bad_frame_is_named_by_its_number_and_counts_as_dropped(url, picture):
    with connect(url) as stream:
        assert answer(stream, picture[:100]) == {
            "error": "picture: cannot be decoded: the JPEG file is cut short or damaged",
            "frame": 0,
        }
        record = answer(stream, picture)
        assert (record["frame"], record["timing"]["dropped"]) == (1, 1)


def test_too_many_bad_messages_end_the_stream(models):
    with serving(models, max_bad_messages=3) as url, connect(url) as stream:
        for _ in range(3):
            answer(stream, b"junk")
        assert ending(stream) == (1008, [{"error": "3 messages in a row could not be read"}])


def test_a_flood_of_messages_ends_the_stream(models):
    with serving(models, max_messages_a_second=20) as url, connect(url) as stream:
        # The server may well close before the last one is out.
        with suppress(ConnectionClosed):
            for _ in range(40):
                stream.send(b"")
        code, said = ending(stream)
    assert code == 1008
    assert said[-1] == {"error": "more than 20 messages came in a second"}


def test_what_was_taken_from_an_inbox_is_not_waited_for_again():
    """Else a stream that is idle would keep a core busy."""

    async def wait_twice():
        inbox = Inbox()
        inbox.put_frame(b"frame", 0.0)
        await inbox.wait()
        inbox.take()
        await asyncio.wait_for(inbox.wait(), 0.05)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(wait_twice())


def test_a_message_larger_than_the_limit_ends_the_stream(models):
    with serving(models, max_body_mb=0.01) as url, connect(url) as stream:
        stream.send(bytes(20_000))
        assert ending(stream)[0] == 1009


def test_a_silent_stream_is_closed(models):
    with serving(models, idle_s=0.1) as url, connect(url) as stream:
        assert ending(stream) == (1008, [{"error": "nothing came for 0.1 s"}])


def test_more_frames_than_the_limit_are_dropped(models, picture):
    with serving(models, max_fps=2) as url, connect(url) as stream:
        for _ in range(10):
            stream.send(picture)
            time.sleep(0.06)
        first, second = (json.loads(stream.recv(timeout=10)) for _ in range(2))
    assert second["timestamp_s"] - first["timestamp_s"] >= 0.3


def test_one_stream_too_many_is_told_to_come_again(url, picture):
    with connect(url) as one, connect(url) as other:
        assert answer(one, picture)["frame"] == answer(other, picture)["frame"] == 0
        with connect(url) as third:
            code, said = ending(third)
        assert code == 1013
        assert "2 streams are served" in said[0]["error"]
    wait_for_room(url, picture)


def wait_for_room(url, picture):
    """The places come free as soon as the server has seen the clients go."""
    until_s = time.monotonic() + 5
    while time.monotonic() < until_s:
        with connect(url) as stream:
            if "frame" in answer(stream, picture):
                return
    raise AssertionError("no place came free")


def test_a_page_of_another_site_may_not_stream(url):
    with pytest.raises(InvalidStatus) as refused:
        connect(url, origin="http://evil.example")
    assert refused.value.response.status_code == 403


def test_with_a_token_only_who_shows_it_may_stream(models, picture):
    with serving(models, token=TOKEN) as url:
        for strange in (url, f"{url}?token=wrong-token"):
            with pytest.raises(InvalidStatus) as refused:
                connect(strange)
            assert refused.value.response.status_code == 401
        with connect(f"{url}?token={TOKEN}") as stream:
            assert answer(stream, picture)["frame"] == 0
        with connect(url, subprotocols=[f"mien.token.{TOKEN}"]) as stream:
            assert answer(stream, picture)["frame"] == 0


def address_of(url):
    """Host and port of a stream's address."""
    host, port = url.removeprefix("ws://").partition("/")[0].split(":")
    return host, int(port)


def calling(url):
    """A plain socket to the server of a stream's address."""
    return socket.create_connection(address_of(url), timeout=5)


def test_a_server_that_stops_finishes_what_has_begun_and_sends_the_rest_away(picture):
    gated = GatedDetector()
    with ThreadPoolExecutor() as callers, serving(Models(gated, EmotionClassifier())) as url:
        begun = callers.submit(post, url, picture)
        assert gated.began.acquire(timeout=10)
        waiting = callers.submit(post, url, picture)
        time.sleep(0.3)
        threading.Timer(0.3, gated.gate.release).start()
    assert begun.result().startswith("HTTP/1.1 200")
    assert waiting.result().startswith("HTTP/1.1 503")
    assert waiting.result().endswith('{"error":"the server stops"}')


def test_workers_that_are_closed_say_that_the_server_stops():
    workers = Workers(1)
    workers.close()
    with pytest.raises(RefusedError, match="the server stops") as refused:
        asyncio.run(workers.run(lambda: None))
    assert refused.value.status == 503


def test_a_batch_that_a_stop_cuts_off_is_sent_away_whole(picture):
    gated = GatedDetector()
    with ThreadPoolExecutor() as callers, serving(Models(gated, EmotionClassifier())) as url:
        batch = url.replace("ws:", "http:").replace("stream", "analyze/batch")
        files = [("images", (f"{number}.jpg", picture)) for number in range(3)]
        waiting = callers.submit(httpx2.post, batch, files=files, timeout=10)
        assert gated.began.acquire(timeout=10)
        threading.Timer(0.5, gated.gate.release).start()
    assert (waiting.result().status_code, waiting.result().json()) == (503, {"error": "the server stops"})


def post(url, picture):
    """The whole answer to a photo, as text."""
    head = (
        f"Host: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\nConnection: close"
    )
    with calling(url) as caller:
        caller.sendall(f"POST /v1/analyze HTTP/1.1\r\n{head}\r\n\r\n".encode() + picture)
        return b"".join(iter(lambda: caller.recv(10_000), b"")).decode()


class TestASlowCaller:
    def test_that_never_sends_a_whole_head_is_let_go(self, models):
        with serving(models, header_s=0.2) as url:
            for start in (b"", b"GET /health HTTP/1.1\r\nHost: lo"):
                with calling(url) as caller:
                    caller.sendall(start)
                    assert is_closed(caller)

    def test_that_never_sends_the_whole_body_gets_408(self, models):
        head = b"POST /v1/analyze HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"
        with serving(models, body_s=0.2) as url, calling(url) as caller:
            caller.sendall(head + b"Content-Length: 900\r\n\r\n" + bytes(10))
            assert caller.recv(100).startswith(b"HTTP/1.1 408")

    def test_that_takes_nothing_of_an_answer_is_let_go(self, models):
        with serving(models, send_s=0.3) as url, calling(url) as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            caller.sendall(b"GET /v1/model/emotion.onnx HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert is_cut_off(caller, after_s=1.5)

    def test_that_reads_as_slowly_as_it_can_gets_it_all(self, models):
        head = b"GET /v1/model/emotion.onnx HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        with serving(models, send_s=1.0) as url, calling(url) as caller:
            caller.sendall(head)
            size, start_s = 0, time.monotonic()
            while part := caller.recv(250_000):
                size += len(part)
                time.sleep(0.2 if time.monotonic() - start_s < 3.0 else 0.0)
        assert size > SHIPPED_MODEL.stat().st_size

    def test_beyond_the_number_of_connections_is_turned_away(self, models):
        with serving(models, max_connections=1) as url, calling(url), calling(url) as second:
            assert is_closed(second)


UPGRADE = (
    b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
CONT, TEXT, BINARY, CLOSE, PONG, FIN = 0, 1, 2, 8, 10, 128


@contextmanager
def streaming(url):
    """A plain socket on which a stream is open, whose system takes little ahead of who reads."""
    with socket.socket() as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        caller.settimeout(5)
        caller.connect(address_of(url))
        caller.sendall(UPGRADE)
        assert caller.recv(1000).startswith(b"HTTP/1.1 101")
        yield caller


def ws_frame(kind, data=b""):
    """A frame of a WebSocket as a client sends it, with a mask of zeros; data: below 64 kB."""
    size = bytes([128 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return bytes([kind]) + size + bytes(4) + data


def chatter(text):
    """Refuses a command in 60,000 letters."""
    raise RefusedError(400, Reason.COMMAND, "no" * 30_000)


class TestAnOddStream:
    def test_that_never_reads_is_cut_off_and_makes_room(self, models, picture, monkeypatch):
        monkeypatch.setattr("mien.server.patience.SENT_AHEAD_BYTES", 4096)
        with serving(models, send_s=0.3, max_connections=2, max_fps=240) as url, streaming(url) as deaf:
            deaf.sendall(ws_frame(FIN | TEXT, b'{"command": "explain", "on": true}'))
            with pytest.raises(ConnectionError):
                while True:
                    deaf.sendall(ws_frame(FIN | BINARY, picture))
                    time.sleep(0.01)
            with calling(url), calling(url) as second:
                second.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert second.recv(100).startswith(b"HTTP/1.1 200")

    def test_that_does_not_take_its_last_words_is_cut_off(self, models, monkeypatch):
        monkeypatch.setattr("mien.server.patience.SENT_AHEAD_BYTES", 4096)
        monkeypatch.setattr("mien.server.stream.parse_command", chatter)
        with serving(models, send_s=0.3, max_connections=2) as url, streaming(url) as deaf:
            # Too much for the system to take ahead, too little for uvicorn to wait until it is taken.
            deaf.sendall(ws_frame(FIN | TEXT, b"{}"))
            time.sleep(0.5)
            deaf.sendall(ws_frame(FIN | CLOSE, (1000).to_bytes(2, "big")))
            time.sleep(1.0)
            with calling(url), calling(url) as second:
                second.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert second.recv(100).startswith(b"HTTP/1.1 200")

    @pytest.mark.parametrize(
        "crumb",
        [ws_frame(CONT), ws_frame(CONT, b"x"), ws_frame(FIN | PONG)],
        ids=["empty parts", "small parts", "pongs"],
    )
    def test_of_crumbs_is_cut_off(self, models, crumb):
        with serving(models, max_messages_a_second=50) as url, streaming(url) as caller:
            caller.sendall(ws_frame(BINARY))
            caller.sendall(crumb * 40)
            with pytest.raises(TimeoutError):
                caller.settimeout(0.3)
                caller.recv(100)
            with suppress(ConnectionError):
                caller.sendall(crumb * 40)
            caller.settimeout(5)
            assert is_closed(caller)

    def test_in_parts_of_a_usual_size_is_read(self, models, picture):
        parts = [picture[start : start + 1024] for start in range(0, len(picture), 1024)]
        with serving(models, max_messages_a_second=5) as url, streaming(url) as caller:
            caller.sendall(
                ws_frame(BINARY, parts[0]) + b"".join(ws_frame(CONT, part) for part in parts[1:-1])
            )
            caller.sendall(ws_frame(FIN | CONT, parts[-1]))
            assert b'"faces"' in caller.recv(1000)

    def test_whose_text_is_none_ends_without_a_word_in_the_log(self, models, caplog):
        with serving(models) as url, streaming(url) as caller:
            caller.sendall(ws_frame(FIN | TEXT, b"\xff\xfe"))
            assert caller.recv(100)[2:4] == (1007).to_bytes(2, "big")
        assert caplog.records == []

    def test_that_answers_no_ping_leaves_no_traceback(self, models, picture, caplog):
        limits = {"ping_s": 0.2, "max_fps": 240.0, "send_s": 0.3}
        with serving(models, **limits) as url, streaming(url) as mute, pytest.raises(ConnectionError):
            while True:
                mute.sendall(ws_frame(FIN | BINARY, picture))
                time.sleep(0.01)
        assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def is_cut_off(caller, after_s):
    """Whether the other side has given up in the middle of an answer that nobody read for so long."""
    time.sleep(after_s)
    size = 0
    try:
        while part := caller.recv(100_000):
            size += len(part)
    except ConnectionError:
        pass
    return size < 6_000_000


def is_closed(caller):
    """Whether the other side hangs up, politely or not."""
    try:
        return caller.recv(100) == b""
    except ConnectionError:
        return True
