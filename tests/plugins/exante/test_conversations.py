"""Exante's conversations: which are read again, and what it takes for none to be missed."""

from datetime import UTC, datetime, timedelta

import pytest

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


def day(number):
    """A day after the first, as Exante writes times."""
    return (BEGAN + timedelta(days=number)).isoformat()


@pytest.fixture
def begin(connect, page, vendor):
    """Connect an Exante without invoices; keywords are settings."""
    vendor.on("/api/invoices", page())
    return lambda **more: connect(include=["conversations"], **more)


class Reader:
    """Runs, and remembers what the last run said of the conversations."""

    def __init__(self, ran, vendor, prefix):
        self._ran, self._vendor, self._prefix = ran, vendor, prefix
        self.last = None

    def __call__(self, days, **how):
        """Run so many days after the first; which conversations were asked for in full."""
        self._vendor.asked.clear()
        self.last = self._ran(now=BEGAN + timedelta(days=days), **how)["conversations"]
        paths = [one.path for one in self._vendor.asked if one.path.startswith(self._prefix)]
        return [int(path[-12:]) for path in paths]


@pytest.fixture
def read(vendor, uid, ran):
    return Reader(ran, vendor, f"/api/conversations/{uid(0)[:-12]}")


def test_read_only_where_they_are_named(connect, page, vendor, talks, talk):
    """Unasked, not even the list is read."""
    talks(talk()).on("/api/invoices", page())
    connect().sync()
    assert [one.path for one in vendor.asked] == ["/api/invoices"]


def test_every_conversation_is_read(begin, talks, talk, message, read, project, uid):
    """The list is walked to its end, each one asked for once, its messages kept."""
    begin(page_size=5)
    talks(*[talk(n, messages=[message(n + 100)]) for n in range(401, 424)])
    assert sorted(read(0)) == list(range(401, 424))
    assert (read.last.state, read.last.items) == ("complete", 23)
    assert [row["id"] for row in project.rows("emails")] == [uid(n) for n in range(501, 524)]


def test_exante_t8_a_list_with_pagination(begin, talks, talk, vendor, read):
    """Where `pagination` stands in place of `_meta` and `_links`, pages are counted as well."""
    begin(page_size=2)
    talks(*[talk(n) for n in range(401, 406)])
    read(0)
    asked = [one.query["page"][0] for one in vendor.asked if one.path == "/api/conversations"]
    assert (asked[0], read.last.state) == ("1", "complete")
    assert len(asked) >= 3


def test_a_wrong_count_is_told(begin, talks, talk, read):
    """The list's own pages are not kept, and what they have to say is told all the same."""
    begin(page_size=2)
    talks(*[talk(n) for n in range(401, 406)], one_too_many=1)
    read(0)
    assert read.last.state == "complete"
    assert "Exante's count is wrong: it counts 6 conversations and lists 5" in read.last.notices[0]


def test_only_pages_with_messages_are_kept(begin, talks, talk, message, read, project):
    """A conversation without messages leaves nothing behind, and neither does the list."""
    begin()
    talks(talk(401, messages=[]), talk(402, messages=None), talk(403, messages=[message()]))
    assert len(read(0)) == 3
    assert [row["url"].rpartition("-")[2] for row in project.rows("pages")] == ["000000000403"]


def test_exante_4_what_changed_is_read_again(begin, talks, talk, read):
    """The next run asks for those updated since, and the run after it for no more than those."""
    begin()
    talks(*[talk(400 + n, updated_on=day(n)) for n in range(1, 6)])
    assert read(10) == [401, 402, 403, 404, 405]
    assert read(11) == [405]
    talks(
        talk(401, updated_on=day(12)), talk(406, updated_on=day(11)), talk(405, updated_on=day(5))
    )
    assert read(12) == [401, 406, 405]
    assert read(13) == [401]


def test_a_change_that_is_seen_late_is_read(begin, talks, talk, read):
    """An update may show only after a later one: each run begins an hour before the newest."""
    begin()
    talks(talk(401, updated_on="2026-03-05T12:00:00Z"))
    read(10)
    late = talk(402, updated_on="2026-03-05T11:00:00Z")
    older = talk(403, updated_on="2026-03-05T10:59:59Z")
    talks(talk(401, updated_on="2026-03-05T12:00:00Z"), late, older)
    assert read(11) == [401, 402]


@pytest.mark.parametrize("time", [{}, {"updated_on": None}, {"updated_on": ""}])
def test_exante_t14_without_a_time_it_is_always_read(begin, talks, talk, read, time):
    """Of what bears no time nobody can say that it is old."""
    begin()
    talks(talk(401, **time), talk(402, updated_on=day(1)), talk(403, updated_on=day(3)))
    read(10)
    assert read(11) == [401, 403]


def test_a_time_in_the_future_hides_nothing(begin, talks, talk, read):
    """A clock that is ahead must not make all others old."""
    begin()
    ahead, plain = talk(401, updated_on=day(5000)), talk(402, updated_on=day(2))
    talks(ahead, plain)
    read(10)
    talks(ahead, plain, talk(403, updated_on=day(3)))
    assert read(11) == [401, 402, 403]


def test_in_full_once_a_week(begin, talks, talk, read):
    """After `full_every` days all are read again, and with `--full` at any time."""
    begin()
    talks(*[talk(400 + n, updated_on=day(n)) for n in range(1, 4)])
    assert [len(read(days)) for days in (10, 16, 18, 19)] == [3, 1, 3, 1]
    assert len(read(20, full=True)) == 3


def test_from_a_date_on(begin, talks, talk, read):
    """`--since` goes by `updated_on`, and the next run does not rely on it."""
    begin()
    talks(*[talk(400 + n, updated_on=day(n)) for n in range(1, 6)])
    assert read(10, since=BEGAN + timedelta(days=4)) == [404, 405]
    assert read(11) == [401, 402, 403, 404, 405]


