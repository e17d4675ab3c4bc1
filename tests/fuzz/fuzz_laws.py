"""Which damage may end how: every mutation by format, each under one of four laws.

Under every law a traceback, exit code 4, a crash of the process and a hang are failures. Beyond that:

========= =================================================== ====================================================
law       may end as                                          because
========= =================================================== ====================================================
ALIKE     clean error, same figures                           the content is the same, is refused, or is sealed by
                                                              hashes (ledger, certificate): no other figure is lawful
NAMED     the same, or other figures with a new issue of      the damage breaks the form of the file, so a reader can
          severity warning or error                           see it: whatever is lost must be named
COUNTED   as NAMED, where the run file can state how many     a sound file with fewer rows: only a number known from
          rows it expects (``expect``); as FREE before        elsewhere can tell
FREE      anything that is no failure                         a sound file of other content: nobody can tell
========= =================================================== ====================================================

An *error* is clean if it is one of the package's own (exit codes 1 to 3). Figures are those of every balance, exactly.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import fuzz_bytes as b
import fuzz_contents as c
import fuzz_stores as stores

if TYPE_CHECKING:
    from pathlib import Path

    from fuzz_bytes import Change
    from fuzz_worlds import World


class Law(StrEnum):
    """What a mutation may end as."""

    ALIKE = "alike"
    NAMED = "named"
    COUNTED = "counted"
    FREE = "free"


class Outcome(StrEnum):
    """How a case ended; the last five are failures."""

    ERROR = "clean error"
    SAME = "same figures"
    ISSUE = "issue names it"
    OTHER = "other figures, lawful"
    SILENT = "SILENT DIFFERENCE"
    TRACEBACK = "TRACEBACK"
    HANG = "HANG"
    CRASH = "CRASH"
    MEMORY = "MEMORY"


FAILURES = (Outcome.SILENT, Outcome.TRACEBACK, Outcome.HANG, Outcome.CRASH, Outcome.MEMORY)
Mutation = tuple[Law, "Change"]

BYTES: dict[str, Mutation] = {
    "cut": (Law.NAMED, b.of_bytes(b.cut)),
    "half": (Law.NAMED, b.of_bytes(b.cut_half)),
    "tail": (Law.NAMED, b.of_bytes(b.cut_tail)),
    "emptied": (Law.NAMED, b.of_bytes(b.emptied)),
    "longer": (Law.NAMED, b.of_bytes(b.lengthened)),
    "magic": (Law.NAMED, b.of_bytes(b.wrong_magic)),
    "other format": (Law.NAMED, b.of_bytes(b.other_format)),
    "flips anywhere": (Law.FREE, b.of_bytes(b.flips(0))),
    "filled": (Law.FREE, b.of_bytes(b.filled)),
}
TEXT: dict[str, Mutation] = {
    "byte order mark": (Law.ALIKE, c.of_text(c.with_bom)),
    "line ends": (Law.ALIKE, c.of_text(c.other_line_ends)),
    "other encoding": (Law.ALIKE, c.of_text(c.other_encoding)),
    "bad utf-8": (Law.NAMED, c.of_text(c.bad_utf8)),
    "control characters": (Law.FREE, c.of_text(c.nul)),
    "quote": (Law.FREE, c.of_text(c.swallowed_quote)),
    "emptied": BYTES["emptied"],
    "other format": BYTES["other format"],
    "flips anywhere": BYTES["flips anywhere"],
}
PAGES: dict[str, Mutation] = {
    "head": (Law.NAMED, b.of_bytes(b.flips(0, 100))),
    "page filled": (Law.NAMED, b.of_bytes(b.page_filled)),
    "page head": (Law.NAMED, b.of_bytes(b.page_head_flipped)),
    "pages exchanged": (Law.NAMED, b.of_bytes(b.pages_exchanged)),
}
JSON: dict[str, Mutation] = {
    "key doubled": (Law.NAMED, c.of_text(c.json_key_doubled)),
    "number": (Law.FREE, c.of_text(c.json_number)),
    "nested": (Law.NAMED, c.of_text(c.json_nested)),
    "broken": (Law.NAMED, c.of_text(c.json_broken)),
    "value": (Law.FREE, c.of_json(c.json_value)),
    "key dropped": (Law.FREE, c.of_json(c.json_key_dropped)),
    "spaces": (Law.ALIKE, c.of_json(c.json_spaced)),
    "cut": BYTES["cut"],
    "tail": BYTES["tail"],
}
ZIP: dict[str, Mutation] = {
    "flips anywhere": (Law.NAMED, BYTES["flips anywhere"][1]),  # every member has a checksum
    "directory": (Law.NAMED, b.of_bytes(b.flips(-400))),
    "member dropped": (Law.NAMED, stores.of_zip(stores.member_dropped)),
    "member cut": (Law.NAMED, stores.of_zip(stores.member_cut)),
    "member of noise": (Law.NAMED, stores.of_zip(stores.member_of_noise)),
    "member doubled": (Law.NAMED, stores.member_doubled),
    "sheet": (Law.FREE, stores.of_zip(stores.sheet_hostile)),
    "row dropped": (Law.COUNTED, stores.of_zip(stores.sheet_row_dropped)),
    "bomb": (Law.ALIKE, stores.of_zip(stores.zip_bomb)),
}
CSV: dict[str, Mutation] = {
    "cut": (Law.COUNTED, BYTES["cut"][1]),
    "row dropped": (Law.COUNTED, c.of_text(c.csv_row_dropped)),
    "row doubled": (Law.COUNTED, c.of_text(c.csv_row_doubled)),
    "ragged": (Law.NAMED, c.of_text(c.csv_ragged)),
    "header doubled": (Law.NAMED, c.of_text(c.csv_header_doubled)),
    "header missing": (Law.NAMED, c.of_text(c.csv_header_missing)),
    "rows missing": (Law.COUNTED, c.of_text(c.csv_rows_missing)),
    "cell": (Law.FREE, c.of_text(c.csv_cell)),
    "empty lines": (Law.ALIKE, c.of_text(c.csv_empty_lines)),
    "width": (Law.ALIKE, c.of_text(c.csv_huge_width)),
}
YAML: dict[str, Mutation] = {
    "cut": (Law.FREE, BYTES["cut"][1]),
    "line doubled": (Law.ALIKE, c.of_text(c.yaml_line_doubled)),
    "line dropped": (Law.FREE, c.of_text(c.yaml_line_dropped)),
    "unknown key": (Law.ALIKE, c.of_text(c.yaml_unknown_key)),
    "value": (Law.FREE, c.of_text(c.yaml_value)),
    "hostile": (Law.ALIKE, c.of_text(c.yaml_hostile)),
}
GDB: dict[str, Mutation] = {
    f"file {name}": (law, b.gdb_file(change))
    for name, (law, change) in {
        "cut": (Law.NAMED, b.cut), "emptied": (Law.NAMED, b.emptied), "head": (Law.FREE, b.flips(0, 40)),
        "filled": (Law.FREE, b.filled), "noise": (Law.NAMED, b.other_format),
    }.items()
} | {"file deleted": (Law.NAMED, b.gdb_file_deleted)}  # fmt: skip
SEALED = {"cut", "half", "tail", "emptied", "longer", "magic", "other format", "flips anywhere", "filled"}

MUTATIONS: dict[str, dict[str, Mutation]] = {
    "gpkg": BYTES | PAGES | {
        "register": (Law.NAMED, stores.of_sql(stores.gpkg_register)),
        "shape": (Law.NAMED, stores.of_sql(stores.gpkg_shape)),
        "row dropped": (Law.NAMED, stores.of_sql(stores.gpkg_row_dropped)),
        "row doubled": (Law.NAMED, stores.of_sql(stores.gpkg_row_doubled)),
        "view": (Law.NAMED, stores.of_sql(stores.gpkg_view)),
        "cell": (Law.FREE, stores.of_sql(stores.gpkg_cell)),
    },
    "shp": BYTES | {
        "length": (Law.NAMED, b.of_bytes(b.shp_length)),
        "record head": (Law.NAMED, b.of_bytes(b.shp_record_head)),
        "head": (Law.NAMED, b.of_bytes(b.flips(0, 36))),
    },
    "shx": BYTES | {"entry": (Law.NAMED, b.of_bytes(b.shx_entry)), "head": (Law.NAMED, b.of_bytes(b.flips(0, 36)))},
    "dbf": BYTES | {
        "count": (Law.NAMED, b.of_bytes(b.dbf_count)),
        "field head": (Law.FREE, b.of_bytes(b.dbf_field_head)),
        "records dropped": (Law.NAMED, b.of_bytes(b.dbf_record_dropped)),
        "rows fewer": (Law.NAMED, b.of_bytes(b.dbf_rows_fewer)),
        "deleted marks": (Law.NAMED, b.of_bytes(b.dbf_deleted_mark)),
    },
    "shapefile": {
        "part deleted": (Law.NAMED, b.part_deleted),
        "part exchanged": (Law.NAMED, b.part_exchanged),
        "all parts cut": (Law.NAMED, b.all_parts_cut),
    },
    "prj": {"damaged": (Law.NAMED, c.of_text(c.prj_damaged)), "bad utf-8": TEXT["bad utf-8"], "emptied": BYTES["emptied"]},
    "cpg": {"damaged": (Law.NAMED, c.of_text(c.cpg_damaged)), "bad utf-8": TEXT["bad utf-8"], "emptied": BYTES["emptied"]},
    "geojson": TEXT | JSON | {
        "crs": (Law.NAMED, c.of_json(c.crs_damaged)),
        "shape gone": (Law.NAMED, c.of_json(c.feature_without_shape)),
        "ring": (Law.NAMED, c.of_json(c.ring_broken)),
        "row dropped": (Law.COUNTED, c.of_json(c.feature_dropped)),
        "row doubled": (Law.NAMED, c.of_json(c.feature_doubled)),
    },
    "parquet": BYTES | {
        "pages": (Law.FREE, b.of_bytes(b.row_group_of_zeros)),
        "footer": (Law.FREE, b.of_bytes(b.flips(-6000))),
        "footer length": (Law.NAMED, b.of_bytes(b.footer_length)),
        "metadata": (Law.FREE, stores.geo_metadata),
        "columns": (Law.NAMED, stores.parquet_columns),
    },
    "gdb": GDB,
    "csv": TEXT | CSV,
    "xlsx": BYTES | ZIP,
    "yaml": TEXT | YAML,
    "ledger": {name: (Law.ALIKE, change) for name, (_, change) in (BYTES | PAGES).items()} | {
        "rows": (Law.ALIKE, stores.of_sql(stores.ledger_row)),
    },
    "certificate": {name: (Law.ALIKE, change) for name, (_, change) in (TEXT | JSON | BYTES).items()},
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One damaged file: of which world, by which mutation, from which seed. Its name is all it takes to make it again."""

    world: str
    format: str
    mutation: str
    seed: int

    @property
    def name(self) -> str:
        """World, format, mutation and seed."""
        return f"{self.world}/{self.format}/{self.mutation}/{self.seed}"

    @staticmethod
    def of_name(name: str) -> Case:
        """Return the case of a name."""
        world, form, mutation, seed = name.split("/")
        return Case(world, form, mutation, int(seed))

    @property
    def law(self) -> Law:
        """What it may end as."""
        return MUTATIONS[self.format][self.mutation][0]


