"""A recipe of frozen dataclasses as YAML and back, by the types of their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

import yaml

from mien.errors import DataError, MienError
from mien.files import write_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Recipe = TypeVar("Recipe", bound="DataclassInstance")

_NAMES = {int: "a number", float: "a number", str: "text", bool: "true or false"}
_MANY = {int: "whole numbers", str: "names"}


def to_dict(settings: DataclassInstance) -> dict[str, Any]:
    """Plain dictionaries, lists and numbers, as in the YAML file."""
    plain: dict[str, Any] = _plain(asdict(settings))
    return plain


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a recipe may hold
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, (tuple, list)) else value


def from_dict(kind: type[Recipe], plain: object, where: str) -> Recipe:
    """The inverse of `to_dict`; DataError names an unknown key or a value of the wrong kind."""
    if not isinstance(plain, dict):
        raise DataError(f"{where} is {plain!r}: expected keys and values")
    known = {entry.name for entry in fields(kind)}
    unknown = sorted(str(name) for name in set(plain) - known)
    if unknown:
        raise DataError(f"{where}: unknown key {', '.join(unknown)}: expected {', '.join(sorted(known))}")
    hints = get_type_hints(kind)
    values = {name: _value(hints[name], value, f"{where}: {name}") for name, value in plain.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise DataError(f"{where}: {error}") from error


def _value(kind: Any, value: Any, where: str) -> Any:  # noqa: ANN401 - a field of any type
    if is_dataclass(kind):
        return from_dict(kind, value, where)  # type: ignore[arg-type]  # it is a class, not an instance
    if get_origin(kind) is tuple:
        return _entries(get_args(kind)[0], value, where)
    if type(None) in get_args(kind):
        (some,) = set(get_args(kind)) - {type(None)}
        return None if value is None else _value(some, value, where)
    if isinstance(value, (int, float) if kind is float else kind) and (
        kind is bool or not isinstance(value, bool)
    ):
        return value
    wanted = "a whole number" if kind is int and isinstance(value, float) else _NAMES[kind]
    raise DataError(f"{where} is {value!r}: expected {wanted}")


def _entries(kind: Any, value: Any, where: str) -> tuple[Any, ...]:  # noqa: ANN401 - a field of any type
    """A list of dataclasses, whole numbers or words."""
    if is_dataclass(kind):
        if not isinstance(value, list):
            raise DataError(f"{where} is {value!r}: expected a list")
        return tuple(_value(kind, entry, where) for entry in value)
    if not isinstance(value, (list, tuple)) or any(type(entry) is not kind for entry in value):
        raise DataError(f"{where} is {value!r}: expected a list of {_MANY[kind]}")
    return tuple(value)


def with_changes(settings: Recipe, changes: Mapping[str, object]) -> Recipe:
    """The settings with those of the changes that are not None."""
    asked: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    return replace(settings, **asked)


def write_settings(settings: DataclassInstance, path: Path) -> None:
    """Write the YAML form of a recipe."""
    write_text(path, yaml.safe_dump(to_dict(settings), sort_keys=False))


def read_settings(kind: type[Recipe], path: Path, command: str) -> Recipe:
    """Read a recipe as `command` writes it; DataError names the file and what is wrong in it."""
    plain = _read_yaml(path)
    if not isinstance(plain, dict):
        raise DataError(
            f"{path}: holds {type(plain).__name__}: expected keys and values, as `{command}` writes them"
        )
    try:
        return from_dict(kind, plain, str(path))
    except MienError:
        raise
    except (RecursionError, ValueError) as error:  # a part within itself, or a number too long to be told
        raise DataError(f"{path}: {error}: expected settings, as `{command}` writes them") from error


def _read_yaml(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except Exception as error:  # PyYAML lets the errors of what it builds through, whatever they are
        said = " ".join(str(error).split())
        raise DataError(f"{path}: cannot be read as YAML settings: {said}") from error
