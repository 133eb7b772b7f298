"""The recipe of a detector's run: frozen dataclasses, checked once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mien.errors import OptionError
from mien.options import check_range
from mien.train import recipe
from mien.train.settings import PRECISIONS


@dataclass(frozen=True)
class FaceNetSettings:
    """The network's size.

    stem, second: channels of the two first convolutions, at strides 2 and 4.
    widths, depths: channels and number of separable blocks at strides 8, 16 and 32.
    neck: channels of the feature pyramid.
    """

    stem: int = 16
    second: int = 32
    widths: tuple[int, ...] = (64, 128, 128)
    depths: tuple[int, ...] = (3, 3, 2)
    neck: int = 64

    def __post_init__(self) -> None:
        for name, counts in (("widths", self.widths), ("depths", self.depths)):
            if len(counts) != 3 or min(counts) < 1:
                raise OptionError(f"network.{name} is {counts}: expected three counts above 0")
        for name in ("stem", "second", "neck"):
            check_range(f"network.{name}", getattr(self, name), 1, 1024)


@dataclass(frozen=True)
class LossSettings:
    """What is asked of the network.

    box_weight, landmark_weight: weight of those losses beside the score's, which has 1.
    near: a cell may answer for a face whose middle is at most so many strides away, or in whose box it lies.
    best: so many of a face's best boxes are summed up to choose how many cells answer for it (SimOTA).
    good_iou: the score asked of a cell is its box's overlap with the face over this, at most 1.
    smooth: errors of a point under this share of the face's size count squared, larger ones as they are.
    """

    box_weight: float = 2.0
    landmark_weight: float = 3.0
    near: float = 1.5
    best: int = 10
    good_iou: float = 1.0
    smooth: float = 0.02

    def __post_init__(self) -> None:
        check_range("loss.box_weight", self.box_weight, 0.0, 100.0)
        check_range("loss.landmark_weight", self.landmark_weight, 0.0, 100.0)
        check_range("loss.near", self.near, 0.5, 10.0)
        check_range("loss.best", self.best, 1, 100)
        check_range("loss.good_iou", self.good_iou, 0.1, 1.0)
        check_range("loss.smooth", self.smooth, 1e-6, 1.0)


@dataclass(frozen=True)
class FaceAugmentSettings:
    """How a training picture is made out of labelled ones; `_prob` is how often, 0 to 1.

    min_face_px: a face smaller than this, sqrt(area), becomes a region to ignore.
    max_face: largest face that is asked for, as a share of the picture's side.
    enlarge: a picture is never enlarged more than so many times.
    tilt_deg: largest turn to either side, in `tilt_prob` of the pictures.
    mosaic_prob: four pictures in one. flip_prob: mirrored, right and left points exchanged.
    grey_prob: without colour. light_prob: darkness, gain, gamma and a cast of colour.
    blur_prob, blur_px: Gaussian blur and its largest deviation, noise_prob, noise: Gaussian noise and its
    largest deviation as a share of full range. jpeg_prob, jpeg_quality: worst quality of a JPEG.
    close_up_prob: a FER2013 face in place of a picture, where such faces are given.
    hard_prob: a place at which the detector that the run starts from errs in place of a picture.
    """

    min_face_px: float = 10.0
    max_face: float = 0.95
    enlarge: float = 3.0
    tilt_deg: float = 45.0
    tilt_prob: float = 0.5
    mosaic_prob: float = 0.35
    flip_prob: float = 0.5
    grey_prob: float = 0.3
    light_prob: float = 0.6
    blur_prob: float = 0.2
    blur_px: float = 2.0
    noise_prob: float = 0.25
    noise: float = 0.08
    jpeg_prob: float = 0.2
    jpeg_quality: int = 35
    close_up_prob: float = 0.1
    hard_prob: float = 0.0

    def __post_init__(self) -> None:
        check_range("augment.min_face_px", self.min_face_px, 4.0, 64.0)
        check_range("augment.max_face", self.max_face, 0.1, 2.0)
        check_range("augment.enlarge", self.enlarge, 1.0, 16.0)
        check_range("augment.tilt_deg", self.tilt_deg, 0.0, 180.0)
        check_range("augment.blur_px", self.blur_px, 0.0, 10.0)
        check_range("augment.noise", self.noise, 0.0, 0.5)
        check_range("augment.jpeg_quality", self.jpeg_quality, 5, 100)
        for name in ("tilt", "mosaic", "flip", "grey", "light", "blur", "noise", "jpeg", "close_up", "hard"):
            check_range(f"augment.{name}_prob", getattr(self, f"{name}_prob"), 0.0, 1.0)


@dataclass(frozen=True)
class FaceTrainSettings:
    """A whole run.

    side_px: side of the square training pictures. check_side_px: long side of the validation pictures.
    epochs: each shows every picture `looks` times, anew each time; after each the network is validated.
    lr: peak learning rate of the one-cycle schedule. patience: epochs without a better score before the end.
    ema_decay: decay per step of the averaged weights that are validated and kept.
    precision: Lightning's name (`32-true`, `bf16-mixed`, `16-mixed`) or `auto`: 16-mixed on a GPU, else
    32-true. `bf16-mixed` is the fast one on processors with AMX.
    """

    network: FaceNetSettings = field(default_factory=FaceNetSettings)
    loss: LossSettings = field(default_factory=LossSettings)
    augment: FaceAugmentSettings = field(default_factory=FaceAugmentSettings)
    side_px: int = 320
    check_side_px: int = 448
    epochs: int = 60
    looks: int = 2
    patience: int = 20
    batch_size: int = 32
    lr: float = 4e-3
    weight_decay: float = 0.01
    ema_decay: float = 0.998
    precision: str = "auto"
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("side_px", "check_side_px"):
            check_range(name, getattr(self, name), 64, 2048)
            if getattr(self, name) % 32:
                raise OptionError(f"{name} is {getattr(self, name)}: expected a multiple of 32")
        check_range("epochs", self.epochs, 1, 100_000)
        check_range("looks", self.looks, 1, 1000)
        check_range("patience", self.patience, 1, 100_000)
        check_range("batch_size", self.batch_size, 1, 4096)
        check_range("lr", self.lr, 1e-8, 1.0)
        check_range("weight_decay", self.weight_decay, 0.0, 1.0)
        check_range("ema_decay", self.ema_decay, 0.0, 0.99999)
        check_range("seed", self.seed, 0, 2**32 - 1)
        if self.precision not in PRECISIONS:
            raise OptionError(f"precision is {self.precision!r}: expected one of {', '.join(PRECISIONS)}")


def from_dict(plain: object, where: str) -> FaceTrainSettings:
    """The inverse of `recipe.to_dict`; DataError names an unknown key or a value of the wrong kind."""
    return recipe.from_dict(FaceTrainSettings, plain, where)


def read_settings(path: Path) -> FaceTrainSettings:
    """Read a recipe; DataError names the file and what is wrong in it."""
    return recipe.read_settings(FaceTrainSettings, path, "mien train-detector")
