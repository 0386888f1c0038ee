"""What became of a callout: its attempts, which are neither calls nor emails."""

from datetime import UTC, datetime

import pytest

CALL = {
    "attempt_id": "attempt_001",
    "type": "call",
    "status": "completed",
    "timestamp": "2026-01-20T14:00:00Z",
    "duration": 180,
    "call_recording_url": "https://media.example/a.mp3",
    "transcription_url": "https://media.example/a.txt",
    "confidence_score": 0.95,
    "sentiment_score": 1,
    "keywords": ["payment"],
    "summary": "Promised to pay.",
    "voice_agent_id": "agent_1",
}
EMAIL = {
    "attempt_id": "attempt_002",
    "type": "email",
    "status": "delivered",
    "timestamp": "2026-01-20T15:00:00Z",
    "email_subject": "Your invoice",
    "opened_time": "2026-01-20T16:00:00Z",
    "clicked_time": None,
    "template_id": "template_1",
}
RESPONSE = {
    "callout_id": "callout_1",
    "status": "completed",
    "total_attempts": 3,
    "successful_attempts": 2,
    "responses": [CALL, EMAIL],
    "analytics": {"total_duration": 180, "sentiment_analysis": "positive"},
    "created_time": "2026-01-20T10:00:00Z",
    "completed_time": "2026-01-20T17:00:00Z",
}
CALLOUT = {
    "id": "callout_1",
    "invoice_id": "a",
    "status": "active",
    "priority": "high",
    "created_time": "2026-01-20T10:00:00Z",
    "updated_time": "2026-01-20T11:00:00Z",
}


@pytest.fixture
def synced(deep, vendor, answer):
    """One callout, with what became of it, after a run."""
    vendor.on("/callouts?invoice_id=a", answer([CALLOUT]))
    vendor.on("/callouts/callout_1/response", answer(RESPONSE))
    assert deep.run("sync").exit_code == 0
    return deep


def test_only_on_request(connect, vendor, answer):
    """Without `include` nobody asks what became of a callout."""
    vendor.on("/callouts?invoice_id=a", answer([CALLOUT]))
    connect(invoices=["a"]).sync()
    assert {one.path for one in vendor.asked} == {"/calls", "/callouts", "/emails"}


def test_the_callout_says_the_rest(synced):
    """What became of it is added to what the list says of a callout, and overrules none of it."""
    columns = "id, status, priority, attempts_total, attempts_successful, completed_at, updated_at"
    assert synced.rows("callouts", columns) == [
        {
            "id": "callout_1",
            "status": "active",
            "priority": "high",
            "attempts_total": 3,
            "attempts_successful": 2,
            "completed_at": "2026-01-20T17:00:00.000000Z",
            "updated_at": "2026-01-20T11:00:00.000000Z",
        }
    ]


def test_credira_t6_attempts_need_not_add_up(synced):
    """Three attempts are reported and two are listed: both is kept, and nothing is amiss."""
    listed = synced.rows("callout_attempts", "id")
    assert [row["id"] for row in listed] == ["attempt_001", "attempt_002"]
    assert synced.rows("callouts", "attempts_total") == [{"attempts_total": 3}]


def test_credira_t6_attempts_are_neither_calls_nor_emails(synced):
    """They stay with their callout; no call and no email is made of them."""
    assert (synced.rows("calls"), synced.rows("emails")) == ([], [])


def test_credira_t6_two_callouts_share_an_attempt_id(deep, vendor, answer):
    """An attempt's id means something inside its callout only."""
    vendor.on("/callouts?invoice_id=a", answer([CALLOUT, CALLOUT | {"id": "callout_2"}]))
    for number, id in ((1, "callout_1"), (2, "callout_2")):
        attempt = CALL | {"duration": number}
        response = RESPONSE | {"callout_id": id, "responses": [attempt]}
        vendor.on(f"/callouts/{id}/response", answer(response))
    assert deep.run("sync").exit_code == 0
    found = deep.rows("callout_attempts", "callout_id, id, duration_seconds")
    assert [tuple(row.values()) for row in found] == [
        ("callout_1", "attempt_001", 1),
        ("callout_2", "attempt_001", 2),
    ]


def test_an_attempt_by_telephone(mapped):
    """A call that was tried: how long, by whom, and where it can be heard."""
    (one,) = mapped("responses", responses=[CALL]).attempts
    assert (one.id, one.channel, one.channel_raw) == ("attempt_001", "call", "call")
    assert (one.status, one.duration_seconds, one.agent_id) == ("completed", 180, "agent_1")
    assert one.attempted_at == datetime(2026, 1, 20, 14, tzinfo=UTC)
    assert one.recording_url == "https://media.example/a.mp3"
    assert one.transcript_url == "https://media.example/a.txt"
    assert (one.summary, one.email_subject) == ("Promised to pay.", None)


