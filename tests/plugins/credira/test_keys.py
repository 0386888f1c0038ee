"""What Credira is asked with: every key once, opaque, encoded, never empty."""

from urllib.parse import quote, unquote

ODD = ["a/b", "a?b=c&d", "50%", "%2F", "x y+z", "#1", "ñandú", "../up", '"quoted"', "a;b"]


def asked(vendor, path):
    return [one.query["invoice_id"][0] for one in vendor.asked if one.path == path]


def test_credira_4_odd_ids_are_encoded(connect, vendor):
    """An id of any characters reaches Credira as it is, and leads nowhere else."""
    assert connect(invoices=ODD).run("sync").exit_code == 0
    assert sorted(asked(vendor, "/calls")) == sorted(ODD)
    assert {one.path for one in vendor.asked} == {"/calls", "/callouts"}
    for one in vendor.asked:
        value = one.target.partition("invoice_id=")[2]
        assert not set(value) & set(' "#&+/;?')
        assert unquote(value) in ODD


def test_credira_4_odd_ids_in_a_path(deep, vendor, answer):
    """An id that stands in a path is one segment of it; one that could climb is not asked for."""
    vendor.on("/calls?invoice_id=a", answer([{"id": id, "invoice_id": "a"} for id in ODD]))
    fit = sorted(id for id in ODD if id != "../up")
    for id in fit:
        vendor.on(f"/calls/{quote(id, safe='')}", answer({"id": id}))
    result = deep.run("sync")
    paths = [one.path for one in vendor.asked if one.path.startswith("/calls/")]
    assert sorted(unquote(path.removeprefix("/calls/")) for path in paths) == fit
    assert "an id is '../up', which cannot be asked for" in result.stderr


def test_an_id_is_asked_once(connect, vendor):
    """A key listed twice is one key."""
    connect(invoices=["a", "b", "a"]).sync()
    assert sorted(asked(vendor, "/calls")) == ["a", "b"]


def test_credira_t3_empty_lines_of_a_file(connect, project, vendor):
    """Empty lines are no keys."""
    (project.config.parent / "ids.txt").write_text("a\n\n  \nb\n")
    connect(invoices="file:ids.txt").sync()
    assert sorted(asked(vendor, "/calls")) == ["a", "b"]


def test_credira_t3_stored_records_without_an_id(connect, project, vendor):
    """Invoices whose column is empty or missing are not asked for; the summary counts them."""
    rows = [
        {"id": "inv_1", "remote_id": "R-1"},
        {"id": "inv_2", "remote_id": ""},
        {"id": "inv_3", "remote_id": None},
    ]
    vendor.on("/stuut/v1/invoices", {"data": rows, "next_page": None})
    project.connect("stuut", base_url=f"{vendor.url}/stuut")
    summary = connect(invoices="stuut:remote_id").sync()
    assert asked(vendor, "/calls") == ["R-1"]
    calls = next(r for r in summary.resources if r.resource == "calls")
    assert (calls.shards, calls.without_key) == (1, 2)


def test_keyed_links(connect, project, vendor, answer):
    """What came for the key of a Stuut invoice is linked to it, emails of callouts, too."""
    rows = [{"id": "inv_1", "remote_id": "R-1"}]
    vendor.on("/stuut/v1/invoices", {"data": rows, "next_page": None})
    vendor.on("/calls", answer([{"id": "call_1", "invoice_id": "R-1"}]))
    vendor.on("/callouts", answer([{"id": "callout_1", "invoice_id": "R-1"}]))
    vendor.on("/emails", answer([{"id": "email_1", "callout_id": "callout_1"}]))
    project.connect("stuut", base_url=f"{vendor.url}/stuut")
    connect(invoices="stuut:remote_id").sync()
    assert project.links() == {
        ("calls", "call_1", "credira", "R-1", "native"),
        ("calls", "call_1", "stuut", "inv_1", "keyed"),
        ("callouts", "callout_1", "credira", "R-1", "native"),
        ("callouts", "callout_1", "stuut", "inv_1", "keyed"),
        # An email names its callout and no invoice: both links come down from the callout.
        ("emails", "email_1", "credira", "R-1", "keyed"),
        ("emails", "email_1", "stuut", "inv_1", "keyed"),
    }


