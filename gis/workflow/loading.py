"""Step one: every table of a run read, placed and checked, before any figure is computed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gis.checks import Tolerances, TopologySummary, check_all, check_expected_land, check_expected_rows
from gis.crs import crs_name, require_area_crs
from gis.errors import InputError
from gis.gate import Limits, admit, unchanged
from gis.issues import IssueLog
from gis.provenance import file_hashes, fingerprint
from gis.readers import Join, check_place, count_rows, read_table
from gis.regulations import LandGuide, read_land_guide
from gis.workflow.row_accounts import RowAccount, account_join, account_reading
from gis.workflow.run_file import RunFile, TableSource

__all__ = ["Loaded", "check_tables", "load_tables", "read_source"]

Progress = Callable[[str], None]


@dataclasses.dataclass
class Loaded:
    """The tables of a run with what is known of them."""

    run: RunFile
    tables: dict[str, Any]
    issues: IssueLog
    inputs: list[dict[str, Any]]
    topology: TopologySummary | None = None
    guide: LandGuide | None = None
    accounts: dict[str, RowAccount] = dataclasses.field(default_factory=dict)

    @property
    def crs(self) -> Any:
        """The system that areas are computed in."""
        return self.tables["approved_boundaries"].crs


def read_source(
    name: str, source: TableSource, issues: IssueLog, *, to_crs: Any, boundary: Any = None, limits: Limits | None = None
) -> Any:
    """Return one table of a run as its run file declares it."""
    given = source.join
    join = None if given is None else Join(given.path, given.key, given.sheet, given.encoding)
    return read_table(
        source.path, name, issues=issues, layer=source.layer, encoding=source.encoding, crs=source.crs, to_crs=to_crs,
        fields=source.fields, units=source.units, values=source.values, join=join, boundary=boundary, limits=limits,
    )  # fmt: skip


def account_source(name: str, source: TableSource, read: int) -> RowAccount:
    """Hold the rows that were read of a table against its file's own count.

    Raises
    ------
    InputError
        If they are not those of the file.
    """
    rows = count_rows(source.path, layer=source.layer, encoding=source.encoding)
    return account_reading(name, source.path.name, rows, read)


def _account_join(name: str, source: TableSource, frame: Any) -> RowAccount:
    join = source.join
    assert join is not None  # noqa: S101 - asked for joined tables only
    rows = count_rows(join.path, layer=join.sheet, encoding=join.encoding)
    return account_join(f"{name}+{join.path.name}", join.path.name, rows, frame.attrs["joined"])


def _input(name: str, source: TableSource, frame: Any, account: RowAccount) -> dict[str, Any]:
    hashes = file_hashes(source.path)
    entry: dict[str, Any] = {
        "table": name, "path": source.path.name, "layer": source.layer or "",
        "sha256": fingerprint(source.path, hashes),
        **account.record(), "crs": crs_name(frame.crs) if hasattr(frame, "geom_type") else "",
        "encoding": frame.attrs.get("encoding", ""),
    }  # fmt: skip
    if len(hashes) > 1:
        entry["files"] = hashes
    if source.join is not None:
        entry |= {"join": source.join.path.name, "join_sha256": fingerprint(source.join.path)}
    return entry


def load_tables(run: RunFile, *, progress: Progress | None = None) -> Loaded:
    """Read every table of a run into its system; each must lie where the boundary is.

    Raises
    ------
    InputError, CrsError
        If a file can't be read, lies elsewhere, or gave other rows than it has by its own count.
    """
    step = progress or (lambda _: None)
    issues = IssueLog()
    known = {entry.code: entry.reason for entry in run.checks.accept}
    for code, reason in known.items():
        issues.accept(code, reason)
    if run.crs is not None:
        require_area_crs(run.crs, where="crs")
    tables: dict[str, Any] = {}
    accounts: dict[str, RowAccount] = {}
    inputs = []
    for name in run.given():
        source = run.source(name)
        assert source is not None  # noqa: S101 - given() names present tables only
        step(f"read {name}")
        boundary = tables.get("approved_boundaries")
        to_crs = run.crs if boundary is None else boundary.crs
        with unchanged(*source.files):
            frame = read_source(name, source, issues, to_crs=to_crs, boundary=boundary, limits=run.limits)
            accounts[name] = account_source(name, source, len(frame))
            entry = _input(name, source, frame, accounts[name])
            if source.join is not None:  # counted while the file is held to be the one that was read
                accounts[f"{name}+join"] = _account_join(name, source, frame)
        if deleted := accounts[name].left_out_reading.get("deleted"):
            issues.add("rows-deleted", name, file=source.path.name, count=deleted)
        inputs.append(entry)
        if source.join is not None:
            inputs.append(
                {"table": "", "path": source.join.path.name, "layer": source.join.sheet or "",
                 "sha256": entry["join_sha256"], **accounts[f"{name}+join"].record(), "crs": "", "encoding": ""}
            )  # fmt: skip
        if boundary is None:
            require_area_crs(frame.crs, where=source.path.name)
            check_place(frame, run.place, issues=issues)
        tables[name] = frame
    guide = None
    if run.land_guide is not None:
        path = run.land_guide
        with unchanged(admit(path, limits=run.limits).path):
            guide = read_land_guide(path)
            digest = fingerprint(path)
        inputs.append({"table": "land_guide", "path": path.name, "layer": "", "sha256": digest,
                       "rows": len(guide.entries), "crs": "", "encoding": "utf-8"})  # fmt: skip
    return Loaded(run, tables, issues, inputs, guide=guide, accounts=accounts)


def tolerances_of(run: RunFile) -> Tolerances:
    """Return the run's tolerances.

    Raises
    ------
    InputError
        If the run file names one that does not exist.
    """
    known = {field.name for field in dataclasses.fields(Tolerances)}
    unknown = sorted(set(run.checks.tolerances) - known)
    if unknown:
        raise InputError("tolerance_unknown", names=unknown, choices=sorted(known))
    return Tolerances(**run.checks.tolerances)


def check_tables(loaded: Loaded, *, progress: Progress | None = None) -> Loaded:
    """Run all checks; the issues are collected, nothing stops here."""
    topology = check_all(
        loaded.tables, as_of=loaded.run.as_of, issues=loaded.issues, tolerances=tolerances_of(loaded.run),
        progress=progress,
    )  # fmt: skip
    expect, accounts = loaded.run.expect, loaded.accounts
    check_expected_accounts(loaded.run, accounts, issues=loaded.issues)
    if expect.land_share_at_least is not None:
        file = loaded.run.tables.parcels.path.name
        check_expected_land(expect.land_share_at_least, topology, file=file, issues=loaded.issues)
    return dataclasses.replace(loaded, topology=topology)


def check_expected_accounts(run: RunFile, accounts: Mapping[str, RowAccount], *, issues: IssueLog) -> None:
    """Report which of some tables hold other rows than the run file expects."""
    expected = {table: count for table, count in run.expect.rows().items() if table in accounts}
    rows = {table: account.rows for table, account in accounts.items()}
    files = {table: account.file for table, account in accounts.items()}
    check_expected_rows(expected, rows, files, issues=issues)


def output_of(run: RunFile, output: Path | str | None) -> Path:
    """Return the folder of a run: the one named by the user, else the run file's."""
    return Path(output) if output is not None else run.output
