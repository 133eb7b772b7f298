"""What was measured, of which models: the card as data, and its JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from mien.classifier import SHIPPED_MODEL
from mien.detector import SHIPPED_FACE_MODEL
from mien.errors import DataError, OptionError
from mien.model_file import read_sealed

FORM = 1
"""Number of the JSON's form."""


class Part(str, Enum):
    """What can be measured alone, in the order of the page."""

    ACCURACY = "accuracy"
    CORRUPTIONS = "corruptions"
    PHOTOGRAPHS = "photographs"
    SPEED = "speed"
    FOOTPRINT = "footprint"

    def __str__(self) -> str:
        return self.value

    @classmethod
    def named(cls, name: str) -> Part:
        """The part of this name; OptionError for another."""
        try:
            return cls(name)
        except ValueError:
            raise OptionError(f"part {name!r}: expected one of {', '.join(cls)}") from None


@dataclass(frozen=True)
class Card:
    """A scorecard.

    models: "emotion" and "face", each with `file`, `sha256` and `bytes`. found: by part what was measured, as
    plain values. missing: by part that was not measured, why. Each part is in one of the two.
    """

    models: dict[str, dict[str, Any]]
    found: dict[Part, dict[str, Any]]
    missing: dict[Part, str]

    def keeping(self, old: Card) -> Card:
        """This card, with the old one's parts where this has none; DataError if it is of other models."""
        for name, model in self.models.items():
            before = old.models[name]
            if before["sha256"] != model["sha256"]:
                raise DataError(
                    f"the card that is there was made for another {name} model, SHA-256 "
                    f"{before['sha256'][:12]}…: expected {model['sha256'][:12]}…, measure all parts again"
                )
        both = {**old.found, **self.found}
        found = {part: both[part] for part in Part if part in both}  # in the order in which it is read back
        return Card(
            self.models, found, {part: why for part, why in self.missing.items() if part not in found}
        )

    def without(self, parts: Collection[Part]) -> Card:
        """This card with some parts told as not measured yet."""
        found = {part: said for part, said in self.found.items() if part not in parts}
        return replace(self, found=found, missing={**self.missing, **dict.fromkeys(parts, "not yet")})

    def as_record(self) -> dict[str, Any]:
        """The JSON form; a part that was not measured says why."""
        parts = {part.value: self.found.get(part) or {"not_measured": self.missing[part]} for part in Part}
        return {"form": FORM, "models": self.models, "parts": parts}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Card:
        """The inverse of `as_record`; KeyError or TypeError if it holds no card."""
        parts = {part: record["parts"][part.value] for part in Part}
        return cls(
            models={name: _model(record["models"][name]) for name in ("emotion", "face")},
            found={part: said for part, said in parts.items() if "not_measured" not in said},
            missing={part: said["not_measured"] for part, said in parts.items() if "not_measured" in said},
        )


def describe_models(model: Path | None = None) -> dict[str, dict[str, Any]]:
    """The emotion model, mien's own unless a file is named, and mien's face model.

    Raises ModelError for a file that is missing, is not one of ours, or has been changed.
    """
    paths = {"emotion": model or SHIPPED_MODEL, "face": SHIPPED_FACE_MODEL}
    return {name: _describe(path) for name, path in paths.items()}


def _model(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in ("file", "sha256", "bytes")}


def _describe(path: Path) -> dict[str, Any]:
    data = read_sealed(path)
    return {"file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def read_card(path: Path) -> Card:
    """The card of a JSON file; DataError if it holds none."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file: expected a card that `mien scorecard` wrote") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: no JSON ({error}): expected a card that `mien scorecard` wrote") from error
    form = record.get("form") if isinstance(record, dict) else None
    if form != FORM:
        raise DataError(
            f"{path}: form is {form!r}: expected a card of form {FORM}, as `mien scorecard` writes it"
        )
    try:
        return Card.from_record(record)
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path}: no whole card ({error} is missing): measure it again") from error
