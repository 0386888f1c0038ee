"""People: the company's collections team, its customers and their contacts.

Every name, address and number is made up. Mail domains are the reserved example ones and
phone numbers lie in the ranges reserved for fiction (555-0100 to 555-0199).
A field that is ``None`` is unknown; vendors show it as null or leave it out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from attrs import frozen

from duetrail_sandbox.company.uids import make_id

__all__ = [
    "AGENT_NUMBER",
    "COMPANY",
    "SENDER",
    "TEAM",
    "Address",
    "Contact",
    "Customer",
    "User",
    "make_customer",
    "make_phone",
]

COMPANY = "Northlight Supplies"
SENDER = "collections@example.com"
AGENT_NUMBER = "+1-555-0100"


def _words(text: str) -> list[str]:
    return text.split()


# How a name is spelt in a mail address is said where it is not spelt as it is.
_GIVEN = _words("""
    Ana Bram Chloé=chloe Dmitri Edda Farah Goran Hana Idris Jørgen=joergen Keiko Luís=luis
    Maren Nour Olga Priya Quentin Rosa Sanjay Zoë=zoe
""")
_FAMILY = _words("""
    Abara Brandt Castellano Demir Eriksen Fontaine Gruber Haddad Ito Jansen Kowalski Lindqvist
    Müller=mueller Ndiaye O'Hara=ohara Petrov
""")
_TRADE = _words("""
    Amber Birch Copper Delta Ember Falcon Granite Harbour Iris Juniper Kestrel Lantern Meadow
    Nimbus Orchard Prairie
""")
_BRANCH = _words("""
    Analytics Bakeries Ceramics Dairies Engineering Foods Glass Hotels Instruments Logistics
    Motors Textiles
""")
# Where a customer may sit: currency, zone, legal form, city, state, postal code, country.
_PLACES = (
    ("USD", "America/New_York", "Inc.", "Albany", "NY", "12207", "US"),
    ("USD", "America/Chicago", "LLC", "Madison", "WI", "53703", "US"),
    ("USD", "America/Los_Angeles", "Inc.", "Fresno", "CA", "93721", "US"),
    ("EUR", "Europe/Berlin", "GmbH", "Köln", None, "50667", "DE"),
    ("EUR", "Europe/Paris", "SARL", "Angers", None, "49000", "FR"),
    ("GBP", "Europe/London", "Ltd", "Leeds", None, "LS1 4DY", "GB"),
    ("JPY", "Asia/Tokyo", "K.K.", "川崎市", None, "210-0001", "JP"),
    ("KWD", "Asia/Kuwait", "W.L.L.", "Salmiya", None, "22000", "KW"),
)
_PLACE_WEIGHTS = (16, 14, 10, 12, 6, 12, 5, 4)
_TAGS = ("Key account", "Slow payer", "New customer", "Seasonal")
_JOBS = ("Accounts payable clerk", "Controller", "Owner", "Purchasing manager", None)
# In no area where the telephones at the carrier are: a number is one person's.
_PHONE_FORMS = ("+1-555-01{:02d}", "+1 (208) 555-01{:02d}", "+120855501{:02d}")


@frozen
class User:
    """A member of the company's own collections team."""

    id: str
    given: str
    family: str
    email: str
    admin: bool

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.given} {self.family}"


@frozen
class Address:
    """A postal address; vendors show it without an id of its own."""

    line1: str
    line2: str | None
    city: str
    state: str | None
    postal_code: str
    country: str


@frozen(kw_only=True)
class Contact:
    """A person at a customer; ``modified`` is set once something has changed."""

    id: str
    given: str
    family: str
    email: str
    phone: str | None
    job: str | None
    role: str
    primary: bool
    modified: datetime | None = None

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.given} {self.family}"


@frozen(kw_only=True)
class Customer:
    """A customer account. ``remote_id`` is its id in the ERP.

    ``modified`` is set once something has changed.
    """

    index: int
    id: str
    remote_id: str
    name: str
    legal_name: str
    currency: str
    timezone: str
    address: Address
    contacts: tuple[Contact, ...]
    assignee: User
    parent_id: str | None
    calls_paused: bool
    emails_paused: bool
    portal: str | None
    tags: tuple[str, ...]
    created: datetime
    modified: datetime | None = None

    @property
    def contact(self) -> Contact:
        """The primary contact."""
        return self.contacts[0]

    @property
    def is_paused(self) -> bool:
        """Whether outreach was paused by hand, on one channel at least."""
        return self.calls_paused or self.emails_paused


TEAM = (
    User("usr_0001", "Ines", "Okafor", "ines.okafor@example.com", True),
    User("usr_0002", "Tom", "Verhoeven", "tom.verhoeven@example.com", False),
    User("usr_0003", "Yuki", "Almeida", "yuki.almeida@example.com", False),
)


def make_phone(rng: Random) -> str:
    """Make up a phone number reserved for fiction, in one of the forms people write."""
    return rng.choice(_PHONE_FORMS).format(rng.randint(1, 99))


def _spelt(rng: Random, names: list[str]) -> tuple[str, str]:
    """Choose a name: how it is shown, and how it is spelt in a mail address."""
    name, _, mail = rng.choice(names).partition("=")
    return name, mail or name.lower()


def _make_contact(rng: Random, customer_index: int, place: int) -> Contact:
    """Make up a person at a customer; the first (``place`` 0) is the primary one."""
    given, given_mail = _spelt(rng, _GIVEN)
    family, family_mail = _spelt(rng, _FAMILY)
    host = rng.choice(("example.org", "example.net"))
    return Contact(
        id=make_id("cnt", rng, customer_index, place),
        given=given,
        family=family,
        # The customer's number keeps two customers' people of one name apart.
        email=f"{given_mail}.{family_mail}.{customer_index}{'abc'[place]}@{host}",
        phone=make_phone(rng) if place == 0 or rng.random() < 0.6 else None,
        job=rng.choice(_JOBS),
        role="billing_contact" if place < 2 else "other",
        primary=place == 0,
    )


def make_customer(index: int, rng: Random, parent: Customer | None) -> Customer:
    """Make up a customer with one to three contacts; ``parent`` is its group, if it has one."""
    place = rng.choices(_PLACES, _PLACE_WEIGHTS)[0]
    currency, zone, form, city, state, postal_code, country = place
    name = f"{_TRADE[index % 16]} {_BRANCH[(index // 16 + index) % 12]}"
    if index >= 48:
        name = f"{name} {index}"
    return Customer(
        index=index,
        id=make_id("ptn", rng, index),
        remote_id=f"CUST-{index:04d}",
        name=name,
        legal_name=f"{name} {form}",
        currency=currency,
        timezone=zone,
        address=Address(
            f"{rng.randint(1, 200)} Example Street",
            f"Floor {rng.randint(1, 9)}" if rng.random() < 0.3 else None,
            city,
            state,
            postal_code,
            country,
        ),
        contacts=tuple(_make_contact(rng, index, place) for place in range(rng.randint(1, 3))),
        assignee=TEAM[index % len(TEAM)],
        parent_id=parent.id if parent else None,
        calls_paused=rng.random() < 0.08,
        emails_paused=rng.random() < 0.06,
        portal="coupa" if index % 4 == 1 else None,
        tags=tuple(sorted(rng.sample(_TAGS, rng.choice((0, 0, 1, 2))))),
        created=datetime(2023, 1, 9, 9, 30, tzinfo=UTC) + timedelta(days=rng.randint(0, 600)),
    )
