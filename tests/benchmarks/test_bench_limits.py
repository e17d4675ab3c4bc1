"""The limits are ratios of one run, and one that is missed is named; what is measured here is a clock of the test's own."""

from __future__ import annotations

import bench_limits
import pytest
from bench_limits import Limit, growth


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on only when work says so."""

    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    made = Clock()
    # The default was bound when the function was made.
    monkeypatch.setattr(bench_limits.taken, "__kwdefaults__", {"times": 3, "clock": made})
    return made


@pytest.mark.parametrize(("power", "is_missed"), [(1.0, False), (2.0, True)])
def test_work_that_grows_faster_than_its_size_is_missed(clock, power, is_missed):
    def prepare(size):
        def work():
            clock.now += size**power

        return work

    limit = growth("rows", prepare, (10, 100))
    assert limit.ratio == pytest.approx(10**power)
    assert (limit.at_most, limit.is_missed) == (15.0, is_missed)


def test_a_missed_limit_is_named_and_fails(monkeypatch, capsys):
    kept, missed = Limit("kept", 3.0, "s", "a peer", 2.0, 2.0), Limit("broken", 5.0, "s", "a peer", 2.0, 2.0)
    monkeypatch.setattr(bench_limits, "CASES", {"a": lambda: iter([kept]), "b": lambda: iter([kept, missed])})
    assert bench_limits.main(["a"]) == 0
    assert "missed:" not in capsys.readouterr().out
    assert bench_limits.main([]) == 1
    assert "missed: broken: 2.50 times a peer, at most 2" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        bench_limits.main(["c"])
    assert "unknown: c; known: a, b" in capsys.readouterr().err


def test_a_ratio_that_is_no_number_is_missed():
    assert Limit("nothing", float("nan"), "s", "a peer", 1.0, 2.0).is_missed


@pytest.mark.parametrize("name", ["rules"])
def test_a_case_measures_something(name):
    limits = list(bench_limits.CASES[name]())
    assert limits and all(limit.measured > 0 and limit.yardstick > 0 for limit in limits)
