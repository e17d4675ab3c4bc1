"""Work on a range of rows, in threads; compiled code and shapely let go of the interpreter's lock."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

__all__ = ["in_threads", "threads_count"]

#: Pieces a thread, so that one that got the large polygons does not keep the others waiting.
PIECES = 8


def threads_count() -> int:
    """Return how many threads to use: ``NUMBA_NUM_THREADS``, else the processors that this process may use."""
    asked = os.environ.get("NUMBA_NUM_THREADS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available is not None else os.cpu_count() or 1


def in_threads(work: Callable[[int, int], object], count: int, *, smallest: int = 2_000) -> None:
    """Call ``work(low, high)`` for ranges that cover 0 … count; each range writes rows of its own only.

    Examples
    --------
    >>> import numpy as np
    >>> squares = np.zeros(5)
    >>> in_threads(lambda low, high: squares.__setitem__(slice(low, high), np.arange(low, high) ** 2), 5)
    >>> squares.tolist()
    [0.0, 1.0, 4.0, 9.0, 16.0]
    """
    threads = threads_count()
    pieces = min(threads * PIECES, -(-count // smallest))
    if threads == 1 or pieces <= 1:
        work(0, count)
        return
    cuts = [count * piece // pieces for piece in range(pieces + 1)]
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, low, high) for low, high in itertools.pairwise(cuts)]:
            done.result()
