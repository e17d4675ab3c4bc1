"""Commands on what to do with land: candidates, swap, sites."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from gis.areas import grouped, m2_text
from gis.cli.console import (
    LangOption,
    Language,
    messages,
    plain_records,
    print_json,
    print_records,
    said,
    said_cut,
    say,
    step_bar,
    today,
)
from gis.cli.jobs import AsJson, RunPath

__all__ = ["candidates_command", "sites_command", "swap_command"]

SHOWN_AT_MOST = 100


class Objective(StrEnum):
    """What a swap maximises."""

    LAND = "land"
    MOVES = "moves"


class Tenure(StrEnum):
    """How land is supplied."""

    GRANTED = "granted"
    ALLOCATED = "allocated"
    LEASED = "leased"


def _computed(run_file: Path, lang: Language) -> tuple[Any, Any]:
    from gis.workflow import compute_run

    with step_bar(18, lang) as step:
        return compute_run(run_file, today=today(), progress=step)


def _pairs(text: str | None) -> dict[str, str]:
    """Read ``area=4,age=2``; a part without ``=`` keeps an empty value, which is refused later."""
    parts = [part.partition("=") for part in (text or "").split(",") if part.strip()]
    return {name.strip(): value.strip() for name, _, value in parts}


def _show(frame: Any, columns: tuple[str, ...], lang: Language) -> None:
    import pandas as pd

    records = []
    for row in frame.head(SHOWN_AT_MOST).to_dict("records"):
        shown = {key: "" if pd.isna(row[key]) else row[key] for key in columns}
        for key, value in shown.items():
            if isinstance(value, pd.Timestamp):
                shown[key] = value.date()
            elif key.endswith("_m2") and value != "":
                shown[key] = m2_text(value)
            elif value in {"met", "not_met", "undetermined"}:
                shown[key] = say(f"condition_{value}", lang)
        records.append(shown)
    print_records(records, {key: say(f"col_{key}", lang) for key in columns})
    said_cut(lang, whole=len(frame), shown=len(records))


def candidates_command(
    run_file: RunPath,
    weights: Annotated[
        str | None, typer.Option(help="权重 / weights, such as area=4,age=2,route=2,readiness=2 (an example, not law)")
    ] = None,
    routes: Annotated[str | None, typer.Option(help="路径得分 / points of routes, such as reclaim=1,fee=0.6")] = None,
    encumbrances: Annotated[Path | None, typer.Option(help="他项权利 CSV / CSV parcel_id,encumbrance")] = None,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """闲置和低效地块的盘活排序，权重由用户设定。 / Rank idle and underused land by weights that you set."""
    from gis.analyses import example_weights
    from gis.workflow import rank_run

    with messages(lang):
        chosen = example_weights().replace(weights=_pairs(weights), routes=_pairs(routes))
        _, measured = _computed(run_file, lang)
        table = rank_run(measured, weights=chosen, encumbrances=encumbrances)
        stated = {name: str(value) for name, value in chosen.weights.items()}
        points = {name: str(value) for name, value in chosen.routes.items()}
        if as_json:
            print_json({"weights": stated, "routes": points, "candidates": plain_records(table)})
            return
        columns = ("rank", "parcel_id", "recoverable_m2", "since_date", "routes_open", "area_part", "age_part",
                   "route_part", "readiness_part", "score", "missing")  # fmt: skip
        _show(table, columns, lang)
        key = "weights_example" if chosen == example_weights() else "weights_own"
        said(lang, key, weights=", ".join(f"{name}={value}" for name, value in stated.items()),
             routes=", ".join(f"{name}={value}" for name, value in points.items()))  # fmt: skip


def swap_command(
    run_file: RunPath,
    premises: Annotated[
        Path,
        typer.Argument(
            help="物业 CSV / CSV premises_id,floor_area_m2,land_use_group,available_date[,value_cny,value_basis]"
        ),
    ],
    objective: Annotated[Objective, typer.Option(help="目标 / maximise m² of land freed, or moves")] = Objective.LAND,
    needs: Annotated[
        Path | None, typer.Option(help="需求 / CSV parcel_id,needed_floor_area_m2,land_use_group,needed_by_date")
    ] = None,
    forbidden: Annotated[Path | None, typer.Option(help="不得匹配 / CSV of pairs parcel_id,premises_id")] = None,
    by_comparison: Annotated[
        bool, typer.Option("--by-comparison", help="无认定标准时按他区定义 / by another district's definition")
    ] = False,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """优质物业换低效用地：为低效用地的使用人匹配物业。 / Match occupants of underused land with good premises."""
    from gis.regulations import place_name
    from gis.workflow import compared_with, propose_swap

    with messages(lang):
        loaded, measured = _computed(run_file, lang)
        result = propose_swap(
            loaded, measured, premises, objective=objective.value, needs=needs, forbidden=forbidden,
            by_comparison=by_comparison,
        )  # fmt: skip
        other = compared_with(measured.balances["idle_land"].parcels)
        if as_json:
            print_json({
                "objective": result.objective, "definition": other, "freed_m2": result.freed_m2,
                "claimed_m2": result.claimed_m2,
                "moves_count": result.moves_count,
                "matches": plain_records(result.matches), "unmatched": plain_records(result.unmatched),
                "unused_premises": list(result.unused_premises), "preference": result.preference,
                "given_away": result.given_away, "not_comparable": result.not_comparable,
            })  # fmt: skip
            return
        columns = ("parcel_id", "premises_id", "area_m2", "needed_floor_area_m2", "floor_area_m2", "available_date")
        _show(result.matches, columns, lang)
        left = result.unmatched.assign(why=[say(f"swap_{reason}", lang) for reason in result.unmatched["reason"]])
        _show(left, ("parcel_id", "area_m2", "why"), lang)
        if other:
            said(lang, "swap_by_comparison", other=place_name(other)[lang.value])
        if result.not_comparable:
            said(lang, f"swap_{result.not_comparable}")
        said(lang, f"swap_given_{result.preference}", given=grouped(result.given_away, 2))
        said(lang, "swap_done", objective=say(f"objective_{result.objective}", lang), moves=result.moves_count,
             land=m2_text(result.freed_m2), left=len(left), unused=list(result.unused_premises))  # fmt: skip
        if result.claimed_m2:
            said(lang, "swap_claimed", area=m2_text(result.claimed_m2))


def sites_command(  # noqa: PLR0913, PLR0917
    run_file: RunPath,
    area_m2: Annotated[float, typer.Option(min=0.01, help="最小面积 / least area, m²")],
    most_m2: Annotated[float | None, typer.Option(help="最大面积 / largest area, m²")] = None,
    use: Annotated[str | None, typer.Option(help="用地类别 / land-use group, such as industrial")] = None,
    far: Annotated[float | None, typer.Option(help="规划容积率不低于 / planned FAR at least")] = None,
    tenure: Annotated[Tenure | None, typer.Option(help="供应方式 / tenure")] = None,
    needed_by: Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="最迟可用日 / last day")] = None,
    available: Annotated[Path | None, typer.Option(help="可交付日 / CSV parcel_id,available_date")] = None,
    shared_edge_m: Annotated[
        float | None,
        typer.Option(min=0.1, help="合并共边不短于此长度的相邻地块 / join neighbours that share this edge"),
    ] = None,
    parcels_at_most: Annotated[int, typer.Option(min=2, max=5, help="最多合并几宗 / join at most")] = 3,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """为重点项目找地：闲置、批而未供的地块，可合并相邻地块。 / Find land for a key project, condition by condition."""
    from gis.analyses import SiteRequest
    from gis.workflow import site_run

    day = None if needed_by is None else needed_by.date()
    request = SiteRequest(
        least_area_m2=area_m2, most_area_m2=most_m2, use=use, least_far=far, needed_by=day,
        tenure=None if tenure is None else tenure.value, shared_edge_m=shared_edge_m, parcels_at_most=parcels_at_most,
    )  # fmt: skip
    with messages(lang):
        _, measured = _computed(run_file, lang)
        found = site_run(measured, request, available=available)
        if as_json:
            print_json({"sites": plain_records(found.sites), "left_out": plain_records(found.left_out)})
            return
        _show(found.sites, ("parcel_ids", "area_m2", "area_off_m2", "verdict", "conditions_met_count", "area", "use",
                            "far", "tenure", "date",
                            "available_date", "shared_edge_m"), lang)  # fmt: skip
        counts = found.sites["verdict"].value_counts()
        said(lang, "sites_done", met=int(counts.get("met", 0)), open=int(counts.get("undetermined", 0)),
             not_met=int(counts.get("not_met", 0)))  # fmt: skip
        if len(found.left_out):
            said(lang, "sites_left_out")
            reasons = [say(f"left_{reason}", lang) for reason in found.left_out["reason"]]
            _show(found.left_out.assign(reason_left=reasons), ("parcel_ids", "area_m2", "reason_left"), lang)
