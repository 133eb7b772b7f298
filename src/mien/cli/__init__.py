"""The `mien` command: a module a group of commands, each command thin."""

from mien.cli import live, predict  # noqa: F401 - each registers its commands
from mien.cli.app import app, main

__all__ = ["app", "main"]
