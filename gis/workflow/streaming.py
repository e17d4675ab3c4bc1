"""Areas of layers larger than memory: partitions on disk, one pure function over them, one table."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gis.compute import Partitions, read_partition_attrs, run_partitions, write_partitions
from gis.crs import area_basis, require_area_crs
from gis.csv_files import write_frame
from gis.errors import InputError
from gis.gate import require_same, states_of
from gis.issues import IssueLog
from gis.overlay import area_balance, intersect_pairs, measure_zones, sum_by_zone, verify_pairs
from gis.provenance import VERSION, file_hashes, fingerprint, fingerprint_text, library_versions, write_manifest
from gis.readers import read_batches
from gis.schema import land_use_groups
from gis.workflow.inputs import files_of_run
from gis.workflow.loading import Progress, account_source, check_expected_accounts, read_source
from gis.workflow.row_accounts import RowAccount, with_accounts
from gis.workflow.run_file import RunFile, TableSource
from gis.writing import atomic_file, merged_folder, permitted, require_listed, reserved

__all__ = ["AREA_LAYERS", "StreamedAreas", "stream_areas"]

#: Layers that areas are measured of: the fields they need, and the class.
AREA_LAYERS = {
    "land_use": (("patch_id", "land_use_scheme", "land_use_code"), "land_use_group"),
    "green_spaces": (("green_id", "green_kind"), "green_kind"),
}
#: Parcels a partition: about 300 MB at work.
PARTITION_ROWS = 20_000
#: Parcels whose rows are sorted and written together, from all partitions.
JOINED_IDS = 100_000
#: Pairs of every partition that GEOS computes again.
CHECKED_PAIRS = 100
LARGEST = "largest_difference_m2"
KIND, NAMES = "areas", ("areas.parquet", "zones.csv")
AREAS, ZONES = NAMES


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
        finished tables stay in ``partitions``, and a restart goes on from them. Files of others stay.
    partition_rows
        Parcels a partition: memory follows it, the figures do not.
    classes
        layer → field that holds its class; by default the land-use group and the kind of green.
    progress
        Called with the name of each step.

    Raises
    ------
    InputError, CrsError, TopologyError
        As `gis.read_table` and `gis.overlay.area_balance`; also where an id occurs twice, or a row was lost.
    GateError
        If a file holds other rows than the run file expects.
    """
    folder = Path(folder)
    with permitted(inputs=files_of_run(run)), reserved(folder, is_folder=True):
        require_listed(folder, NAMES)
        return _stream(run, folder, partition_rows, classes, progress or (lambda _: None))


def _stream(
    run: RunFile, folder: Path, partition_rows: int, classes: Mapping[str, str] | None, step: Progress
) -> StreamedAreas:
    states = {source.path: states_of(source.path) for _, source in _sources(run)}
    boundary = _boundary(run)
    zones = measure_zones(boundary)
    chosen = {name: (classes or {}).get(name, by) for name, (_, by) in AREA_LAYERS.items() if run.source(name)}
    inputs = [_input(name, source) for name, source in _sources(run)]
    require_same(run.tables.approved_boundaries.path, states[run.tables.approved_boundaries.path])
    key = f"{_key(run, inputs, partition_rows)} {chosen}"
    layers: dict[str, Partitions] = {}
    for name in ("parcels", *chosen):
        step(f"sort {name}")
        issues = IssueLog()
        batches = _batches(run, name, boundary, column=chosen.get(name, "parcel_id"), states=states, remarks=issues)
        layers[name] = write_partitions(
            batches, folder / "partitions" / name, rows=partition_rows, key=key,
            remarks=lambda own=issues: sorted({f"{issue.code}: {issue.text()}" for issue in own}),  # type: ignore[misc]
        )  # fmt: skip
    accounts = _accounts(run, boundary, layers)
    files = run_partitions(
        lambda number: _areas_of(number, zones, layers, chosen),
        len(layers["parcels"].files),
        folder / "partitions" / "tables",
        key=key,
        progress=lambda done, total: step(f"measure {done}/{total}"),
    )
    step(f"write {AREAS}")
    sums = sum_by_zone(_areas_by_class(files), zones)
    largest = max((read_partition_attrs(file)[LARGEST] for file in files), default=0.0)
    with merged_folder(folder, kind=KIND) as place:
        parcels = _write_joined(files, place / AREAS)
        accounts["parcels"] = dataclasses.replace(accounts["parcels"], used=parcels)
        inputs = with_accounts(inputs, accounts)
        write_frame(place / ZONES, sums, encoding="utf-8-sig")
        write_manifest(place / "manifest.json", {
            "title": run.title, "area_basis": area_basis(zones.crs), "inputs": inputs, "partitions": len(files),
            "remarks": sorted({remark for layer in layers.values() for remark in layer.remarks}),
            "second_method": {"pairs_a_partition": CHECKED_PAIRS, LARGEST: largest}, "versions": library_versions(),
        })  # fmt: skip
    return StreamedAreas(folder, zones, sums, len(files), largest)


def _accounts(run: RunFile, boundary: Any, layers: Mapping[str, Partitions]) -> dict[str, RowAccount]:
    """Hold the rows that lie in the partitions against those of the files, and these against what is expected."""
    import pyarrow.parquet as pq

    read = {name: sum(pq.read_metadata(file).num_rows for file in layer.files) for name, layer in layers.items()}
    counts = {"approved_boundaries": len(boundary), **read}
    given = {name: source for name in counts if (source := run.source(name)) is not None}
    accounts = {name: account_source(name, source, counts[name]) for name, source in given.items()}
    issues = IssueLog()
    check_expected_accounts(run, accounts, issues=issues)
    issues.raise_if("error")
    return accounts


