"""How decision rules are told: the ones in use, and how `mien export` came to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from mien.decision import DecisionRule

if TYPE_CHECKING:
    from mien.train.decide import Choice


def print_rules(rules: Mapping[str, DecisionRule]) -> None:
    """One line: the share of each head."""
    told = ", ".join(f"{head} head {rule.share:.2f}" for head, rule in sorted(rules.items(), reverse=True))
    typer.echo(f"Decision rule, share of the log prior taken out: {told}")


def print_choices(choices: Mapping[str, Choice]) -> None:
    """One line a head: the share, and what it changes on validation."""
    for head, choice in choices.items():
        typer.echo(
            f"Decision rule: {head} head {choice.rule.share:.2f} of the log prior taken out" + _gain(choice)
        )


def _gain(choice: Choice) -> str:
    chosen = choice.chosen
    if chosen is None:
        return " (nothing to choose by)"
    plain = choice.curve[0]
    return (
        f" (accuracy {plain.accuracy:.1%} -> {chosen.accuracy:.1%}, "
        f"mean recall {plain.mean_recall:.1%} -> {chosen.mean_recall:.1%})"
    )
