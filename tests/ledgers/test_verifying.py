"""What `verify_ledger` finds in a file that was tampered with, and that it never ends in a traceback."""

import itertools
import sqlite3

import pytest

from gis.ledgers import create_ledger, open_ledger, verify_ledger

ENERGY, D = "energy_equal_value", "district:310115"


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "q.db"
    with create_ledger(str(made)) as ledger:
        for _ in range(3):
            ledger.issue(ENERGY, 2026, "7", account=D, as_of="2026-01-05", document="文件1")
        assert verify_ledger(ledger).is_whole
    return made


def varint(data, place):
    value = 0
    for length in range(1, 10):
        byte = data[place + length - 1]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + length
    raise AssertionError


def cells(path):
    """Return where each record of the table begins and ends, and where the cell of its number is, in the file."""
    connection = sqlite3.connect(path)
    root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'zonegis_entries'").fetchone()[0]
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    data, page = path.read_bytes(), (root - 1) * size
    assert data[page] == 13  # a leaf of a table
    found = []
    for number in range(int.from_bytes(data[page + 3 : page + 5], "big")):
        pointer = page + 8 + 2 * number
        start = page + int.from_bytes(data[pointer : pointer + 2], "big")
        payload, place = varint(data, start)
        _, place = varint(data, place)
        header, _ = varint(data, place)
        found.append((place, place + payload, place + header))
    return found


def test_the_number_of_an_entry_is_read_from_its_cell(path):
    """Its index says it too, and SQLite reads it there."""
    whole = path.read_bytes()
    records = cells(path)
    assert len(records) == 3
    numbers = []
    for (_, _, place), bit in itertools.product(records, range(8)):
        numbers.append(whole[place])
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
        with open_ledger(str(path)) as again:
            assert not verify_ledger(again).is_whole, (place, bit)
    path.write_bytes(whole)
    assert verify_ledger(open_ledger(str(path))).is_whole


def test_every_byte_of_a_record_counts(path):
    whole = path.read_bytes()
    start, end, _ = cells(path)[1]
    for place in range(start, end):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with open_ledger(str(path)) as again:
            assert not verify_ledger(again).is_whole, place


BASES = [
    "[]", "1", "null", '"x"', "{", "[" * 3000, '{"need":"1/0000"}', '{"need":"7","ratio":"1/000000"}', '{"need":{}}',
    '{"need":["7"]}', '{"need":"1e99999999"}', '{"need":1e999}', '{"need":NaN}', '{"need":"7","emission":null}',
    '{"need":"7","ratio":[]}', '{"need":true}', "9" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("basis", BASES)
def test_a_basis_of_any_shape_is_a_fault_and_no_traceback(ledger, basis):
    ledger.issue(ENERGY, 2026, "7", account=D, as_of="2026-01-05")
    with ledger.engine.begin() as connection:
        if ledger.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER zonegis_entries_no_update")
        else:
            connection.exec_driver_sql("DROP TRIGGER zonegis_entries_no_change ON zonegis_entries")
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE zonegis_entries SET basis = '{basis}'".replace("%", "%%"))
    faults = verify_ledger(ledger).faults
    assert any("basis" in fault for fault in faults) and any("changed" in fault for fault in faults)
