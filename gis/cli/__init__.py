"""The command ``zonegis``. Exit codes: 0 fine, 1 a gate or verdict stopped it, 2 usage, 3 input unreadable, 4 a fault.

Ctrl-C ends it with 130, a reader of its output that goes away with 141, as shells count them.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from gis.cli.case import case_command
from gis.cli.certificate import certificate_app
from gis.cli.console import Language, err, say
from gis.cli.jobs import (
    areas_command,
    check_command,
    explain_command,
    init_command,
    inspect_command,
    repair_command,
    run_command,
    sample_command,
)
from gis.cli.land_jobs import candidates_command, sites_command, swap_command
from gis.cli.ledger import ledger_app
from gis.cli.maps import map_command
from gis.cli.net import DETAILS_VARIABLE, Net
from gis.cli.publish import publish_command
from gis.cli.reference import boundaries_app, dictionary_command, rules_app, schema_command, version_command
from gis.cli.rule_years import rules_diff
from gis.cli.scenario import scenario_app
from gis.cli.trend import trend_command

__all__ = ["app", "main"]

app = typer.Typer(
    name="zonegis",
    cls=Net,
    help="综合保税区用地平衡：闲置土地、混合用地、绿地率。 / Land balances of customs bonded zones.\n\n"
    "zonegis sample zone && zonegis run zone/RUN.yaml",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)


@app.callback()
def options(
    details: Annotated[
        Path | None,
        typer.Option(
            help="内部错误的详情写入此新文件 / new file for the details of an internal error (exit code 4)",
            envvar=DETAILS_VARIABLE,
        ),
    ] = None,
) -> None:
    """Take what stands before the name of a command."""


app.command("run")(run_command)
app.command("check")(check_command)
app.command("areas")(areas_command)
app.command("map")(map_command)
app.command("publish")(publish_command)
app.command("explain")(explain_command)
app.command("case")(case_command)
app.command("init")(init_command)
app.command("inspect")(inspect_command)
app.command("sample")(sample_command)
app.command("repair")(repair_command)
app.command("candidates")(candidates_command)
app.command("swap")(swap_command)
app.command("sites")(sites_command)
app.command("trend")(trend_command)
rules_app.command("diff")(rules_diff)
app.add_typer(rules_app, name="rules")
app.add_typer(boundaries_app, name="boundaries")
app.add_typer(scenario_app, name="scenario")
app.add_typer(certificate_app, name="certificate")
app.add_typer(ledger_app, name="ledger")
app.command("dictionary")(dictionary_command)
app.command("schema")(schema_command)
app.command("version")(version_command)


def main() -> None:
    """Run the command line; asked to end, it ends in order, so that nothing half-written stays."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is signal.SIG_DFL:
            signal.signal(getattr(signal, name), _end)
    app()


def _end(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second one must not break the cleaning up
    err.print(escape(say("ended", Language.ZH, number=number) + " / " + say("ended", Language.EN, number=number)))
    raise SystemExit(128 + number)
