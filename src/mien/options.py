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
    level: whether the square is turned with the face, so that the eyes are level; needs landmarks.
    max_tilt_deg: it is never turned by more than this.
    min_eyes: nor at all where the eyes are nearer to each other than this share of the box's longer side: a
        face seen from the side, whose eyes tell no tilt.
    """

    scale: float = 1.0
    lift: float = 0.05
    level: bool = False
    max_tilt_deg: float = 45.0
    min_eyes: float = 0.2

    def __post_init__(self) -> None:
        check_range("framing.scale", self.scale, 0.3, 4.0)
        check_range("framing.lift", self.lift, -0.5, 0.5)
        check_range("framing.max_tilt_deg", self.max_tilt_deg, 0.0, 180.0)
        check_range("framing.min_eyes", self.min_eyes, 0.0, 1.0)


@dataclass(frozen=True)
class DetectorOptions:
    """What counts as a face, and how large a picture the detector looks at.

    min_score: faces under this confidence (0 to 1) are dropped; None is the detector's own value. Haar, whose
        score is no probability, does not use it.
    min_face_px: smallest face wanted, in pixels of the frame.
    long_side_px: a larger picture is scaled down to this long side before detection, boxes are scaled back.
    close_up_px: long side of the second look, which finds faces that fill the picture; Haar and YuNet.
    close_up_border: border around the second look, over its long side; Haar and YuNet.
    own_largest_px: mien's own detector looks at more than `long_side_px` where the smallest wanted face would
        be too small in it to be found, up to this long side.
    own_close_up_px: long side of its second look, to which a smaller picture is enlarged.
    own_close_up_face: from that look it takes only faces that are at least as long as this share of the
        picture's long side; the first look is better at smaller ones.
    own_doubt_least, own_doubt_most: faces scored from the one to the other in these two looks are in doubt,
        and mien's own detector takes a closer look at each, in which the score may rise or fall.
    own_closer_looks: at most so many in a picture, the surest first; 0 for none.
    own_closer_px, own_closer_room: side of a closer look, and over the face's size in the picture.
    own_glance_px: longer side, in a glance, of the smallest face that it is to find again.
    own_glance_gain: a glance with more pixels than this share of a full look's is not worth it.
    max_cover: of two faces that cover each other by more than this share of the smaller one, one is dropped.
    max_faces: only so many faces, the largest first.
    haar_step, haar_close_up_step: ratio of one size of window to the next, in the first and the second look.
    haar_neighbours: so many windows must agree on a face.
    """

    min_score: float | None = None
    min_face_px: int = 20
    long_side_px: int = 480
    close_up_px: int = 128
    close_up_border: float = 0.3
    own_largest_px: int = 960
    own_close_up_px: int = 160
    own_close_up_face: float = 0.3
    own_doubt_least: float = 0.3
    own_doubt_most: float = 0.8
    own_closer_looks: int = 16
    own_closer_px: int = 160
    own_closer_room: float = 2.0
    own_glance_px: int = 48
    own_glance_gain: float = 0.7
    max_cover: float = 0.5
    max_faces: int = 1000
    haar_step: float = 1.2
    haar_close_up_step: float = 1.1
    haar_neighbours: int = 4

    def __post_init__(self) -> None:
        if self.min_score is not None:
            check_range("detector.min_score", self.min_score, 0.0, 1.0)
        check_range("detector.min_face_px", self.min_face_px, 8, 2000)
        check_range("detector.long_side_px", self.long_side_px, 64, 4096)
        check_range("detector.close_up_px", self.close_up_px, 32, 4096)
        check_range("detector.close_up_border", self.close_up_border, 0.0, 2.0)
        check_range("detector.own_largest_px", self.own_largest_px, 64, 4096)
        check_range("detector.own_close_up_px", self.own_close_up_px, 32, 4096)
        check_range("detector.own_close_up_face", self.own_close_up_face, 0.0, 1.0)
        check_range("detector.own_doubt_least", self.own_doubt_least, 0.0, 1.0)
        check_range("detector.own_doubt_most", self.own_doubt_most, self.own_doubt_least, 1.0)
        check_range("detector.own_closer_looks", self.own_closer_looks, 0, 1000)
        check_range("detector.own_closer_px", self.own_closer_px, 32, 640)
        check_range("detector.own_closer_room", self.own_closer_room, 1.0, 10.0)
        check_range("detector.own_glance_px", self.own_glance_px, 12, 640)
        check_range("detector.own_glance_gain", self.own_glance_gain, 0.0, 1.0)
        check_range("detector.max_cover", self.max_cover, 0.0, 1.0)
        check_range("detector.max_faces", self.max_faces, 1, 1000)
        check_range("detector.haar_step", self.haar_step, 1.01, 2.0)
        check_range("detector.haar_close_up_step", self.haar_close_up_step, 1.01, 2.0)
        check_range("detector.haar_neighbours", self.haar_neighbours, 0, 100)


@dataclass(frozen=True)
class LookoutOptions:
    """How often a stream is looked at for new faces; what it is between is said at `mien.lookout.Lookout`.

    full_s: the detector looks fully after so many seconds at the latest, glances are between; 0 for none.
    same_iou: a face of a glance is a known one if it overlaps it so much (intersection over union).
    steady: a glance is as sharp as the one before while the smallest face is at most so many times larger
        or smaller than it was.
    """

    full_s: float = 0.3
    same_iou: float = 0.4
    steady: float = 1.3

    def __post_init__(self) -> None:
        check_range("lookout.full_s", self.full_s, 0.0, 60.0)
        check_range("lookout.same_iou", self.same_iou, 0.0, 1.0)
        check_range("lookout.steady", self.steady, 1.0, 10.0)


@dataclass(frozen=True)
class TrackerOptions:
    """When two faces are the same person; a side is the longer side of the face's box.

    reach: so many sides may a face lie from where its track is expected.
    reach_a_second: and so many more for each second that it was not seen.
    max_growth: from one sight to the next a face grows or shrinks at most so many times.
    unrest: how fast people change their speed, in sides^2 / s^3: the process noise of the Kalman filter.
    tremble: how far a detector's boxes are off, in sides: its measurement noise.
    coast_s: someone who is not seen is expected to slow down, to 1 / e of the speed in so many seconds.
    likeness: how much it counts that a face looks like the track's, against how near it is.
    min_likeness: after an absence a face must look like the one before: correlation, -1 to 1.
    absence_s: who was looked for and not seen for longer was absent.
    max_gap_s: a track that is not seen for so many seconds is forgotten, and its id is not used again.
    detect_every: the detector looks at every so-many-th frame only; between, faces are taken to be where
        their tracks are expected.
    """

    reach: float = 0.8
    reach_a_second: float = 1.2
    max_growth: float = 2.0
    unrest: float = 30.0
    tremble: float = 0.03
    coast_s: float = 0.5
    likeness: float = 1.0
    min_likeness: float = 0.3
    absence_s: float = 0.25
    max_gap_s: float = 1.5
    detect_every: int = 1

    def __post_init__(self) -> None:
        check_range("tracker.reach", self.reach, 0.0, 10.0)
        check_range("tracker.reach_a_second", self.reach_a_second, 0.0, 100.0)
        check_range("tracker.max_growth", self.max_growth, 1.0, 100.0)
        check_range("tracker.unrest", self.unrest, 1e-3, 1e6)
        check_range("tracker.tremble", self.tremble, 1e-4, 1.0)
        check_range("tracker.coast_s", self.coast_s, 0.01, 60.0)
        check_range("tracker.likeness", self.likeness, 0.0, 10.0)
        check_range("tracker.min_likeness", self.min_likeness, -1.0, 1.0)
        check_range("tracker.absence_s", self.absence_s, 0.0, 60.0)
        check_range("tracker.max_gap_s", self.max_gap_s, 0.0, 60.0)
        check_range("tracker.detect_every", self.detect_every, 1, 100)


@dataclass(frozen=True)
class SmootherOptions:
    """How calm the labels are, in seconds, so that 10 and 60 frames a second behave alike.

    half_life_s: after so many seconds an old frame counts half; 0 turns smoothing and holding off.
    hold_s: so many seconds of clear evidence change the label.
    clear_odds: evidence for another emotion is clear where it is so many times as probable as the one shown;
        odds that are higher still count no more.
    even_odds: and is nil where it is so many times as probable; less speaks for the one shown.
    restless_half_life_s, restless_most: after n changes of late both odds are 1 + n times as high; a change
        counts half after so many seconds, and n is at most so much.
    max_gap_s: a face not seen for so many seconds is forgotten, and shown at once when it comes again.
    """

    half_life_s: float = 0.15
    hold_s: float = 0.3
    clear_odds: float = 1.8
    even_odds: float = 1.1
    restless_half_life_s: float = 5.0
    restless_most: float = 1.0
    max_gap_s: float = 1.0

    def __post_init__(self) -> None:
        check_range("smoother.half_life_s", self.half_life_s, 0.0, 60.0)
        check_range("smoother.hold_s", self.hold_s, 0.01, 60.0)
        check_range("smoother.even_odds", self.even_odds, 1.0, 100.0)
        check_range("smoother.clear_odds", self.clear_odds, 1.1 * self.even_odds, 1000.0)
        check_range("smoother.restless_half_life_s", self.restless_half_life_s, 0.01, 3600.0)
        check_range("smoother.restless_most", self.restless_most, 0.0, 100.0)
        check_range("smoother.max_gap_s", self.max_gap_s, 0.0, 60.0)


@dataclass(frozen=True)
class DoubtOptions:
    """When mien rather says "unsure"; what the numbers measure is said at `mien.types.Quality`.

    Probability, size, sharpness and light were chosen by `benchmarks/unsure.md`; of tilt and turn there are
    too few photographs to measure.

    min_prob: the probability of the emotion shown is under this; of the answers that are hardly above it
        one in two is wrong.
    min_size_px, min_sharpness, min_light: the face is smaller, more blurred, or darker.
    max_tilt_deg, max_turn: it is tilted or turned further, to either side.
    slack: once in doubt, a face must be better than a limit by this share of it.
    hold_s: a doubt comes and goes when it has had reason to for so many seconds.
    haste: a face that is better than the limit by several times the slack is out of doubt as many times
        sooner, up to so many times.
    max_gap_s: a face not seen for so many seconds is judged anew.
    """

    min_prob: float = 0.5
    min_size_px: float = 24.0
    min_sharpness: float = 0.03
    min_light: float = 0.03
    max_tilt_deg: float = 50.0
    max_turn: float = 0.6
    slack: float = 0.2
    hold_s: float = 1.5
    haste: float = 4.0
    max_gap_s: float = 1.0

    def __post_init__(self) -> None:
        check_range("doubt.min_prob", self.min_prob, 0.0, 1.0)
        check_range("doubt.min_size_px", self.min_size_px, 0.0, 10000.0)
        check_range("doubt.min_sharpness", self.min_sharpness, 0.0, 1.0)
        check_range("doubt.min_light", self.min_light, 0.0, 1.0)
        check_range("doubt.max_tilt_deg", self.max_tilt_deg, 0.0, 180.0)
        check_range("doubt.max_turn", self.max_turn, 0.0, 100.0)
        check_range("doubt.slack", self.slack, 0.0, 1.0)
        check_range("doubt.hold_s", self.hold_s, 0.0, 60.0)
        check_range("doubt.haste", self.haste, 1.0, 100.0)
        check_range("doubt.max_gap_s", self.max_gap_s, 0.0, 60.0)


@dataclass(frozen=True)
class NeutralOptions:
    """How a person's own resting face is taken into account.

    learn_s: so many seconds of a resting face are learned.
    min_frames: a face seen in fewer frames than this meanwhile is not learned.
    strength: share of the way from the usual to the person's own resting face that is corrected, 0 to 1.
    limit: the most that any log-probability is moved by, so that real expressions survive.
    max_gap_s: after so many seconds out of view a person's neutral may be handed on, see `mien.neutral`.
    """

    learn_s: float = 5.0
    min_frames: int = 5
    strength: float = 1.0
    limit: float = 0.75
    max_gap_s: float = 1.5

    def __post_init__(self) -> None:
        check_range("neutral.learn_s", self.learn_s, 0.1, 600.0)
        check_range("neutral.min_frames", self.min_frames, 1, 10000)
        check_range("neutral.strength", self.strength, 0.0, 1.0)
        check_range("neutral.limit", self.limit, 0.0, 10.0)
        check_range("neutral.max_gap_s", self.max_gap_s, 0.0, 60.0)


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
    lookout: LookoutOptions = field(default_factory=LookoutOptions)
    tracker: TrackerOptions = field(default_factory=TrackerOptions)
    neutral: NeutralOptions = field(default_factory=NeutralOptions)
    smoother: SmootherOptions = field(default_factory=SmootherOptions)
    doubt: DoubtOptions = field(default_factory=DoubtOptions)
    threads: int = 1
    prior_share: float | None = None

    def __post_init__(self) -> None:
        check_range("threads", self.threads, 1, 256)
        if self.prior_share is not None:
            check_range("prior_share", self.prior_share, 0.0, 1.0)
