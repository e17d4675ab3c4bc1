"""``zonegis ledger``: in both languages, for people and for programs, with exit codes and without passwords."""

import json
import sqlite3

import pytest
from typer.testing import CliRunner

from gis.cli import app

DAY = ("--as-of", "2026-02-01")
RESERVE = ("--holder", "district:310115", "--expires", "2026-08-01", *DAY)


@pytest.fixture
def ledger(zonegis, tmp_path):
    path = tmp_path / "quotas.db"

    def call(*words, lang="en"):
        return zonegis("ledger", *words, "-d", path, "--lang", lang)

    call.path = path
    assert call("init")[0] == 0
    issued = call("issue", "energy_equal_value", 2026, "100000", "--account", "district:310115", *DAY)
    assert issued[0] == 0 and "issued 100000 tce" in issued[1]
    return call


def program(ledger, *words):
    """What a program reads: standard output alone must be one JSON document."""
    done = CliRunner().invoke(app, ["ledger", *map(str, words), "-d", str(ledger.path), "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_the_golden_district_by_command(ledger):
    code, said = ledger("reserve", "energy_equal_value", 2026, "60000", "--project", "P1", "--parcel", "D-01", *RESERVE)
    assert code == 0 and "R00000002-1" in said
    second = ("reserve", "energy_equal_value", 2026, "50000", "--project", "P2", "--parcel", "D-02", *RESERVE)
    code, said = ledger(*second)
    assert code == 1
    assert "10000.000" in said and "undetermined" in said and "ask the city" not in said
    code, said = ledger(*second, "--major", "--large")
    assert code == 1 and "ask the city: 10000.000 tce from city to district:310115" in said
    code, said = ledger(*second, "--major", "--not-large", lang="zh")
    assert code == 1 and "单有缺口不能提请" in said and "提请市级支持" not in said
    assert ledger("post", "R00000002-1", "45000", *DAY)[0] == 0
    code, said = ledger("post", "R00000002-1", "1", *DAY)
    assert code == 1 and "used twice" in said
    code, found = program(ledger, "balance")
    assert code == 0
    assert {(row["account"], row["quantity"]) for row in found} == {
        ("district:310115", "55000.000"), ("project:P1", "45000.000"),
    }  # fmt: skip


def test_what_if_books_nothing_and_several_kinds_are_booked_together(ledger):
    words = ("reserve", "energy_equal_value", 2026, "60000", "--water", "met", "--and", "cod 2026 0.5", "--project", "P1", "--parcel",
             "D-01", *RESERVE)  # fmt: skip
    code, tried = program(ledger, *words, "--what-if")
    assert (code, tried["fits"], tried["booked"]) == (0, False, False)
    code, refused = program(ledger, *words)
    assert code == 1 and [one["kind"] for one in refused["shortages"]] == ["cod"]
    assert len(program(ledger, "statement")[1]) == 1
    assert ledger("issue", "cod", 2026, "2", "--account", "district:310115", *DAY)[0] == 0
    code, booked = program(ledger, *words)
    assert code == 0 and booked["booked"] and len(booked["reservations"]) == 2
    code, said = ledger("void", booked["reservations"][0]["reservation_id"], *DAY, lang="zh")
    assert code == 0 and "已作废" in said


def test_a_need_that_is_not_one_is_refused(ledger):
    code, said = ledger("reserve", "energy_equal_value", 2026, "1", "--and", "cod=1", "--project", "P", "--parcel", "D",
                        *RESERVE)  # fmt: skip
    assert code == 1 and "cod 2026 0.5" in said


@pytest.mark.parametrize(("lang", "action", "label"), [("zh", "调剂", "数量"), ("en", "transfer", "quantity")])
def test_statement_and_balance_in_both_languages(ledger, lang, action, label):
    assert ledger("transfer", "energy_equal_value", 2026, "25", "--from", "district:310115", "--to", "zone:SYN", *DAY)[0] == 0
    code, said = ledger("statement", "--account", "zone:SYN", lang=lang)
    assert code == 0 and action in said and label in said and "25.000" in said
    code, said = ledger("balance", "--kind", "energy_equal_value", "--year", 2026, lang=lang)
    assert code == 0 and "99975.000" in said
    assert ("尚未核实" if lang == "zh" else "not verified") in said


def test_verify_finds_a_changed_byte_and_stops(ledger):
    code, said = ledger("verify")
    assert code == 0 and "whole" in said
    with sqlite3.connect(ledger.path) as connection:
        connection.execute("DROP TRIGGER zonegis_entries_no_update")
        connection.execute("UPDATE zonegis_entries SET as_of = '2026-02-02'")
    connection.close()
    code, said = ledger("verify", lang="zh")
    assert code == 1 and "不完整" in said
    code, found = program(ledger, "verify")
    assert (code, found["is_whole"]) == (1, False) and found["faults"]


def test_exit_codes(ledger, zonegis, tmp_path):
    assert ledger("init")[0] == 3
    assert zonegis("ledger", "verify", "-d", tmp_path / "none.db")[0] == 3
    assert ledger("issue", "coal", 2026, "1", "--account", "city", *DAY)[0] == 1
    assert ledger("issue", "cod", 2026, "1.5e", "--account", "city", *DAY)[0] == 1
    assert ledger("balance", "--kind", "coal")[0] == 1
    assert zonegis("ledger", "kinds", "--lang", "en")[0] == 0


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://bureau:secret@127.0.0.1:1/quotas",
        "postgresql://bureau@127.0.0.1:1/quotas?password=secret",
        "mysql://bureau:secret@127.0.0.1/quotas",
        "://bureau:secret@127.0.0.1/quotas",
        "postgresql://bureau:secret@127.0.0.1:port/quotas",
    ],
)
@pytest.mark.parametrize("command", ["init", "balance", "verify"])
def test_a_password_is_never_printed(zonegis, address, command):
    code, said = zonegis("ledger", command, "-d", address, "--lang", "en")
    assert code == 3
    assert "secret" not in said


