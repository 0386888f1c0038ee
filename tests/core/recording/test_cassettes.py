"""Cassettes are read from a file or a folder, and what is none is named."""

import pytest

from duetrail.errors import UsageError
from duetrail.recording.cassettes import facts_of, read_cassettes


def test_two_files_with_one_answer(tmp_path):
    """Of two cassettes that hold the same answer it is kept once."""
    one = """
interactions:
- request: {body: null, headers: {}, method: GET, uri: 'https://api.acme.example/bills'}
  response: {body: {string: '1'}, headers: {}, status: {code: 200, message: OK}}
version: 1
"""
    for name in ("a.yaml", "b.yml"):
        (tmp_path / name).write_text(one)
    assert [one.origin for one in read_cassettes(tmp_path).exchanges] == ["a.yaml"]


def test_a_header_in_several_lines_is_one(tmp_path):
    """As over the network: where the next page is may stand in the second line."""
    (tmp_path / "a.yaml").write_text("""
interactions:
- request: {body: null, headers: {}, method: GET, uri: 'https://api.acme.example/bills'}
  response:
    body: {string: '[]'}
    headers: {Link: ['</bills?page=1>; rel="prev"', '</bills?page=3>; rel="next"']}
    status: {code: 200, message: OK}
version: 1
""")
    (one,) = read_cassettes(tmp_path).exchanges
    assert one.headers["Link"] == '</bills?page=1>; rel="prev", </bills?page=3>; rel="next"'


@pytest.mark.parametrize("text", ["interactions: 1", "[", "a: b", ""])
def test_no_cassette(tmp_path, text):
    """A file that is no cassette is named, and no traceback shown."""
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"broken\.yaml is no cassette") as caught:
        read_cassettes(file)
    assert "vcrpy" in caught.value.hint


def test_no_cassettes(tmp_path):
    """A folder without cassettes is named, with what to do."""
    with pytest.raises(UsageError, match="there is no cassette at") as caught:
        read_cassettes(tmp_path)
    assert "duetrail record" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["- a list", "interactions: [", "\x00", "{interactions: [], metadata: {duetrail: 1}}"]
)
def test_no_facts(tmp_path, text):
    """What is no cassette says nothing of how it was recorded, and is named."""
    file = tmp_path / "other.yaml"
    file.write_text(text)
    with pytest.raises(UsageError, match="is no cassette"):
        facts_of(file)
