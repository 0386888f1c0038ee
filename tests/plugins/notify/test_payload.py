"""What is posted: the numbers and the messages, and nothing that tells of people."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.errors import FetchError, UnknownKey
from duetrail.pipeline.summary import ResourceSummary, ShardSummary, Summary
from duetrail.secrets import remember
from duetrail_notify.payload import body_of
from duetrail_notify.shareable import shareable
from support.nightly import examples

FORMATS = ("json", "slack")


def run_with(*problems: tuple[str, str, Exception], **counts: Any) -> Summary:
    """The summary of a run of one resource with these problems."""
    entry = ResourceSummary("acme", "calls", **counts)
    for kind, shard, error in problems:
        entry.add_problem(kind, shard, error)
    return Summary(7, [entry])


def posted(summary: Summary, format: str = "json") -> Any:
    return json.loads(body_of(format, "ended", summary.as_dict()))


def text_of(summary: Summary) -> list[str]:
    return posted(summary, "slack")["text"].splitlines()


def unknown(key: str, url: str) -> tuple[str, str, Exception]:
    return ("unknown key", key, UnknownKey(f"{url} answered 404 (Not Found)"))


def test_a_key_is_not_posted():
    """Neither as the name of a shard nor in an address, in whichever spelling."""
    keys = {"+1 202/55": "%2B1%20202%2F55", "pat@acme.example": "pat@acme.example"}
    found = run_with(
        *(unknown(key, f"https://a.example/{path}/calls") for key, path in keys.items())
    )
    told = posted(found)["summary"]["resources"][0]["problems"]
    assert {one["shard"] for one in told} == {"KEY"}
    assert {one["message"] for one in told} == {
        "https://a.example/KEY/calls answered 404 (Not Found)"
    }


@settings(max_examples=examples(17, 50), deadline=None)
@given(st.text("abcdefgh0123456789@.+-_/ é", min_size=8, max_size=30))
def test_no_key_goes_out(key: str):
    """Whatever it is made of."""
    for format in FORMATS:
        body = body_of(format, "ended", run_with(unknown(key, f"x/{key}/y")).as_dict()).decode()
        assert key not in json.dumps(json.loads(body), ensure_ascii=False)


def test_the_name_of_a_list_is_posted():
    """Where no key was asked for, the message stays as it is."""
    error = FetchError("https://a.example/calls answered 500")
    (problem,) = posted(run_with(("failed", "calls", error)))["summary"]["resources"][0]["problems"]
    assert (problem["shard"], problem["message"]) == (
        "calls",
        "https://a.example/calls answered 500",
    )


def test_half_a_character_keeps_nothing_from_being_posted():
    """A file's name that is no UTF-8 stands in a message as such halves."""
    found = run_with(("failed", "all", FetchError("no space on /mnt/\udcff")))
    for format in FORMATS:
        assert b"no space on /mnt/?" in body_of(format, "ended", found.as_dict())


def test_no_secret_goes_out():
    """A secret that a plugin's text repeats is taken out, in each format."""
    remember("made-up-secret-0007")
    found = run_with(("failed", "all", FetchError("no made-up-secret-0007 here")))
    found.resources[0].notices.append("with made-up-secret-0007")
    found.warnings.append("plugin 'x': made-up-secret-0007")
    for format in FORMATS:
        assert b"made-up" not in body_of(format, "ended", found.as_dict())


def test_what_a_plugin_notices_is_masked():
    """Names, addresses and numbers in it are not posted."""
    found = run_with()
    found.resources[0].notice("the mailbox pat@acme.example of Pat Doe, 202 555 0101, is closed")
    (notice,) = posted(found)["summary"]["resources"][0]["notices"]
    assert not [one for one in ("pat@", "Pat", "Doe", "555") if one in notice]
    assert "is closed" in notice


def test_the_whole_of_a_sync_in_shards():
    """What is told of the whole is treated alike."""
    found = run_with()
    found.shard = ShardSummary(
        1, 2, [], whole=run_with(unknown("pat@a.example", "x/pat@a.example"))
    )
    facts = shareable(found.as_dict())
    assert facts["shard"]["whole"]["resources"][0]["problems"][0]["shard"] == "KEY"


def test_a_short_text():
    """How it ended, what was written, what went wrong, what was set aside."""
    found = run_with(("failed", "all", FetchError("no answer")))
    found.resources[0].records.update({"calls": 1234})
    found.open_rejects = 3
    assert text_of(found) == [
        "Duetrail, run 7: something failed, exit code 1",
        "Written: 1,234 calls.",
        "acme.calls: failed: no answer",
        "Set aside: 3 items that could not be mapped.",
    ]


def test_a_text_that_calls_nobody():
    """Slack's signs are escaped: a vendor's text makes no link and calls no channel."""
    found = run_with(("failed", "all", FetchError("<!channel> & <http://evil.example|here>")))
    assert text_of(found)[1] == (
        "acme.calls: failed: &lt;!channel&gt; &amp; &lt;http://evil.example|here&gt;"
    )


def test_a_text_of_many_problems():
    """Ten of them, none twice, each on one line of bounded length."""
    problems = [("failed", "all", FetchError(f"{number}:\n{'x' * 400}")) for number in range(15)]
    lines = text_of(run_with(*problems, ("failed", "all", problems[0][2])))
    assert lines[-1] == "And 5 more."
    assert len(lines) == 12
    assert max(map(len, lines)) <= 301


def test_a_text_of_a_run_that_did_not_begin():
    """The message of the error is all there is."""
    facts = {
        "error": {"type": "SecretError", "message": "X is not set", "hint": ""},
        "exit_code": 2,
    }
    text = json.loads(body_of("slack", "failed", facts))["text"]
    assert text == "Duetrail: the sync did not run, exit code 2\nX is not set"


def test_a_text_of_an_interrupted_run():
    """Its state is what matters."""
    found = run_with()
    found.state = "interrupted"
    assert text_of(found) == ["Duetrail, run 7: interrupted, exit code 130"]