def test_credira_t5_emails_are_asked_by_callout(credira, vendor, answer):
    """Emails hang off callouts, those with emails switched off, too: earlier ones may exist."""
    off = {"id": "callout_1", "invoice_id": "a", "actions": {"emails_enabled": False}}
    vendor.on("/callouts?invoice_id=a", answer([off]))
    vendor.on("/emails", answer([{"id": "email_1", "callout_id": "callout_1"}]))
    assert credira.run("sync").exit_code == 0
    targets = [one.target for one in vendor.asked if one.path == "/emails"]
    assert targets == ["/emails?callout_id=callout_1"]
    assert [row["callout_id"] for row in credira.rows("emails")] == ["callout_1"]


def test_credira_t5_a_callout_that_went_meanwhile(credira, vendor, answer, refusal):
    """A callout deleted between the two requests is noted; the next one's emails are read."""
    rows = [{"id": "callout_1", "invoice_id": "a"}, {"id": "callout_2", "invoice_id": "a"}]
    vendor.on("/callouts?invoice_id=a", answer(rows))
    vendor.on("/emails?callout_id=callout_1", refusal("NOT_FOUND", 404, "Callout not found"))
    vendor.on("/emails?callout_id=callout_2", answer([{"id": "email_2"}]))
    summary = credira.sync()
    emails = summary.resources[-1]
    assert (emails.state, emails.unknown_keys, emails.shards) == ("complete", 1, 1)
    assert [row["id"] for row in credira.rows("emails")] == ["email_2"]
    assert summary.exit_code == 3


def test_credira_t7_media_are_links(credira, vendor, answer):
    """Where a recording and a transcript are is kept; neither is fetched."""
    recording, transcript = f"{vendor.url}/r.mp3", f"{vendor.url}/t.txt"
    media = {"transcription_url": transcript, "call_recording_url": recording}
    vendor.on("/calls", answer([{"id": "call_1", **media}]))
    assert credira.run("sync").exit_code == 0
    assert {one.path for one in vendor.asked} == {"/calls", "/callouts"}
    assert credira.rows("calls", "recording_url, transcript_url") == [
        {"recording_url": recording, "transcript_url": transcript}
    ]


def test_credira_t15_only_reads(deep, vendor, answer):
    """Five addresses are read, all there is to read about an invoice, and nothing is written."""
    vendor.on("/calls", answer([{"id": "call_1"}])).on("/calls/call_1", answer({"id": "call_1"}))
    vendor.on("/callouts", answer([{"id": "callout_1"}]))
    vendor.on("/callouts/callout_1/response", answer({"callout_id": "callout_1"}))
    assert deep.run("sync").exit_code == 0
    assert {one.method for one in vendor.asked} == {"GET"}
    assert sorted(one.path for one in vendor.asked) == [
        "/callouts",
        "/callouts/callout_1/response",
        "/calls",
        "/calls/call_1",
        "/emails",
    ]


def test_credira_6_another_invoice_than_asked_for(vendor, credira, answer, ran):
    """A call that names another invoice is kept, linked to the one it names, and told of once."""
    rows = [{"id": "call_1", "invoice_id": "z"}, {"id": "call_2", "invoice_id": "y"}]
    vendor.on("/calls?invoice_id=a", answer(rows))
    vendor.on(
        "/calls?invoice_id=b", answer([{"id": "call_3"}, {"id": "call_4", "invoice_id": "b"}])
    )
    calls = ran()["calls"]
    assert calls.notices == [
        "some calls name another invoice than the one they were asked for with"
    ]
    assert calls.state == "complete"
    assert ("calls", "call_1", "credira", "z", "native") in credira.links()


def test_credira_6_another_callout_than_asked_for(vendor, credira, answer, ran):
    """So with emails that name another callout."""
    vendor.on("/callouts?invoice_id=a", answer([{"id": "callout_1"}]))
    vendor.on("/emails", answer([{"id": "email_1", "callout_id": "callout_9"}]))
    assert "emails name another callout" in ran()["emails"].notices[0]
    assert [row["callout_id"] for row in credira.rows("emails")] == ["callout_9"]
