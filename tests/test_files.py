"""Files and folders to pages: everything comes out, as a page or as an error."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from index.errors import SourceError
from index.sources import files
from index.sources.files import read_pages
from index.types import Page


def pages(path: Path) -> list[Page]:
    return [item for item in read_pages(path) if isinstance(item, Page)]


def failures(path: Path) -> list[str]:
    return [str(item) for item in read_pages(path) if isinstance(item, SourceError)]


def test_a_single_file(tmp_path: Path) -> None:
    path = tmp_path / "berita.TXT"
    path.write_bytes(b"Grab membuka kantor.\n")
    assert list(read_pages(path)) == [Page(str(path), b"Grab membuka kantor.\n", "text/plain")]


def test_a_folder_is_sorted_recursive_and_skips_the_hidden(tmp_path: Path) -> None:
    for name in ("b.md", "a.txt", ".hidden.txt", "sub/c.html", "sub/d.HTM", ".git/e.txt", "e.markdown"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("isi", encoding="utf-8")
    found = [(Path(page.location).relative_to(tmp_path).as_posix(), page.media_type) for page in pages(tmp_path)]
    assert found == [
        ("a.txt", "text/plain"),
        ("b.md", "text/markdown"),
        ("e.markdown", "text/markdown"),
        ("sub/c.html", "text/html"),
        ("sub/d.HTM", "text/html"),
    ]


def test_locations_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("isi", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert pages(Path("./a.txt"))[0].location == str(tmp_path / "a.txt")


def test_unsupported_files_in_a_folder_are_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("isi", encoding="utf-8")
    (tmp_path / "b.docx").write_bytes(b"PK")
    (tmp_path / "c").write_bytes(b"x")
    assert len(pages(tmp_path)) == 1
    first, second = failures(tmp_path)
    assert "b.docx" in first
    assert "supported: .txt" in first
    assert "without an ending" in second


def test_the_location_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file or folder"):
        read_pages(tmp_path / "nothing.txt")
    (tmp_path / "b.docx").write_bytes(b"PK")
    with pytest.raises(SourceError, match=r"ending in \.docx"):
        read_pages(tmp_path / "b.docx")
    (tmp_path / "empty").mkdir()
    assert "holds no files" in failures(tmp_path / "empty")[0]


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.jsonl", "a.html"])
@pytest.mark.parametrize("content", [b"", b" \n\n\t"])
def test_an_empty_file_says_so(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert pages(tmp_path / name) == []
    (message,) = failures(tmp_path / name)
    assert "is empty" in message
    assert name in message


def test_a_json_record_and_a_list(tmp_path: Path) -> None:
    one, many = tmp_path / "one.json", tmp_path / "many.json"
    one.write_text('{"id": "a1", "text": "isi"}', encoding="utf-8")
    assert list(read_pages(one)) == [Page(f"{one}#a1", one.read_bytes(), "application/json")]
    many.write_text('[{"id": 7, "text": "é"}, 5, {"text": "dua"}, {"id": 7, "text": "tiga"}]', encoding="utf-8")
    assert [page.location for page in pages(many)] == [f"{many}#7", f"{many}:3", f"{many}:4"]
    assert json.loads(pages(many)[0].content) == {"id": 7, "text": "é"}
    assert f"{many}:2: the record is no object" in failures(many)[0]


@pytest.mark.parametrize("content", ["[]", "5", '"text"', "{", "[" * 100_000])
def test_json_without_records(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    assert pages(path) == []
    assert len(failures(path)) == 1


def test_one_bad_line_does_not_lose_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [
        b'\xef\xbb\xbf{"id": "satu"}',
        b"",
        b"{broken",
        b'{"text": "tanpa id"}',
        b"[]",
        b'{"id": "satu"}',
        b'{"id": "x\\ny"}',
    ]
    path.write_bytes(b"\r\n".join(lines))
    assert [page.location for page in pages(path)] == [f"{path}#satu", f"{path}:4", f"{path}:6", f"{path}:7"]
    assert {page.media_type for page in pages(path)} == {"application/json"}
    broken, no_object = failures(path)
    assert f"{path}:3: not valid JSON" in broken
    assert f"{path}:5: the record is no object" in no_object


def test_size_limits_are_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 1_000_000)
    monkeypatch.setattr(files, "MAX_LINE_BYTES", 1_000_000)
    (tmp_path / "a.txt").write_bytes(b"x" * 1_000_001)
    assert "larger than 1 MB" in failures(tmp_path / "a.txt")[0]
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "' + b"x" * 2_500_000 + b'"}\n{"id": "b"}\n' + b"y" * 1_200_000)
    assert [page.location for page in pages(path)] == [f"{path}#b"]
    assert [message.split(": ")[0] for message in failures(path)] == [f"{path}:1", f"{path}:3"]
    assert "longer than 1 MB" in failures(path)[0]


def test_files_in_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"id": "é“"}\n'.encode("cp1252"))
    assert pages(path)[0].location == f"{path}#é“"
    path.write_bytes('{"id": "a"}\n'.encode("utf-16"))
    assert "save it as UTF-8" in failures(path)[0]
    many = tmp_path / "many.json"
    many.write_bytes('[{"id": "a", "text": "Rp5 – “murah”"}]'.encode("cp1252"))
    assert json.loads(pages(many)[0].content) == {"id": "a", "text": "Rp5 – “murah”"}


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    first, second = failures(tmp_path)
    assert "gone.txt" in first
    assert "pipe.txt" in second


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("isi", encoding="utf-8")
    (tmp_path / "a.txt").chmod(0)
    assert "check its permissions" in failures(tmp_path)[0]


def test_a_file_that_cannot_be_opened_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("isi", encoding="utf-8")
    (tmp_path / "b.txt").write_text("isi", encoding="utf-8")
    real = Path.open

    def refuse(self: Path, *args: str) -> object:
        if self.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return real(self, *args)

    monkeypatch.setattr(Path, "open", refuse)
    assert "a.txt: cannot be read (Permission denied); check its permissions" in failures(tmp_path)[0]
    assert [Path(page.location).name for page in pages(tmp_path)] == ["b.txt"]
