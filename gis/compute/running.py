"""One function over the partitions of a layer: each result a file of its own, finished ones kept on a restart."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.provenance import fingerprint_text
from gis.writing import atomic_file

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_partition_attrs", "run_partitions"]

KEY, ATTRS = b"zonegis", b"zonegis_attrs"


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
        Takes the number of a partition and returns its table; it must depend on that alone. What its
        ``attrs`` hold is kept with it (`read_partition_attrs`; pyarrow does so by itself since 22 only).
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
    files = []
    for number in range(count):
        file = folder / f"table-{number:06d}.parquet"
        files.append(file)
        own = fingerprint_text(f"{key} {number}/{count}").encode()
        if not (file.exists() and (pq.read_schema(file).metadata or {}).get(KEY) == own):
            frame = work(number)
            table = pa.Table.from_pandas(frame, preserve_index=False)
            own_metadata = {KEY: own, ATTRS: json.dumps(frame.attrs).encode()}
            table = table.replace_schema_metadata({**(table.schema.metadata or {}), **own_metadata})
            with atomic_file(file) as temporary:
                pq.write_table(table, temporary)
        if progress is not None:
            progress(number + 1, count)
    return files


def read_partition_attrs(file: Path | str) -> dict[str, Any]:
    """Return the ``attrs`` of a table that `run_partitions` wrote.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> made = pd.DataFrame({"number": [7]})
    >>> made.attrs["largest_m2"] = 0.5
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_partition_attrs(run_partitions(lambda _: made, 1, folder, key="k")[0])
    {'largest_m2': 0.5}
    """
    import pyarrow.parquet as pq

    attrs: dict[str, Any] = json.loads(pq.read_schema(file).metadata[ATTRS])
    return attrs
