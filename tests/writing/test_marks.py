"""Which files and folders are known as this product's, and which are not any more once somebody changed them."""

import shutil

import openpyxl
import pytest

from gis.errors import PlaceError
from gis.writing import atomic_file, atomic_folder, merged_folder, permitted, require_file, require_folder

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100"
    "18dd8db00000000049454e44ae426082"
)
CONTENTS = {".png": PIXEL, ".pdf": b"%PDF-1.4\n%%EOF", ".svg": b"<svg/>\n",
            ".html": b'<html><meta name="generator" content="ZoneGIS">'}  # fmt: skip


def write(path, content):
    with atomic_file(path) as temporary:
        temporary.write_bytes(content)


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_a_sealed_file_is_replaced_until_it_is_edited(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write(path, CONTENTS[suffix])
    first = path.read_bytes()
    require_file(path)
    write(path, CONTENTS[suffix])
    assert path.read_bytes() == first
    path.write_bytes(first.replace(b"1", b"2", 1) if suffix == ".pdf" else first[:5] + b"x" + first[6:])
    with pytest.raises(PlaceError, match="a-2"):
        require_file(path)


def test_a_sealed_picture_is_still_a_picture(tmp_path):
    from PIL import Image

    write(tmp_path / "a.png", PIXEL)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (1, 1) and picture.convert("RGB").getpixel((0, 0)) is not None


@pytest.mark.parametrize("name", ["a.csv", "a.yaml", "a.gpkg", "a.geojson", "a.json", "a.html", "a.txt"])
def test_what_people_edit_is_replaced_only_when_they_say_so(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"mine")
    with pytest.raises(PlaceError):
        require_file(path)
    with pytest.raises(PlaceError):
        write(path, b"new")
    assert path.read_bytes() == b"mine"
    write(path, b"mine")  # the same bytes harm nothing
    with permitted(overwrite=True):
        write(path, b"new")
    assert path.read_bytes() == b"new"
    with permitted(overwrite=True, inputs=[path]), pytest.raises(PlaceError, match="which is read"):
        write(path, b"newer")
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_workbook_that_was_saved_elsewhere_is_somebodys(tmp_path):
    import datetime as dt

    from gis.reports.sheets import Book

    path = tmp_path / "a.xlsx"
    book = Book(path, created=dt.date(2026, 3, 31), title="t")
    book.add_sheet("s", "about")
    book.close()
    require_file(path)
    opened = openpyxl.load_workbook(path)
    opened.properties.lastModifiedBy = "somebody"
    opened.save(path)
    with pytest.raises(PlaceError):
        require_file(path)


def make(folder, way=atomic_folder, **files):
    with way(folder, kind="run") as made:
        for name, content in (files or {"a": "1", "b": "2"}).items():
            (made / name).write_text(content, "utf-8")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: (folder / "c").write_text("mine"), "holds 1 item.*: c"),
        (lambda folder: (folder / "c").mkdir(), "holds 1 item.*: c"),
        (lambda folder: (folder / "c").symlink_to(folder / "a"), "holds 1 item.*: c"),
        (lambda folder: (folder / "a").write_text("edited"), "changed after it was written: a"),
        (lambda folder: (folder / "a").write_text("9"), "changed after it was written: a"),
        (lambda folder: (folder / "manifest.json").unlink(), "holds 2 item.*: a, b"),
        (lambda folder: (folder / "manifest.json").write_text("[" * 100_000), "holds 3 item"),
        (lambda folder: ((folder / "a").unlink(), (folder / "a").symlink_to(folder / "b")), "holds 1 item.*: a"),
    ],
)
def test_a_folder_is_replaced_until_somebody_changes_it(tmp_path, change, told):
    folder = tmp_path / "results"
    for _ in range(2):
        make(folder)
    change(folder)
    with pytest.raises(PlaceError, match=told):
        require_folder(folder, "run")
    with pytest.raises(PlaceError, match=told):
        make(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results"]


def test_a_file_that_was_taken_out_harms_nothing_and_another_kind_stays(tmp_path):
    make(tmp_path / "results")
    (tmp_path / "results" / "a").unlink()
    require_folder(tmp_path / "results", "run")
    with pytest.raises(PlaceError):
        require_folder(tmp_path / "results", "trend")
    shutil.rmtree(tmp_path / "results")
    (tmp_path / "results").mkdir()
    require_folder(tmp_path / "results", "trend")


def test_the_same_files_give_the_same_manifest(tmp_path):
    make(tmp_path / "one", a="1", b="2")
    make(tmp_path / "two", b="2", a="1")
    assert (tmp_path / "one" / "manifest.json").read_bytes() == (tmp_path / "two" / "manifest.json").read_bytes()


def test_a_folder_that_is_merged_keeps_files_of_others_and_edited_ones(tmp_path):
    folder = tmp_path / "zone"
    make(folder, merged_folder)
    (folder / "mine").write_text("mine")
    make(folder, merged_folder, a="3")
    assert {path.name: path.read_text() for path in folder.iterdir() if path.suffix == ""} == {
        "a": "3", "b": "2", "mine": "mine",
    }  # fmt: skip
    (folder / "b").write_text("edited")
    make(folder, merged_folder, a="4")
    for files in ({"mine": "x"}, {"b": "x"}):
        with pytest.raises(PlaceError, match="not written there"):
            make(folder, merged_folder, **files)
    assert (folder / "b").read_text() == "edited" and (folder / "mine").read_text() == "mine"


def test_an_input_is_kept_by_any_of_its_names(tmp_path):
    (tmp_path / "data").mkdir()
    source = tmp_path / "data" / "parcels.shp"
    for suffix in (".shp", ".dbf", ".prj"):
        source.with_suffix(suffix).write_text("x")
    (tmp_path / "way").symlink_to(tmp_path / "data")
    with permitted(inputs=[tmp_path / "way" / "parcels.shp"], overwrite=True):
        for place in (source, source.with_suffix(".dbf"), tmp_path / "way" / "parcels.prj"):
            with pytest.raises(PlaceError, match="which is read"):
                require_file(place)
        for place in (tmp_path / "data", tmp_path, tmp_path / "way" / ".." / "data"):
            with pytest.raises(PlaceError, match="which is read"):
                require_folder(place, "run")
        require_file(tmp_path / "data" / "parcels.html")
        require_folder(tmp_path / "data" / "results", "run")
