"""One function over the partitions of a layer: each result a file of its own, finished ones kept on a restart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gis.provenance import fingerprint_text
from gis.writing import atomic_file

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["run_partitions"]

KEY = b"zonegis"


def run_partitions(
    work: Callable[[int], pd.DataFrame],
    count: int,
    folder: Path | str,
    *,
    key: str,
    progress: Callable[[int, int], None] | None = None,
) -> Sequence[Path]:
    """Call ``work`` for every partition, and keep each table as one file.

    Parameters
    ----------
    work
        Takes the number of a partition and returns its table; it must depend on that alone.
    count
        How many partitions there are.
    folder
        Where the tables go; a table that is there and was made from the same ``key`` is kept.
    key
        Fingerprint of inputs and code.
    progress
        Called with partitions done and all partitions.

    Returns
    -------
    The files, in the order of the partitions.

    Raises
    ------
    OutputError
        If a table can't be written; those written before stay, and a restart goes on from them.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number in range(count):
        file = folder / f"table-{number:06d}.parquet"
        files.append(file)
        own = fingerprint_text(f"{key} {number}/{count}").encode()
        if not (file.exists() and (pq.read_schema(file).metadata or {}).get(KEY) == own):
            table = pa.Table.from_pandas(work(number), preserve_index=False)
            table = table.replace_schema_metadata({**(table.schema.metadata or {}), KEY: own})
            with atomic_file(file) as temporary:
                pq.write_table(table, temporary)
        if progress is not None:
            progress(number + 1, count)
    return files
