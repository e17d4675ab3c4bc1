"""The case of a parcel: page, time line and drafts, opened again; hostile texts; what may not be drafted."""

import dataclasses
import datetime as dt
import json
import re
import zipfile
from html.parser import HTMLParser

import docx
import pandas as pd
import pytest
from docx.enum.text import WD_COLOR_INDEX
from lxml import etree
from typer.testing import CliRunner

from gis.cli import app
from gis.errors import SchemaError
from gis.reports import blanks_of, write_case_page, write_draft, write_line
from gis.schema import texts_of
from gis.workflow import case_of, check_run, compute_run, write_sample_run
from gis.workflow.balances import balance_land

TODAY = dt.date(2026, 11, 25)
HOSTILE = "</td><script src='http://evil.example/x.js'>alert(1)</script>{holder}\x1b[2J\u202e\ufffe & <b>"


@pytest.fixture(scope="module")
def run_file(tmp_path_factory):
    return write_sample_run(tmp_path_factory.mktemp("case") / "zone", parcels=120, seed=1, as_of=dt.date(2026, 3, 31))


@pytest.fixture(scope="module")
def computed(run_file):
    return compute_run(run_file, today=TODAY)


def balance_land_of(loaded, tables):
    """The run on other tables than those of its files."""
    changed = dataclasses.replace(loaded, tables=tables, accounts={})
    return changed, balance_land(changed)


def parcel_by(computed, **wanted):
    table = computed[1].balances["idle_land"].parcels
    for name, value in wanted.items():
        table = table[table[name] == value]
    return str(table["parcel_id"].iloc[0])


def with_events(computed, parcel, events):
    """The run with further events of a parcel, balanced anew."""
    loaded, _ = computed
    table = loaded.tables["parcel_events"]
    more = table.iloc[: len(events)].copy()
    more["parcel_id"], more["source_row"] = parcel, range(9001, 9001 + len(events))
    more["event_date"] = pd.to_datetime([day for day, _, _ in events]).astype(table["event_date"].dtype)
    more["event_kind"], more["value"] = [kind for _, kind, _ in events], [value for *_, value in events]
    tables = loaded.tables | {"parcel_events": pd.concat([table, more], ignore_index=True)}
    return balance_land_of(loaded, tables)


def shown(path):
    """All text of a draft, and what is highlighted in it."""
    document = docx.Document(str(path))
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    paragraphs = [*document.paragraphs, *(paragraph for cell in cells for paragraph in cell.paragraphs)]
    marked = [run.text for paragraph in paragraphs for run in paragraph.runs
              if run.font.highlight_color == WD_COLOR_INDEX.YELLOW]  # fmt: skip
    header = " ".join(paragraph.text for paragraph in document.sections[0].header.paragraphs)
    return "\n".join(paragraph.text for paragraph in paragraphs), marked, header


