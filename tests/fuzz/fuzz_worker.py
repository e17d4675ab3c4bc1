"""A process that reads damaged files, one a line, and tells how it went: it may crash, and it may be killed.

Protocol: a line of JSON in (case, sound folder, empty folder to make it in), a line of JSON out.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import shutil
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

MEMORY_BYTES = 12 << 30


def limit_memory() -> None:
    """Let a reader that asks for all memory fail here, and not the machine."""
    with contextlib.suppress(ImportError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.RLIM_INFINITY))


def keep_transformers() -> None:
    """Build each transformer of coordinates once: the product asks for the same few, for every file anew."""
    import pyproj

    pyproj.Transformer.from_crs = functools.lru_cache(maxsize=64)(pyproj.Transformer.from_crs)


class SameTables(Exception):  # noqa: N818 - no error: the figures of these tables are known
    """The tables are those of the sound world, so the figures are too: a run of the same tables is the same run."""


def same_frame(one: Any, other: Any) -> bool:
    """Tell whether two tables are the same in every cell, shape, type and system."""
    import shapely

    if list(one.columns) != list(other.columns) or list(one.dtypes) != list(other.dtypes) or len(one) != len(other):
        return False
    if not hasattr(one, "geom_type"):
        return bool(one.equals(other))
    shape = one.geometry.name
    return (
        one.crs == other.crs
        and bool(one.drop(columns=shape).equals(other.drop(columns=shape)))
        and list(shapely.to_wkb(one.geometry.to_numpy())) == list(shapely.to_wkb(other.geometry.to_numpy()))
    )


class Worker:
    """Reads cases; what it read of the sound worlds stands beside."""

    def __init__(self) -> None:
        run_module = importlib.import_module("gis.workflow.run")  # the package's name `run` is the function
        self.sound: dict[str, Any] = {}
        self.world = ""
        self.may_skip = False
        load = run_module.load_tables

        def watched(*arguments: Any, **options: Any) -> Any:
            loaded = load(*arguments, **options)
            known = self.sound.setdefault(self.world, loaded.tables)
            if (self.may_skip and known.keys() == loaded.tables.keys()
                    and all(same_frame(known[name], table) for name, table in loaded.tables.items())):  # fmt: skip
                raise SameTables
            return loaded

        run_module.load_tables = watched

    def answer(self, order: dict[str, Any]) -> dict[str, Any]:
        """Make one case and read it."""
        from fuzz_laws import Case, make_case
        from fuzz_worlds import WORLDS

        from gis.errors import GisError

        folder = Path(order["folder"])
        if "planted" in order:
            return planted(order["planted"])
        if order.get("case"):
            case = Case.of_name(order["case"])
            world, self.world = WORLDS[case.world], case.world
            target = make_case(case, world, Path(order["sound"]), folder)
        else:
            world, self.world = WORLDS[order["world"]], order["world"]
            shutil.copytree(order["sound"], folder)
            target = folder / order["target"]
        self.may_skip = bool(order.get("case")) and target.suffix != ".yaml"
        started = time.perf_counter()
        try:
            figures, issues = world.read(folder, target)
            told = {"kind": "figures", "figures": figures, "issues": issues}
        except SameTables:
            told = {"kind": "same figures"}
        except GisError as error:
            told = {"kind": "clean error", "text": str(error)[:400]}
        except MemoryError:
            told = {"kind": "MEMORY", "text": traceback.format_exc()[-3000:]}
        except Exception:
            told = {"kind": "TRACEBACK", "text": traceback.format_exc()[-3000:]}
        told["target"] = target.name
        told["seconds"] = round(time.perf_counter() - started, 2)
        shutil.rmtree(folder, ignore_errors=True)
        return told


def planted(what: str) -> dict[str, Any]:
    """Fail on purpose, so that a test sees that failures are seen."""
    if what == "crash":
        os.abort()
    if what == "hang":
        time.sleep(3600)
    return {"kind": "TRACEBACK", "text": what}


def main() -> None:
    """Answer until there is no order more."""
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever the product prints
    limit_memory()
    keep_transformers()
    warnings.simplefilter("ignore")
    worker = Worker()
    for line in sys.stdin:
        told.write(json.dumps(worker.answer(json.loads(line)), ensure_ascii=True) + "\n")
        told.flush()


if __name__ == "__main__":
    main()
