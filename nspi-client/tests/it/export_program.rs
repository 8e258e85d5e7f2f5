//! `nspi show` and `nspi export`, as people and scripts meet them.

use std::fs;

use base64::Engine as _;
use nspi_proto::nspi::property::tags;
use nspi_server::config::CommandLine;
use serde_json::{Value as Json, json};
use tempfile::tempdir;

use crate::lab::Lab;
use crate::program::{nspi_at, objects, out, refusal};

#[tokio::test]
async fn show_names_every_property_and_follows_manager_and_members() {
    let lab = Lab::start().await;
    let text = out(&nspi_at(&lab, &["show", "bob"]).await);
    assert!(text.starts_with("Bob Baker\n"), "{text}");
    let line = |text: &str, name: &str| -> String {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}:\n{text}"));
        line[name.len()..].trim().to_owned()
    };
    assert_eq!(line(&text, "PidTagDisplayType "), "DT_MAILUSER");
    assert_eq!(line(&text, "PidTagAddressBookManagerDistinguishedName"), "Alice Adams <alice@acme.test>");
    assert_eq!(line(&text, "PidTagEntryId"), "/o=ACME/ou=First Administrative Group/cn=Recipients/cn=bob");

    let list = out(&nspi_at(&lab, &["show", "=all.staff", "--links", "2"]).await);
    let members = line(&list, "PidTagAddressBookMember");
    assert!(members.starts_with("Alice Adams <alice@acme.test>, ") && members.ends_with(", and 30 more"), "{members}");

    let counted = out(&nspi_at(&lab, &["show", "=all.staff", "--links", "0"]).await);
    assert_eq!(line(&counted, "PidTagAddressBookMember"), "32 in all");

    let object = &objects(&nspi_at(&lab, &["show", "bob", "--json"]).await)[0];
    assert_eq!(object["properties"]["PidTagSurname"], "Baker");
    let manager = &object["links"]["PidTagAddressBookManagerDistinguishedName"];
    assert_eq!(*manager, json!([{ "name": "Alice Adams", "mail": "alice@acme.test" }]));
    assert_eq!((lab.handle.totals().opened, lab.handle.totals().unbound), (4, 4));
}

#[tokio::test]
async fn show_tells_the_size_of_a_picture() {
    let folder = tempdir().unwrap();
    let ldif = folder.path().join("book.ldif");
    let picture = "/9j/".repeat(1000); // base64 of ff d8 ff, again and again
    fs::write(
        &ldif,
        format!("dn: cn=ann\nobjectClass: person\ndisplayName: Ann\nmail: ann@x.test\nthumbnailPhoto:: {picture}\n"),
    )
    .unwrap();
    let lab = Lab::with(CommandLine { ldif: Some(ldif), ..CommandLine::default() }).await;
    let text = out(&nspi_at(&lab, &["show", "ann"]).await);
    let photo = text.lines().find(|line| line.starts_with("PidTagThumbnailPhoto")).unwrap();
    assert!(photo.ends_with("3000 octets, a JPEG picture"), "{photo}");
}

#[tokio::test]
async fn show_asks_whom_a_name_that_means_several_is_for() {
    let lab = Lab::start().await;
    let text = refusal(&nspi_at(&lab, &["show", "al"]).await, 1);
    assert!(text.contains("means several: Alice Adams <alice@acme.test>, All Engineering <"), "{text}");
    let text = refusal(&nspi_at(&lab, &["show", "nobody"]).await, 1);
    assert!(text.contains("means nobody"), "{text}");
}

#[tokio::test]
async fn csv_is_quoted_where_it_must_be_and_read_back_as_it_was() {
    let lab = Lab::start().await;
    let text = out(&nspi_at(&lab, &["export", "--columns", "name,office,proxies", "--page", "7"]).await);
    assert!(text.starts_with("name,office,proxies\r\nAlice Adams,\"Building 1, Room 100\",SMTP:alice@acme.test; "));
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = rows.records().map(|row| row.unwrap()[0].to_owned()).collect();
    assert_eq!(names.len(), 41);
    assert!(names.contains(&"Walter Weiße\u{301}".to_owned()) && names.contains(&"山田 太郎".to_owned()));
}

