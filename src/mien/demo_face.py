"""An animated face that the project draws itself: a source of frames for a machine without a camera.

It goes through the five emotions on a timetable that is known beforehand, so that what was recognised can be
laid beside what was drawn.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from mien import boxes
from mien.drawn import POSES, Expression, Stance, draw_face
from mien.errors import OptionError
from mien.sinks import Sink
from mien.sources import Source
from mien.types import Emotion, Frame, FrameResult

ORDER = (Emotion.NEUTRAL, Emotion.HAPPY, Emotion.SURPRISE, Emotion.SAD, Emotion.ANGRY)

CHANGE_S = 0.3
"""How long a change from one expression to the next takes; half of it lies before the new one's time."""

BLINK_S = 0.2
BLINK_EVERY_S = 2.7
FIRST_BLINK_S = 1.2

TILT_DEG = 2.0
SWAY_UNITS = 0.05


@dataclass(frozen=True)
class Scene:
    """From when to when one emotion is drawn, in seconds; at both ends the face is half-way in a change."""

    emotion: Emotion
    start_s: float
    end_s: float


@dataclass(frozen=True)
class SceneScore:
    """What was recognised in one scene.

    recognised: what most of its frames were taken for, None if no face was found in most of them.
    share_right: share of all its frames that were taken for what was drawn, 0 to 1.
    delay_s: from the scene's start to the first frame that was, None if none was.
    """

    scene: Scene
    recognised: Emotion | None
    share_right: float
    delay_s: float | None


def scene_at(timetable: tuple[Scene, ...], time_s: float) -> Scene:
    """The scene that is on at this time; the last one stays."""
    return next((scene for scene in timetable if time_s < scene.end_s), timetable[-1])


class Scoresheet(Sink):
    """Counts what is recognised in each scene: of the largest face, or None where no face was found.

    After the last scene the timetable begins again.
    """

    def __init__(self, timetable: tuple[Scene, ...]) -> None:
        self._counts: dict[Scene, Counter[Emotion | None]] = {scene: Counter() for scene in timetable}
        self._delays_s: dict[Scene, float] = {}
        self._round_s = timetable[-1].end_s

    def write(self, frame: Frame, result: FrameResult) -> None:
        time_s = frame.timestamp_s % self._round_s
        scene = scene_at(tuple(self._counts), time_s)
        largest = max(result.faces, key=lambda face: boxes.area(face.box_xyxy), default=None)
        seen = largest.emotion if largest else None
        self._counts[scene][seen] += 1
        if seen is scene.emotion:
            self._delays_s.setdefault(scene, time_s - scene.start_s)

    @property
    def share_found(self) -> float:
        """Share of the frames in which a face was found, 0 to 1; 0 without frames."""
        frames = sum(counts.total() for counts in self._counts.values())
        found = frames - sum(counts[None] for counts in self._counts.values())
        return found / frames if frames else 0.0

    def scores(self) -> tuple[SceneScore, ...]:
        """One score for each scene of which a frame was seen."""
        return tuple(
            SceneScore(
                scene,
                counts.most_common(1)[0][0],
                counts[scene.emotion] / counts.total(),
                self._delays_s.get(scene),
            )
            for scene, counts in self._counts.items()
            if counts
        )


class DemoFace(Source):
    """The drawn face as a source: every run gives the very same frames.

    size: width and height in pixels. fps: frames a second. seconds_each: how long each emotion stays.
    endless: after the last emotion the first one comes again, until nobody looks any more.
    """

    def __init__(
        self,
        size: tuple[int, int] = (640, 480),
        fps: float = 25.0,
        seconds_each: float = 2.0,
        *,
        endless: bool = False,
    ) -> None:
        """OptionError unless sides are 64 to 4096 pixels, `fps` 1 to 240 and `seconds_each` 0.5 to 60."""
        if min(size) < 64 or max(size) > 4096:
            raise OptionError(f"the drawn face's size is {size}: expected sides from 64 to 4096 pixels")
        if not 1 <= fps <= 240:
            raise OptionError(f"the drawn face's fps is {fps}: expected a value from 1 to 240")
        if not 0.5 <= seconds_each <= 60:
            raise OptionError(f"seconds_each is {seconds_each}: expected a value from 0.5 to 60")
        self.name = "the drawn face"
        self.size = size
        self.fps: float = fps
        starts = [place * seconds_each for place in range(len(ORDER) + 1)]
        self.timetable = tuple(map(Scene, ORDER, starts, starts[1:]))
        self.frame_count = None if endless else math.floor(starts[-1] * fps)
        self._seconds_each = seconds_each

    def __iter__(self) -> Iterator[Frame]:
        for index in count() if self.frame_count is None else range(self.frame_count):
            time_s = index / self.fps
            yield Frame(index, time_s, draw_face(self.pose_at(time_s), self.size, _stance(time_s)))

    def pose_at(self, time_s: float) -> Expression:
        """The expression at this time, changes and blinks included."""
        place = round(time_s / self._seconds_each)
        before, after = (POSES[ORDER[at % len(ORDER)]] for at in (max(0, place - 1), place))
        share = _ease((time_s - place * self._seconds_each) / CHANGE_S + 0.5)
        return before.towards(after, share).blinking(_blink(time_s))


def _ease(share: float) -> float:
    """Slow at both ends, 0 to 1."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _blink(time_s: float) -> float:
    """How far the lids are shut, 0 to 1."""
    since_s = (time_s - FIRST_BLINK_S) % BLINK_EVERY_S
    return math.sin(math.pi * since_s / BLINK_S) ** 2 if since_s < BLINK_S else 0.0


def _stance(time_s: float) -> Stance:
    """Nobody holds quite still."""
    turn = 2 * math.pi * time_s
    return Stance(
        tilt_deg=TILT_DEG * math.sin(turn / 4.1),
        shift=(SWAY_UNITS * math.sin(turn / 5.3), 0.4 * SWAY_UNITS * math.sin(turn / 3.1)),
        gaze=(0.5 * math.sin(turn / 3.7), 0.3 * math.sin(turn / 2.9)),
    )
