#!/usr/bin/env python3
"""Writes the lab's address book and registry file: acme.ldif and relief.reg.

    python3 make_lab.py            writes both beside this script
    python3 make_lab.py --check    exits with 1 if they are not what would be written

No randomness, no clock, no library beyond Python's own: the same octets everywhere. ACME is a company of 320 people with
names from many languages (in Latin script with and without accents, Greek, Cyrillic, Arabic, Hangul, Japanese with a
character outside of Unicode's first plane), their departments as distribution lists (one of them nested), rooms, and a
few contacts outside of the company. What is no ASCII is base64, as RFC 2849 asks.
"""

import base64
import pathlib
import sys
import unicodedata
import uuid

HERE = pathlib.Path(__file__).resolve().parent
PEOPLE = 320
BASE = "DC=acme,DC=test"

# Alias, given name, surname, display name (None: given name and surname).
NAMED = [
    ("alice", "Alice", "Adams", None),
    ("bob", "Bob", "Baker", None),
    ("zofie.angstrom", "Žofie", "Ångström", None),
    ("taro.yamada", "太郎", "山田", "山田太郎"),
    ("hanako.sato", "花子", "佐藤", "佐藤花子"),
    ("kenji.yoshino", "健二", "𠮷野", "𠮷野健二"),
    ("minsu.kim", "민수", "김", "김민수"),
    ("natalya.ivanova", "Наталья", "Иванова", None),
    ("eleni.papadopoulou", "Ελένη", "Παπαδοπούλου", None),
    ("maryam.alkhatib", "مريم", "الخطيب", None),
    ("lukasz.zolc", "Łukasz", "Żółć", None),
    ("sean.obrien", "Seán", "O'Brien", None),
    ("anh.nguyen", "Ánh", "Nguyễn", "Nguyễn Thị Ánh"),
    ("ilker.isik", "İlker", "Işık", None),
    ("jurgen.grosse", "Jürgen", "Große", None),
    ("willard.quine", "Willard", "Quine", "Quine, Willard V."),
]

GIVEN = """
Ada Agnieszka Amélie Anders Aoife Arjun Beatriz Björn Carmen Chidi Chloé Claire Daan Dmitri Elif Emre Fatima Félix
Giulia Grace Greta Hana Hannes Ines Ingrid Ivan Jasper João José Juana Kaito Karim Kwame Lars Leila Lena Liam Lucía
Magnus Mateo Mei Mikkel Nadia Niamh Noor Olga Omar Pablo Priya Rafael René Rosa Sanne Sigrún Sofia Søren Thomas Tomáš
Ulla Uma Victor Wanjiru Yara Yusuf Zoë
""".split()

SURNAMES = """
Abara Andersen Bianchi Björklund Brânză Byrne Carvalho Castro Christensen Čapek Dąbrowski Delgado Demir Dubois Eriksson
Fernández Fischer García Gonçalves Haddad Hansen Holm Horváth Ibrahim Ito Jansen Jensen Jiménez Kamau Keller Khan
Kowalski Kovács Lefèvre Lindqvist Mäkinen Meyer Moreau Müller Murphy Nakamura Novák Núñez Okafor Olsen Øvrebø Patel Peña
Petrov Popescu Quist Ramos Rossi Said Schäfer Silva Smith Strauß Sørensen Takahashi Þórsson Urquhart Vermeulen Visser
Walsh Wójcik Yılmaz Zimmermann
""".split()

DEPARTMENTS = ["Accounting", "Engineering", "Facilities", "Human Resources", "Legal", "Marketing", "Sales", "Support"]
TITLES = ["Analyst", "Assistant", "Consultant", "Engineer", "Planner", "Specialist", "Writer"]
ROOMS = ["Avogadro", "Bohr", "Curie", "Dürer", "Euler", "Faraday", "Gödel", "Hopper"]
CONTACTS = [("Contoso Support", "support@contoso.example"), ("Éditions Fabrikam", "bonjour@fabrikam.example"),
            ("Northwind Orders", "orders@northwind.example"), ("株式会社リトウェア", "info@litware.example")]

# What Unicode does not take apart into a letter and its accent.
PLAIN = str.maketrans({"ß": "ss", "Ø": "O", "ø": "o", "Þ": "Th", "ð": "d", "æ": "ae", "ł": "l", "Ł": "L", "ı": "i"})


def plain(text):
    """A name in ASCII, for mail addresses."""
    decomposed = unicodedata.normalize("NFKD", text.translate(PLAIN))
    return "".join(c for c in decomposed if c.isascii() and c.isalnum())


def rdn(text):
    """[RFC 4514] A value within a distinguished name."""
    return "".join("\\" + c if c in ',+"\\<>;=' else c for c in text)


def line(name, value):
    """[RFC 2849] One attribute: base64 where it must be, folded at 76 columns."""
    octets = value if isinstance(value, bytes) else value.encode()
    safe = not octets or (all(0 < o < 128 and o not in (10, 13) for o in octets) and octets[:1] not in b" :<"
                          and octets[-1:] != b" ")
    text = f"{name}: {octets.decode()}" if safe else f"{name}:: {base64.b64encode(octets).decode()}"
    folded = [text[:76]] + [" " + text[at:at + 75] for at in range(76, len(text), 75)]
    return "\n".join(folded)


