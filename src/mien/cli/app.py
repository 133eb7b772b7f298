"""The command line's frame: one app, one place where errors become a line and an exit code."""

from __future__ import annotations

import io
import sys
from typing import Annotated, Any, NoReturn, cast

import typer

from mien import __version__
from mien.errors import MienError
from mien.pictures import quiet_opencv

app = typer.Typer(
    name="mien",
    help="Find faces and say which of five emotions each shows: angry, happy, sad, surprise, neutral.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


MAKING = "Data, training, measuring"
"""What the help puts below the commands that people use every day."""


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"mien {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """Options that go with no command."""


def note(line: str) -> None:
    """One line for people, on stderr, so that stdout stays free for results."""
    print(f"mien: {line}", file=sys.stderr)


def fail(line: str) -> NoReturn:
    """One line on stderr, exit code 2."""
    note(line)
    raise SystemExit(2)


_UsageError = cast("type[Exception]", typer.BadParameter.__base__)
"""What Typer refuses a command line with; newer ones bring a Click of their own, so it has no other name."""


def main() -> None:
    """Entry point of the `mien` command."""
    quiet_opencv()
    _write_what_can_be()
    try:
        raise SystemExit(app(standalone_mode=False))
    except _UsageError as error:
        _refuse(error)
    except MienError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or 'output'}: {error.strerror or error}")
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _write_what_can_be() -> None:
    """Let standard output show `?` for what its encoding lacks: redirected on Windows it has few letters."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _refuse(error: Any) -> NoReturn:  # noqa: ANN401 - see `_UsageError`
    """What is wrong with the command line, and where the right ones are told."""
    said = " ".join(error.format_message().split()).rstrip(".")
    if not said:  # no command at all: Typer has shown the help already
        raise SystemExit(2)
    value = _refused_value(error)
    if value is not None and value not in said:
        said += f" (it is {value})"
    fail(f"{said}; see {error.ctx.command_path} --help" if error.ctx else said)


def _refused_value(error: Exception) -> str | None:
    """What was typed, where Typer has it from Pydantic: newer ones leave it out of what they say."""
    validation: Any = error.__cause__
    return repr(validation.errors()[0]["input"]) if hasattr(validation, "errors") else None