def target_of(case: Case, world: World) -> str:
    """Return which file of its format a case damages."""
    return random.Random(f"target {case.name}").choice(world.targets[case.format])


def all_kinds(worlds: dict[str, World]) -> list[tuple[str, str, str]]:
    """Return world, format and mutation of everything that can be damaged."""
    return [(name, form, own) for name, world in worlds.items() for form in world.targets for own in MUTATIONS[form]]


def cases(worlds: dict[str, World], count: int, *, seed: int = 0) -> list[Case]:
    """Return so many cases, every kind in turn; another seed gives others of the same kinds."""
    kinds = all_kinds(worlds)
    random.Random(0).shuffle(kinds)
    return [Case(*kinds[number % len(kinds)], seed + number // len(kinds)) for number in range(count)]


def make_case(case: Case, world: World, sound: Path, folder: Path) -> Path:
    """Copy a sound world into a folder and damage one of its files.

    Returns
    -------
    The damaged file.
    """
    shutil.copytree(sound, folder)
    target = folder / target_of(case, world)
    MUTATIONS[case.format][case.mutation][1](target, random.Random(case.name))
    return target


def judge(law: Law, sound: dict[str, Any], answer: dict[str, Any], *, counted: bool) -> Outcome:
    """Say how a case ended.

    Parameters
    ----------
    law
        Of its mutation.
    sound, answer
        What the worker told of the undamaged world and of the case.
    counted
        Whether run files can state how many rows they expect.
    """
    if answer["kind"] != "figures":
        return Outcome(answer["kind"])
    if answer["figures"] == sound["figures"]:
        return Outcome.SAME
    if law is Law.FREE or (law is Law.COUNTED and not counted):
        return Outcome.OTHER
    before = [tuple(issue) for issue in sound["issues"]]
    new = [issue for issue in map(tuple, answer["issues"]) if issue[0] != "note" and issue not in before]
    return Outcome.ISSUE if new and law is not Law.ALIKE else Outcome.SILENT
