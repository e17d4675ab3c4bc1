"""The mix of the synthetic zone: a deck of forty parcels, dealt again and again.

Each card says what kind of parcel it is. Every forty parcels in a row are one shuffled deck, so a
zone of forty has every status, and a zone of a million has the same shares. The day ranges lie
clear of the legal anniversaries on purpose: a sample must not hang on a boundary day.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.samples.draws import Draws

__all__ = ["CARDS", "DECK_SIZE", "SECOND_USES", "Card", "deal_cards", "of_cards"]

Range = tuple[float, float]
INDUSTRY = ("100101", "100101", "100102", "110101", "110101", "110102", "0802")
#: Other uses that share a parcel with a main use (all of the 2023 classification).
SECOND_USES = {
    "100101": ("0802", "0901"),
    "100102": ("0802", "0902"),
    "110101": ("0901", "0902"),
    "110102": ("0901", "100101"),
    "0802": ("0901", "100101"),
}


@dataclasses.dataclass(frozen=True)
class Card:
    """One kind of parcel.

    Attributes
    ----------
    name
        What the parcel shows.
    count
        How many of forty parcels are of this kind.
    uses
        Land-use codes (``mnr_2023``) that one is drawn from.
    stage
        How far it has come: reserved, supplied, started, suspended, completed, in_production, or
        unclear (data missing).
    start_days
        Days from the agreed start of construction to the date of the sample; negative: ahead.
    suspended_days
        Days since construction was suspended.
    developed, invested
        Shares of the land to be developed and of the total investment.
    undated_days
        Days since delivery, for the third of the parcels of this kind that have no agreed start.
    green
        Share of the parcel that is green.
    tenure, cause, grade
        How it was supplied, why it is late, and its efficiency grade.
    is_built
        Whether buildings stand on it.
    """

    name: str
    count: int
    uses: tuple[str, ...] = INDUSTRY
    stage: str = "in_production"
    start_days: Range = (1500, 6500)
    suspended_days: Range = (375, 700)
    developed: Range = (0.95, 1.0)
    invested: Range = (0.9, 1.0)
    undated_days: Range | None = None
    green: Range = (0.12, 0.62)
    tenure: str = "granted"
    cause: str = ""
    grade: str = "ABC"
    is_built: bool = False
    is_key_project: bool = False
    is_mixed: bool = False
    harmful_gas: bool = False


NONE, LITTLE = (0.0, 0.0), (0.05, 0.25)
_BUILT: dict[str, Any] = {"is_built": True}
_IDLE: dict[str, Any] = {"stage": "supplied", "developed": NONE, "invested": (0.0, 0.04), "green": NONE, "grade": ""}
_SITE: dict[str, Any] = {"stage": "suspended", "start_days": (900, 1600), "green": LITTLE, "grade": ""}
_PUBLIC: dict[str, Any] = {"stage": "completed", "tenure": "allocated", "grade": "", "start_days": (1500, 5000)}

CARDS = (
    Card("reserve", 1, stage="reserved", uses=("16",), green=NONE, grade=""),
    Card("not_supplied", 1, stage="reserved", green=NONE, grade=""),
    Card("start_ahead", 2, start_days=(-300, -20), cause="none", **_IDLE),
    Card("start_missed", 1, start_days=(5, 355), undated_days=(30, 700), cause="enterprise_cause", **_IDLE),
    Card("idle", 1, start_days=(372, 725), undated_days=(740, 1085), cause="enterprise_cause", **_IDLE),
    Card("idle_long", 1, start_days=(745, 2200), cause="enterprise_cause", **_IDLE),
    Card("idle_excepted", 1, start_days=(372, 1600), cause="government_cause", **_IDLE),
    Card("suspended_low", 1, developed=(0.05, 0.3), invested=(0.03, 0.22), cause="enterprise_cause", **_SITE),
    Card("suspended_high", 1, developed=(0.4, 0.9), invested=(0.3, 0.8), cause="none", **_SITE),
    Card("suspended_lately", 1, **_SITE | {"start_days": (450, 900), "suspended_days": (20, 350),
         "developed": (0.05, 0.3), "invested": (0.03, 0.22)}),
    Card("building", 2, stage="started", start_days=(40, 640), developed=(0.35, 1.0), invested=(0.2, 0.9),
         green=LITTLE, grade=""),
    Card("building_key_project", 1, stage="started", start_days=(40, 640), developed=(0.35, 1.0), invested=(0.2, 0.9),
         green=LITTLE, grade="", is_key_project=True),
    Card("production_overdue", 1, stage="started", start_days=(1820, 2400), developed=(0.6, 1.0), invested=(0.5, 0.95),
         green=LITTLE, grade="C"),
    Card("completed", 2, stage="completed", start_days=(800, 1150), grade="", **_BUILT),
    Card("completed_long_ago", 1, stage="completed", start_days=(1820, 2400), grade="C", **_BUILT),
    Card("unclear", 2, stage="unclear", start_days=(900, 1600), developed=(0.1, 0.9), invested=(0.1, 0.9),
         green=NONE, grade=""),
    Card("in_production", 12, **_BUILT),
    Card("key_project", 1, uses=("100101", "110101"), grade="A", is_key_project=True, **_BUILT),
    Card("grade_d", 1, grade="D", **_BUILT),
    Card("harmful_gas", 1, uses=("100102",), green=(0.24, 0.5), harmful_gas=True, **_BUILT),
    Card("mixed", 2, tenure="leased", is_mixed=True, **_BUILT),
    Card("utility", 1, uses=("1303", "1302", "1310", "1306"), green=(0.2, 0.4), **_PUBLIC, **_BUILT),
    Card("park", 1, uses=("1401",), green=(0.6, 0.9), **_PUBLIC),
    Card("belt", 1, uses=("1402",), green=(0.6, 0.9), **_PUBLIC),
)  # fmt: skip
_DECK = np.repeat(np.arange(len(CARDS)), [card.count for card in CARDS])
DECK_SIZE = len(_DECK)


def deal_cards(draws: Draws, ordinal: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place in `CARDS` for parcels by their ordinals.

    Examples
    --------
    >>> from gis.samples.draws import Draws
    >>> dealt = deal_cards(Draws(1), np.arange(DECK_SIZE))
    >>> sorted(set(dealt.tolist())) == list(range(len(CARDS))), DECK_SIZE
    (True, 40)
    """
    decks, which = np.unique(ordinal // DECK_SIZE, return_inverse=True)
    shuffle = draws.uniform("deck", decks[:, None] * DECK_SIZE + np.arange(DECK_SIZE))
    order = np.argsort(shuffle, axis=1, kind="stable")
    dealt: NDArray[np.int64] = _DECK[order[which, ordinal % DECK_SIZE]]
    return dealt


def of_cards(card: NDArray[np.int64], attribute: str, *path: int) -> NDArray[Any]:
    """Return an attribute of each parcel's card; ``path`` picks an end of a range.

    Examples
    --------
    >>> of_cards(np.array([0, 3]), "undated_days", 0).tolist()
    [nan, 30.0]
    """
    values: list[Any] = []
    for kind in CARDS:
        value = getattr(kind, attribute)
        values.append(float("nan") if path and value is None else value[path[0]] if path else value)
    return np.array(values)[card]
