"""Every number of the runtime that one might want to turn, checked once when it is set."""

from __future__ import annotations

from dataclasses import dataclass, field

from mien.errors import OptionError


def check_range(name: str, value: float, low: float, high: float) -> None:
    """OptionError that names the option unless `value` is a number from `low` to `high`."""
    if not isinstance(value, (int, float)):
        raise OptionError(f"{name} is {value!r}: expected a number from {low} to {high}")
    if not low <= value <= high:
        raise OptionError(f"{name} is {value}: expected a value from {low} to {high}")


@dataclass(frozen=True)
class Framing:
    """How a square crop is cut around a detector's box.

    scale: side of the square over the longer side of the box.
    lift: how far the square moves up, over its own side; negative moves it down.
    """

    scale: float = 1.0
    lift: float = 0.05

    def __post_init__(self) -> None:
        check_range("framing.scale", self.scale, 0.3, 4.0)
        check_range("framing.lift", self.lift, -0.5, 0.5)


@dataclass(frozen=True)
class DetectorOptions:
    """What counts as a face, and how large a picture the detector looks at.

    min_score: faces under this confidence (0 to 1) are dropped (YuNet only; Haar has no calibrated score).
    min_face_px: smallest face wanted, in pixels of the frame.
    long_side_px: a larger picture is scaled down to this long side before detection, boxes are scaled back.
    close_up_px: long side of the second look, which finds faces that fill the picture.
    close_up_border: border around the second look, over its long side.
    max_cover: of two faces that cover each other by more than this share of the smaller one, one is dropped.
    max_faces: only so many faces, the largest first.
    haar_step, haar_close_up_step: ratio of one size of window to the next, in the first and the second look.
    haar_neighbours: so many windows must agree on a face.
    """

    min_score: float = 0.7
    min_face_px: int = 20
    long_side_px: int = 480
    close_up_px: int = 128
    close_up_border: float = 0.3
    max_cover: float = 0.5
    max_faces: int = 32
    haar_step: float = 1.2
    haar_close_up_step: float = 1.1
    haar_neighbours: int = 4

    def __post_init__(self) -> None:
        check_range("detector.min_score", self.min_score, 0.0, 1.0)
        check_range("detector.min_face_px", self.min_face_px, 8, 2000)
        check_range("detector.long_side_px", self.long_side_px, 64, 4096)
        check_range("detector.close_up_px", self.close_up_px, 32, 4096)
        check_range("detector.close_up_border", self.close_up_border, 0.0, 2.0)
        check_range("detector.max_cover", self.max_cover, 0.0, 1.0)
        check_range("detector.max_faces", self.max_faces, 1, 1000)
        check_range("detector.haar_step", self.haar_step, 1.01, 2.0)
        check_range("detector.haar_close_up_step", self.haar_close_up_step, 1.01, 2.0)
        check_range("detector.haar_neighbours", self.haar_neighbours, 0, 100)


@dataclass(frozen=True)
class TrackerOptions:
    """When two boxes are the same person.

    min_iou: least overlap (intersection over union, 0 to 1) of a face with where its track is expected.
    max_gap_s: a track that is not seen for so many seconds is forgotten, and its id is not used again.
    """

    min_iou: float = 0.15
    max_gap_s: float = 1.0

    def __post_init__(self) -> None:
        check_range("tracker.min_iou", self.min_iou, 0.0, 1.0)
        check_range("tracker.max_gap_s", self.max_gap_s, 0.0, 60.0)


@dataclass(frozen=True)
class SmootherOptions:
    """How calm the labels are, in seconds, so that 10 and 60 frames a second behave alike.

    half_life_s: after so many seconds an old frame counts half; 0 turns smoothing and holding off.
    margin: how much more probable a new emotion must be before it takes over.
    hold_s: and for how long.
    max_gap_s: a face not seen for so many seconds is forgotten, and shown at once when it comes again.
    """

    half_life_s: float = 0.15
    margin: float = 0.1
    hold_s: float = 0.1
    max_gap_s: float = 1.0

    def __post_init__(self) -> None:
        check_range("smoother.half_life_s", self.half_life_s, 0.0, 60.0)
        check_range("smoother.margin", self.margin, 0.0, 1.0)
        check_range("smoother.hold_s", self.hold_s, 0.0, 60.0)
        check_range("smoother.max_gap_s", self.max_gap_s, 0.0, 60.0)


