"""A recipe of frozen dataclasses as YAML and back, by the types of their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import yaml

from mien.errors import DataError
from mien.files import write_text
from mien.train.detector.settings import FaceTrainSettings


def to_dict(settings: FaceTrainSettings) -> dict[str, Any]:
    """Plain dictionaries, lists and numbers, as in the YAML file."""
    plain: dict[str, Any] = _plain(asdict(settings))
    return plain


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a recipe may hold
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return list(value) if isinstance(value, tuple) else value


def from_dict(plain: object, where: str = "settings") -> FaceTrainSettings:
    """The inverse of `to_dict`; DataError names an unknown key or a value of the wrong kind."""
    settings = _build(FaceTrainSettings, plain, where)
    assert isinstance(settings, FaceTrainSettings)
    return settings


def _build(kind: type, plain: object, where: str) -> object:
    if not isinstance(plain, dict):
        raise DataError(f"{where} is {plain!r}: expected keys and values")
    assert is_dataclass(kind)
    known = {entry.name for entry in fields(kind)}
    unknown = sorted(str(name) for name in set(plain) - known)
    if unknown:
        raise DataError(f"{where}: unknown key {', '.join(unknown)}: expected {', '.join(sorted(known))}")
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value, f"{where}: {name}") for name, value in plain.items()})


def _value(kind: Any, value: Any, where: str) -> Any:  # noqa: ANN401 - a field of any type
    if is_dataclass(kind):
        return _build(kind, value, where)  # type: ignore[arg-type]  # it is a class, not an instance
    if get_origin(kind) is tuple:
        whole = isinstance(value, (list, tuple)) and all(type(part) is int for part in value)
        if not whole:
            raise DataError(f"{where} is {value!r}: expected a list of whole numbers")
        return tuple(value)
    fits = (int, float) if kind is float else kind
    if not isinstance(value, fits) or isinstance(value, bool):
        raise DataError(f"{where} is {value!r}: expected {_NAMES[kind]}")
    return value


_NAMES = {int: "a whole number", float: "a number", str: "text"}


def with_changes(settings: FaceTrainSettings, changes: Mapping[str, object]) -> FaceTrainSettings:
    """The settings with those of the changes that are not None."""
    asked: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    return replace(settings, **asked)


def write_settings(settings: FaceTrainSettings, path: Path) -> None:
    """Write the YAML form of a recipe."""
    write_text(path, yaml.safe_dump(to_dict(settings), sort_keys=False))


def read_settings(path: Path) -> FaceTrainSettings:
    """Read a recipe; DataError names the file and what is wrong in it."""
    try:
        plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{path}: cannot be read as YAML settings: {' '.join(str(error).split())}") from error
    return from_dict(plain, str(path))
