"""One item is made while the one before it is used, and nothing else changes."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from mien.ahead import ahead


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("mien: ahead")]


def test_items_come_in_order_and_the_thread_goes():
    assert list(ahead(range(20))) == list(range(20))
    assert list(ahead([])) == []
    assert threads() == []


def test_the_next_item_is_made_on_another_thread_while_one_is_used():
    made = [threading.Event() for _ in range(3)]
    makers = []

    def make():
        for event in made:
            makers.append(threading.get_ident())
            event.set()
            yield event

    for number, _ in enumerate(ahead(make())):
        # Would hang if the next one were only made when it is asked for.
        assert number == 2 or made[number + 1].wait(10)
    assert set(makers) != {threading.get_ident()}


def test_just_one_item_is_made_ahead():
    items = iter(range(10))
    with closing(ahead(items)) as line:
        assert [next(line), next(line)] == [0, 1]
    assert next(items) == 3


def test_what_goes_wrong_comes_in_its_turn():
    def make():
        yield 1
        raise ValueError("broken")

    line = ahead(make())
    assert next(line) == 1
    with pytest.raises(ValueError, match="broken"):
        next(line)
    assert threads() == []


def test_who_stops_early_waits_for_the_item_in_hand():
    is_busy, may_end, ended = threading.Event(), threading.Event(), []

    def make():
        yield 1
        is_busy.set()
        assert may_end.wait(10)
        ended.append(True)
        yield 2

    line = ahead(make())
    next(line)
    assert is_busy.wait(10)
    threading.Timer(0.1, may_end.set).start()
    line.close()
    assert ended == [True]
    assert threads() == []
