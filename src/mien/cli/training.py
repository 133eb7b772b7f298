"""`mien train`, `mien evaluate`, `mien export`: from a clean data set to the file that ships."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from mien.cli.app import MAKING, app, note
from mien.cli.corruptions import measure_corruptions, print_corruptions
from mien.cli.decision import print_choices, print_rules
from mien.cli.extras import need_matplotlib, needs_extra
from mien.cli.models import PriorShareOption, ThreadsOption
from mien.cli.progress import counted
from mien.cli.ready import ready_outputs
from mien.data_protocol import DataProtocol
from mien.drawn import draw_crop
from mien.errors import OptionError

if TYPE_CHECKING:
    from mien.train.evaluate import Evaluation, FaceReader
    from mien.train.robustness import CorruptionScore
    from mien.train.settings import TrainSettings

VotesOption = Annotated[
    Path | None, typer.Option("--votes", help="FER+'s fer2013new.csv, where DATA has no votes yet.")
]


@app.command(rich_help_panel=MAKING)
def train(
    data: Annotated[
        Path | None,
        typer.Argument(help="Parquet that `mien data clean` wrote, with Training and PublicTest."),
    ] = None,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run.")] = Path("runs/mien"),
    config: Annotated[Path | None, typer.Option(help="YAML recipe, as written beside every run.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that OUTPUT holds.")] = False,
    backbone_weights: Annotated[
        str | None,
        typer.Option(
            help="imagenet (torchvision's file, downloaded once), a .safetensors or .pth, or none "
            "[default: imagenet]."
        ),
    ] = None,
    unfreeze: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Share of the backbone that the last phase trains.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs of the last phase.")] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=2, help="Pictures a step, over all processes.")
    ] = None,
    precision: Annotated[str | None, typer.Option(help="32-true, bf16-mixed, 16-mixed or auto.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="One seed, one run, on one machine.")] = None,
    devices: Annotated[
        str, typer.Option(help="auto, or how many GPUs (or CPU processes) a machine.")
    ] = "auto",
    nodes: Annotated[int, typer.Option(min=1, help="How many machines take part.")] = 1,
    teacher: Annotated[
        str | None, typer.Option(help="Train this teacher of the recipe only, beside others.")
    ] = None,
) -> None:
    """Train the network in phases: new layers on a frozen backbone, then the backbone's top as well.

    A recipe's teachers are trained first. Ctrl-C or a kill loses at most one epoch: `--resume` goes on from
    there.

    Examples:

        mien train clean.parquet -o runs/first

        mien train clean.parquet --config configs/shipped.yaml --backbone-weights mobilenet_v2.safetensors

        mien train --resume -o runs/first

        mien train clean.parquet --config configs/shipped.yaml -o runs/shipped --teacher wide
    """
    with needs_extra("train"):
        from mien.train import run  # noqa: PLC0415
        from mien.train.fit import leads  # noqa: PLC0415
        from mien.train.run_folder import is_planned  # noqa: PLC0415
    changes = {"batch_size": batch_size, "precision": precision, "seed": seed}
    last = {"unfreeze": unfreeze, "epochs": epochs}
    if resume or (teacher is not None and is_planned(output)):
        plan = run.read_plan(output)
        plan.check_same(data, _recipe(config, plan.settings, changes, last))
        plan.check_same_weights(backbone_weights)
    else:
        if data is None:
            raise OptionError("no DATA given: expected a Parquet file, or --resume with the run's folder")
        weights = "imagenet" if backbone_weights is None else backbone_weights
        plan = run.new_plan(data, output, _recipe(config, None, changes, last), weights)
        if leads() and not plan.weights_fit:
            note(
                "the recipe says normalisation: signed, but torchvision's weights, the default, expect "
                "imagenet: pass weights that came from TensorFlow by --backbone-weights FILE, or change the "
                "recipe to normalisation: imagenet"
            )
    report = run.execute(plan, output, devices, nodes, teacher)
    if leads():
        typer.echo(
            f"Best model: {report.checkpoint}, validation score {report.score:.4f}; curves: {report.curves}"
        )


def _recipe(
    config: Path | None,
    begun: TrainSettings | None,
    changes: Mapping[str, object],
    last: Mapping[str, object],
) -> TrainSettings:
    """The recipe of a file, of the run that was begun, or the default one, with what the command line asks
    for otherwise; `last` is asked of the last phase.
    """
    from mien.train.recipe import with_changes  # noqa: PLC0415
    from mien.train.settings import TrainSettings, read_settings  # noqa: PLC0415

    settings = read_settings(config) if config else begun or TrainSettings()
    phases = (*settings.phases[:-1], with_changes(settings.phases[-1], last))
    return replace(with_changes(settings, changes), phases=phases)


@app.command(rich_help_panel=MAKING)
def evaluate(
    data: Annotated[
        Path, typer.Option("--data", help="Parquet of FER2013 pictures, as `mien data` writes it.")
    ],
    *,
    model: Annotated[
        Path | None, typer.Option(help="An .onnx or a .ckpt [default: the model in the package].")
    ] = None,
    votes: VotesOption = None,
    split: Annotated[
        str | None, typer.Option(help="Training, PublicTest or PrivateTest, if DATA holds more.")
    ] = None,
    protocol: Annotated[
        DataProtocol,
        typer.Option(help="leak-free: without the pictures that FER2013's Training holds as well."),
    ] = DataProtocol.OFFICIAL,
    corruptions: Annotated[
        bool,
        typer.Option(
            "--corruptions", help="Also score blurred, noisy, dark, turned … pictures; a minute or two."
        ),
    ] = False,
    json_path: Annotated[Path | None, typer.Option("--json", help="Write all scores as JSON.")] = None,
    figures: Annotated[
        Path | None,
        typer.Option(help="Folder for PNGs: confusion matrices, corruptions (needs matplotlib)."),
    ] = None,
    threads: ThreadsOption = 1,
    prior_share: PriorShareOption = None,
) -> None:
    """Score both heads: FER2013's labels, and the majority of ten people, with 95 % intervals.

    Examples:

        mien evaluate --data public_test.parquet --votes fer2013new.csv --json scores.json

        mien evaluate --data public_test.parquet --votes fer2013new.csv --protocol leak-free

        mien evaluate --model runs/first/best.ckpt --data clean.parquet --split PublicTest --figures figures/

        mien evaluate --data public_test.parquet --votes fer2013new.csv --corruptions --figures figures/
    """
    from mien.train import evaluate as scoring  # noqa: PLC0415

    if figures is not None:
        need_matplotlib()
    always_drawn = figures and figures / "confusion-label.png"
    ready_outputs([json_path, always_drawn], (data, votes, model))
    table = scoring.load_split(data, votes, split)
    reader = scoring.open_reader(model, threads, prior_share)
    with counted("Reading faces") as progress:
        result = scoring.evaluate(reader, table, protocol, progress)
    trials = measure_corruptions(reader, table, result) if corruptions else ()
    if json_path is not None:
        origin = {"model": str(model or "mien"), "data": str(data)}
        scoring.write_record({**origin, **_record(reader, result, trials)}, json_path)
    if figures is not None:
        _draw_figures(result, trials, figures)
    _print_scores(result)
    print_rules(reader.rules, result)
    if trials:
        print_corruptions(result, trials)


@app.command(rich_help_panel=MAKING)
def export(
    checkpoint: Annotated[Path, typer.Argument(help="A .ckpt that `mien train` wrote.")],
    *,
    data: Annotated[Path, typer.Option("--data", help="Parquet with the validation split, to calibrate on.")],
    votes: VotesOption = None,
    split: Annotated[str, typer.Option(help="The split to calibrate on.")] = "PublicTest",
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = Path("emotion.onnx"),
    force: Annotated[bool, typer.Option("--force", help="Write over a better model.")] = False,
) -> None:
    """Write the ONNX file that the runtime uses: calibrated, described, checked against torch, sealed.

    Examples:

        mien export runs/first/best.ckpt --data clean.parquet -o emotion.onnx

        mien predict photo.jpg --model emotion.onnx
    """
    with needs_extra("train"):
        from mien.train.export import export as write_model  # noqa: PLC0415
    from mien.train.evaluate import load_split  # noqa: PLC0415

    ready_outputs([output], (checkpoint, data, votes))
    validation = load_split(data, votes, split)
    exported = write_model(checkpoint, validation, output, force=force, source=f"{data}, {split}")
    _print_scores(exported.evaluation)
    print_choices(exported.choices)
    typer.echo(
        f"{exported.path}: {exported.path.stat().st_size / 1e6:.2f} MB, "
        f"serves the {exported.spec.serve} head, differs from torch by {exported.max_difference:.1e} at most"
    )


def _record(reader: FaceReader, result: Evaluation, trials: Sequence[CorruptionScore]) -> dict[str, Any]:
    rules = {"rules": {head: asdict(rule) for head, rule in reader.rules.items()}}
    found = {"corruptions": [trial.as_record() for trial in trials]} if trials else {}
    return {**rules, **result.as_record(), **found}


def _print_scores(result: Evaluation) -> None:
    table = Table(
        title=f"{result.pictures:,} pictures, {result.protocol.value} protocol"
        + (f" ({result.left_out:,} left out)" if result.left_out else "")
    )
    table.add_column("")
    heads = {
        "label head\nagainst FER2013's labels": result.label,
        "crowd head\nagainst the majority": result.crowd,
    }
    scored = {name: score for name, score in heads.items() if score is not None}
    for name in scored:
        table.add_column(name, justify="right")
    scores = list(scored.values())
    table.add_row("pictures", *(f"{score.n:,}" for score in scores))
    table.add_row("accuracy", *(f"{score.accuracy:.2%}" for score in scores))
    table.add_row("95 % interval", *("{:.2%} – {:.2%}".format(*score.interval95) for score in scores))
    table.add_row("macro-F1", *(f"{score.macro_f1:.4f}" for score in scores))
    table.add_row("mean recall", *(f"{score.mean_recall:.2%}" for score in scores))
    table.add_row("calibration error", *(f"{score.ece:.4f}" for score in scores))
    table.add_section()
    table.add_row("", *("precision  recall" for _ in scores))
    for label in result.label.per_class:
        parts = (score.per_class[label] for score in scores)
        table.add_row(label, *(f"{part.precision:9.2%} {part.recall:7.2%}" for part in parts))
    Console().print(table)


def _draw_figures(result: Evaluation, trials: Sequence[CorruptionScore], folder: Path) -> None:
    from mien.train.corruption_figure import draw_corruptions  # noqa: PLC0415
    from mien.train.figures import draw_confusions  # noqa: PLC0415

    draw_confusions(result, folder)
    if trials:
        draw_corruptions(trials, draw_crop(), folder)
