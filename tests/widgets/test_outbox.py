"""Messages: small, in order of urgency, nothing twice."""

from __future__ import annotations

import json

import pytest

from widgets.outbox import MOST_BYTES, Outbox


def test_equal_values_are_not_sent_again() -> None:
    box = Outbox()
    box.put({"head": {"state": "running"}})
    assert box.next() == {"revision": 1, "base": None, "parts": {"head": {"state": "running"}}}
    box.put({"head": {"state": "running"}})
    assert box.next() is None


def test_a_beat_says_that_somebody_is_there() -> None:
    box = Outbox()
    box.put({"head": 1})
    box.next()
    assert box.next(beat=True) == {"revision": 2, "base": 1, "parts": {}}


def test_what_does_not_fit_waits_and_the_urgent_goes_first() -> None:
    box = Outbox()
    box.put({"learning": "l" * 40_000, "board": "b" * 40_000, "head": "h"})
    messages = [box.next(), box.next(), box.next()]
    assert [list(m["parts"]) for m in messages if m] == [["head", "board"], ["learning"]]
    assert messages[2] is None
    assert all(len(json.dumps(m)) < 64 * 1024 for m in messages if m)


def test_a_restart_sends_everything_anew() -> None:
    box = Outbox()
    box.put({"head": 1, "best": 2})
    box.next()
    box.restart()
    message = box.next()
    assert message is not None
    assert (message["base"], message["parts"]) == (None, {"head": 1, "best": 2})


def test_one_part_too_large_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match=r"Part 'board' has 70,002 bytes; at most 60,000 fit a message\."):
        Outbox().put({"board": "x" * 70_000})
    assert MOST_BYTES == 60_000