def test_a_message_that_is_gone(begin, talks, talk, message, read, project, uid):
    """After a complete reading it is absent; after one of what changed nothing is concluded."""
    begin()
    both = [message(501), message(502)]
    talks(talk(401, updated_on=day(1), messages=both))
    read(10)
    talks(talk(401, updated_on=day(1), messages=both[:1]))
    read(11)
    assert read.last.absent == 0
    read(12, full=True)
    absent = [row["id"] for row in project.rows("emails") if row["absent_since"]]
    assert (read.last.absent, absent) == (1, [uid(502)])


def test_exante_t6_404_of_one_proves_nothing(
    begin, talks, talk, message, vendor, reply, read, uid, project
):
    """Listed and then not found: the others are read, it is told, and nothing is concluded."""
    begin()
    rows = [talk(n, updated_on=day(1), messages=[message(n + 100)]) for n in (401, 402, 403)]
    talks(*rows)
    read(10)
    vendor.on(f"/api/conversations/{uid(402)}", reply({"error": "Conversation not found"}, 404))
    assert read(11, full=True) == [401, 402, 403]
    assert read.last.state == "incomplete"
    assert "did not know when asked for them: 1" in read.last.problems[0].message
    assert all(row["absent_since"] is None for row in project.rows("emails"))


def test_404_of_the_list_is_a_wrong_address(begin, vendor, reply, read):
    """That there are no conversations is told by an empty list."""
    begin()
    vendor.on("/api/conversations", reply(b"nothing here", 404))
    read(0)
    assert read.last.state == "failed"


def test_exante_t5_the_organization_is_sent_with_the_list(begin, talks, talk, vendor, uid, read):
    """Where it is documented; one conversation is asked for by its uid alone."""
    begin(organization_uid=uid(9))
    talks(talk(401, organization_uid=uid(9).upper()), talk(402))
    read(0)
    queries = {one.path: one.query for one in vendor.asked}
    assert queries["/api/conversations"]["organization_uid"] == [uid(9)]
    assert queries[f"/api/conversations/{uid(401)}"] == {}
    assert read.last.state == "complete"


def test_exante_t5_rows_of_another_organization(begin, talks, talk, uid, read):
    """An answer about another organization than the one that was asked for fails."""
    begin(organization_uid=uid(9))
    talks(talk(401, organization_uid=uid(8)))
    assert read(0) == []
    assert read.last.state == "failed"
    assert "another organization" in read.last.problems[0].message


@pytest.mark.parametrize("status", [400, 403])
def test_exante_t5_a_refused_organization_stops(begin, vendor, reply, uid, read, status):
    """It is a mistake in the configuration, and the message says so."""
    begin(organization_uid=uid(9))
    vendor.on("/api/conversations", reply({"error": "No"}, status))
    read(0)
    assert read.last.state == "failed"
    assert "`organization_uid` of this connection" in read.last.problems[0].hint


def test_another_channel_is_no_email(begin, talks, talk, read):
    """Only `email` is known; what comes over another channel is counted and not read."""
    begin()
    talks(talk(401, channel="sms"), talk(402, channel="EMAIL"), talk(403, channel=None))
    assert read(0) == [402, 403]
    (notice,) = read.last.notices
    assert (read.last.state, "not read: 1" in notice) == ("complete", True)


@pytest.mark.parametrize("word", ["outreach", "401", "../api-keys"])
def test_exante_t16_only_uuids_are_asked_about(begin, talks, talk, vendor, read, word):
    """A uid that is none could be another endpoint's name: it is not put into a path."""
    begin()
    talks(talk(401, uid=word))
    read(0)
    assert "no UUID" in read.last.problems[0].message
    assert {one.path for one in vendor.asked} == {"/api/invoices", "/api/conversations"}


@pytest.mark.parametrize(
    "data",
    [{"uid": "00000000-0000-4000-8000-000000000402", "messages": []}, {}, None, "no messages"],
)
def test_exante_t8_no_conversation_is_no_empty_one(begin, talks, talk, vendor, uid, read, data):
    """An answer about another one, or without its messages, fails."""
    begin()
    talks(talk(401))
    body = {"status": "success", "data": {"uid": uid(401)} if data == "no messages" else data}
    vendor.on(f"/api/conversations/{uid(401)}", body)
    read(0)
    assert read.last.state == "failed"
    assert "answered with" in read.last.problems[0].message


def test_exante_t7_200_over_another_envelope_is_no_answer(begin, vendor, read):
    """The short envelope has no code: its word alone says that something is wrong."""
    begin()
    vendor.on("/api/conversations", {"status": "error", "message": "Not today"})
    read(0)
    assert "envelope that says otherwise: Not today" in read.last.problems[0].message


@pytest.mark.parametrize("row", [{"channel": "email"}, {"uid": 5}, None, "401"])
def test_a_row_that_is_no_conversation(begin, talks, vendor, read, row):
    """It cannot be asked for, so the answer is not what is documented."""
    begin()
    data = {"items": [row], "pagination": {"page": 1, "total": 1, "total_pages": 1}}
    vendor.on("/api/conversations", {"status": "success", "data": data})
    read(0)
    assert read.last.state == "failed"
    assert "no conversation" in read.last.problems[0].message


@pytest.mark.parametrize("text", ["yesterday", "2026-03-01T00:00:00"])
def test_a_time_of_no_certain_instant(begin, talks, talk, read, text):
    """Which conversations are new could not be told: that fails rather than miss some."""
    begin()
    talks(talk(401, updated_on=text))
    assert read(0) == []
    assert "updated_on" in read.last.problems[0].message
