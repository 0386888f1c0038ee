"""A vendor's own words in an error, and what of them is repeated."""

import json
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.errors import FetchError, RateLimited
from duetrail.http import by_status
from duetrail.http.masking import masked_message


@pytest.mark.parametrize(
    "text",
    [
        "Invoice not found",
        "NOT_FOUND",
        "The API key is missing or expired. Ask your administrator.",
        "'page_size' must be at most 200",
        'unknown parameter "filter[paid]"',
        "try again in 30 seconds",
        "the vendor's key isn't valid",
        "Don't ask again",
        "Internal Server Error",
        "Not Found",
        "INTERNAL SERVER ERROR",
        "Too Many Requests: Rate Limit Exceeded.",
        "TooManyRequests",
        "INV_XY_LOCKED",
        "Unauthenticated.",
        "Zugriff verweigert: Ihr Passwort ist abgelaufen",
        "Rechnung nicht gefunden",
        "Bill not found",
    ],
)
def test_what_says_what_is_wrong_is_repeated(text):
    """What says what is wrong is repeated as it is."""
    assert masked_message(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no contact ann.miller@customer.example here", "no contact […] here"),
        ("the name 'ann miller' is taken", "the name […] is taken"),
        ('the name "Ann" is taken', "the name […] is taken"),
        ("no call to +1 (415) 555-0100 yet", "no call to +[…] yet"),
        ("account DE89370400440532013000 is closed", "account […] is closed"),
        ("nothing was sent to Ann Miller, ever", "nothing was sent to […] […] ever"),
        ("Ann Miller has no calls", "[…] […] has no calls"),
        ("nothing was sent to ANN MILLER", "nothing was sent to […] […]"),
        ("no calls of ANNA KIM", "no calls of […] […]"),
        ("Kim has no calls", "[…] has no calls"),
        ("ANNA_KIM has no calls", "[…] has no calls"),
        ("User Anna-Lena O'Brien not found", "User […] […] not found"),
        ("name=Anna not found", "[…] not found"),
        ("Bill Gates not found", "[…] […] not found"),
        ("J&uuml;rgen M\\u00fcller not found", "[…] […] not found"),
        ("ann%40debtor.example not found", "[…] not found"),
        ("ann&#64;debtor.example not found", "[…] not found"),
        ("田中太郎 not found", "[…] not found"),
        ("ΆΝΝΑ not found", "[…] not found"),
    ],
)
def test_what_may_be_about_people_is_not_repeated(text, shown):
    """What may be about people is not: quotations, addresses, numbers, what looks like a name."""
    assert masked_message(text) == shown


@pytest.mark.parametrize("status", HTTPStatus)
def test_phrases_of_http_are_repeated(status):
    """The phrases of HTTP are repeated as they are, however they are written."""
    for text in (status.phrase, status.phrase.upper(), status.phrase.title()):
        assert masked_message(text) == text


def test_one_line():
    """Line breaks become blanks."""
    assert masked_message(" not\n\tfound\r\n") == "not found"


PIECES = st.text(alphabet="\"'`“”«»0 (a.A@", min_size=1, max_size=9)


@given(PIECES.map(lambda piece: piece * 20_000))
def test_a_text_is_200_characters_at_most(text):
    """A text of any length, however it is made, is 200 characters at most."""
    assert len(masked_message(text)) <= 200


def test_a_secret_at_the_end(token, open_session, vendor):
    """A secret is taken out before the text is cut, so that no half of it is left."""
    session = open_session()
    session.get("/bills")  # the token is known from here on
    for before in range(180, 200):
        assert token[:8] not in masked_message("x" * before + token)


@pytest.mark.parametrize("status", [200, 404, 500])
def test_what_a_plugin_repeats(open_session, vendor, status):
    """A source's own `classify_error` may repeat what it likes: it is shown masked words alone."""

    def fault(page):
        return FetchError(f"refused: {page.data['errors'][0]['detail']} ({page.data['code']})")

    vendor.then(status, b'{"code":"NO_CALLS","errors":[{"detail":"no calls of Ann Miller"}]}')
    with pytest.raises(FetchError) as caught:
        open_session(declares={"classify_error": fault}, attempts=1).get("/bills")
    assert caught.value.message == "refused: no calls of […] […] (NO_CALLS)"


def test_codes_of_faults_stay_as_they_are(open_session, vendor):
    """Codes and types stay as they are, for `classify_error`, if they can be nothing else."""

    def fault(page):
        data = page.data
        return FetchError(f"{data['code']}|{data['type']}|{data['status']}|{data['error']['code']}")

    body = {"code": "AcmeOops", "type": "Ann Miller", "status": "KO-7"}
    vendor.then(400, json.dumps({**body, "error": {"code": "ann@debtor.example"}}).encode())
    with pytest.raises(FetchError) as caught:
        open_session(declares={"classify_error": fault}).get("/bills")
    assert caught.value.message == "AcmeOops|[…] […]|KO-7|[…]"


def test_a_fault_that_needs_the_exact_words(open_session, vendor):
    """An error that is none any more when words are masked keeps its kind and loses its text."""

    def fault(page):
        name = page.data["name"]
        return FetchError(f"no calls of {name}") if name == "call of Ann Miller" else None

    vendor.then(200, b'{"name":"call of Ann Miller"}')
    with pytest.raises(FetchError) as caught:
        open_session(declares={"classify_error": fault}).get("/bills")
    assert caught.value.message == f"{vendor.url}/bills answered 200"


def test_masked_words_change_no_kind(open_session, vendor):
    """What an answer is, its own words say: a refusal that passes is not one for good."""

    def classified(page):
        is_spike = "Spike Arrest" in str(page.data)
        return RateLimited("slow down") if is_spike else by_status(page)

    vendor.then(403, b'{"fault":{"text":"Spike Arrest violation"}}').then(200)
    assert open_session(declares={"classify_error": classified}).get("/bills").status == 200


def test_masked_words_change_no_time(open_session, vendor, clock):
    """A time that is masked as a number of somebody's is read all the same."""

    def classified(page):
        until = page.data.get("until")
        return until and RateLimited("slow down", retry_after=int(until) - 1772359200)

    vendor.then(429, b'{"until":"1772359220"}').then(200)
    begin = clock.now
    open_session(declares={"classify_error": classified}).get("/bills")
    assert clock.now - begin == 20


def test_a_deep_refusal(open_session, vendor):
    """A refusal that is nested deeply is told by its status."""
    vendor.then(404, b'{"a":' * 600 + b"1" + b"}" * 600)
    with pytest.raises(FetchError, match=r"answered 404 \(Not Found\)"):
        open_session().get("/bills")