class Page(HTMLParser):
    """Elements, and what any of them would fetch."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.fetched, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.fetched += [value for name, value in attrs if name in {"src", "href", "data", "xlink:href"}]

    def handle_data(self, data):
        self.words.append(data)


EVERY = [
    ("idle", "reclaim", ["investigation_notice", "idle_finding", "hearing_notice", "article_14_decision_reclaim"]),
    ("idle", "fee", ["investigation_notice", "idle_finding", "hearing_notice", "article_14_decision_fee"]),
    ("idle_recognisable", "article_12", ["investigation_notice", "idle_finding"]),
    ("approved_not_built", "", []), ("approved_not_supplied", "", []), ("under_construction", "", []),
    ("completed", "", []), ("in_production", "", []), ("undetermined", "", []),
]  # fmt: skip


@pytest.mark.parametrize(("status", "route", "drafts"), EVERY)
def test_a_case_of_every_status(computed, tmp_path, status, route, drafts):
    parcel = parcel_by(computed, status=status, route=route)
    for lang in ("zh", "en"):
        content = case_of(*computed, parcel, lang=lang)
        assert [draft.title for draft in content.drafts] == drafts
        write_case_page(tmp_path / "case.html", content)
        page = Page((tmp_path / "case.html").read_text("utf-8"))
        assert page.fetched == [] and "script" not in page.tags
        words = " ".join(page.words)
        assert texts_of("status")[status][lang] in words and parcel in words
        for draft in content.drafts:
            path = tmp_path / f"{lang}-{draft.name}.docx"
            write_draft(path, draft, content)
            text, marked, header = shown(path)
            assert texts_of("case_drafts")["mark"][lang] in header and "草稿" in header + text
            assert texts_of("case_drafts")[draft.title][lang] in text
            # Every blank is marked, and nothing that the data fill is.
            labels = {texts_of("case_drafts")[f"blank_{name}"][lang] for name in blanks_of(draft, content)}
            assert {re.search(r"[【\[](.*)[】\]]$", one)[1] for one in marked} == labels
            assert all("＿" in one for one in marked) and "{" not in text
            assert content.fields["holder"] in text and content.fields["parcel"] in text


@pytest.mark.parametrize("cause", ["government_cause", "force_majeure", None])
def test_no_fee_and_no_reclaim_is_drafted_where_a_cause_excuses_or_is_open(computed, cause):
    parcel = parcel_by(computed, route="reclaim")
    loaded, _ = computed
    parcels = loaded.tables["parcels"].copy()
    parcels.loc[parcels["parcel_id"] == parcel, ["delay_cause"]] = cause
    content = case_of(*balance_land_of(loaded, loaded.tables | {"parcels": parcels}), parcel)
    assert [draft.title for draft in content.drafts] == ["investigation_notice", "idle_finding"]


STEPS = [("2025-06-20", "investigation_notice", None), ("2025-07-10", "investigation_answer", None),
         ("2025-09-01", "idle_finding", None), ("2025-09-10", "finding_published", None),
         ("2025-10-10", "hearing_notice", None), ("2026-02-01", "article_14_decision", "reclaim"),
         ("2026-03-01", "reclaim_served", None)]  # fmt: skip


@pytest.mark.parametrize("count", range(len(STEPS) + 1))
def test_what_is_recorded_is_not_drafted_again_and_fills_the_next(computed, tmp_path, count):
    parcel = parcel_by(computed, route="reclaim")
    content = case_of(*with_events(computed, parcel, STEPS[:count]), parcel)
    done = {kind for _, kind, _ in STEPS[:count]}
    documents = ["investigation_notice", "idle_finding", "hearing_notice", "article_14_decision"]
    assert [draft.name.split("_", 2)[2] for draft in content.drafts] == [
        f"{kind}_reclaim" if kind == "article_14_decision" else kind for kind in documents if kind not in done
    ]
    if content.drafts and "investigation_notice" in done:
        write_draft(tmp_path / "draft.docx", content.drafts[0], content)
        text = shown(tmp_path / "draft.docx")[0]
        last = [day for day, kind, _ in STEPS[:count] if kind in documents][-1]
        assert "{0.year}年{0.month}月{0.day}日".format(dt.date.fromisoformat(last)) in text
    states = {step.label: step.tone for step in content.steps}
    labels = texts_of("case")
    for kind in ("investigation_notice", "idle_finding", "finding_published", "article_14_decision"):
        assert (states[labels[f"step_{kind}"]["zh"]] == "done") is (kind in done)
    running = done & {"investigation_notice", "reclaim_served"}
    assert {span.kind for span in content.spans} == {"running", "idle", "reclaim"} | ({"term"} if running else set())
    if "reclaim_served" in done:
        assert [one.day.isoformat() for one in content.ahead] == ["2026-03-31", "2026-04-30", "2026-09-01"]


@pytest.mark.parametrize(("day", "tone"), [("2026-02-28", "late"), ("2026-03-01", "ready"), ("2026-03-02", "ready")])
def test_the_last_day_of_an_answer(computed, day, tone):
    parcel = parcel_by(computed, route="fee")  # 30 days from 1 March: 31 March, the as-of date
    content = case_of(*with_events(computed, parcel, [(day, "investigation_notice", None)]), parcel)
    states = {step.label: step.tone for step in content.steps}
    assert states[texts_of("case")["step_investigation_answer"]["zh"]] == tone
    # While the answer may still come, the finding waits.
    assert states[texts_of("case")["step_idle_finding"]["zh"]] == ("ready" if tone == "late" else "waits")


def test_a_cause_shows_its_days(computed):
    parcel = parcel_by(computed, route="reclaim")
    loaded, measured = with_events(computed, parcel, [("2023-03-01", "government_cause", "2")])
    content = case_of(loaded, measured, parcel)
    assert [(cause.first, cause.last, cause.days) for cause in content.causes] == [("2023-03-01", "?", "?")]
    assert [span.last for span in content.spans if span.kind == "cause"] == [None]
    assert any("起止日期不全" in note for note in content.notes)


def test_texts_of_others_stay_texts(computed, tmp_path):
    parcel = parcel_by(computed, route="reclaim")
    loaded, _ = computed
    parcels = loaded.tables["parcels"].copy()
    for name in ("parcel_name", "holder", "contract_id", "land_use_name"):
        parcels.loc[parcels["parcel_id"] == parcel, name] = HOSTILE
    parcels["parcel_id"] = parcels["parcel_id"].replace({parcel: f"{parcel}{HOSTILE}"})
    content = case_of(*balance_land_of(loaded, loaded.tables | {"parcels": parcels}), f"{parcel}{HOSTILE}")
    write_case_page(tmp_path / "case.html", content)
    text = (tmp_path / "case.html").read_text("utf-8")
    page = Page(text)
    assert page.fetched == [] and not {"script", "b"} & set(page.tags)
    assert "\x1b" not in text and "\u202e" not in text and r"\x1b[2J" in " ".join(page.words)
    assert write_line(tmp_path / "line.svg", content)
    assert {element.tag.rpartition("}")[2] for element in etree.parse(str(tmp_path / "line.svg")).iter()} <= {
        "svg", "title", "defs", "pattern", "rect", "line", "text", "circle",
    }  # fmt: skip
    for draft in content.drafts:
        write_draft(tmp_path / f"{draft.name}.docx", draft, content)
        text, marked, _ = shown(tmp_path / f"{draft.name}.docx")
        # The braces of a name are no field: nothing is filled in for them.
        assert r"alert(1)</script>{holder}\x1b[2J\u202e\ufffe & <b>" in text
        assert not any("alert" in one for one in marked)


def test_the_same_case_has_the_same_bytes(computed, tmp_path):
    content = case_of(*computed, parcel_by(computed, route="fee"))
    for name in ("one", "two"):
        for draft in content.drafts:
            write_draft(tmp_path / f"{name}-{draft.name}.docx", draft, content)
        write_case_page(tmp_path / f"{name}.html", content)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    for draft in content.drafts:
        first, second = (tmp_path / f"{name}-{draft.name}.docx" for name in ("one", "two"))
        assert first.read_bytes() == second.read_bytes()
        with zipfile.ZipFile(first) as archive:
            assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_the_command_writes_one_signed_folder(computed, run_file, tmp_path):
    parcel = parcel_by(computed, route="fee")
    words = ["case", str(run_file), parcel, "-o", str(tmp_path / "case"), "--lang", "en"]
    for _ in range(2):  # a former case is replaced
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
    manifest = json.loads((tmp_path / "case" / "manifest.json").read_text("utf-8"))
    names = {path.name for path in (tmp_path / "case").iterdir()} - {"manifest.json"}
    assert manifest["zonegis"]["kind"] == "case" and {entry["path"] for entry in manifest["files"]} == names
    assert names == {"case.html", "timeline.svg", "explanation.txt", "draft_1_investigation_notice.docx",
                     "draft_2_idle_finding.docx", "draft_3_hearing_notice.docx",
                     "draft_4_article_14_decision_fee.docx"}  # fmt: skip
    assert f"Parcel {parcel}" in (tmp_path / "case" / "explanation.txt").read_text("utf-8")
    (tmp_path / "case" / "notes.txt").write_text("mine", "utf-8")
    assert CliRunner().invoke(app, words).exit_code == 2


def test_no_such_parcel_leaves_nothing(run_file, computed, tmp_path):
    with pytest.raises(SchemaError):
        case_of(*computed, "no such")
    done = CliRunner().invoke(app, ["case", str(run_file), "no such", "-o", str(tmp_path / "case")])
    assert done.exit_code == 3 and list(tmp_path.iterdir()) == []


def test_every_text_of_a_draft_has_its_blanks_named():
    texts = texts_of("case_drafts")
    for key, entry in texts.items():
        for lang, template in entry.items():
            names = set(re.findall(r"\{(\w+)\}", template)) - {"label"}
            assert {f"blank_{name}" for name in names - {"parcel", "area", "as_of", "decision", "ground", "asked"}} <= set(texts), (key, lang)
        assert set(re.findall(r"\{(\w+)\}", entry["zh"])) == set(re.findall(r"\{(\w+)\}", entry["en"])), key


def test_steps_out_of_order_are_issues_of_a_run(run_file, computed, tmp_path):
    parcel = parcel_by(computed, route="reclaim")
    import shutil

    zone = tmp_path / "zone"
    shutil.copytree(run_file.parent, zone)
    with (zone / "parcel_events.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"{parcel},2025-05-01,hearing_notice,,x,\r\n{parcel},2025-06-01,idle_finding,,x,\r\n")
    text = (zone / "RUN.yaml").read_text("utf-8")
    count = int(re.search(r"parcel_events: (\d+)\}", text)[1])
    (zone / "RUN.yaml").write_text(text.replace(f"parcel_events: {count}}}", f"parcel_events: {count + 2}}}"), "utf-8")
    codes = {issue.code for issue in check_run(zone / "RUN.yaml", today=TODAY).issues}
    assert {"step-before-condition", "step-condition-unrecorded"} <= codes


def test_what_is_not_known_is_not_said_not_to_apply(computed):
    content = case_of(*computed, parcel_by(computed, status="undetermined"), lang="en")
    assert dict(content.head)["Route"] == texts_of("case")["open_route"]["en"]
    assert not any(step.state.startswith("does not apply") for step in content.steps)
    loaded, _ = computed
    parcel, parcels = parcel_by(computed, route="reclaim"), loaded.tables["parcels"].copy()
    parcels.loc[parcels["parcel_id"] == parcel, ["construction_state"]] = None
    silent = case_of(*balance_land_of(loaded, loaded.tables | {"parcels": parcels}), parcel, lang="en")
    # No record of work: the land is known to be supplied, so it may be investigated, and no more is drafted.
    assert [draft.title for draft in silent.drafts] == ["investigation_notice"]
    assert not any(step.state.startswith("does not apply") for step in silent.steps)
