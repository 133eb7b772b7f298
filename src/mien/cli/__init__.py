"""The `mien` command: a module a group of commands, each command thin."""

from mien.cli import (  # noqa: F401 - each registers its commands
    audit,
    detector_training,
    live,
    predict,
    report,
    scorecard,
    serve,
    training,
)
from mien.cli.app import MAKING, app, main
from mien.cli.data import data_app

app.add_typer(data_app, name="data", rich_help_panel=MAKING)

__all__ = ["app", "main"]
