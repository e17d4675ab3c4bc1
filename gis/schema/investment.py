"""Investment that has the land price in it, which order 53 art. 30 leaves out: it is refused, not corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["investment_includes_price"]

#: Money is compared to a hundredth of a cent.
CNY_DECIMALS = 4


def investment_includes_price(parcels: pd.DataFrame, log: pd.DataFrame) -> Any:
    """Tell of which parcels the investment is known to have the land price in it.

    It is where ``investment_basis`` says so, and where ``invested_cny`` is more than the latest
    counted investment by exactly the land price.

    Parameters
    ----------
    parcels
        Canonical table ``parcels``.
    log
        From `gis.schema.combine_events`.

    Returns
    -------
    A mask, one value a row of ``parcels``.

    Examples
    --------
    >>> import pandas as pd
    >>> from gis.issues import IssueLog
    >>> from gis.schema import combine_events, conform
    >>> raw = pd.DataFrame({"parcel_id": ["1", "2"], "investment_basis": ["with_land_price", None]})
    >>> parcels = conform(raw, "parcels", issues=IssueLog())
    >>> investment_includes_price(parcels, combine_events(parcels)).tolist()
    [True, False]
    """
    said = np.zeros(len(parcels), dtype=bool)
    if "investment_basis" in parcels.columns:
        said = (parcels["investment_basis"] == "with_land_price").to_numpy(dtype=bool, na_value=False)
    counted = log[log["is_given"] & (log["event_kind"] == "investment_counted") & log["number"].notna()]
    if not len(counted) or not {"invested_cny", "land_price_cny"} <= set(parcels.columns):
        return said
    last = counted.sort_values(["event_date", "number"]).drop_duplicates("parcel", keep="last").set_index("parcel")
    more = parcels["invested_cny"].to_numpy() - last["number"].reindex(np.arange(len(parcels))).to_numpy()
    price = parcels["land_price_cny"].to_numpy()
    return said | ((price > 0) & (np.round(more - price, CNY_DECIMALS) == 0))
