"""People: the company's collections team, its customers and their contacts.

Every name, address and number is made up. Mail domains are the reserved example ones and
phone numbers lie in the ranges reserved for fiction (555-0100 to 555-0199).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from duetrail_sandbox.company.records import Record, make_id
from duetrail_sandbox.data import read_toml

COMPANY = "Northlight Supplies"
SENDER = "collections@example.com"
AGENT_NUMBER = "+1-555-0100"

_NAMES = read_toml("names")
_TAGS = [Record(**one) for one in _NAMES["tags"]]
_JOBS = ("Accounts payable clerk", "Controller", "Owner", "Purchasing manager", None)
# In no area where the telephones at the carrier are: a number is one person's.
_PHONE_FORMS = ("+1-555-01{:02d}", "+1 (208) 555-01{:02d}", "+120855501{:02d}")


class Customer(Record):
    """A customer account. ``remote_id`` is its id in the ERP.

    ``modified`` is set once something has changed, and so it is with contacts.
    """

    @property
    def contact(self) -> Record:
        """The primary contact."""
        first: Record = self.contacts[0]
        return first

    @property
    def is_paused(self) -> bool:
        """Whether outreach was paused by hand, on one channel at least."""
        return bool(self.calls_paused or self.emails_paused)


TEAM = tuple(Record(**one) for one in _NAMES["team"])


def make_phone(rng: Random) -> str:
    """Make up a phone number reserved for fiction, in one of the forms people write."""
    return rng.choice(_PHONE_FORMS).format(rng.randint(1, 99))


def _spelt(rng: Random, names: list[str]) -> tuple[str, str]:
    """Choose a name: how it is shown, and how it is spelt in a mail address."""
    name, _, mail = rng.choice(names).partition("=")
    return name, mail or name.lower()


def _make_contact(rng: Random, customer_index: int, place: int) -> Record:
    """Make up a person at a customer; the first (``place`` 0) is the primary one."""
    given, given_mail = _spelt(rng, _NAMES["given"])
    family, family_mail = _spelt(rng, _NAMES["family"])
    host = rng.choice(("example.org", "example.net"))
    return Record(
        id=make_id("cnt", rng, customer_index, place),
        given=given,
        family=family,
        name=f"{given} {family}",
        # The customer's number keeps two customers' people of one name apart.
        email=f"{given_mail}.{family_mail}.{customer_index}{'abc'[place]}@{host}",
        phone=make_phone(rng) if place == 0 or rng.random() < 0.6 else None,
        job=rng.choice(_JOBS),
        role="billing_contact" if place < 2 else "other",
        primary=place == 0,
        place=place,
    )


def make_customer(index: int, rng: Random, parent: Customer | None) -> Customer:
    """Make up a customer with one to three contacts; ``parent`` is its group, if it has one."""
    places = _NAMES["places"]
    place = rng.choices(places, [one["weight"] for one in places])[0]
    name = f"{_NAMES['trade'][index % 16]} {_NAMES['branch'][(index // 16 + index) % 12]}"
    if index >= 48:
        name = f"{name} {index}"
    return Customer(
        index=index,
        id=make_id("ptn", rng, index),
        address_id=9000 + index,
        remote_id=f"CUST-{index:04d}",
        name=name,
        legal_name=f"{name} {place['legal_form']}",
        currency=place["currency"],
        timezone=place["timezone"],
        address=Record(
            line1=f"{rng.randint(1, 200)} Example Street",
            line2=f"Floor {rng.randint(1, 9)}" if rng.random() < 0.3 else None,
            **{name: place.get(name) for name in ("city", "state", "postal_code", "country")},
        ),
        contacts=[_make_contact(rng, index, place) for place in range(rng.randint(1, 3))],
        assignee=TEAM[index % len(TEAM)],
        parent_id=parent.id if parent else None,
        calls_paused=rng.random() < 0.08,
        emails_paused=rng.random() < 0.06,
        portal="coupa" if index % 4 == 1 else None,
        tags=sorted(rng.sample(_TAGS, rng.choice((0, 0, 1, 2))), key=lambda tag: str(tag.name)),
        created=datetime(2023, 1, 9, 9, 30, tzinfo=UTC) + timedelta(days=rng.randint(0, 600)),
    )