@dataclass(frozen=True)
class SourceOptions:
    """How frames are read.

    max_megapixels: a larger picture is refused before it is decoded (100 megapixels are 300 MB as BGR).
    picture_interval_s: seconds from one picture of a folder to the next; longer than a tracker's memory, so
        that nobody is taken for the person on the picture before.
    fallback_fps: rate of a video that does not state its own.
    stall_s: a stream from the network that gives nothing for so long is closed and opened again.
    quiet_s: after so long without a picture a person is told that the camera or stream is silent.
    glitch_s: a camera whose reads fail for longer than this has dropped out, and is opened again.
    reopen_first_s: pause before it is opened again, twice as long with each try that fails.
    reopen_longest_s: but no longer than this.
    give_up_s: after so long without a picture the camera or stream is given up; None is never.
    """

    max_megapixels: float = 100.0
    picture_interval_s: float = 2.0
    fallback_fps: float = 25.0
    stall_s: float = 10.0
    quiet_s: float = 1.5
    glitch_s: float = 0.2
    reopen_first_s: float = 0.5
    reopen_longest_s: float = 10.0
    give_up_s: float | None = None

    def __post_init__(self) -> None:
        check_range("source.max_megapixels", self.max_megapixels, 0.01, 1000.0)
        check_range("source.picture_interval_s", self.picture_interval_s, 0.001, 3600.0)
        check_range("source.fallback_fps", self.fallback_fps, 0.1, 1000.0)
        check_range("source.stall_s", self.stall_s, 0.1, 600.0)
        check_range("source.quiet_s", self.quiet_s, 0.1, 600.0)
        check_range("source.glitch_s", self.glitch_s, 0.0, 60.0)
        check_range("source.reopen_first_s", self.reopen_first_s, 0.01, 600.0)
        check_range("source.reopen_longest_s", self.reopen_longest_s, self.reopen_first_s, 600.0)
        if self.give_up_s is not None:
            check_range("source.give_up_s", self.give_up_s, 0.0, 86400.0)


@dataclass(frozen=True)
class OverlayOptions:
    """What is drawn over a picture, in shares of its shorter side so that it looks alike at 480p and 4K.

    text: height of a line of text over the shorter side; a small face gets smaller text.
    min_text_px: but no text is smaller than this many pixels, unless the picture is too narrow for it.
    bars: whether the five probabilities are drawn.
    max_bars_faces: with more faces than this there are no bars, they would hide the people.
    min_bars_face_px: a face whose shorter side is under this has no bars and no timeline, nor has one
        without free room.
    timeline_s: so many of a person's last seconds are shown.
    timeline_gap_s: a person not seen for longer leaves a gap there.
    heat_opacity: how much of the face the hottest place of a heat map hides, 0 to 1.
    """

    text: float = 0.036
    min_text_px: int = 11
    bars: bool = True
    max_bars_faces: int = 6
    min_bars_face_px: int = 48
    timeline_s: float = 10.0
    timeline_gap_s: float = 0.5
    heat_opacity: float = 0.6

    def __post_init__(self) -> None:
        check_range("overlay.text", self.text, 0.01, 0.2)
        check_range("overlay.min_text_px", self.min_text_px, 6, 100)
        check_range("overlay.max_bars_faces", self.max_bars_faces, 0, 1000)
        check_range("overlay.min_bars_face_px", self.min_bars_face_px, 8, 2000)
        check_range("overlay.timeline_s", self.timeline_s, 1.0, 600.0)
        check_range("overlay.timeline_gap_s", self.timeline_gap_s, 0.0, 60.0)
        check_range("overlay.heat_opacity", self.heat_opacity, 0.0, 1.0)


@dataclass(frozen=True)
class AnonymizeOptions:
    """How faces are made unrecognisable.

    grow: side of what is covered over the side of the face's box, in both directions.
    hold_s: what a face covered so many seconds ago stays covered, for frames in which it is not found.
    cells: a blurred head keeps so many colours along its longer side, and nothing else.
    """

    grow: float = 1.8
    hold_s: float = 0.5
    cells: int = 6

    def __post_init__(self) -> None:
        check_range("anonymize.grow", self.grow, 1.0, 5.0)
        check_range("anonymize.hold_s", self.hold_s, 0.0, 60.0)
        check_range("anonymize.cells", self.cells, 1, 16)


@dataclass(frozen=True)
class RuntimeOptions:
    """Options of all stages together.

    threads: how many cores one model call may use.
    prior_share: how much of the class prior is taken out of the probabilities; None is the model's own rule.
    """

    detector: DetectorOptions = field(default_factory=DetectorOptions)
    tracker: TrackerOptions = field(default_factory=TrackerOptions)
    smoother: SmootherOptions = field(default_factory=SmootherOptions)
    threads: int = 1
    prior_share: float | None = None

    def __post_init__(self) -> None:
        check_range("threads", self.threads, 1, 256)
        if self.prior_share is not None:
            check_range("prior_share", self.prior_share, 0.0, 1.0)
