"""Areas of layers larger than memory: partitions on disk, one pure function over them, one table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gis.compute import Partitions, run_partitions, write_partitions
from gis.crs import area_basis, require_area_crs
from gis.errors import InputError
from gis.overlay import area_balance, intersect_pairs, measure_zones, sum_by_zone, verify_pairs
from gis.provenance import VERSION, fingerprint, fingerprint_text, library_versions, write_manifest
from gis.readers import read_batches, read_table
from gis.schema import land_use_groups
from gis.workflow.loading import Progress
from gis.workflow.run_file import RunFile, TableSource
from gis.writing import atomic_file

__all__ = ["AREA_LAYERS", "StreamedAreas", "stream_areas"]

#: Layers that areas are measured of: the fields they need, and the class.
AREA_LAYERS = {
    "land_use": (("patch_id", "land_use_scheme", "land_use_code"), "land_use_group"),
    "green_spaces": (("green_id", "green_kind"), "green_kind"),
}
#: Parcels a partition: about 300 MB at work.
PARTITION_ROWS = 20_000
#: Pairs of every partition that GEOS computes again.
CHECKED_PAIRS = 100


@dataclasses.dataclass(frozen=True)
class StreamedAreas:
    """Where the areas are, and the figures of each zone."""

    folder: Path
    zones: pd.DataFrame
    sums: pd.DataFrame
    partitions_count: int
    largest_difference_m2: float


def stream_areas(
    run: RunFile,
    folder: Path | str,
    *,
    partition_rows: int = PARTITION_ROWS,
    classes: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> StreamedAreas:
    """Measure every area of a run's parcels, partition by partition.

    The rows are those of `gis.overlay.area_balance` over the whole tables, bit for bit, in whatever
    partitions: a parcel lives in exactly one; of the layers each partition reads what meets the box
    of its own parcels.

    Parameters
    ----------
    run
        Its boundary, parcels, and those of `AREA_LAYERS` that it has. The data must have passed
        ``zonegis check``; an invalid shape stops the run and is named.
    folder
        Gets ``areas.parquet`` (a row a figure), ``zones.csv`` and ``manifest.json``; partitions and
        finished tables lie in ``partitions`` until all is done, and a restart goes on from them.
    partition_rows
        Parcels a partition: memory follows it, the figures do not.
    classes
        layer → field that holds its class; by default the land-use group and the kind of green.
    progress
        Called with the name of each step.

    Raises
    ------
    InputError, CrsError, TopologyError
        As `gis.read_table` and `gis.overlay.area_balance`; also where an id occurs twice.
    """
    step = progress or (lambda _: None)
    folder = Path(folder)
    boundary = _boundary(run)
    zones = measure_zones(boundary)
    chosen = {name: (classes or {}).get(name, by) for name, (_, by) in AREA_LAYERS.items() if run.source(name)}
    key = f"{_key(run, partition_rows)} {chosen}"
    layers: dict[str, Partitions] = {}
    for name in ("parcels", *chosen):
        step(f"sort {name}")
        batches = _batches(run, name, boundary, column=chosen.get(name, "parcel_id"))
        layers[name] = write_partitions(batches, folder / "partitions" / name, rows=partition_rows, key=key)
    differences: list[float] = []

    def work(number: int) -> pd.DataFrame:
        table, difference = _areas_of(number, zones, layers, chosen)
        differences.append(difference)
        return table

    files = run_partitions(
        work, len(layers["parcels"].files), folder / "partitions" / "tables", key=key,
        progress=lambda done, total: step(f"measure {done}/{total}"),
    )  # fmt: skip
    step("write areas.parquet")
    table = _joined(list(files))
    sums = sum_by_zone(table, zones)
    with atomic_file(folder / "areas.parquet") as temporary:
        table.to_parquet(temporary, index=False)
    with atomic_file(folder / "zones.csv") as temporary:
        sums.to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\n")
    largest = max(differences, default=0.0)
    write_manifest(folder / "manifest.json", _manifest(run, zones, len(files), largest))
    return StreamedAreas(folder, zones, sums, len(files), largest)


def _boundary(run: RunFile) -> Any:
    from gis.issues import IssueLog

    source, issues = run.tables.approved_boundaries, IssueLog()
    boundary = read_table(
        source.path, "approved_boundaries", issues=issues, layer=source.layer, encoding=source.encoding,
        crs=source.crs, to_crs=run.crs, fields=source.fields, units=source.units, values=source.values,
    )  # fmt: skip
    issues.raise_if("error")
    require_area_crs(boundary.crs, where=source.path.name)
    return boundary


def _key(run: RunFile, partition_rows: int) -> str:
    given = [(name, _source(run, name)) for name in ("approved_boundaries", "parcels", *AREA_LAYERS)]
    inputs = [f"{name} {fingerprint(source.path)} {source!r}" for name, source in given if source is not None]
    return fingerprint_text("\n".join([VERSION, str(partition_rows), str(run.crs), *inputs]))


def _source(run: RunFile, name: str) -> TableSource | None:
    return run.source(name)


def _batches(run: RunFile, name: str, boundary: Any, *, column: str) -> Callable[[], Iterator[Any]]:
    source = run.source(name)
    assert source is not None  # noqa: S101 - asked for given tables only
    fields, _ = AREA_LAYERS.get(name, (("parcel_id",), ""))
    if source.join is not None and name != "parcels":
        raise InputError("stream_join", table=name)

    def read() -> Iterator[Any]:
        for batch in read_batches(
            source.path, name, keep=fields, boundary=boundary, layer=source.layer, encoding=source.encoding,
            crs=source.crs, fields=source.fields, units=source.units, values=source.values,
        ):  # fmt: skip
            grouped = batch.assign(land_use_group=land_use_groups(batch)) if name == "land_use" else batch
            yield grouped[[column, "geometry"]]

    return read


def _areas_of(
    number: int, zones: Any, layers: dict[str, Partitions], chosen: Mapping[str, str]
) -> tuple[pd.DataFrame, float]:
    parcels = layers["parcels"].read(number)
    box = tuple(parcels.total_bounds)
    around = layers["parcels"].read_box(box)
    _require_single_ids(around)
    met = {name: (layers[name].read_box(box), by) for name, by in chosen.items()}
    table = area_balance(parcels, zones, met, neighbours=around)
    return table, max((_checked(parcels, layer) for layer, _ in met.values()), default=0.0)


def _checked(parcels: Any, layer: Any) -> float:
    """Compute a sample of pairs again with GEOS; a mismatch stops the run and names the pair."""
    some = parcels.sample(min(CHECKED_PAIRS, len(parcels)), random_state=1).reset_index(drop=True)
    target = layer.assign(row=[str(row) for row in range(len(layer))])
    pairs = intersect_pairs(some, target, source_id="parcel_id", target_id="row")
    result = verify_pairs(pairs, some, target=target, source_id="parcel_id", target_id="row", sample=CHECKED_PAIRS)
    return float(result["largest_difference_m2"])


def _require_single_ids(parcels: Any) -> None:
    doubled = parcels["parcel_id"][parcels["parcel_id"].duplicated()]
    if len(doubled):
        raise InputError("stream_ids_doubled", ids=sorted(set(doubled)), count=len(set(doubled)))


def _joined(files: list[Path]) -> pd.DataFrame:
    parts = [pd.read_parquet(file) for file in files]
    table = pd.concat(parts, ignore_index=True)
    owners = pd.concat([part["parcel_id"].drop_duplicates() for part in parts], ignore_index=True)
    doubled = owners[owners.duplicated()]
    if len(doubled):
        raise InputError("stream_ids_doubled", ids=sorted(set(doubled)), count=len(set(doubled)))
    return table.sort_values(["parcel_id", "term", "layer", "class"], ignore_index=True)


def _manifest(run: RunFile, zones: Any, partitions: int, largest: float) -> dict[str, Any]:
    names = ("approved_boundaries", "parcels", *AREA_LAYERS)
    given = [(name, source) for name in names if (source := run.source(name)) is not None]
    return {
        "title": run.title,
        "area_basis": area_basis(zones.crs),
        "inputs": [{"table": name, "path": s.path.name, "sha256": fingerprint(s.path)} for name, s in given],
        "partitions": partitions,
        "second_method": {"pairs_a_partition": CHECKED_PAIRS, "largest_difference_m2": largest},
        "versions": library_versions(),
    }
