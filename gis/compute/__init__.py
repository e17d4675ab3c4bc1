"""Where work runs: layers in partitions on disk, and one pure function over them, in process or elsewhere."""

from __future__ import annotations

from gis.compute.partitions import Partitions, open_partitions, write_partitions
from gis.compute.running import read_partition_attrs, run_partitions

__all__ = ["Partitions", "open_partitions", "read_partition_attrs", "run_partitions", "write_partitions"]
