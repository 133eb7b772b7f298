"""How decision rules are told: the ones in use, and how `mien export` came to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from mien.decision import DecisionRule

if TYPE_CHECKING:
    from mien.train.decide import Choice
    from mien.train.evaluate import Evaluation


def print_rules(rules: Mapping[str, DecisionRule], result: Evaluation) -> None:
    """One line: the share of each head that was scored."""
    heads = ("label",) if result.crowd is None else ("label", "crowd")
    told = ", ".join(f"{head} head {rules[head].share:.2f}" for head in heads)
    typer.echo(f"Decision rule, share of the prior taken out: {told}")


def print_choices(choices: Mapping[str, Choice]) -> None:
    """One line a head: the share, and what it changes on validation."""
    for head, choice in choices.items():
        told = f"{head} head {choice.rule.share:.2f} of the prior taken out"
        typer.echo(f"Decision rule: {told} ({_gain(choice)})")


def _gain(choice: Choice) -> str:
    if choice.chosen is None:
        return "nothing to choose by"
    _, accuracy, recall = choice.curve[0]
    _, then, found = choice.chosen
    return (
        f"accuracy {100 * accuracy:.1f} -> {100 * then:.1f} %, "
        f"mean recall {100 * recall:.1f} -> {100 * found:.1f} %"
    )
