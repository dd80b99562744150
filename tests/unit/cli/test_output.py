"""Answers on the terminal, for programs and for spreadsheets."""

from __future__ import annotations

import csv
import io
import json

import pytest

from pki_manager.cli.output import Output, flatten, show, show_list

CERTIFICATE = {
    "id": "1",
    "subject": "CN=a",
    "sans": ["DNS:a", "DNS:b"],
    "revocation": None,
    "ok": True,
    "pem": "-----BEGIN\n",
    "keys": [{"id": "k", "pem": "-----BEGIN\n", "urls": {"crl": "http://x"}}],
    "details": {},
}


def test_nested_members_have_dotted_names_and_files_no_cell() -> None:
    assert flatten(CERTIFICATE) == {
        "id": "1",
        "subject": "CN=a",
        "sans": "DNS:a, DNS:b",
        "revocation": "",
        "ok": "yes",
        "keys.0.id": "k",
        "keys.0.urls.crl": "http://x",
        "details": "",
    }


def test_json_is_the_whole_answer(capsys: pytest.CaptureFixture[str]) -> None:
    show(CERTIFICATE, Output.JSON)
    assert json.loads(capsys.readouterr().out) == CERTIFICATE


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "'", "'="])
def test_web_04_a_csv_cell_is_never_a_formula_and_can_be_read_back(
    capsys: pytest.CaptureFixture[str], start: str
) -> None:
    value = f'{start}cmd|"/c calc"'
    show_list({"items": [{"name": value}, {"name": "plain"}]}, ["name"], Output.CSV)
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))
    assert rows == [["name"], [f"'{value}"], ["plain"]]
    assert [cell.removeprefix("'") for (cell,) in rows[1:]] == [value, "plain"]


def test_csv_has_a_column_for_every_member_of_any_row(capsys: pytest.CaptureFixture[str]) -> None:
    show_list({"items": [{"a": 1}, {"b": "x,y"}]}, ["a"], Output.CSV)
    assert capsys.readouterr().out == 'a,b\n1,\n,"x,y"\n'


@pytest.mark.parametrize("output", [Output.TABLE])
def test_no_value_drives_the_terminal(capsys: pytest.CaptureFixture[str], output: Output) -> None:
    evil = "\x1b[2J\x9b\n\u202egone"
    show({"name": evil}, output)
    show_list({"items": [{"name": evil}]}, ["name"], output)
    printed = capsys.readouterr().out
    assert all(char.isprintable() for char in printed.replace("\n", ""))
    assert len(printed.splitlines()) == 3


def test_a_table_is_aligned_under_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    show_list({"items": [{"id": "1", "name": "long name"}, {"id": "22"}]}, ["name", "id"], Output.TABLE)
    assert capsys.readouterr().out.splitlines() == ["NAME       ID", "long name  1", "           22"]


def test_an_empty_list_is_an_empty_table(capsys: pytest.CaptureFixture[str]) -> None:
    show_list({"items": []}, ["name"], Output.TABLE)
    assert capsys.readouterr().out == "NAME\n"
