"""How the command line refuses what it cannot read."""

import io
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import mien
from mien.cli import main
from mien.cli.app import MAKING


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["mien", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "--threads", "0"), "'--threads'"),
        (("run", "--threads", "-77"), "-77"),
        (("run", "--threads", "many"), "'many'"),
        (("run", "--unsure-below", "1.75"), "1.75"),
        (("run", "--detector", "dlib"), "'dlib'"),
        (("run", "--no-such-option"), "--no-such-option"),
        (("nosuch",), "'nosuch'"),
        (("data", "clean"), "'source'"),
        (("run", "--save"), "'--save' requires an argument"),
        (("predict", "nosuch.jpg"), "nosuch.jpg"),
    ],
)
def test_bad_input_is_one_line_and_code_2(monkeypatch, capsys, arguments, told):
    assert run(monkeypatch, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("mien: ")
    assert told.lower() in err.lower()
    assert err.count("\n") == 1


def test_no_command_shows_the_help_and_no_complaint(monkeypatch, capsys):
    assert run(monkeypatch) == 2
    out, err = capsys.readouterr()
    assert "predict" in out + err
    assert "mien: " not in err


def test_the_version_is_told(monkeypatch, capsys):
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"mien {mien.__version__}\n"


def test_the_help_begins_with_what_people_use_every_day(monkeypatch, capsys):
    assert run(monkeypatch, "--help") == 0
    out = capsys.readouterr().out
    for everyday in ("run", "predict", "serve"):
        assert out.index(f" {everyday} ") < out.index(MAKING) < out.index(" train-detector ")


def test_help_ends_well(monkeypatch, capsys):
    assert run(monkeypatch, "run", "--help") == 0
    assert "--threads" in capsys.readouterr().out


def test_a_letter_that_the_output_lacks_is_no_traceback(monkeypatch, tmp_path):
    out = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.chdir(tmp_path)
    Path("写真.png").write_bytes(cv2.imencode(".png", np.zeros((8, 8), np.uint8))[1])
    assert run(monkeypatch, "predict", "写真.png") == 0
    out.flush()
    shown = out.buffer.getvalue().decode("cp1252")
    assert "??.png" in shown
    assert "no face" in shown
