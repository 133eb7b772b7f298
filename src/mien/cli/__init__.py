"""The `mien` command: a module a group of commands, each command thin."""

from mien.cli.app import app, main

__all__ = ["app", "main"]
