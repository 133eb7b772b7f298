"""`mien serve`: says where it is, refuses what would be unsafe, and ends at Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from typer.testing import CliRunner

pytest.importorskip("fastapi")

from starlette.testclient import TestClient

from mien import load_models
from mien.cli import app
from mien.decision import DecisionRule
from mien.errors import OptionError
from mien.options import RuntimeOptions
from mien.server import ServerOptions, address, create_app, listen


def refused(*arguments, **env):
    with pytest.raises(OptionError) as error:
        CliRunner(env={"MIEN_TOKEN": None, **env}).invoke(app, ["serve", *arguments], catch_exceptions=False)
    return str(error.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "mien.example"])
def test_other_machines_are_served_only_with_a_token(host):
    assert refused("--host", host).startswith(
        f"--host {host} can be reached from other machines: expected a token"
    )


@pytest.mark.parametrize(("host", "url"), [("0.0.0.0", "http://127.0.0.1"), ("::", "http://[::1]")])
def test_a_server_at_all_addresses_names_the_one_that_this_machine_opens(host, url):
    if ":" in host and not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6")
    with listen(host, 0) as listener:
        assert address(listener) == f"{url}:{listener.getsockname()[1]}"


def test_the_page_is_told_the_rules_that_the_server_answers_by():
    models = load_models(options=RuntimeOptions(prior_share=0.25))
    with TestClient(create_app(models, ServerOptions(workers=1)), base_url="http://127.0.0.1") as client:
        rules = client.get("/v1/model").json()["emotion"]["rules"]
    assert {head: DecisionRule.from_record(rule) for head, rule in rules.items()} == models.classifier.rules
    assert {rule["share"] for rule in rules.values()} == {0.25}


def test_a_token_that_could_be_guessed_is_refused():
    assert "the token of 5 characters will not do" in refused("--host", "0.0.0.0", "--token", "short")
    assert "the token of 5 characters will not do" in refused(MIEN_TOKEN="short")


def test_an_address_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused("--port", str(port))
    assert line.startswith(f"cannot listen at 127.0.0.1 port {port}: ")
    assert line.count("\n") == 0


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_it_says_where_it_is_and_where_frames_go_and_ends_at_ctrl_c():
    command = [sys.executable, "-m", "mien", "serve", "--port", "0", "--no-open"]
    env = {name: value for name, value in os.environ.items() if name != "MIEN_TOKEN"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env) as process:
        line = process.stderr.readline()
        assert line.startswith("mien: serving at http://127.0.0.1:")
        assert "nothing of them is kept" in line
        url = line.split()[3]
        with urllib.request.urlopen(f"{url}/health", timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "mien: stopped\n"
    assert process.returncode == 0
