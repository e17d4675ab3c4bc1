"""Commands on certificates of solved scenarios."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Any

import typer

from gis.cli.console import LangOption, Language, err, messages, out, print_json, said, today
from gis.cli.jobs import AsJson

__all__ = ["certificate_app"]

certificate_app = typer.Typer(help="求解证书。 / Certificates of solved scenarios.", no_args_is_help=True)
SHOWN_AT_MOST = 100
_said = functools.partial(said, room="scenario")


def check_command(
    files: Annotated[list[Path], typer.Argument(help="certificate.json")],
    scenario: Annotated[
        Path | None,
        typer.Option(
            "--scenario", "--run",
            help="重新量算该情景或运行文件，核对其问题与证书所载是否一致 / measure this scenario or run file again and "
            "hold its question against the certificate's",
        ),
    ] = None,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """核验证书：只用标准库，精确分数；并核对输入是否变化。 / Check certificates, and whether inputs changed."""
    from gis.errors import InputError
    from gis.gate import Limits, require_file, require_json
    from gis.scenarios.certificate_check import check_certificate, read_certificate

    results: list[dict[str, Any]] = []
    with messages(lang):
        for path in files:
            try:
                require_json(require_file(path), Limits())
                content = read_certificate(path)
            except InputError:
                raise
            except (OSError, ValueError) as error:
                raise InputError("certificate_unreadable", path=path, why=str(error)) from None
            faults = check_certificate(content)
            told = {"file": path, "proven": not faults, "faults": faults, "sentences": [], "fingerprint": "",
                    "compared_with": None, "stale": None, "changed": []}  # fmt: skip
            results.append(told if faults else told | _compared(path, content, scenario, lang))
        if as_json:
            print_json({"certificates": results})
        for result in () if as_json else results:
            _show(result, lang)
    if any(result["faults"] or result["changed"] for result in results):
        raise typer.Exit(1)


def _compared(path: Path, content: Any, scenario: Path | None, lang: Language) -> dict[str, Any]:
    """Return what a sound certificate says, and whether its inputs are still those."""
    from gis.workflow.certificates import compare_certificate

    state = compare_certificate(path, content, scenario=scenario, today=today())
    stale = None if state.scenario is None else bool(state.changed)
    return {"sentences": content["derived"]["sentences"][lang.value], "fingerprint": content["sha256"],
            "compared_with": state.scenario, "stale": stale, "changed": list(state.changed)}  # fmt: skip


def _show(result: dict[str, Any], lang: Language) -> None:
    from gis.errors import listed

    if result["faults"]:
        _said(lang, "certificate_bad", path=result["file"])
        for line in result["faults"][:SHOWN_AT_MOST]:
            err.print(f"  {line}", markup=False)
        return
    _said(lang, "certificate_good", path=result["file"], fingerprint=result["fingerprint"])
    for line in result["sentences"]:
        out.print(f"  {line}", markup=False)
    key = {None: "certificate_alone", True: "certificate_stale", False: "certificate_fresh"}[result["stale"]]
    _said(lang, key, scenario=result["compared_with"], changed=listed(result["changed"]))


certificate_app.command("check")(check_command)
