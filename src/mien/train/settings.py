"""The recipe of a run: frozen dataclasses, written as YAML beside it and read back by `--config`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mien.errors import OptionError
from mien.options import check_range
from mien.train import recipe

TEACHERS = "teachers"
"""The folder within a run's that holds the runs of its teachers."""

UPSAMPLE_PX = (32, 512)
"""Least and largest side to which faces are enlarged inside the network."""

PRECISIONS = ("auto", "32-true", "bf16-mixed", "16-mixed")


@dataclass(frozen=True)
class NetworkSettings:
    """The network: MobileNetV2 cut in its middle, Conv2D blocks, two linear heads.

    cut: how many of MobileNetV2's stages `features.0 …` are kept; 14 ends after the last stride-16 stage, 96
        channels.
    blocks: output channels of the 3x3 Conv2D + BatchNorm + ReLU blocks behind the cut.
    residual: add to a block's output what came in, where both have as many channels.
    dropout: share of pooled features dropped in training.
    normalisation: what the backbone's weights expect: `imagenet` (ImageNet's mean and deviation, as for
        torchvision's files) or `signed` ([-1, 1]).
    even_light: bring every face to the same mean and spread of grey before the backbone sees it.
    scratch: channels of the residual blocks of a backbone that begins with random numbers, instead of
        MobileNetV2, see `mien.train.scratch`; for teachers. `blocks` may then be empty.
    """

    cut: int = 14
    blocks: tuple[int, ...] = (256, 256)
    residual: bool = False
    dropout: float = 0.4
    normalisation: str = "imagenet"
    even_light: bool = False
    scratch: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_range("network.cut", self.cut, 2, 18)
        check_range("network.dropout", self.dropout, 0.0, 0.95)
        if not (self.blocks or self.scratch) or any(count < 1 for count in self.blocks):
            raise OptionError(f"network.blocks is {self.blocks}: expected at least one channel count above 0")
        if any(count < 1 for count in self.scratch):
            raise OptionError(f"network.scratch is {self.scratch}: expected channel counts above 0")
        if self.normalisation not in ("imagenet", "signed"):
            raise OptionError(
                f"network.normalisation is {self.normalisation!r}: expected 'imagenet' or 'signed'"
            )


@dataclass(frozen=True)
class AugmentSettings:
    """How far a training face may be moved, lit and covered; each range is symmetric around "unchanged".

    rotate_deg, shear_deg: degrees. zoom: natural logarithm of the scale. shift: share of the side.
    brightness, contrast: share of full range. erase_prob: how often a patch is covered.
    blur_px: largest deviation of a Gaussian blur, in pixels of the 48. noise: deviation of Gaussian noise,
    share of full range. One face in four is blurred, one in four gets noise. jpeg_prob: how often a face is
    stored as JPEG of quality 20 to 80 before.
    """

    rotate_deg: float = 18.0
    zoom: float = 0.18
    shift: float = 0.08
    shear_deg: float = 8.0
    brightness: float = 0.25
    contrast: float = 0.3
    erase_prob: float = 0.3
    blur_px: float = 0.0
    noise: float = 0.0
    jpeg_prob: float = 0.0

    def __post_init__(self) -> None:
        check_range("augment.rotate_deg", self.rotate_deg, 0.0, 180.0)
        check_range("augment.zoom", self.zoom, 0.0, 2.0)
        check_range("augment.shift", self.shift, 0.0, 0.5)
        check_range("augment.shear_deg", self.shear_deg, 0.0, 45.0)
        check_range("augment.brightness", self.brightness, 0.0, 0.9)
        check_range("augment.contrast", self.contrast, 0.0, 0.9)
        check_range("augment.erase_prob", self.erase_prob, 0.0, 1.0)
        check_range("augment.blur_px", self.blur_px, 0.0, 4.0)
        check_range("augment.noise", self.noise, 0.0, 0.5)
        check_range("augment.jpeg_prob", self.jpeg_prob, 0.0, 1.0)

    def scaled(self, share: float) -> AugmentSettings:
        """Every range and probability times `share`."""
        return AugmentSettings(**{name: value * share for name, value in asdict(self).items()})


