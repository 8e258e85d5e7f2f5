//! What `nspi export` writes, read by others: LDIF by OpenLDAP's `ldapadd` and `slapadd`, CSV by Python.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use interop::{NspiServer, binary};
use nspi_server::ldif;
use tempfile::{TempDir, tempdir};

/// Names that a form without care breaks at.
const NAMES: [&str; 12] = [
    "Smith, \"Bob\" <bob>",
    "  blanks  ",
    "two\r\nlines",
    ": a colon",
    "< a file",
    "#hash",
    "=cmd|'/C calc'!A0",
    "semi;colon\\",
    "Zo\u{308}e",
    "日本語 ليلى",
    "\u{1B}[31mred",
    "x",
];

/// A picture, with all octets there are.
fn picture() -> Vec<u8> {
    [0xFF, 0xD8, 0xFF].into_iter().chain(0..=255).collect()
}

/// A server of people with these names, and a folder.
fn server() -> (NspiServer, TempDir) {
    let folder = tempdir().unwrap();
    let picture = STANDARD.encode(picture());
    let entry = |(number, name): (usize, &&str)| {
        format!(
            "dn: cn=p{number},dc=x,dc=test\nobjectClass: person\ncn: p{number}\nlegacyExchangeDN: /o=X/ou=People, all/cn=p{number}\n\
             mail: p{number}@x.test\nmailNickname: p{number}\ndisplayName:: {}\nthumbnailPhoto:: {picture}\n\n",
            STANDARD.encode(name)
        )
    };
    let file = folder.path().join("people.ldif");
    fs::write(&file, NAMES.iter().enumerate().map(entry).collect::<String>()).unwrap();
    (NspiServer::start(&["--ldif".as_ref(), file.as_os_str()]), folder)
}

/// Runs a program to its end: what it printed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn export(server: &NspiServer, to: &Path, columns: &str) {
    let address = format!("127.0.0.1:{}", server.port);
    run(Command::new(binary("nspi")).args(["--server", &address, "export", "--columns", columns, "--output"]).arg(to));
}

/// What the entries of people hold: a line an attribute.
fn people(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let wanted = ["displayname", "mail", "mailnickname", "thumbnailphoto", "legacyexchangedn", "cn"];
    let entries = ldif::parse(file).unwrap();
    let mut values: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.text("mail").is_some()) {
        for (name, found) in entry.attributes().filter(|(name, _)| wanted.contains(name)) {
            // Names are spelt in two ways: `\,` and `\2C` are the same.
            let own = entry.text("cn").unwrap();
            values.extend(found.iter().map(|value| (format!("{own} {name}"), value.clone())));
        }
    }
    values.sort();
    values
}

#[test]
fn openldap_takes_the_ldif_from_its_first_line_to_its_last_and_gives_it_back() {
    let (server, folder) = server();
    let path = |name: &str| folder.path().join(name);
    export(&server, &path("export.ldif"), "name,mail,account,PidTagThumbnailPhoto");
    let text = fs::read_to_string(path("export.ldif")).unwrap();

    let read = run(Command::new("ldapadd").args(["-n", "-v", "-x", "-f"]).arg(path("export.ldif")));
    assert_eq!(read.matches("adding new entry").count(), NAMES.len() + 2, "{read}");

    fs::create_dir(path("db")).unwrap();
    let attribute = |(number, (name, syntax)): (usize, &(&str, u32))| {
        format!(
            "attributetype ( 1.3.6.1.4.1.55555.{number} NAME '{name}' SYNTAX 1.3.6.1.4.1.1466.115.121.1.{syntax} )\n"
        )
    };
    // Attributes of Active Directory that Debian's schema does not have.
    let attributes = [("legacyExchangeDN", 15), ("mailNickname", 15), ("thumbnailPhoto", 40)];
    let schema = |name: &str| format!("include /etc/ldap/schema/{name}.schema\n");
    let configuration = ["core", "cosine", "inetorgperson"].map(schema).concat()
        + &attributes.iter().enumerate().map(attribute).collect::<String>()
        + "modulepath /usr/lib/ldap\nmoduleload back_mdb\ndatabase mdb\nsuffix o=X\n"
        + &format!("directory {}\n", path("db").display());
    fs::write(path("slapd.conf"), configuration).unwrap();
    // slapadd does not know LDIF's first line. Classes are Active Directory's: not checked.
    fs::write(path("entries.ldif"), text.strip_prefix("version: 1\n\n").unwrap()).unwrap();
    run(Command::new("/usr/sbin/slapadd")
        .args(["-s", "-f"])
        .arg(path("slapd.conf"))
        .arg("-l")
        .arg(path("entries.ldif")));
    let back = run(Command::new("/usr/sbin/slapcat").arg("-f").arg(path("slapd.conf")));
    let expected = people(text.as_bytes());
    assert_eq!(expected.len(), NAMES.len() * 6);
    assert!(people(back.as_bytes()) == expected, "{back}");
    for name in NAMES {
        assert!(expected.iter().any(|(_, value)| value == name.as_bytes()), "{name:?}");
    }
    assert!(expected.iter().any(|(_, value)| *value == picture()));
}

#[test]
fn pythons_csv_reads_every_name_as_it_is() {
    let (server, folder) = server();
    let file = folder.path().join("export.csv");
    export(&server, &file, "name,mail,PidTagThumbnailPhoto");
    let program =
        "import csv, json, sys\nprint(json.dumps(list(csv.reader(open(sys.argv[1], newline='', encoding='utf-8')))))";
    let rows: Vec<Vec<String>> =
        serde_json::from_str(&run(Command::new("python3").args(["-c", program]).arg(&file))).unwrap();
    assert_eq!(rows[0], ["name", "mail", "PidTagThumbnailPhoto"]);
    let hex: String = picture().iter().map(|octet| format!("{octet:02x}")).collect();
    let mut names: Vec<&str> = rows[1..].iter().map(|row| row[0].as_str()).collect();
    let mut expected = NAMES;
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert!(rows[1..].iter().all(|row| row.len() == 3 && row[2] == hex));
}
