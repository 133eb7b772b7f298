"""Everything about a model travels inside its file."""

import json
from dataclasses import replace

import pytest

from mien.decision import PLAIN, DecisionRule
from mien.errors import ModelError
from mien.model_spec import KEY, ModelSpec
from mien.options import Framing
from mien.types import LABELS

SPEC = ModelSpec(
    labels=LABELS,
    input_px=48,
    serve="crowd",
    temperatures={"label": 0.8, "crowd": 0.6},
    rules={
        "label": DecisionRule((0.2, 0.3, 0.2, 0.1, 0.2), 0.1),
        "crowd": DecisionRule((0.09, 0.33, 0.12, 0.12, 0.34), 0.35),
    },
    framing=Framing(1.1, 0.02),
    weights_sha256="ab" * 32,
    scores={"label": {"accuracy": 0.7, "n": 10}},
    training={"data": "drawn"},
)


def test_what_is_written_is_read_back():
    assert ModelSpec.from_metadata(SPEC.to_metadata(), "file") == SPEC


def test_a_file_of_form_1_serves_what_its_graph_says():
    said = json.loads(SPEC.to_metadata()[KEY])
    del said["rules"]
    old = ModelSpec.from_metadata({KEY: json.dumps({**said, "format": 1})}, "file")
    assert old == replace(SPEC, rules={"label": PLAIN, "crowd": PLAIN})


@pytest.mark.parametrize(
    "rule",
    [0.5, {"share": 0.5}, {"prior": [0.2] * 5, "share": 2.0}, {"prior": ["much"] * 5, "share": 0.5}],
)
def test_what_is_no_rule_is_refused(rule):
    said = json.loads(SPEC.to_metadata()[KEY])
    rules = {"label": rule, "crowd": rule}
    with pytest.raises(ModelError, match="file: broken mien metadata"):
        ModelSpec.from_metadata({KEY: json.dumps({**said, "rules": rules})}, "file")


def test_other_peoples_metadata_is_refused():
    with pytest.raises(ModelError, match="file: holds no mien metadata"):
        ModelSpec.from_metadata({}, "file")
    with pytest.raises(ModelError, match="file: holds no mien metadata"):
        ModelSpec.from_metadata({KEY: "not json"}, "file")


def test_a_newer_form_is_refused():
    said = json.loads(SPEC.to_metadata()[KEY])
    with pytest.raises(ModelError, match="metadata form 99"):
        ModelSpec.from_metadata({KEY: json.dumps({**said, "format": 99})}, "file")


def test_a_missing_or_unknown_entry_is_refused():
    said = json.loads(SPEC.to_metadata()[KEY])
    with pytest.raises(ModelError, match="broken mien metadata"):
        ModelSpec.from_metadata({KEY: json.dumps({**said, "colour": "red"})}, "file")
    del said["serve"]
    with pytest.raises(ModelError, match="broken mien metadata"):
        ModelSpec.from_metadata({KEY: json.dumps(said)}, "file")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": LABELS[::-1]}, "labels are neutral"),
        ({"serve": "both"}, "serves head 'both'"),
        ({"input_px": 4}, "crops of 4 px"),
        ({"rules": {"crowd": PLAIN}}, "has rules for crowd: expected crowd, label"),
        ({"rules": {}}, "has rules for no head"),
    ],
)
def test_a_model_that_mien_cannot_use_is_refused(change, words):
    with pytest.raises(ModelError, match=words):
        replace(SPEC, **change)
