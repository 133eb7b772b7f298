"""`mien run`, `mien demo` and `mien doctor`: what moves, and whether this machine can show it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mien.cli.app import app, note
from mien.cli.live_options import (
    DetectEveryOption,
    LiveChoice,
    NeutralFileOption,
    NeutralOption,
    UnsureBelowOption,
)
from mien.cli.models import (
    Detector,
    DetectorModelOption,
    DetectorOption,
    ModelChoice,
    ModelOption,
    PriorShareOption,
    ThreadsOption,
)
from mien.cli.outputs import (
    AnonymizeOption,
    CsvOption,
    ExplainFlag,
    JsonlOption,
    Outputs,
    ParquetOption,
    SaveOption,
    VcamFlag,
    WindowFlag,
)
from mien.cli.watch import watch
from mien.demo_face import DemoFace, SceneScore, Scoresheet
from mien.doctor import Check, examine, works
from mien.errors import OptionError
from mien.options import SourceOptions
from mien.sinks import Anonymize, display_problem
from mien.sources import open_source

DEMO_VIDEO = Path("mien-demo.mp4")


@app.command()
def run(
    source: Annotated[
        str, typer.Argument(help="Camera number, video, photo, folder of photos, rtsp:// or http:// URL.")
    ] = "0",
    *,
    window: WindowFlag = True,
    save: SaveOption = None,
    jsonl: JsonlOption = None,
    csv: CsvOption = None,
    parquet: ParquetOption = None,
    vcam: VcamFlag = False,
    anonymize: AnonymizeOption = Anonymize.OFF,
    explain: ExplainFlag = False,
    detector: DetectorOption = Detector.AUTO,
    detector_model: DetectorModelOption = None,
    model: ModelOption = None,
    threads: ThreadsOption = 1,
    prior_share: PriorShareOption = None,
    neutral: NeutralOption = None,
    neutral_file: NeutralFileOption = None,
    detect_every: DetectEveryOption = 1,
    unsure_below: UnsureBelowOption = None,
    give_up: Annotated[
        float | None,
        typer.Option(
            "--give-up",
            metavar="SECONDS",
            help="End when a camera or stream gave nothing for so long [default: wait for ever].",
        ),
    ] = None,
) -> None:
    """Show, frame by frame, which emotion each face shows: camera, video, folder or stream. `q` quits.

    Without SOURCE it opens the first camera. A camera or stream that drops out is opened again, and what is
    written goes on in the same files.

    In a window the picture never waits for the analysis: the newest frame is shown with the newest result,
    and frames for which there is no time are not analysed. A recording without a window, or one of which
    something is written, is analysed frame by frame, however long that takes.

    Where a face cannot be seen well, or the model is not sure, it is `unsure`. With `--neutral`, or at the
    key `n`, hold still for a moment and look as you do at rest: mien learns what that is for you.

    Examples:

        mien run

        mien run clip.mp4 --save annotated.mp4

        mien run clip.mp4 --no-window --jsonl faces.jsonl --csv faces.csv

        mien run --neutral 5 --neutral-file me.json

        mien run rtsp://camera.local/stream --no-window --jsonl door.jsonl --give-up 60
    """
    outputs = Outputs(window, save, jsonl, csv, parquet, vcam, anonymize, explain)
    outputs = outputs.checked(source, neutral_file)
    covers = anonymize is not Anonymize.OFF
    if covers and detect_every > 1:
        raise OptionError(
            f"--detect-every {detect_every} misses whoever comes between: expected 1 with --anonymize"
        )
    live = LiveChoice(neutral, neutral_file, detect_every, unsure_below)
    choice = ModelChoice(detector, detector_model, model, threads, prior_share=prior_share, thorough=covers)
    skipped: list[str] = []
    options = SourceOptions(give_up_s=give_up)
    try:
        with open_source(source, options=options, on_skip=skipped.append, on_notice=note) as frames:
            watch(frames, live.pipeline(choice), outputs)
    finally:
        for line in skipped:
            note(line)
    if skipped:
        raise typer.Exit(2)


@app.command()
def demo(
    window: WindowFlag = True,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE", help=f"Write the video; with no display: {DEMO_VIDEO}."),
    ] = None,
    detector: DetectorOption = Detector.AUTO,
    detector_model: DetectorModelOption = None,
    model: ModelOption = None,
    threads: ThreadsOption = 1,
    prior_share: PriorShareOption = None,
) -> None:
    """No camera? Watch an animated face, drawn by mien, go through the five emotions.

    In a window it begins again and again until `q` is pressed; with `--save` or without a window it ends by
    itself. Then a table says what was drawn when, and what was recognised.

    Examples:

        mien demo

        mien demo --no-window --save face.mp4
    """
    if not window or display_problem():
        window, save = False, save or DEMO_VIDEO
    face = DemoFace(endless=window and save is None)
    sheet = Scoresheet(face.timetable)
    pipeline = ModelChoice(detector, detector_model, model, threads, prior_share=prior_share).pipeline()
    watch(face, pipeline, Outputs(window, save), [sheet])
    Console().print(_score_table(sheet.scores()))


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a list of checks.")] = False,
    detector: DetectorOption = Detector.AUTO,
    detector_model: DetectorModelOption = None,
    model: ModelOption = None,
) -> None:
    """Check cameras, display, detector, model and versions, and say what to do about each failure.

    The exit code is 0 where models and pipeline work, even without a camera or a display; else 2.

    Examples:

        mien doctor

        mien doctor --json > report.json
    """
    checks = examine(ModelChoice(detector, detector_model, model).load, model)
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        _print_checks(checks)
    raise typer.Exit(0 if works(checks) else 2)


def _score_table(scores: Sequence[SceneScore]) -> Table:
    table = Table(title="What was drawn, and what was recognised")
    for heading in ("from s", "to s"):
        table.add_column(heading, justify="right")
    table.add_column("drawn")
    table.add_column("recognised")
    table.add_column("frames right", justify="right")
    table.add_column("seen after s", justify="right")
    for score in scores:
        right = score.recognised is score.scene.emotion
        table.add_row(
            f"{score.scene.start_s:.1f}",
            f"{score.scene.end_s:.1f}",
            score.scene.emotion.value,
            Text(
                score.recognised.value if score.recognised else "no face", style="green" if right else "red"
            ),
            f"{score.share_right:.0%}",
            "never" if score.delay_s is None else f"{score.delay_s:.2f}",
        )
    return table


def _print_checks(checks: Sequence[Check]) -> None:
    table = Table(show_header=False, box=None, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    # A hash or path that is cut short is of no use.
    table.add_column(overflow="fold")
    for check in checks:
        mark, style = (
            ("ok", "green") if check.ok else ("failed", "red") if check.needed else ("missing", "yellow")
        )
        table.add_row(Text(mark, style=style), Text(check.name, style="bold"), Text(check.detail))
        if check.advice:
            table.add_row("", "", Text(check.advice, style="italic"))
    Console().print(table)
