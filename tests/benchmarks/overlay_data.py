"""The data of the overlay benchmark: the synthetic sample, written once for each size and kept."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

__all__ = ["CLASS_COLUMNS", "OverlayFiles", "sample_files"]

#: Overlay layer → the column of its classes. Per n parcels the sample has 1.46 n land-use patches and 0.88 n green
#: spaces; it has no layer of exactly n.
CLASS_COLUMNS = {"land_use": "land_use_code", "green_spaces": "green_kind"}
#: The sample writes this file last, so where it is, the layers are whole.
LAST_FILE = "README.txt"


@dataclasses.dataclass(frozen=True)
class OverlayFiles:
    """Two GeoParquet files and the column whose values are the classes.

    Attributes
    ----------
    parcels
        With ``parcel_id``.
    layer
        What is laid over them.
    class_column
        A column of ``layer``.
    """

    parcels: Path
    layer: Path
    class_column: str


def sample_files(folder: Path, *, parcels: int, layer: str, seed: int = 1) -> OverlayFiles:
    """Return the sample's files, written on the first call for a size and seed.

    The folder's name has a digest of the code that makes the sample, so that other code makes other files.
    """
    import gis.samples

    rooms = Path(gis.samples.__file__).parent
    code = b"".join(file.read_bytes() for file in sorted(rooms.glob("*.py")))
    kept = folder / f"{parcels}-seed{seed}-{hashlib.sha256(code).hexdigest()[:8]}"
    if not (kept / LAST_FILE).exists():
        gis.samples.write_sample(kept, parcels=parcels, seed=seed, format="parquet")
    return OverlayFiles(kept / "parcels.parquet", kept / f"{layer}.parquet", CLASS_COLUMNS[layer])
