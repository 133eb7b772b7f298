"""Whether `mien serve` keeps up with eight streams, and stays awake among those who mean it ill.

python benchmarks/serve.py [--json] [--only streams|hostile|api]

Starts the server itself, on loopback and a free port, and ends it. streams: so many cameras at so many
frames a second. hostile: broken, huge and slow requests and sockets, while /health is asked ten times a
second. api: schemathesis against the server's own OpenAPI document. The exit code is 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from serve_hostile import Siege, besiege
from serve_streams import Streams, measure_streams

P95_MS = 250.0
HEALTH_MS = 100.0
API_S = 240
_SUMMARY_LINES = 12
PARTS = ("streams", "hostile", "api")


@contextmanager
def served() -> Iterator[int]:
    """The port of a server in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mien", "serve", "--no-open", "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit(f"the server ended: {process.stderr.read() if process.stderr else ''}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server does not answer")


def check_api(port: int) -> dict[str, object]:
    """What schemathesis finds: answers of 500 and above, of requests made from the OpenAPI document."""
    url = f"http://127.0.0.1:{port}/openapi.json"
    options = ["--checks", "not_a_server_error", "--max-examples", "50", "--seed", "1", "--no-color"]
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", url, *options]
    # It leaves a folder of its own where it runs.
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=API_S, check=False, cwd=folder
            )
        except subprocess.TimeoutExpired:
            return {"passed": False, "said": [f"schemathesis was not done after {API_S} s"]}
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return {"passed": done.returncode == 0, "said": lines[-_SUMMARY_LINES:]}


def run(args: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """What was measured, and whether all bars are met."""
    found: dict[str, object] = {}
    good = True
    with served() as port:
        if args.only in (None, "streams"):
            streams: Streams = asyncio.run(measure_streams(port, args.streams, args.fps, args.seconds))
            found["streams"] = asdict(streams)
            good &= streams.p95_ms < P95_MS and streams.errors == 0
        if args.only in (None, "hostile"):
            siege: Siege = asyncio.run(besiege(port, args.requests))
            found["hostile"] = asdict(siege)
            good &= siege.health_worst_ms < HEALTH_MS and siege.server_errors == siege.health_failures == 0
        if args.only in (None, "api"):
            found["api"] = api = check_api(port)
            good &= bool(api["passed"])
    return found, good


def main() -> None:
    """Measure and print."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--fps", type=float, default=10.0, help="of each stream")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--requests", type=int, default=200, help="hostile ones")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found, good = run(args)
    if args.json:
        print(json.dumps({**found, "passed": good}, indent=2))
    else:
        for name, values in found.items():
            print(name, values)
        print("all bars met" if good else "a bar is missed")
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
