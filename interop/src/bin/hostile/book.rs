//! A big address book.

use std::io::{self, BufWriter, Write as _};

use tempfile::NamedTempFile;

/// Writes so many people as LDIF.
pub(crate) fn write(file: &NamedTempFile, people: usize) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    writeln!(out, "version: 1\n")?;
    for number in 0..people {
        writeln!(
            out,
            "dn: CN=Person {number},OU=People,DC=acme,DC=test\n\
             objectClass: person\n\
             cn: Person {number}\n\
             displayName: Person {number} of the Address Book\n\
             givenName: Person\n\
             sn: Number{number}\n\
             sAMAccountName: person{number}\n\
             mail: person{number}@acme.test\n\
             mailNickname: person{number}\n\
             title: Engineer of grade {}\n\
             department: Department {}\n\
             telephoneNumber: +1 555 {number:07}\n\
             legacyExchangeDN: /o=ACME/ou=Exchange/cn=Recipients/cn=person{number}\n",
            number % 12,
            number % 97,
        )?;
    }
    out.flush()
}
