"""The documented form is the real one: what mien writes fits the schema, and what does not is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from mien.sinks import JsonLinesSink
from mien.sinks.table import COLUMNS
from mien.types import EMOTIONS, SCHEMA, Doubt, Emotion, Frame, FrameResult, Quality, Timing, TrackedFace

SCHEMA_FILE = json.loads((files("mien") / "assets" / "frame.schema.json").read_text(encoding="utf-8"))
DOCS = Path(__file__).parents[1] / "docs" / "schema.md"

FACE = TrackedFace(1, (1.0, 2.0, 30.5, 40.25), 0.9, Emotion.SAD, (0.1, 0.1, 0.6, 0.1, 0.1))
RESULT = FrameResult(3, 0.1, 640, 480, (FACE,), 9.0)
FULL = replace(FACE, quality=Quality(40.0, 0.4, 0.5, -3.0, 0.1), doubt=Doubt.TURNED, personal=True)


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(SCHEMA_FILE)
    return jsonschema.Draft202012Validator(SCHEMA_FILE)


@pytest.mark.parametrize(
    "result",
    [
        RESULT,
        replace(RESULT, faces=()),
        replace(RESULT, faces=(FULL, replace(FACE, id=2, quality=Quality(40.0, 0.4, 0.5)))),
        replace(RESULT, timing=Timing(31.0, 0, None)),
        replace(RESULT, timing=Timing(31.0, 4, 29.9)),
        *(replace(RESULT, faces=(replace(FACE, doubt=doubt),)) for doubt in Doubt),
        *(replace(RESULT, faces=(replace(FACE, emotion=emotion),)) for emotion in EMOTIONS),
    ],
)
def test_every_kind_of_result_fits(validator, result):
    validator.validate(json.loads(json.dumps(result.as_record())))


def test_a_written_line_fits(validator, tmp_path):
    with JsonLinesSink(tmp_path / "out.jsonl") as sink:
        sink.write(Frame(3, 0.1, None), RESULT)
    validator.validate(json.loads((tmp_path / "out.jsonl").read_text()))


@pytest.mark.parametrize(
    "change",
    [{"schema": SCHEMA + 1}, {"faces": None}, {"more": 1}, {"width": "640"}, {"timing": {}}],
    ids=lambda change: next(iter(change)),
)
def test_something_else_does_not(validator, change):
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**RESULT.as_record(), **change})


def test_the_schema_says_every_field_and_its_version():
    assert SCHEMA_FILE["properties"]["schema"]["const"] == SCHEMA
    assert set(SCHEMA_FILE["required"]) == set(RESULT.as_record())
    assert set(SCHEMA_FILE["$defs"]["face"]["required"]) == set(FACE.as_record())
    assert SCHEMA_FILE["$defs"]["face"]["properties"]["doubt"]["enum"] == [*(str(one) for one in Doubt), None]


def test_the_page_tells_every_field_and_column_and_its_example_fits(validator):
    text = DOCS.read_text(encoding="utf-8")
    names = {*RESULT.as_record(), *FULL.as_record(), *COLUMNS[:12], *COLUMNS[17:]}
    assert [name for name in names if f"{name}`" not in text] == []
    validator.validate(json.loads(text.split("```json")[1].split("```")[0]))