def _boundary(run: RunFile) -> Any:
    source, issues = run.tables.approved_boundaries, IssueLog()
    boundary = read_source("approved_boundaries", source, issues, to_crs=run.crs, limits=run.limits)
    issues.raise_if("error")
    require_area_crs(boundary.crs, where=source.path.name)
    return boundary


def _sources(run: RunFile) -> list[tuple[str, TableSource]]:
    names = ("approved_boundaries", "parcels", *AREA_LAYERS)
    return [(name, source) for name in names if (source := run.source(name)) is not None]


def _input(name: str, source: TableSource) -> dict[str, Any]:
    """Return what is read of a run: table, file and its fingerprint, which reads a large file once."""
    hashes = file_hashes(source.path)
    entry: dict[str, Any] = {"table": name, "path": source.path.name, "sha256": fingerprint(source.path, hashes)}
    return entry | ({"files": hashes} if len(hashes) > 1 else {})


def _key(run: RunFile, inputs: list[dict[str, Any]], partition_rows: int) -> str:
    declared = [f"{entry['table']} {entry['sha256']} {run.source(entry['table'])!r}" for entry in inputs]
    return fingerprint_text("\n".join([VERSION, str(partition_rows), str(run.crs), *declared]))


def _batches(
    run: RunFile, name: str, boundary: Any, *, column: str, states: Mapping[Path, Any], remarks: IssueLog
) -> Callable[[], Iterator[Any]]:
    source = run.source(name)
    assert source is not None  # noqa: S101 - asked for given tables only
    fields, _ = AREA_LAYERS.get(name, (("parcel_id",), ""))
    if source.join is not None and name != "parcels":
        raise InputError("stream_join", table=name)

    def read() -> Iterator[Any]:
        for batch in read_batches(
            source.path, name, keep=fields, boundary=boundary, layer=source.layer, encoding=source.encoding,
            crs=source.crs, fields=source.fields, units=source.units, values=source.values, limits=run.limits,
            remarks=remarks,
        ):  # fmt: skip
            grouped = batch.assign(land_use_group=land_use_groups(batch)) if name == "land_use" else batch
            yield grouped[[column, "geometry"]]
        require_same(source.path, states[source.path])  # before the partitions count as those of this file

    return read


def _areas_of(number: int, zones: Any, layers: dict[str, Partitions], chosen: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows of one partition; what the second method differs by goes with them, also after a restart."""
    parcels = layers["parcels"].read(number)
    box = tuple(parcels.total_bounds)
    around = layers["parcels"].read_box(box)
    _require_single_ids(around["parcel_id"])
    met = {name: (layers[name].read_box(box), by) for name, by in chosen.items()}
    table = area_balance(parcels, zones, met, neighbours=around)
    table.attrs[LARGEST] = max((_checked(parcels, layer) for layer, _ in met.values()), default=0.0)
    return table


def _checked(parcels: Any, layer: Any) -> float:
    """Compute a sample of pairs again with GEOS; a mismatch stops the run and names the pair."""
    some = parcels.sample(min(CHECKED_PAIRS, len(parcels)), random_state=1).reset_index(drop=True)
    target = layer.assign(row=[str(row) for row in range(len(layer))])
    pairs = intersect_pairs(some, target, source_id="parcel_id", target_id="row")
    result = verify_pairs(pairs, some, target=target, source_id="parcel_id", target_id="row", sample=CHECKED_PAIRS)
    return float(result["largest_difference_m2"])


def _require_single_ids(ids: pd.Series[str]) -> None:
    doubled = ids[ids.duplicated()]
    if len(doubled):
        raise InputError("stream_ids_doubled", ids=sorted(set(doubled)), count=len(set(doubled)))


def _write_joined(files: Sequence[Path], place: Path) -> int:
    """Write the rows of all partitions in the order of the ids, some ids at a time; return how many ids.

    Memory does not follow the rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    ids = [pd.read_parquet(file, columns=["parcel_id"])["parcel_id"].drop_duplicates() for file in files]
    ordered = pd.concat(ids, ignore_index=True).sort_values(ignore_index=True)
    _require_single_ids(ordered)
    lasts = ordered.iloc[[*range(JOINED_IDS - 1, len(ordered) - 1, JOINED_IDS), len(ordered) - 1]].tolist()
    count = len(ordered)
    del ids, ordered
    names = [str(file) for file in files]
    with atomic_file(place) as temporary, contextlib.ExitStack() as stack:
        writer: Any = None
        for above, last in itertools.pairwise([None, *lasts]):
            bounds = [("parcel_id", "<=", last), *([] if above is None else [("parcel_id", ">", above)])]
            rows = pq.read_table(names, filters=bounds).to_pandas()
            rows = rows.sort_values(["parcel_id", "term", "layer", "class"], ignore_index=True)
            table = pa.Table.from_pandas(rows, preserve_index=False)
            writer = writer or stack.enter_context(pq.ParquetWriter(temporary, table.schema))
            writer.write_table(table)
    return count


def _areas_by_class(files: Sequence[Path]) -> pd.DataFrame:
    """Return the rows of all partitions without their parcels, texts as categories: enough for sums by zone."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = ["zone_id", "term", "layer", "class"]
    parts = [pq.read_table(file, columns=[*texts, "area_m2"], read_dictionary=texts) for file in files]
    frame: pd.DataFrame = pa.concat_tables(parts).unify_dictionaries().to_pandas()
    return frame
