"""How large an install of mien is: its own files, and those of every package that it requires."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import mien


def installed_bytes() -> dict[str, int] | None:
    """Bytes by package, mien first, without any extra of it, without pip.

    Of mien the files of its folder count, since an editable install has them elsewhere. None if mien is
    imported from a folder that was never installed, so that nothing says what it requires.
    """
    try:
        root = distribution("mien")
    except PackageNotFoundError:
        return None
    packages = {name: _files_bytes(found) for name, found in _required(root).items()}
    return {"mien": _folder_bytes(Path(mien.__file__).parent), **packages}


def _required(root: Distribution) -> dict[str, Distribution]:
    """By name, all that a package needs without extras, and all that those need."""
    found: dict[str, Distribution] = {}
    waiting = list(_requirements(root, frozenset()))
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name not in found:
            found[name] = distribution(wanted.name)
            waiting += _requirements(found[name], frozenset(wanted.extras))
    return found


def _requirements(package: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    """What a package needs on this machine, with these extras of it."""
    for text in package.requires or ():
        wanted = Requirement(text)
        marker = wanted.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield wanted


def _files_bytes(package: Distribution) -> int:
    paths = (Path(str(file.locate())) for file in package.files or ())
    return sum(path.stat().st_size for path in paths if path.is_file())


def _folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
