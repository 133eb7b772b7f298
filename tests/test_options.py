"""Options are checked once, when they are set."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from mien.errors import MienError, OptionError
from mien.options import (
    DetectorOptions,
    DoubtOptions,
    Framing,
    NeutralOptions,
    RuntimeOptions,
    SmootherOptions,
    SourceOptions,
    TrackerOptions,
)

ALL = (
    *(Framing, DetectorOptions, TrackerOptions, NeutralOptions, SmootherOptions, DoubtOptions),
    SourceOptions,
)


@pytest.mark.parametrize("options", [*ALL, RuntimeOptions])
def test_defaults_are_within_their_own_range(options):
    assert options() == options()


@pytest.mark.parametrize(
    ("options", "name"),
    [(options, field.name) for options in ALL for field in fields(options) if field.type != "bool"],
)
def test_every_number_is_checked_and_named(options, name):
    with pytest.raises(OptionError, match=f"{name} is -1000000.0: expected a value from"):
        options(**{name: -1e6})


@pytest.mark.parametrize("options", ALL)
def test_not_a_number_is_refused(options):
    with pytest.raises(OptionError):
        options(**{fields(options)[0].name: float("nan")})


def test_clear_odds_are_above_even_odds():
    with pytest.raises(OptionError, match=r"smoother.clear_odds is 1\.5: expected a value from 1\.65"):
        SmootherOptions(clear_odds=1.5, even_odds=1.5)


def test_threads_are_at_least_one():
    with pytest.raises(OptionError, match="threads is 0"):
        RuntimeOptions(threads=0)


def test_the_share_of_the_prior_is_the_models_own_or_within_0_and_1():
    assert RuntimeOptions().prior_share is None
    assert RuntimeOptions(prior_share=0).prior_share == 0
    with pytest.raises(OptionError, match=r"prior_share is -0\.1"):
        RuntimeOptions(prior_share=-0.1)


def test_an_option_error_is_caught_as_value_error_and_as_mien_error():
    assert issubclass(OptionError, ValueError)
    assert issubclass(OptionError, MienError)


def test_options_are_frozen():
    with pytest.raises(FrozenInstanceError):
        Framing().scale = 2.0
