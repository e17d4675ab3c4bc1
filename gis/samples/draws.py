"""Random numbers that depend on what they are for, never on when they are drawn.

A counter-based generator: the number for (seed, purpose, key) is a hash of the three. So a block
comes out the same whichever chunk it is in, and whatever was drawn before it.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Draws"]

#: The constants of splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
#: A float64 holds 53 bits of a random word.
SPARE_BITS = np.uint64(11)


@functools.cache
def _offset(seed: int, purpose: str) -> np.uint64:
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return np.uint64(int.from_bytes(digest[:8], "big"))


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    words = (words ^ (words >> np.uint64(30))) * MIX_1
    words = (words ^ (words >> np.uint64(27))) * MIX_2
    return words ^ (words >> np.uint64(31))


@dataclasses.dataclass(frozen=True)
class Draws:
    """Uniform numbers in [0, 1) by purpose and key.

    Parameters
    ----------
    seed
        Any whole number; another seed gives another zone.

    Examples
    --------
    >>> draws = Draws(1)
    >>> all(draws.uniform("width", [3, 4]) == draws.uniform("width", [4, 3])[::-1])
    True
    >>> bool(draws.uniform("width", [3])[0] == draws.uniform("depth", [3])[0])
    False
    """

    seed: int

    def uniform(self, purpose: str, keys: Any) -> NDArray[np.float64]:
        """Return one number in [0, 1) for each key, in the shape of ``keys`` (whole numbers ≥ 0)."""
        words = np.asarray(keys).astype(np.uint64)
        mixed = _mixed(_mixed(words * GOLDEN_GAMMA + _offset(self.seed, purpose)) + GOLDEN_GAMMA)
        return (mixed >> SPARE_BITS).astype(np.float64) * np.float64(2.0**-53)

    def between(self, low: Any, high: Any, purpose: str, keys: Any) -> NDArray[np.float64]:
        """Return numbers in [low, high)."""
        low = np.asarray(low, dtype=np.float64)
        span: NDArray[np.float64] = np.asarray(high, dtype=np.float64) - low
        numbers: NDArray[np.float64] = low + span * self.uniform(purpose, keys)
        return numbers

    def whole(self, low: Any, high: Any, purpose: str, keys: Any) -> NDArray[np.int64]:
        """Return whole numbers from ``low`` to ``high``, both included."""
        low = np.asarray(low, dtype=np.int64)
        span = np.asarray(high, dtype=np.int64) - low + 1
        numbers: NDArray[np.int64] = low + np.floor(self.uniform(purpose, keys) * span).astype(np.int64)
        return numbers

    def chance(self, share: Any, purpose: str, keys: Any) -> NDArray[np.bool_]:
        """Return True for about ``share`` of the keys."""
        happens: NDArray[np.bool_] = self.uniform(purpose, keys) < share
        return happens
