"""The runtime's half of the seam."""

import numpy as np
import pytest
from conftest import drawn_table

from mien.classifier import EmotionClassifier
from mien.errors import ModelError
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