def record(dn, alias, common_name, classes, **more):
    """An entry; every one has the attributes of a mail recipient. Lists are several values, None is no value."""
    attributes = {
        "objectClass": classes,
        "objectGUID": uuid.uuid5(uuid.NAMESPACE_DNS, f"{alias}.acme.test").bytes_le,
        "cn": common_name,
        "displayName": common_name,
        "mailNickname": alias,
        "mail": f"{alias}@acme.test",
        "proxyAddresses": [f"SMTP:{alias}@acme.test", f"smtp:{alias}@mail.acme.test"],
        "legacyExchangeDN": f"/o=ACME/ou=First Administrative Group/cn=Recipients/cn={alias}",
        **more,
    }
    lines = [line("dn", dn)]
    for name, values in attributes.items():
        for value in values if isinstance(values, list) else [values]:
            if value is not None:
                lines.append(line(name, value))
    return "\n".join(lines) + "\n"


def people():
    """Alias, given name, surname, display name of each of the 320; all aliases differ."""
    yield from NAMED
    seen = {alias for alias, *_ in NAMED}
    index = 0
    while len(seen) < PEOPLE:
        # Two strides that have no divisor in common with the lists' lengths, so that each list is gone through in full.
        given, surname = GIVEN[index * 7 % len(GIVEN)], SURNAMES[index * 11 % len(SURNAMES)]
        index += 1
        alias = f"{plain(given)}.{plain(surname)}".lower()
        if alias not in seen:
            seen.add(alias)
            yield alias, given, surname, None


def address_book():
    user = ["top", "person", "organizationalPerson", "user"]
    staff = []  # (index, dn, department)
    records = []
    for index, (alias, given, surname, display) in enumerate(people()):
        common_name = display or f"{given} {surname}"
        dn = f"CN={rdn(common_name)},OU=People,{BASE}"
        department = DEPARTMENTS[index % len(DEPARTMENTS)]
        staff.append((index, dn, department))
        # The first is everybody's head, the next eight are heads of departments.
        head = index if index == 0 else 0 if index <= 8 else (index - 1) % 8 + 1
        title = "Managing Director" if index == 0 else f"Head of {department}" if index <= 8 else TITLES[index % 7]
        records.append(record(
            dn, alias, common_name, user,
            givenName=given,
            sn=surname,
            sAMAccountName=alias[:20].rstrip("."),
            userPrincipalName=f"{alias}@acme.test",
            title=title,
            department=department,
            company="ACME",
            telephoneNumber=f"+44 20 7946 0{index:03}",  # a range kept for fiction
            physicalDeliveryOfficeName=f"Building {index % 3 + 1}, Room {100 + index}",
            manager=None if index == 0 else staff[head][1],
        ))
    lists = []
    for department in DEPARTMENTS:
        dn = f"CN=All {department},OU=Lists,{BASE}"
        lists.append(dn)
        records.append(record(
            dn, f"all.{plain(department).lower()}", f"All {department}", ["top", "group"],
            groupType="2",
            member=[member for _, member, of in staff if of == department],
        ))
    records.append(record(f"CN=All of ACME,OU=Lists,{BASE}", "all.acme", "All of ACME", ["top", "group"],
                          groupType="2", member=lists))
    for number, room in enumerate(ROOMS):
        records.append(record(
            f"CN=Room {room},OU=Rooms,{BASE}", f"room.{plain(room).lower()}", f"Room {room}", user,
            msExchResourceMetaData="ResourceType:Room",
            msExchRecipientDisplayType="7",
            company="ACME",
            telephoneNumber=f"+44 20 7946 09{number:02}",
            physicalDeliveryOfficeName=f"Building {number % 3 + 1}, Floor {number // 3 + 1}",
        ))
    for name, address in CONTACTS:
        alias = f"x.{address.split('@')[1].split('.')[0]}"
        records.append(record(
            f"CN={rdn(name)},OU=Contacts,{BASE}", alias, name, ["top", "person", "organizationalPerson", "contact"],
            mail=address,
            targetAddress=f"SMTP:{address}",
            proxyAddresses=f"SMTP:{address}",
        ))
    head = ["# The address book of ACME, a company that does not exist. Made by make_lab.py: change that, not this.",
            "version: 1", "", ""]
    return ("\n".join(head) + "\n".join(records)).encode()


def registry_file():
    """The article's first step of relief, 250 sessions, octet by octet as regedit exports it."""
    lines = ["Windows Registry Editor Version 5.00", "",
             r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\NTDS\Parameters]",
             '"NSPI max sessions per user"=dword:000000fa', "", ""]
    return b"\xff\xfe" + "\r\n".join(lines).encode("utf-16-le")


def main():
    stale = False
    for name, octets in [("acme.ldif", address_book()), ("relief.reg", registry_file())]:
        path = HERE / name
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_bytes() != octets:
                print(f"{name} is not what make_lab.py writes")
                stale = True
        else:
            path.write_bytes(octets)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
