//! What each Windows Server version does (KB949469).

use nspi_server::windows::WindowsVersion::{
    self, Latest, Server2003, Server2008, Server2008R2, Server2012, Server2012R2,
};

const ALL: [WindowsVersion; 6] = [Server2003, Server2008, Server2008R2, Server2012, Server2012R2, Latest];

#[test]
fn only_2003_has_no_cap_and_all_others_have_fifty() {
    for version in ALL {
        assert_eq!(version.default_cap(), if version == Server2003 { None } else { Some(50) }, "{version}");
        assert_eq!(version.knows_cap(), version != Server2003, "{version}");
    }
}

#[test]
fn refusals_are_logged_by_default_from_2008_r2_on_at_level_five_on_2008_and_never_on_2003() {
    for level in 0..=5 {
        assert!(!Server2003.logs_refusals(level));
        assert_eq!(Server2008.logs_refusals(level), level == 5);
        for version in [Server2008R2, Server2012, Server2012R2, Latest] {
            assert!(version.logs_refusals(level), "{version} at {level}");
        }
    }
}

#[test]
fn each_keyword_is_understood_in_any_case_and_with_a_space() {
    for version in ALL {
        assert_eq!(version.keyword().parse(), Ok(version));
        assert_eq!(version.keyword().to_uppercase().parse(), Ok(version));
    }
    assert_eq!("2008 R2".parse(), Ok(Server2008R2));
}

#[test]
fn later_years_are_the_latest() {
    for year in ["2016", "2019", "2022", "2025", "2031"] {
        assert_eq!(year.parse(), Ok(Latest), "{year}");
    }
}

#[test]
fn what_is_no_version_is_refused_with_the_versions_there_are() {
    for text in ["", "2000", "2011", "2010r2", "vista", "20255", "+201", "２０１６"] {
        let error = text.parse::<WindowsVersion>().unwrap_err().to_string();
        assert!(error.starts_with(&format!("`{text}` is no Windows Server version; expected 2003, 2008, ")), "{error}");
    }
}
