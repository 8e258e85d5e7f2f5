//! The report's layout.

use nspi_trace::report::{Moment, Report, SCHEMA, UserName};

#[test]
fn a_moment_is_written_with_microseconds_and_read_back() {
    let moment = Moment(1_700_000_000_000_001);
    let json = serde_json::to_string(&moment).unwrap();
    assert_eq!(json, r#""2023-11-14T22:13:20.000001Z""#);
    assert_eq!(serde_json::from_str::<Moment>(&json).unwrap(), moment);
}

#[test]
fn a_moment_out_of_range_is_written_all_the_same() {
    for extreme in [i64::MIN, i64::MAX] {
        assert!(!Moment(extreme).to_string().is_empty());
    }
}

#[test]
fn a_report_without_fields_of_later_versions_is_read() {
    let mut json = serde_json::to_value(Report { schema: SCHEMA, ..Report::default() }).unwrap();
    json.as_object_mut().unwrap().remove("events");
    assert_eq!(serde_json::from_value::<Report>(json).unwrap().schema, SCHEMA);
}

#[test]
fn a_user_without_a_name_is_shown_by_address() {
    let user = UserName::Address { address: [10, 0, 0, 7].into(), why: "Kerberos hides it".to_owned() };
    assert_eq!(user.to_string(), "<10.0.0.7>");
}
