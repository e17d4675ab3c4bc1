"""Addresses of ledgers: however a password is written, no message shows it."""

from __future__ import annotations

import pytest

from gis.errors import GisError, InputError
from gis.ledgers import open_ledger
from gis.ledgers.addresses import read_address, shown_address
from gis.plain_text import masked

SECRET = "geheim42"
ADDRESSES = [
    f"postgresql://u:{SECRET}@127.0.0.1:1/q",
    f"postgresql+psycopg://u:{SECRET}@127.0.0.1:1/q",
    f"postgresql://u:a@{SECRET}@127.0.0.1:1/q",
    f"postgresql://u:a@b/{SECRET}@127.0.0.1:1/q",
    f"postgresql://u:a@b?{SECRET}@127.0.0.1:1/q",
    f"postgresql://u:a/{SECRET}@127.0.0.1:1/q",
    f"u:{SECRET}@127.0.0.1:1/q",
    f"u:a@{SECRET}@127.0.0.1:1/q",
    f":{SECRET}@127.0.0.1/q",
    f"://u:{SECRET}@127.0.0.1/q",
    f"postgresql:/u:{SECRET}@127.0.0.1/q",
    f"postgresql+psycopg:u:{SECRET}@127.0.0.1/q",
    f"mysql://u:{SECRET}@127.0.0.1/q",
    f"postgresql://u@127.0.0.1:1/q?password={SECRET}",
    f"postgresql://u@127.0.0.1:1/q?%70assword={SECRET}",
    f"postgresql://u@127.0.0.1:1/q?sslpassword={SECRET}&connect_timeout=1",
    f"host=127.0.0.1 port=1 user=u password={SECRET} dbname=q",
    f"host=127.0.0.1 password = '{SECRET} x'",
    f"postgresql://u:{SECRET[:-1]}%32@127.0.0.1:1/q",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_message_holds_the_password(address):
    with pytest.raises(GisError) as caught:
        open_ledger(address)
    for lang in ("en", "zh"):
        assert SECRET not in caught.value.text(lang) and SECRET[:-1] not in caught.value.text(lang)
    assert SECRET not in masked(f"could not use '{address}' today")


def test_what_has_no_password_is_shown_whole():
    for address in ("postgresql://bureau@db:5432/quotas?sslmode=require", "zone/quotas.db", "C:\\zone\\a@b.db"):
        assert shown_address(read_address(address)) == address
        assert masked(address) == address
    assert shown_address(read_address("postgresql://a%40b:c%40d@db/q")) == "postgresql://a%40b:***@db/q"


def test_a_value_of_the_environment_is_not_shown(monkeypatch):
    monkeypatch.setenv("PGPASSWORD", SECRET)
    assert SECRET not in InputError("ledger_unreachable", address="db", reason=f"refused {SECRET}").text()


@pytest.mark.parametrize("plain", ["district:310115", "2026-03-31 12:30", "parcels.gpkg: 3", "宗地：甲@乙", "a = b"])
def test_other_words_are_left_alone(plain):
    assert masked(plain) == plain