@dataclass(frozen=True)
class PhaseSettings:
    """One phase of transfer learning.

    unfreeze: share of the backbone's stages that learn, counted from its top: 0 freezes it, 1 trains all.
    lr: peak learning rate of the one-cycle schedule; backbone_lr: the same for the unfrozen stages.
    upsample_px: side to which the 48-pixel faces are enlarged inside the network.
    patience: epochs without a better validation score before the phase ends early.
    views: augmentation of its own, instead of the recipe's. augment: share of either, 0 to 1.
    fix_statistics: keep BatchNorm's statistics as the phase before left them; an epoch then costs a CPU about
        two thirds.
    dropout: share of pooled features dropped, instead of the network's.
    distil: share of the loss, 0 to 1, that compares with the mean answer of the recipe's teachers, or without
        teachers of the network itself as the phase found it; the rest compares with labels and votes.
    taught_by: whose mean answer that is, instead: some of the teachers, and the network as phases before this
        one left it, all by their names.
    sharpness: how far the weights climb up the loss before each step, see `mien.train.sharpness`; 0: not at
        all.
    mixup: spread with which faces are laid over one another, see `mien.train.mixing`; 0: not at all.
    """

    name: str
    epochs: int
    unfreeze: float
    lr: float
    backbone_lr: float
    upsample_px: int = 96
    patience: int = 6
    augment: float = 1.0
    fix_statistics: bool = False
    dropout: float | None = None
    distil: float = 0.0
    taught_by: tuple[str, ...] = ()
    sharpness: float = 0.0
    mixup: float = 0.0
    views: AugmentSettings | None = None

    def __post_init__(self) -> None:
        _check_name("a phase's name", self.name)
        if self.name == TEACHERS:
            raise OptionError(
                f"a phase's name is {TEACHERS!r}: expected another, that folder is for teachers"
            )
        where = f"phase {self.name!r}"
        check_range(f"{where}: epochs", self.epochs, 1, 10_000)
        check_range(f"{where}: unfreeze", self.unfreeze, 0.0, 1.0)
        check_range(f"{where}: lr", self.lr, 1e-8, 1.0)
        check_range(f"{where}: backbone_lr", self.backbone_lr, 1e-8, 1.0)
        check_range(f"{where}: upsample_px", self.upsample_px, *UPSAMPLE_PX)
        check_range(f"{where}: patience", self.patience, 1, 10_000)
        check_range(f"{where}: augment", self.augment, 0.0, 1.0)
        if self.dropout is not None:
            check_range(f"{where}: dropout", self.dropout, 0.0, 0.95)
        check_range(f"{where}: distil", self.distil, 0.0, 1.0)
        if self.taught_by and not self.distil:
            raise OptionError(
                f"{where}: taught_by is {list(self.taught_by)}: expected a distil share above 0"
            )
        check_range(f"{where}: sharpness", self.sharpness, 0.0, 10.0)
        check_range(f"{where}: mixup", self.mixup, 0.0, 10.0)


def _check_name(what: str, name: object) -> None:
    """A name becomes a folder's."""
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w-]*", name):
        raise OptionError(f"{what} is {name!r}: expected letters, digits, - and _")


def default_phases() -> tuple[PhaseSettings, ...]:
    """New layers on a frozen backbone, then the backbone's top third at a reduced rate."""
    return (
        PhaseSettings(name="head", epochs=4, unfreeze=0.0, lr=4e-3, backbone_lr=4e-4),
        PhaseSettings(name="finetune", epochs=14, unfreeze=0.35, lr=2e-3, backbone_lr=1e-3),
    )


