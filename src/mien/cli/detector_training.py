"""`mien train-detector`, `evaluate-detector`, `export-detector`: from labelled pictures to a detector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from mien.cli.app import MAKING, app
from mien.cli.extras import needs_extra
from mien.cli.models import ThreadsOption
from mien.cli.progress import counted
from mien.cli.ready import ready_outputs
from mien.data_protocol import DataProtocol
from mien.errors import DataError, OptionError

if TYPE_CHECKING:
    from mien.train.detector.evaluate import DetectorScore
    from mien.train.detector.labels import LabelledPicture
    from mien.train.detector.scores import BandScore
    from mien.train.detector.settings import FaceTrainSettings

_DATA_HELP = "Folder with faces.jsonl, or with WIDER FACE's wider_face_split/, WIDER_train/ and WIDER_val/."


@app.command("train-detector", rich_help_panel=MAKING)
def train_detector(
    data: Annotated[Path | None, typer.Argument(help=_DATA_HELP)] = None,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run.")] = Path(
        "runs/detector"
    ),
    config: Annotated[Path | None, typer.Option(help="YAML recipe, as written beside every run.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that OUTPUT holds.")] = False,
    close_ups: Annotated[
        Path | None, typer.Option(help="Parquet of FER2013: its Training faces become close-ups.")
    ] = None,
    start_from: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Go on from the weights of an .onnx of `mien export-detector`."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs of the run.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Pictures a step.")] = None,
    precision: Annotated[str | None, typer.Option(help="32-true, bf16-mixed, 16-mixed or auto.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="One seed, one run, on one machine.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that prepare pictures meanwhile.")] = 0,
) -> None:
    """Train mien's face detector on pictures with labelled faces.

    Ctrl-C or a kill loses at most one epoch: `--resume` goes on from there.

    Examples:

        mien train-detector faces/ -o runs/detector --config configs/detector.yaml

        mien train-detector WIDER/ --close-ups clean.parquet --workers 2

        mien train-detector faces/ --start-from face.onnx --config configs/detector-further.yaml

        mien train-detector --resume -o runs/detector
    """
    with needs_extra("train"):
        from mien.train.detector import run  # noqa: PLC0415
    changes = {"epochs": epochs, "batch_size": batch_size, "precision": precision, "seed": seed}
    if resume:
        plan = run.read_plan(output)
        plan.check_same(data, _recipe(config, plan.settings, changes))
        plan.check_same_files(close_ups, start_from)
    else:
        if data is None:
            raise OptionError("no DATA given: expected a folder, or --resume with the run's folder")
        plan = run.new_plan(data, output, _recipe(config, None, changes), close_ups, start_from)
    with counted("Looking for hard places") as progress:
        hard = run.find_hard_places(plan, progress)
    report = run.execute(plan, output, workers, hard)
    typer.echo(
        f"Best model: {report.checkpoint}, mean average precision {report.score:.4f}; curves: {report.curves}"
    )


def _recipe(
    config: Path | None, begun: FaceTrainSettings | None, changes: Mapping[str, object]
) -> FaceTrainSettings:
    """The recipe of a file, of the run that was begun, or the default one, with the changes asked for."""
    from mien.train.detector.settings import FaceTrainSettings, read_settings  # noqa: PLC0415
    from mien.train.recipe import with_changes  # noqa: PLC0415

    return with_changes(read_settings(config) if config else begun or FaceTrainSettings(), changes)


@app.command("evaluate-detector", rich_help_panel=MAKING)
def evaluate_detector(
    data: Annotated[Path, typer.Argument(help=_DATA_HELP)],
    *,
    model: Annotated[Path | None, typer.Option(help="An .onnx that `mien export-detector` wrote.")] = None,
    split: Annotated[str, typer.Option(help="train or val.")] = "val",
    yunet: Annotated[Path | None, typer.Option(metavar="FILE", help="YuNet's file, to stand beside.")] = None,
    haar: Annotated[bool, typer.Option("--haar", help="Haar, to stand beside.")] = False,
    protocol: Annotated[
        DataProtocol, typer.Option(help="leak-free: without the photographs that train holds as well.")
    ] = DataProtocol.OFFICIAL,
    json_path: Annotated[Path | None, typer.Option("--json", help="Write all scores as JSON.")] = None,
    threads: ThreadsOption = 1,
) -> None:
    """Score face detectors on labelled pictures, by the size of the faces.

    Sizes are in pixels at a long side of 448. A face is found if the boxes overlap by half (IoU 0.5).

    Examples:

        mien evaluate-detector faces/ --model face.onnx --yunet yunet_n_320_320.onnx --haar

        mien evaluate-detector faces/ --model face.onnx --protocol leak-free

        mien evaluate-detector WIDER/ --model face.onnx --json scores.json
    """
    from mien.train.detector.evaluate import Contender, evaluate, write_record  # noqa: PLC0415
    from mien.train.detector.labels import label_file, read_labels  # noqa: PLC0415

    contenders = [Contender.mien(model, threads)] if model else []
    contenders += [Contender.yunet(yunet)] if yunet else []
    contenders += [Contender.haar()] if haar else []
    if not contenders:
        raise OptionError("no detector given: expected --model FILE, --yunet FILE or --haar")
    if protocol is DataProtocol.LEAK_FREE and split == "train":
        raise OptionError(
            "leak-free leaves out what train holds: expected --split val, or the official protocol"
        )
    ready_outputs([json_path], (label_file(data, split), model, yunet))
    every = read_labels(data, split)
    pictures = _without_repeats(every, data) if protocol is DataProtocol.LEAK_FREE else every
    left_out = len(every) - len(pictures)
    scores = []
    for contender in contenders:
        with counted(f"Looking with {contender.detector.name}") as progress:
            scores.append(evaluate(contender, pictures, progress))
    if json_path is not None:
        origin = {"data": str(data), "split": split, "protocol": protocol.value, "left_out": left_out}
        write_record(origin, scores, json_path)
    _print_scores(scores, left_out)


def _without_repeats(pictures: Sequence[LabelledPicture], data: Path) -> list[LabelledPicture]:
    """Those that are no photograph of the training split; DataError if none is."""
    from mien.train.detector.labels import read_labels  # noqa: PLC0415
    from mien.train.detector.repeats import come_again  # noqa: PLC0415

    with counted("Comparing with train") as progress:
        again = come_again(pictures, read_labels(data, "train"), progress)
    kept = [picture for picture, known in zip(pictures, again, strict=True) if not known]
    if not kept:
        raise DataError(f"{data}: train holds every picture: expected some that it does not hold")
    return kept


@app.command("export-detector", rich_help_panel=MAKING)
def export_detector(
    checkpoint: Annotated[
        Path,
        typer.Argument(help="A .ckpt that `mien train-detector` wrote, or an .onnx to be scored anew."),
    ],
    *,
    data: Annotated[Path, typer.Option("--data", help=_DATA_HELP)],
    split: Annotated[str, typer.Option(help="The split that chooses the threshold.")] = "val",
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = Path("face.onnx"),
    min_score: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="From which score on a face is believed [default: one false face in 100 pictures].",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a better model.")] = False,
) -> None:
    """Write the ONNX file of a detector: scored, described, checked against torch, sealed.

    Examples:

        mien export-detector runs/detector/best.ckpt --data faces/ -o face.onnx

        mien export-detector face.onnx --data faces/ --min-score 0.5 -o stricter.onnx
    """
    with needs_extra("train"):
        from mien.train.detector.export import export  # noqa: PLC0415
    from mien.train.detector.labels import label_file, read_labels  # noqa: PLC0415

    # Not the checkpoint: an .onnx may be scored anew in its place.
    ready_outputs([output], [label_file(data, split)])
    pictures = read_labels(data, split)
    with counted("Looking at pictures") as progress:
        exported = export(checkpoint, pictures, output, min_score=min_score, force=force, progress=progress)
    _print_scores([exported.score])
    difference = exported.max_difference
    compared = "" if difference is None else f", differs from torch by {difference:.1e} at most"
    typer.echo(
        f"{exported.path}: {exported.path.stat().st_size / 1e3:.0f} kB, believes scores from "
        f"{exported.spec.min_score:.2f}{compared}"
    )


def _print_scores(scores: Sequence[DetectorScore], left_out: int = 0) -> None:
    """A block of lines a detector, a line a band of sizes."""
    table = Table(
        title=f"{scores[0].pictures:,} pictures"
        + (f" ({left_out:,} that train holds left out)" if left_out else ""),
        caption="one false: recall at one false face of that size in 100 pictures; "
        "in use: recall and false faces in 100 pictures at the detector's own threshold; "
        "points: mean error over the distance of the eyes",
    )
    table.add_column("")
    heads = ("faces", "average\nprecision", "recall,\none false", "in use:\nrecall", "\nfalse", "points")
    for head in heads:
        table.add_column(head, justify="right")
    for score in scores:
        table.add_section()
        table.add_row(f"[bold]{score.name}[/bold], {score.median_ms:.1f} ms")
        for name, band in score.bands.items():
            table.add_row(f"  {name}" + ("" if name == "all" else " px"), *_cells(band))
    Console().print(table)


def _cells(band: BandScore) -> list[str]:
    shares = (band.average_precision, band.recall, band.used_recall)
    precision, recall, used = ("–" if isnan(share) else f"{share:.2%}" for share in shares)
    error = "–" if isnan(band.landmark_error) else f"{band.landmark_error:.2%}"
    return [f"{band.faces:,}", precision, recall, used, f"{band.used_false:.1f}", error]
