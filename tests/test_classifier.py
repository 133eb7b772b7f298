"""The runtime's half of the seam."""

import numpy as np
import pytest
from conftest import drawn_table

from mien.classifier import ACTIVATION, SHIPPED_MODEL, EmotionClassifier
from mien.errors import ModelError, OptionError
from mien.types import LABELS


@pytest.fixture(scope="module")
def shipped():
    return EmotionClassifier()


def test_the_shipped_model_serves_what_people_see_in_the_known_order(shipped):
    assert shipped.spec.labels == LABELS
    assert shipped.spec.serve == "crowd"
    assert shipped.input_px == 48
    assert len(shipped.spec.weights_sha256) == 64


def test_probabilities_are_float32_and_sum_to_one(shipped):
    probs = shipped.classify(drawn_table(7, "Training").images)
    assert probs.shape == (7, 5)
    assert probs.dtype == np.float32
    assert probs.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_no_crops_no_rows(shipped):
    assert shipped.classify(np.zeros((0, 48, 48), np.uint8)).shape == (0, 5)


def test_a_face_reads_the_same_alone_and_in_a_long_row(shipped):
    images = drawn_table(70, "Training").images
    alone = np.concatenate([shipped.classify(images[row : row + 1]) for row in range(len(images))])
    assert shipped.classify(images) == pytest.approx(alone, abs=1e-5)


def test_the_map_of_a_class_averages_to_its_logit_up_to_the_heads_bias(shipped):
    """Differences between two faces drop the bias, softmax drops a common shift."""
    reading = shipped.read(drawn_table(2, "Training").images)
    logits = np.log(reading.crowd) * shipped.spec.temperatures["crowd"]
    means = reading.cam.mean(axis=(2, 3))
    moved, mapped = logits[0] - logits[1], means[0] - means[1]
    assert moved - moved.mean() == pytest.approx(mapped - mapped.mean(), abs=1e-3)


def test_the_maps_explain_the_served_head_crop_by_crop(shipped):
    images = drawn_table(70, "Training").images
    maps = shipped.explain(images)
    assert maps.dtype == np.float32 and maps.shape[:2] == (70, 5)
    assert maps == pytest.approx(shipped.read(images).cam, abs=1e-4)
    assert maps[65:66] == pytest.approx(shipped.explain(images[65:66]), abs=1e-4)


def test_a_model_that_gives_no_maps_classifies_and_says_why_it_explains_nothing(tmp_path):
    onnx = pytest.importorskip("onnx")
    model = onnx.load(SHIPPED_MODEL)
    (maps,) = (given for given in model.graph.output if given.name == ACTIVATION)
    model.graph.output.remove(maps)
    blind = EmotionClassifier(resealed(model, tmp_path / "blind.onnx"))
    images = drawn_table(2, "Training").images
    assert blind.classify(images).shape == (2, 5)
    with pytest.raises(ModelError, match=r"blind\.onnx: explains nothing: expected an output 'cam'"):
        blind.explain(images)


def test_crops_of_another_shape_or_kind_are_our_own_mistake(shipped):
    with pytest.raises(ValueError, match="expected uint8"):
        shipped.classify(np.zeros((1, 32, 32), np.uint8))
    with pytest.raises(ValueError, match="expected uint8"):
        shipped.classify(np.zeros((1, 48, 48), np.float32))


def test_a_sealed_file_that_is_no_network_is_named(tmp_path):
    from mien.model_file import BLANK, KEY, seal

    path = tmp_path / "odd.onnx"
    path.write_bytes(seal(b"odd" + KEY.encode() + b"\x12\x40" + BLANK.encode()))
    with pytest.raises(ModelError, match=r"odd\.onnx: ONNX Runtime cannot load it"):
        EmotionClassifier(path)


@pytest.mark.train
def test_both_heads_are_served_by_the_rules_that_the_model_brings(tiny_model):
    images = drawn_table(7, "Training").images
    own, plain = EmotionClassifier(tiny_model), EmotionClassifier(tiny_model, prior_share=0.0)
    assert own.rules == own.spec.rules
    for head in ("label", "crowd"):
        expected = own.rules[head].apply(getattr(plain.read(images), head))
        assert getattr(own.read(images), head) == pytest.approx(expected, abs=1e-6)
    assert own.classify(images) == pytest.approx(own.read(images).crowd, abs=1e-6)


@pytest.mark.train
def test_a_share_that_is_asked_for_takes_the_place_of_both_heads_own(tiny_model):
    images = drawn_table(7, "Training").images
    plain, even = (EmotionClassifier(tiny_model, prior_share=share) for share in (0.0, 1.0))
    before, after = plain.read(images), even.read(images)
    for head in ("label", "crowd"):
        assert even.rules[head].prior == even.spec.rules[head].prior
        raised = getattr(before, head) / np.asarray(even.rules[head].prior)
        expected = raised / raised.sum(axis=1, keepdims=True)
        assert getattr(after, head) == pytest.approx(expected, abs=1e-5)
    assert even.classify(images) == pytest.approx(after.crowd, abs=1e-6)
    assert after.crowd.dtype == np.float32
    assert np.array_equal(before.cam, after.cam), "the maps are the head's evidence, not the decision"


@pytest.mark.train
def test_a_share_outside_0_to_1_is_refused(tiny_model):
    with pytest.raises(OptionError, match=r"prior_share is 1\.5: expected a value from 0\.0 to 1\.0"):
        EmotionClassifier(tiny_model, prior_share=1.5)


def resealed(model, path):
    """Write an ONNX model as a sealed file."""
    from mien import model_file

    for entry in model.metadata_props:
        if entry.key == model_file.KEY:
            entry.value = model_file.BLANK
    path.write_bytes(model_file.seal(model.SerializeToString()))
    return path


def without_rules(model, path):
    """The same model as a file of form 1."""
    import json

    onnx = pytest.importorskip("onnx")
    from mien.model_spec import KEY

    graph = onnx.load(model)
    for entry in graph.metadata_props:
        if entry.key == KEY:
            said = json.loads(entry.value)
            del said["rules"]
            entry.value = json.dumps({**said, "format": 1})
    return resealed(graph, path)


@pytest.mark.train
def test_a_file_of_form_1_is_served_as_ever_and_has_no_prior_to_take_out(tiny_model, tmp_path):
    old = without_rules(tiny_model, tmp_path / "old.onnx")
    images = drawn_table(7, "Training").images
    plain = EmotionClassifier(tiny_model, prior_share=0.0).classify(images)
    assert EmotionClassifier(old).classify(images) == pytest.approx(plain, abs=1e-6)
    assert EmotionClassifier(old, prior_share=0.0).classify(images) == pytest.approx(plain, abs=1e-6)
    with pytest.raises(OptionError, match=r"prior_share is 0\.5: the model states no class prior"):
        EmotionClassifier(old, prior_share=0.5)