def test_a_booking_ahead_of_today_is_refused(ledger):
    ahead = ("transfer", "energy_equal_value", 2026, 1, "--from", "district:310115", "--to", "zone:A", "--as-of", "2999-01-01")
    code, said = ledger(*ahead)
    assert code == 1 and "after today" in said
    assert program(ledger, "balance")[1][0]["quantity"] == "100000.000"


def test_what_parcels_have_drawn_is_a_theme_of_the_map(ledger, zonegis, tmp_path):
    folder = tmp_path / "zone"
    assert zonegis("sample", folder, "--parcels", 40, "--seed", 1)[0] == 0
    first = ("--project", "P1", "--parcel", "00000001", *RESERVE)
    assert ledger("reserve", "energy_equal_value", 2026, "60", *first)[0] == 0
    again = ("reserve", "energy_equal_value", 2026, "20", *first)
    code, said = ledger(*again)
    assert code == 1 and "already" in said
    for _ in range(2):  # sent twice, it is booked once
        assert ledger(*again, "--addition", "--request", "A-2")[0] == 0
    assert ledger("post", "R00000002-1", "60", *DAY)[0] == 0
    code, said = ledger("drawn", "energy_equal_value", 2026, "-o", tmp_path / "quotas.csv")
    assert code == 0 and "map --quotas" in said
    head, row = (tmp_path / "quotas.csv").read_text("utf-8").splitlines()
    assert (head, row) == ("parcel_id,reserved,used,unit,quota_ratio", "00000001,20.000,60.000,tce,0.75")
    code, said = zonegis("map", folder / "RUN.yaml", "--quotas", tmp_path / "quotas.csv", "-o", tmp_path / "map.html")
    assert code == 0, said
    assert program(ledger, "drawn", "cod", 2026) == (0, [])
