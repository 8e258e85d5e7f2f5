//! Microsoft's own test cases of an NSPI server, as tests of this one, by their ids: over the wire, through the client's
//! raw floor, so that what out parameters hold on failure is seen too.
//!
//! `cases.tsv` is the list: the 93 cases of `ExchangeMAPI/MS-OXNSPI` in OfficeDev/Interop-TestSuites, commit fe87ed3253de,
//! in words of our own, with the numbers of the requirements that each one looks at. They are written for Exchange; where a
//! domain controller must do otherwise by MS-NSPI, [`NOT_OF_A_DOMAIN_CONTROLLER`] says so.

mod lab;
mod s01_general;
mod s02_matches;
mod s02_props;
mod s02_rows;
mod s02_strings;
mod s02_update_stat;
mod s03_names;
mod s04_changes;
mod s05_changes;
mod s05_failures;
mod session_limit;

use std::collections::BTreeSet;

/// Requirements of the cases that MS-NSPI, which Windows implements, has otherwise than MS-OXNSPI, or that describe what
/// Exchange does. Each case has others, and runs.
const NOT_OF_A_DOMAIN_CONTROLLER: &[(&str, &str, &str)] = &[
    ("S01_TC05", "852", "NspiGetPropList answers in the form of its code page [MS-NSPI 3.1.4.6], not always 8-bit"),
    ("S02_TC19", "95", "the sort order by phonetic name is optional, and GeneralFailure here"),
    ("S02_TC19", "495", "the sort order by phonetic name is optional, and GeneralFailure here"),
    (
        "S02_TC39",
        "1131",
        "Exchange answers a property that refers to nobody; here it is NotSupported [MS-NSPI 3.1.4.10]",
    ),
    ("S04_TC01", "1289", "NspiModProps refuses a Reserved that is not 0 [MS-NSPI 3.1.4.14]"),
    ("S04_TC02", "2003009", "GeneralFailure is what Exchange 2013 and later answer to every NspiModLinkAtt"),
    ("S05_TC01", "928", "a description of a parameter: nothing to observe"),
    ("S05_TC14", "1647", "objects of a kind that is never changed: Success, and nothing changes [MS-NSPI 3.1.4.15]"),
    ("S05_TC24", "750001", "what Exchange 2010 does wrong about lpVersion"),
    ("S05_TC31", "985", "an empty result is a set of no rows [MS-NSPI 3.1.4.8], not of as many as were asked for"),
    ("S05_TC31", "2003005", "Exchange 2010 SP3 answers ErrorsReturned where the specification says InvalidBookmark"),
];

const SOURCES: [&str; 10] = [
    include_str!("s01_general.rs"),
    include_str!("s02_matches.rs"),
    include_str!("s02_props.rs"),
    include_str!("s02_rows.rs"),
    include_str!("s02_strings.rs"),
    include_str!("s02_update_stat.rs"),
    include_str!("s03_names.rs"),
    include_str!("s04_changes.rs"),
    include_str!("s05_changes.rs"),
    include_str!("s05_failures.rs"),
];

/// The cases: id, and the numbers of its requirements.
fn cases() -> Vec<(&'static str, BTreeSet<&'static str>)> {
    let lines = include_str!("cases.tsv").lines().filter(|line| !line.starts_with('#')).skip(1);
    let cases = lines.map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        (columns[0], columns.get(4).map_or(BTreeSet::new(), |numbers| numbers.split(' ').collect()))
    });
    cases.collect()
}

#[test]
fn each_of_the_93_cases_is_a_test() {
    let cases = cases();
    assert_eq!(cases.len(), 93);
    for (id, _) in cases {
        let head = format!("#[tokio::test]\nasync fn {}_", id.to_ascii_lowercase());
        let tests: usize = SOURCES.iter().map(|source| source.matches(&head).count()).sum();
        assert_eq!(tests, 1, "{id}");
    }
}

#[test]
fn what_is_not_of_a_domain_controller_is_in_the_list_and_has_a_reason() {
    let cases = cases();
    for (id, requirement, reason) in NOT_OF_A_DOMAIN_CONTROLLER {
        let (_, requirements) = cases.iter().find(|(case, _)| case == id).unwrap();
        assert!(requirements.contains(requirement) && reason.len() > 20, "{id} {requirement}");
        assert!(requirements.len() > 1, "{id} would have nothing left");
    }
}
