"""The people: the company's collections team, its customers and their contacts.

Every name, address and number is made up. Mail domains are the reserved example ones and
phone numbers lie in the ranges reserved for fiction (555-0100 to 555-0199).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from duetrail_sandbox.company.people import Address, Contact, Customer, User

__all__ = ["AGENT_NUMBER", "COMPANY", "SENDER", "TEAM", "contact", "customer", "mint", "phone"]

COMPANY = "Northlight Supplies"
SENDER = "collections@example.com"
AGENT_NUMBER = "+1-555-0100"

# A display name, and how it is spelt in a mail address.
_GIVEN = (
    ("Ana", "ana"),
    ("Bram", "bram"),
    ("Chloé", "chloe"),
    ("Dmitri", "dmitri"),
    ("Edda", "edda"),
    ("Farah", "farah"),
    ("Goran", "goran"),
    ("Hana", "hana"),
    ("Idris", "idris"),
    ("Jørgen", "joergen"),
    ("Keiko", "keiko"),
    ("Luís", "luis"),
    ("Maren", "maren"),
    ("Nour", "nour"),
    ("Olga", "olga"),
    ("Priya", "priya"),
    ("Quentin", "quentin"),
    ("Rosa", "rosa"),
    ("Sanjay", "sanjay"),
    ("Zoë", "zoe"),
)
_FAMILY = (
    ("Abara", "abara"),
    ("Brandt", "brandt"),
    ("Castellano", "castellano"),
    ("Demir", "demir"),
    ("Eriksen", "eriksen"),
    ("Fontaine", "fontaine"),
    ("Gruber", "gruber"),
    ("Haddad", "haddad"),
    ("Ito", "ito"),
    ("Jansen", "jansen"),
    ("Kowalski", "kowalski"),
    ("Lindqvist", "lindqvist"),
    ("Müller", "mueller"),
    ("Ndiaye", "ndiaye"),
    ("O'Hara", "ohara"),
    ("Petrov", "petrov"),
)
_TRADE = (
    "Amber",
    "Birch",
    "Copper",
    "Delta",
    "Ember",
    "Falcon",
    "Granite",
    "Harbour",
    "Iris",
    "Juniper",
    "Kestrel",
    "Lantern",
    "Meadow",
    "Nimbus",
    "Orchard",
    "Prairie",
)
_BRANCH = (
    "Analytics",
    "Bakeries",
    "Ceramics",
    "Dairies",
    "Engineering",
    "Foods",
    "Glass",
    "Hotels",
    "Instruments",
    "Logistics",
    "Motors",
    "Textiles",
)
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
_PHONE_FORMS = ("+1-555-01{:02d}", "+1 (202) 555-01{:02d}", "+120255501{:02d}")

TEAM = (
    User(id="usr_0001", given="Ines", family="Okafor", email="ines.okafor@example.com", admin=True),
    User(
        id="usr_0002",
        given="Tom",
        family="Verhoeven",
        email="tom.verhoeven@example.com",
        admin=False,
    ),
    User(
        id="usr_0003", given="Yuki", family="Almeida", email="yuki.almeida@example.com", admin=False
    ),
)


def mint(prefix: str, rng: Random, *path: int) -> str:
    """Make an opaque id that cannot collide: random digits, then the place in the company."""
    tail = "".join(f"{part:05x}" for part in path)
    return f"{prefix}_{rng.getrandbits(36):09x}{tail}"


def phone(rng: Random) -> str:
    """Make up a phone number reserved for fiction, in one of the forms people write."""
    return rng.choice(_PHONE_FORMS).format(rng.randint(1, 99))


def contact(rng: Random, customer_index: int, place: int) -> Contact:
    """Make up a person at a customer; the first (``place`` 0) is the primary one."""
    given, given_mail = rng.choice(_GIVEN)
    family, family_mail = rng.choice(_FAMILY)
    host = rng.choice(("example.org", "example.net"))
    return Contact(
        id=mint("cnt", rng, customer_index, place),
        given=given,
        family=family,
        # The customer's number keeps two customers' people of one name apart.
        email=f"{given_mail}.{family_mail}.{customer_index}{'abc'[place]}@{host}",
        phone=phone(rng) if place == 0 or rng.random() < 0.6 else None,
        job=rng.choice(_JOBS),
        role="billing_contact" if place < 2 else "other",
        primary=place == 0,
    )


def customer(index: int, rng: Random, parent: Customer | None) -> Customer:
    """Make up a customer with one to three contacts; ``parent`` is its group, if it has one."""
    place = rng.choices(_PLACES, _PLACE_WEIGHTS)[0]
    currency, zone, form, city, state, postal_code, country = place
    name = f"{_TRADE[index % 16]} {_BRANCH[(index // 16 + index) % 12]}"
    if index >= 48:
        name = f"{name} {index}"
    return Customer(
        index=index,
        id=mint("ptn", rng, index),
        remote_id=f"CUST-{index:04d}",
        name=name,
        legal_name=f"{name} {form}",
        currency=currency,
        timezone=zone,
        address=Address(
            line1=f"{rng.randint(1, 200)} Example Street",
            line2=f"Floor {rng.randint(1, 9)}" if rng.random() < 0.3 else None,
            city=city,
            state=state,
            postal_code=postal_code,
            country=country,
        ),
        contacts=tuple(contact(rng, index, place) for place in range(rng.randint(1, 3))),
        assignee=TEAM[index % len(TEAM)],
        parent_id=parent.id if parent else None,
        calls_paused=rng.random() < 0.08,
        emails_paused=rng.random() < 0.06,
        portal="coupa" if index % 4 == 1 else None,
        tags=tuple(sorted(rng.sample(_TAGS, rng.choice((0, 0, 1, 2))))),
        created=datetime(2023, 1, 9, 9, 30, tzinfo=UTC) + timedelta(days=rng.randint(0, 600)),
    )
