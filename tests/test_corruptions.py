"""Each corruption does what its name says, to each face alike."""

from itertools import groupby

import cv2
import numpy as np
import pytest
from conftest import drawn_table

from mien.train.corruptions import CORRUPTIONS, EYE_ROWS, MOUTH_ROWS

BY_NAME = {corruption.name: corruption for corruption in CORRUPTIONS}
GEOMETRIC = [name for name in BY_NAME if name.startswith(("rotation", "shift", "scale"))]
each = pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda corruption: corruption.name)


@pytest.fixture(scope="module")
def faces():
    return drawn_table(5, "PublicTest").images


def corrupted(name, face):
    return BY_NAME[name].apply(np.asarray(face, np.uint8)[None])[0]


def flat(value):
    return np.full((48, 48), value, np.uint8)


def spot(x, y):
    """A soft bright spot on black, (x, y) from the centre, right and down."""
    across, down = np.meshgrid(np.arange(48) - 23.5 - x, np.arange(48) - 23.5 - y)
    return np.rint(250 * np.exp(-(across**2 + down**2) / 8)).astype(np.uint8)


def centroid(face):
    """Where a spot is, from the centre, right and down."""
    weights = face / face.sum(dtype=float)
    places = np.arange(48) - 23.5
    return float((weights.sum(axis=0) * places).sum()), float((weights.sum(axis=1) * places).sum())


@each
def test_a_corruption_gives_new_pictures_of_the_same_kind(corruption, faces):
    before = faces.copy()
    changed = corruption.apply(faces)
    assert (changed.shape, changed.dtype) == (faces.shape, np.uint8)
    assert (changed != faces).any(axis=(1, 2)).all()
    assert np.array_equal(faces, before)
    assert corruption.apply(faces[:0]).shape == (0, 48, 48)


@each
def test_a_face_is_changed_alike_whatever_stands_beside_it(corruption, faces):
    together = corruption.apply(faces)
    assert np.array_equal(corruption.apply(faces[::-1]), together[::-1])
    assert np.array_equal(corruption.apply(faces[3:4])[0], together[3])


def test_the_table_holds_every_corruption_once_and_the_directions_of_one_together():
    assert len(BY_NAME) == len(CORRUPTIONS)
    groups = [group for group, _ in groupby(CORRUPTIONS, key=lambda corruption: corruption.group)]
    assert groups == [
        "blur 1 px",
        "noise 8/255",
        "JPEG quality 30",
        "brightness ×0.5",
        "contrast ×1.5",
        "rotation ±15°",
        "shift ±10 %",
        "scale ×0.85, ×1.2",
        "bar over eyes",
        "bar over mouth",
    ]


def test_only_the_bars_over_eyes_and_mouth_are_held_to_nothing():
    held = {corruption.group for corruption in CORRUPTIONS if corruption.bar_points == 4.0}
    free = {corruption.group for corruption in CORRUPTIONS if corruption.bar_points is None}
    assert free == {"bar over eyes", "bar over mouth"}
    assert len(held) == 8


def test_the_blur_has_a_sigma_of_one_pixel():
    dot = flat(0)
    dot[24, 24] = 255
    weights = corrupted("blur 1 px", dot).sum(axis=0, dtype=float)
    spread = (weights * (np.arange(48) - 24) ** 2).sum() / weights.sum()
    assert spread == pytest.approx(1.0, abs=0.1)


def test_the_noise_has_a_sigma_of_eight_steps_and_is_new_for_each_picture():
    first, second = (corrupted("noise 8/255", flat(value)).astype(float) - value for value in (120, 121))
    assert first.std() == pytest.approx(8.0, abs=0.5)
    assert first.mean() == pytest.approx(0.0, abs=0.6)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.1


def test_noise_never_wraps_around():
    assert corrupted("noise 8/255", flat(255)).min() > 200
    assert corrupted("noise 8/255", flat(0)).max() < 55


def test_jpeg_is_written_at_quality_30(faces):
    expected = cv2.imdecode(
        cv2.imencode(".jpg", faces[0], [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_GRAYSCALE
    )
    assert np.array_equal(corrupted("JPEG quality 30", faces[0]), expected)


@pytest.mark.parametrize(("before", "after"), [(0, 0), (100, 50), (255, 128)])
def test_brightness_is_halved(before, after):
    assert (corrupted("brightness ×0.5", flat(before)) == after).all()


def test_contrast_grows_about_the_pictures_own_mean_and_is_clipped():
    soft = flat(80)
    soft[:, 24:] = 120
    assert np.unique(corrupted("contrast ×1.5", soft)).tolist() == [70, 130]
    hard = flat(0)
    hard[:, 24:] = 255
    assert np.array_equal(corrupted("contrast ×1.5", hard), hard)


@pytest.mark.parametrize(("name", "up"), [("rotation +15°", 1), ("rotation -15°", -1)])
def test_a_positive_rotation_is_anticlockwise_about_the_centre(name, up):
    x, y = centroid(corrupted(name, spot(12, 0)))
    angle = np.deg2rad(15)
    assert (x, y) == pytest.approx((12 * np.cos(angle), -up * 12 * np.sin(angle)), abs=0.1)


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("shift left 10 %", -4.8, 0),
        ("shift right 10 %", 4.8, 0),
        ("shift up 10 %", 0, -4.8),
        ("shift down 10 %", 0, 4.8),
    ],
)
def test_a_shift_is_a_tenth_of_the_side(name, x, y):
    assert centroid(corrupted(name, spot(0, 0))) == pytest.approx((x, y), abs=0.1)


@pytest.mark.parametrize(("name", "factor"), [("scale ×0.85", 0.85), ("scale ×1.2", 1.2)])
def test_scale_is_about_the_centre(name, factor):
    assert centroid(corrupted(name, spot(8, -5))) == pytest.approx((8 * factor, -5 * factor), abs=0.1)
    assert centroid(corrupted(name, spot(0, 0))) == pytest.approx((0, 0), abs=0.1)


@pytest.mark.parametrize("name", GEOMETRIC)
def test_where_a_picture_ends_its_edge_goes_on(name):
    assert (corrupted(name, flat(200)) == 200).all()


@pytest.mark.parametrize(("name", "rows"), [("bar over eyes", EYE_ROWS), ("bar over mouth", MOUTH_ROWS)])
def test_a_bar_is_mid_grey_and_leaves_all_other_rows_alone(name, rows, faces):
    covered = corrupted(name, faces[0])
    assert (covered[rows] == 128).all()
    assert np.array_equal(np.delete(covered, rows, axis=0), np.delete(faces[0], rows, axis=0))


def test_the_bars_cover_the_eyes_and_the_mouth_of_real_faces(fer2013):
    """In the mean face the pupils are the darkest row above the nose, the line of the lips the one below."""
    from mien.train.evaluate import load_split

    images = load_split(fer2013 / "public_test.parquet").images
    rows = images[:, :, 14:34].mean(axis=(0, 2))
    pupils, lips = 8 + int(rows[8:24].argmin()), 30 + int(rows[30:44].argmin())
    assert pupils == (EYE_ROWS.start + EYE_ROWS.stop) // 2
    assert lips == (MOUTH_ROWS.start + MOUTH_ROWS.stop) // 2