def test_an_attempt_by_email(mapped):
    """An email that was tried: its subject, and whether it was opened or clicked."""
    (one,) = mapped("responses", responses=[EMAIL]).attempts
    assert (one.channel, one.status, one.email_subject) == ("email", "delivered", "Your invoice")
    assert (one.opened_at, one.clicked_at) == (datetime(2026, 1, 20, 16, tzinfo=UTC), None)


def test_credira_t12_words_of_attempts_are_open(mapped):
    """Types and statuses nobody documented are unknown, and survive."""
    (one,) = mapped("responses", responses=[{"type": "pager", "status": "expired"}]).attempts
    assert (one.channel, one.channel_raw) == ("unknown", "pager")
    assert (one.status, one.status_raw) == ("unknown", "expired")


def test_credira_t13_the_same_names_mean_different_things(mapped):
    """The status of an attempt is not the callout's, nor is the total duration an attempt's."""
    one = mapped("responses", **{**RESPONSE, "callout_id": "x", "responses": [EMAIL]})
    assert one.attempts[0].status_raw == "delivered"
    assert one.attempts[0].duration_seconds is None
    assert (one.status, one.status_raw, one.created_at) == (None, None, None)
    assert one.extra["status"] == "completed"
    assert one.extra["analytics"]["total_duration"] == 180


@pytest.mark.parametrize("row", [{}, {"responses": None}, {"responses": []}, {"responses": [{}]}])
def test_credira_3_everything_may_be_absent(mapped, row):
    """Before anything was tried there is little to tell."""
    one = mapped("responses", **row)
    assert (one.completed_at, one.attempts_total, one.attempts_successful) == (None, None, None)
    assert len(one.attempts) == len(row.get("responses") or ())


def test_credira_t14_scores_of_attempts_are_kept(mapped):
    """Scores and keywords of an attempt have no column; they come back where they stood."""
    extra = mapped("responses", responses=[CALL]).extra
    (rest,) = extra["responses"]
    assert (rest["sentiment_score"], rest["keywords"]) == (1, ["payment"])


@pytest.mark.parametrize("value", [True, "180", 1.5, -1])
def test_credira_t14_a_duration_is_whole_seconds(rejected, value):
    """What is said of the duration of an attempt names the attempt."""
    one = rejected("responses", responses=[EMAIL, CALL | {"duration": value}])
    assert one.json_path == "$.responses[1].duration"


@pytest.mark.parametrize("row", [{"callout_id": None}, {"callout_id": ""}])
def test_a_response_that_names_no_callout(deep, vendor, answer, ran, row):
    """Whose it is is not guessed: it is set aside, and the callout stays as it is."""
    vendor.on("/callouts?invoice_id=a", answer([CALLOUT]))
    vendor.on("/callouts/callout_1/response", answer(RESPONSE | row))
    found = ran()["responses"]
    assert (found.state, found.rejected) == ("complete", 1)
    assert deep.rows("callouts", "attempts_total") == [{"attempts_total": None}]


def test_the_response_of_another_callout(deep, vendor, answer, ran):
    """An answer about another callout is a fault of the answer, and makes no callout."""
    vendor.on("/callouts?invoice_id=a", answer([CALLOUT]))
    vendor.on("/callouts/callout_1/response", answer(RESPONSE | {"callout_id": "callout_9"}))
    found = ran()["responses"]
    assert "another object than the one asked for" in found.problems[0].message
    assert [row["id"] for row in deep.rows("callouts")] == ["callout_1"]


def test_credira_4_what_changed_by_itself(synced, vendor, answer):
    """An email that is opened later changes the answer and no time of the callout's."""
    clicked = EMAIL | {"clicked_time": "2026-01-21T09:00:00Z"}
    vendor.on("/callouts/callout_1/response", answer(RESPONSE | {"responses": [CALL, clicked]}))
    synced.sync(full=True)
    rows = synced.rows("callout_attempts", "clicked_at")
    assert rows[1]["clicked_at"] == "2026-01-21T09:00:00.000000Z"


def test_the_list_alone_erases_nothing(synced, vendor, answer):
    """A callout that changes in the list keeps its attempts."""
    vendor.on("/callouts?invoice_id=a", answer([CALLOUT | {"status": "completed"}]))
    synced.sync(select=["callouts"])
    assert synced.rows("callouts", "status, attempts_total") == [
        {"status": "completed", "attempts_total": 3}
    ]
    assert len(synced.rows("callout_attempts")) == 2