@dataclass(frozen=True)
class TeacherSettings:
    """A network that is trained first, by a recipe of its own, and then taught from."""

    name: str
    recipe: TrainSettings

    def __post_init__(self) -> None:
        _check_name("a teacher's name", self.name)


@dataclass(frozen=True)
class TrainSettings:
    """A whole run.

    teachers: what phases with a `distil` share learn from; trained before the first phase.
    begin: the teacher whose weights the network begins with, if any; it must be the same network.
    label_smoothing: share of a label's weight spread over the other classes (label head only).
    class_weight_power: classes are weighted by (mean count / count) to this power; 0 turns weights off.
    ema_decay: decay per step of the averaged weights that are validated and kept.
    batch_size: pictures a step, shared out where several processes train together.
    precision: Lightning's name (`32-true`, `bf16-mixed`, `16-mixed`) or `auto`: 16-mixed on a GPU, else
    32-true.
    """

    network: NetworkSettings = field(default_factory=NetworkSettings)
    phases: tuple[PhaseSettings, ...] = field(default_factory=default_phases)
    augment: AugmentSettings = field(default_factory=AugmentSettings)
    batch_size: int = 128
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    class_weight_power: float = 0.5
    ema_decay: float = 0.998
    precision: str = "auto"
    seed: int = 1
    teachers: tuple[TeacherSettings, ...] = ()
    begin: str = ""

    def __post_init__(self) -> None:
        check_range("batch_size", self.batch_size, 2, 65536)
        check_range("weight_decay", self.weight_decay, 0.0, 1.0)
        check_range("label_smoothing", self.label_smoothing, 0.0, 0.9)
        check_range("class_weight_power", self.class_weight_power, 0.0, 2.0)
        check_range("ema_decay", self.ema_decay, 0.0, 0.99999)
        check_range("seed", self.seed, 0, 2**32 - 1)
        if self.precision not in PRECISIONS:
            raise OptionError(f"precision is {self.precision!r}: expected one of {', '.join(PRECISIONS)}")
        names = [phase.name for phase in self.phases]
        if not names or len(set(names)) < len(names):
            raise OptionError(f"phases are {names}: expected at least one, each with a name of its own")
        taught = [teacher.name for teacher in self.teachers]
        if len(set(taught)) < len(taught):
            raise OptionError(f"teachers are {taught}: expected each with a name of its own")
        self._check_taught_by([*taught])
        if self.begin and self.teacher(self.begin).recipe.network != self.network:
            raise OptionError(f"begin is {self.begin!r}: expected a teacher with the network of the recipe")

    def _check_taught_by(self, known: list[str]) -> None:
        """known: names of the teachers."""
        for phase in self.phases:
            unknown = [name for name in phase.taught_by if name not in known]
            if unknown:
                raise OptionError(
                    f"phase {phase.name!r}: taught_by is {unknown[0]!r}: expected one of "
                    f"{', '.join(known) or 'the teachers, of which the recipe has none'}"
                )
            if phase.name in known:
                raise OptionError(f"phase {phase.name!r}: expected another name, a teacher has that one")
            known.append(phase.name)

    def teacher(self, name: str) -> TeacherSettings:
        """The teacher of that name; OptionError if there is none."""
        for teacher in self.teachers:
            if teacher.name == name:
                return teacher
        names = ", ".join(teacher.name for teacher in self.teachers) or "a recipe with teachers"
        raise OptionError(f"teacher {name!r}: expected {names}")

    def networks(self) -> Iterator[NetworkSettings]:
        """The networks that a run trains: its own, and those of its teachers' runs."""
        yield self.network
        for teacher in self.teachers:
            yield from teacher.recipe.networks()

    def views(self, phase: PhaseSettings) -> AugmentSettings:
        """The augmentation of one of its phases."""
        return (phase.views or self.augment).scaled(phase.augment)


def read_settings(path: Path) -> TrainSettings:
    """Read a recipe; DataError names the file and what is wrong in it."""
    return recipe.read_settings(TrainSettings, path, "mien train")
