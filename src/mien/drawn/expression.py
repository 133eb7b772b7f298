"""What a face does, as numbers: the five named poses of the demo's drawn face, and the way between them.

The poses follow the Facial Action Coding System (Ekman and Friesen): an action unit, AU for short, is what
one group of muscles does. Everything is relative to the face at rest.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from mien.types import Emotion


@dataclass(frozen=True)
class Expression:
    """A pose of the drawn face; all but `eye_open` are 0 at rest, 1 is strong.

    brow_raise: whole brows up (AU 1+2), negative down (AU 4).
    brow_angle: inner ends up and outer ends down (AU 1), negative the other way round (AU 4, a frown).
    brow_squeeze: inner ends drawn together, with folds between them (AU 4).
    eye_open: opening of the lids, 0 shut, 1 at rest, above 1 wide (AU 5).
    lid_tight: lower lids tensed and up (AU 7).
    lid_droop: upper lids sag towards the outer corners.
    look_down: the eyes look down (AU 64), and the upper lids follow them.
    mouth_curve: corners up (AU 12), negative down (AU 15).
    mouth_open: jaw dropped (AU 26).
    mouth_width: corners apart (AU 20), negative together (AU 18).
    mouth_round: the opening is an O rather than a crescent (AU 27).
    mouth_square: the opening is rather a rectangle than an ellipse (AU 22).
    lip_press: lips thinned and pressed (AU 23 and 24).
    teeth: how much of the opening the upper teeth fill, from above.
    teeth_low: the same of the lower teeth, from below.
    cheek_raise: cheeks up and full, crinkles beside the eyes (AU 6).
    nose_wrinkle: wings of the nose up, folds on its bridge (AU 9).
    chin_raise: the chin pushes the lower lip up (AU 17).
    """

    brow_raise: float = 0.0
    brow_angle: float = 0.0
    brow_squeeze: float = 0.0
    eye_open: float = 1.0
    lid_tight: float = 0.0
    lid_droop: float = 0.0
    look_down: float = 0.0
    mouth_curve: float = 0.0
    mouth_open: float = 0.0
    mouth_width: float = 0.0
    mouth_round: float = 0.0
    mouth_square: float = 0.0
    lip_press: float = 0.0
    teeth: float = 0.0
    teeth_low: float = 0.0
    cheek_raise: float = 0.0
    nose_wrinkle: float = 0.0
    chin_raise: float = 0.0

    def towards(self, other: Expression, share: float) -> Expression:
        """The pose on the straight way from this one (share 0) to the other (share 1)."""
        return Expression(
            **{
                field.name: (1 - share) * getattr(self, field.name) + share * getattr(other, field.name)
                for field in fields(self)
            }
        )

    def blinking(self, closed: float) -> Expression:
        """The same pose with the lids `closed` by 0 to 1."""
        return replace(self, eye_open=self.eye_open * (1 - closed))


POSES: dict[Emotion, Expression] = {
    Emotion.ANGRY: Expression(
        brow_raise=-0.8,
        brow_angle=-1.3,
        brow_squeeze=1.2,
        eye_open=1.15,
        lid_tight=0.8,
        mouth_curve=-0.7,
        mouth_open=0.55,
        mouth_width=-0.05,
        mouth_square=1.0,
        lip_press=0.5,
        teeth=0.4,
        teeth_low=0.3,
        nose_wrinkle=1.0,
        chin_raise=0.4,
    ),
    Emotion.HAPPY: Expression(
        brow_raise=0.15,
        eye_open=1.1,
        lid_tight=0.5,
        mouth_curve=1.1,
        mouth_open=0.36,
        mouth_width=0.95,
        teeth=0.8,
        cheek_raise=1.0,
    ),
    Emotion.SAD: Expression(
        brow_raise=0.2,
        brow_angle=1.4,
        brow_squeeze=0.5,
        eye_open=0.8,
        lid_droop=1.0,
        look_down=0.3,
        mouth_curve=-1.5,
        mouth_open=0.3,
        mouth_width=-0.4,
        teeth=0.25,
        nose_wrinkle=0.15,
        chin_raise=1.0,
    ),
    Emotion.SURPRISE: Expression(
        brow_raise=1.0,
        eye_open=1.9,
        mouth_open=0.9,
        mouth_width=-0.35,
        mouth_round=1.0,
        teeth=0.1,
    ),
    Emotion.NEUTRAL: Expression(),
}
"""The five named poses."""
