//! The page, as text. What a browser makes of it is tested with a browser, in `interop`.

use nspi_trace::report::{Report, User, UserName};

use crate::sample::report;

#[test]
fn the_summary_comes_first_and_the_worst_first_in_it() {
    let page = report().to_html();
    assert!(page.contains("One user leaks sessions. 7 NspiBinds were refused."));
    let order: Vec<usize> = ["In words", "svc-bes", "2001:db8::30", "svc-vault", "dc1.acme.test (192.0.2.10)</h2>"]
        .iter()
        .map(|text| page.find(text).unwrap_or_else(|| panic!("{text} is missing")))
        .collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn nothing_of_the_capture_becomes_markup() {
    let page = report().to_html();
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<style").count(), 1);
    for markup in ["<b>EVIL", "<img", "owned'<"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("&#60;b&#62;EVIL&#60;/b&#62;"), "it is shown, though");
}

#[test]
fn the_page_asks_for_nothing_from_anywhere() {
    let page = report().to_html();
    for reference in ["src=\"", "href=\"h", "url(", "@import", "<link", "<iframe"] {
        assert!(!page.contains(reference), "{reference}");
    }
    assert!(page.contains("default-src &#39;none&#39;"));
}

#[test]
fn a_report_of_nothing_is_a_page_too() {
    let page = Report::default().to_html();
    assert!(page.contains("No NSPI traffic is in this capture."));
}

#[test]
fn very_many_users_make_no_endless_page() {
    let mut report = report();
    let user = report.servers[0].users[0].clone();
    let many = (0..5_000).map(|number| User {
        name: UserName::Account {
            domain: "ACME".into(),
            name: format!("u{number}"),
            source: nspi_trace::report::NameSource::Ntlm,
        },
        ..user.clone()
    });
    report.servers[0].users = many.collect();
    let page = report.to_html();
    assert!(page.len() < 2_000_000, "{}", page.len());
    assert!(page.contains("Only the 24 worst of 5000 users are drawn."));
    assert!(page.contains("4500 more users"));
}