#[tokio::test]
async fn ldif_leads_to_a_server_with_the_same_people() {
    let lab = Lab::start().await;
    let folder = tempdir().unwrap();
    let file = folder.path().join("book.ldif");
    let path = file.to_str().unwrap();
    assert_eq!(out(&nspi_at(&lab, &["export", "--output", path]).await), format!("41 written to {path}\n"));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("version: 1\n\ndn: o=ACME\nobjectClass: organization\no: ACME\n\ndn: ou=First "));
    let alice = "\n\ndn: cn=alice,cn=Recipients,ou=First Administrative Group,o=ACME\nobjectClass: person\ncn: alice\n";
    assert!(text.contains(alice), "{text}");
    assert_eq!(text.matches("\ndn: ").count(), 41 + 3, "the three entries above everybody stand there once");
    assert!(text.lines().all(|line| line.is_ascii() && line.len() <= 76), "{text}");
    assert!(text.contains("\ndisplayName:: "), "what is not ASCII is base64");

    let again = Lab::with(CommandLine { ldif: Some(file), ..CommandLine::default() }).await;
    let columns = "name,mail,account,given-name,surname,title,department,company,office,phone,proxies,type,address";
    let arguments = ["rows", "--all", "--json", "--columns", columns];
    assert_eq!(objects(&nspi_at(&again, &arguments).await), objects(&nspi_at(&lab, &arguments).await));
}

#[tokio::test]
async fn lines_of_json_are_one_person_each() {
    let lab = Lab::start().await;
    let arguments = ["export", "--json", "--columns", "name,PidTagSmtpAddress"];
    let people: Vec<Json> = objects(&nspi_at(&lab, &arguments).await);
    assert_eq!(people.len(), 41);
    assert_eq!(people[0], json!({ "name": "Alice Adams", "mail": "alice@acme.test" }));
    assert_eq!(tags::by_name("PidTagSmtpAddress"), Some(tags::SMTP_ADDRESS));
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_told_by_its_name() {
    let lab = Lab::start().await;
    let text = refusal(&nspi_at(&lab, &["export", "--output", "/no/such/folder/book.csv"]).await, 1);
    assert!(text.starts_with("nspi: /no/such/folder/book.csv: "), "{text}");
    assert_eq!(lab.handle.totals().opened, 0);
}

/// A server of people whose names are `names`.
async fn named(names: &[&str]) -> (Lab, tempfile::TempDir) {
    let folder = tempdir().unwrap();
    let ldif = folder.path().join("book.ldif");
    let encoded = |name: &str| base64::engine::general_purpose::STANDARD.encode(name);
    let entry = |(number, name): (usize, &&str)| {
        format!("dn: cn={number}\nobjectClass: person\nmail: {number}@x.test\ndisplayName:: {}\n\n", encoded(name))
    };
    fs::write(&ldif, names.iter().enumerate().map(entry).collect::<String>()).unwrap();
    (Lab::with(CommandLine { ldif: Some(ldif), ..CommandLine::default() }).await, folder)
}

#[tokio::test]
async fn odd_names_come_back_from_csv_as_they_were() {
    let names = ["Smith, \"Bob\"", "two\r\nlines", " blanks ", "=cmd|'/C calc'!A0", "日本語; é", "\u{1B}[31mred"];
    let (lab, _folder) = named(&names).await;
    let text = out(&nspi_at(&lab, &["export", "--columns", "name"]).await);
    let rows = |text: &str| -> Vec<String> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.records().map(|row| row.unwrap()[0].to_owned()).collect()
    };
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(rows(&text)), sorted(names.map(str::to_owned).to_vec()));
}

#[tokio::test]
async fn a_spreadsheet_is_given_no_formula() {
    let (lab, _folder) = named(&["=1+1", "+1", "-1", "@SUM(1)", "a=b"]).await;
    let text = out(&nspi_at(&lab, &["export", "--columns", "name", "--spreadsheet"]).await);
    assert!(text.starts_with("\u{FEFF}name\r\n"), "{text}");
    let mut cells: Vec<&str> = text.lines().skip(1).collect();
    cells.sort_unstable();
    assert_eq!(cells, ["'+1", "'-1", "'=1+1", "'@SUM(1)", "a=b"]);
    let text = refusal(&nspi_at(&lab, &["export", "--spreadsheet", "--format", "ldif"]).await, 2);
    assert!(text.contains("--spreadsheet is about CSV"), "{text}");
}

#[tokio::test]
async fn a_table_keeps_its_columns_whatever_names_are_in_it() {
    let long = "x".repeat(300);
    let (lab, _folder) = named(&["Ann", "日本語", "turn\u{202E}ed \u{1B}[31m", &long]).await;
    let text = out(&nspi_at(&lab, &["rows", "--all", "--columns", "name,mail"]).await);
    let line = |of: &str| text.lines().find(|line| line.contains(of)).unwrap();
    assert_eq!(line("0@x"), format!("{:40}  0@x.test", "Ann"));
    assert_eq!(line("1@x"), format!("日本語{:34}  1@x.test", ""), "these characters take two columns each");
    assert!(line("2@x").starts_with("turn ed  [31m "), "{text:?}");
    assert_eq!(line("3@x"), format!("{long}  3@x.test"));
}
