"""Vocabulary: words that errors are made of, in English and German; no name of a person.

Whatever is written like a name and does not stand here may be one.
"""

from __future__ import annotations

import re
from http import HTTPStatus

_ENGLISH = """
a about above absent accept accepted access account accounts action active additional address admin
administrator after again agent agents all allocation allowed already also amount amounts an and
another any api app application applications are aren argument arguments array as ask at attempt
attempts attribute auth authenticate authenticated authentication authorisation authorised
authorization authorized available bad balance banned base batch be because been before being below
beta between bill billing bills blocked body boolean both busy but by cache call callback callout
callouts calls can canceled cancelled cannot captcha carrier certificate change changed char
character characters chargeback check claim claims client closed cluster code collection column
company conflict connection consumer contact contacts content continue conversation conversations
cookie could couldn count country create created credential credentials credit creditor csrf
currency current cursor customer customers daily data database date day days deactivated debit
debtor debtors default delete deleted denied deprecated description destination detail details didn
disabled discount dispute do document documents does doesn don done down download draft drafts due
dunning duplicate each either email emails empty enabled end ended endpoint entity entry environment
error errors every exceed exceeded exceeds except exception exist existing exists expected expired
expires failed failure false fatal feature field fields file filter find first for forbidden format
found from gateway get give go gone group groups had hadn has hasn have haven header headers hello
help here host hostname hour hours how however id identifier identity ids if in inactive include
included including incomplete incorrect input insufficient integer internal into invalid invoice
invoices is isn issue it item items its job jobs key keys language last left length less level limit
limits line link list ll load locale locked log login maintenance make malformed match maximum may
merchant message messages method minimum minute minutes missing module month more most must mustn my
name names need needn neither network new next no none not note notes nothing null number numbers
object of off offset old on once one only oops open operation option options or order orders
organisation organization other our out over overdue overloaded own page pages paid parameter
parameters parse parsed parsing partial partially partner party password path payload payment
payments pending per period permission permissions permitted phone plan please plugin policy
positive post present previous price prices problem process processed processing product production
products project property provide provided proxy put query queue quota range rate rates re read
reason received record recording records reference refund refused region rejected relationship
reload reminder reminders remittance remote removed replace request requested requests require
required requires reset resource resources response result retry revoked role route row rows said
same sandbox say says schema scope search second seconds secret security see send sent server
service session set setting settings should shouldn show sign size slow some something sorry sort
source start started state statement status still stop store string subject success such support
suspended sync syntax system t task tasks tax taxes team teams tell temporarily temporary tenant
term terminated terms than thank thanks that the their then there these they this three throttled
ticket time timed timeout times timezone title to today token tokens told too total transaction
transcript trial true trunk try two type uid unable unauthenticated unauthorised unauthorized
unavailable undefined under unexpected unfortunately unique unknown unpaid unprocessable unsupported
until update updated upgrade upload upstream url usage use used user username users using valid
validation value values ve vendor verify version via view violation wait was wasn we web webhook
week went were weren what when where whether which while who whoops why will with within without won
workspace wouldn write wrong year yes yet you your zero
"""

_GERMAN = """
ab aber abgelaufen abgelehnt administrator aktion aktiv alle als an anfrage anfragen anmelden
anmeldung auf auftrag aus authentifizierung begrenzung bei beim benutzer benutzername berechtigung
bereits betrag bitte buchung da darf das daten datenbank datum dauer dem den der des deutsch die
dienst dies diese dieser dieses doch dokument durch e ein eine einem einen einer eines eingabe ende
er erforderlich erlaubt erneut erreicht erst es existiert falsch falsche falscher falsches fehlen
fehlende fehlender fehler fehlerhaft fehlgeschlagen fehlt feld felder format für gefunden gelöscht
gesperrt gibt gültig haben hat ihr ihre ihren im in interner internes ist kann kein keine keinen
keiner kennwort konnte konto kunde kunden kundennummer leer limit liste mail mehr mit muss nach
nicht nichts noch nummer nur ob objekt oder ohne parameter passwort pflichtfeld rechnung rechnungen
rechnungsnummer recht rechte schlüssel sein seite seiten sekunden server sich sie sind sitzung
später spätestens status support system tag tage telefonnummer um unbekannt unbekannte unbekannter
und unerwarteter ungültig ungültige ungültiger ungültiges verbindung verboten verfügbar versuchen
verweigert vom von vor vorgang vorhanden wartung wenden wenn werden wert werte wiederholen wird
wurde zahl zahlung zahlungen zeichen zeit zeitüberschreitung zu zugang zugriff zum zur zurzeit
"""

_ACRONYMS = """
bic cdr cet chf cors crm csv cvv dns dsgvo erp eu eur ftp gbp gdpr gmt hmac html http https iban ip
iso jpy json jwt mfa oauth oauth2 otp pdf php pin psd2 ram rest rfc saml sdk sepa sip smtp sms soap
sql sqlstate ssl sso tcp tls ttl uk uri urn us usd utc utf uuid vat voip xml yaml
"""

_PHRASES = " ".join(status.phrase for status in HTTPStatus)
_LETTERS = re.compile(r"[^\W\d_]+")

WORDS = frozenset(
    word.casefold()
    for text in (_ENGLISH, _GERMAN, _ACRONYMS, _PHRASES)
    for word in _LETTERS.findall(text)
)
"""In small letters."""

ALSO_NAMES = frozenset({"bill", "grant", "mark", "may", "page", "price", "will"})
"""Words that some people are called: beside a name they are one."""

# A part of a word, as in TooManyRequests or rate_limit: capitals, or small letters after one.
_PART = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])")


def is_like_a_name(word: str) -> bool:
    """Whether some part of a word, however it is joined, is written like a name and is no word.

    Capitals begin names; scripts without capitals are those of no word that is known here. What has
    digits in it is no name.
    """
    if "_" in word and word.isascii() and word.isupper():
        # A code such as INVOICE_XY_LOCKED: nobody is called something and NOT.
        return not any(part.casefold() in WORDS for part in _PART.findall(word))
    return any(map(_is_unknown, re.findall(r"\w+", word.replace("_", " "))))


def _is_unknown(part: str) -> bool:
    if any(sign.isdigit() for sign in part) or _is_word(part):
        return False
    uncased = any(sign.isalpha() and sign.lower() == sign.upper() for sign in part)
    if part[:1].islower() and not uncased:
        return False
    return not all(map(_is_word, _HUMP.split(part)))


def _is_word(part: str) -> bool:
    return part.casefold() in WORDS or part == "s"  # as in "user's"
