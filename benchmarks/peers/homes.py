"""Environments of the peers: made once, kept, and made anew when what belongs in them changes."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mien.files import write_text

from .roster import Home, Peer
from .talk import NotMeasured, Worker

CHECKOUT = Path(__file__).parents[2]
WORKERS = Path(__file__).parent / "workers"
INSTALL_WITHIN_S = 1200
_NOT_OURS = ("pip", "setuptools", "_distutils_hack", "pkg_resources")


@dataclass(frozen=True)
class Settled:
    """A home on disk at `path`.

    size_mb: of all that was installed, in MB, without pip and setuptools. versions: of the packages that the
    home tells about.
    """

    home: Home
    path: Path
    size_mb: float
    versions: dict[str, str]

    def start(self, peer: Peer) -> Worker:
        """The peer's worker, at home in this folder: weights that it downloads stay in there."""
        script = WORKERS / peer.worker
        python = self.path / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        begun = ("node", script, self.path) if self.home.node else (python, script)
        environment = {"HOME": str(self.path), "DEEPFACE_HOME": str(self.path)}
        return Worker((*begun, *peer.how), self.path.with_suffix(".log"), environment=environment)


@cache
def contents(home: Home) -> str:
    """Tells what belongs in a home: its packages, or the source of mien."""
    if home.packages:
        return "\n".join(home.packages)
    sha = hashlib.sha256()
    for path in (CHECKOUT / "pyproject.toml", *sorted((CHECKOUT / "src").rglob("*"))):
        if path.is_file() and path.suffix != ".pyc":
            sha.update(str(path.relative_to(CHECKOUT)).encode() + path.read_bytes())
    return sha.hexdigest()


def settle(home: Home, folder: Path) -> Settled:
    """Make a home in `folder`, unless it is there as it should be. NotMeasured if it cannot be installed."""
    path = folder / home.name
    stamp = path / "ready.json"
    ready = json.loads(stamp.read_text()) if stamp.is_file() else {"contents": None}
    if ready.pop("contents") == contents(home):
        return Settled(home, path, **ready)
    stamp.unlink(missing_ok=True)
    if home.packages:
        shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True, exist_ok=True)
    for command in _commands(home, path):
        _run(command, path.with_suffix(".log"))
    return _settled(home, path, stamp)


def _settled(home: Home, path: Path, stamp: Path) -> Settled:
    library = _library(home, path)
    size_mb = _size_mb(library)
    versions = {name: _version(home, library, name) for name in home.tell}
    ready = {"contents": contents(home), "size_mb": size_mb, "versions": versions}
    write_text(stamp, json.dumps(ready))
    return Settled(home, path, size_mb, versions)


def _library(home: Home, path: Path) -> Path:
    """Where its packages lie."""
    if home.node:
        return path / "node_modules"
    return next(path.glob("lib/python3*/site-packages"), path / "Lib" / "site-packages")


def _size_mb(library: Path) -> float:
    parts = (part for part in library.iterdir() if part.name.split("-")[0] not in _NOT_OURS)
    files = (file for part in parts for file in (part.rglob("*") if part.is_dir() else (part,)))
    return sum(file.lstat().st_size for file in files if not file.is_dir()) / 1e6


def _version(home: Home, library: Path, name: str) -> str:
    if home.node:
        return str(json.loads((library / name / "package.json").read_text())["version"])
    found = importlib.metadata.distributions(name=name, path=[str(library)])
    return next((one.version for one in found), "not installed")


def _commands(home: Home, path: Path) -> Iterator[Sequence[str | Path]]:
    if home.node:
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        yield ("npm", "install", "--prefix", path, *quiet, *home.packages)
        return
    yield (sys.executable, "-m", "venv", path)
    python = path / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    install = (python, "-m", "pip", "install", "--quiet")
    if not home.packages:  # its dependencies stay, mien itself is replaced
        yield (*install, "--force-reinstall", "--no-deps", CHECKOUT)
    yield (*install, *(home.packages or (CHECKOUT,)))


def _run(command: Sequence[str | Path], log: Path) -> None:
    with log.open("w", encoding="utf-8") as file:
        try:
            done = subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=INSTALL_WITHIN_S,
                check=False,
            )
        except FileNotFoundError:
            raise NotMeasured(f"{command[0]} is not installed on this machine") from None
        except subprocess.TimeoutExpired:
            raise NotMeasured(f"could not be installed within {INSTALL_WITHIN_S // 60} minutes") from None
    if done.returncode:
        raise NotMeasured(f"could not be installed: {_complaint(log)}")


def _complaint(log: Path) -> str:
    """The last line that names an error, else the last one."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or [line for line in lines if line] or ["it said nothing"])[-1][:160]
