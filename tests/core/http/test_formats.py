"""Answers that are not JSON: what arrived is in the page, and what cannot be read is an error."""

from __future__ import annotations

import csv as standard
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.errors import ProtocolError, Unavailable
from duetrail.http import csv_rows, json_lines, xml_tree

DECODERS = {
    "text/csv": csv_rows(),
    "application/x-ndjson": json_lines,
    "application/xml": xml_tree(lists=("bill",)),
}


@pytest.fixture
def asked(vendor, open_session):
    """What a session makes of a body of some media type."""
    session = open_session(declares={"decoders": DECODERS}, attempts=1)

    def one(media, body, status=200):
        vendor.then(status, body, headers={"Content-Type": media})
        return session.get("/export")

    return one


def test_csv_is_a_list_of_objects(asked):
    """Each row by the names in the first one; every value is the text that arrived."""
    page = asked("text/csv; charset=utf-8", b'id,total,text\r\n01,"1,50","a\nb"\r\n2,,\r\n')
    assert page.data == [
        {"id": "01", "total": "1,50", "text": "a\nb"},
        {"id": "2", "total": "", "text": ""},
    ]
    assert json.loads(page.body) == page.data


def test_a_field_of_csv_may_be_a_long_text(asked):
    """The text of an email is as long as it is."""
    page = asked("text/csv", b"id,text\r\n1," + b"x" * 200_000 + b"\r\n")
    assert len(page.data[0]["text"]) == 200_000


def test_lines_of_json_are_one_list(asked):
    """Each line stays as it is, to the last digit."""
    page = asked("application/x-ndjson", b'{"id":1,"total":1.10}\n\n{"id":2}\r\n')
    assert [row["id"] for row in page.data] == [1, 2]
    assert b'{"id":1,"total":1.10}' in page.body


def test_xml_is_objects_and_lists(asked):
    """Attributes, texts and elements inside; what is a list is one however many there are."""
    body = b'<bills xmlns="urn:a"><bill id="1"><total cur="EUR">1.50</total></bill></bills>'
    assert asked("application/xml", body).data == {
        "bills": {"bill": [{"@id": "1", "total": {"@cur": "EUR", "#text": "1.50"}}]}
    }


def test_a_web_page_inside_xml_is_text(asked):
    """The text of an email may begin with a document type of its own."""
    body = b"<mail><text><![CDATA[<!DOCTYPE html><p>Hello</p>]]></text><!-- <!ENTITY --></mail>"
    assert asked("application/xml", body).data == {"mail": {"text": "<!DOCTYPE html><p>Hello</p>"}}


def test_text_behind_an_element_is_kept(asked):
    """Nothing that stands between elements is lost, but for the blanks that indent them."""
    body = b"<text>\n  Due <b>now</b>: pay <i>12.50</i> EUR\n</text>"
    assert asked("application/xml", body).data == {
        "text": {"b": "now", "i": "12.50", "#text": "\n  Due : pay  EUR\n"}
    }


def test_an_attribute_without_a_namespace_is_the_documents_own(asked):
    """One of the same name in another namespace does not take its place."""
    body = b'<a xmlns:x="urn:x" type="invoice" x:type="Bill"/>'
    assert asked("application/xml", body).data == {"a": {"@type": "invoice"}}


def test_json_stays_json(asked):
    """A source with decoders is answered with JSON, too, and errors are."""
    assert asked("application/json", b'{"a": 1}').data == {"a": 1}


def test_an_error_is_told_by_its_status(asked):
    """Whatever an error has in its body, its status decides."""
    with pytest.raises(Exception, match="500"):
        asked("text/csv", b'"', 500)


DOCUMENT_TYPE = "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"


@pytest.mark.parametrize(
    ("media", "body", "says"),
    [
        ("text/csv", b"id,total\r\n1,2,3\r\n", "line 2: 3 fields in 2 columns"),
        ("text/csv", b"id,id\r\n1,2\r\n", "two columns have one name"),
        ("text/csv", b'id\r\n"1', "line 2: unexpected end of data"),
        ("text/csv", b"id\r\n\xff\r\n", "text/csv that cannot be read\n"),
        ("application/xml", b"<a><b></a>", "line 1: not well-formed"),
        ("application/xml", b"<a>" * 200 + b"</a>" * 200, "nested too deeply"),
        ("application/xml", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "a document type"),
        ("application/xml", DOCUMENT_TYPE.encode("utf-16"), "a document type"),
        ("application/x-ndjson", b'{"a": 1}\n<html>\n', "invalid JSON"),
    ],
)
def test_what_cannot_be_read_is_an_error(asked, media, body, says):
    """It says where, and nothing of the data."""
    with pytest.raises(ProtocolError, match=says):
        asked(media, body)


def test_a_decoder_that_repeats_the_data_is_masked(vendor, open_session):
    """Errors of Python show what they were given: it may be about somebody."""
    vendor.then(200, b"Ann Miller", headers={"Content-Type": "text/plain"})
    session = open_session(declares={"decoders": {"text/plain": lambda body: b"%d" % int(body)}})
    with pytest.raises(ProtocolError, match=r"cannot be read: invalid literal") as caught:
        session.get("/export")
    assert "Miller" not in str(caught.value)


def test_lines_that_break_off_may_be_whole_next_time(asked):
    """A last line that is cut off is like any answer that is."""
    with pytest.raises(Unavailable, match="breaks off"):
        asked("application/x-ndjson", b'{"a": 1}\n{"a": ')


FIELD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(st.lists(FIELD, min_size=2, max_size=2)))
def test_whatever_is_written_as_csv_is_read(rows):
    """Quotes, line breaks and commas in fields change nothing."""
    file = io.StringIO(newline="")
    standard.writer(file, quoting=standard.QUOTE_ALL).writerows([["a", "b"], *rows])
    found = json.loads(csv_rows()(file.getvalue().encode()))
    assert [[row["a"], row["b"]] for row in found] == rows


def test_columns_may_be_named_by_the_plugin():
    """Where the first row is a row."""
    decode = csv_rows(delimiter=";", encoding="latin-1", columns=("id", "name"))
    assert json.loads(decode("1;Käse".encode("latin-1"))) == [{"id": "1", "name": "Käse"}]
