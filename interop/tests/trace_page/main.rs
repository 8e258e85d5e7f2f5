//! The page of `nspi-trace --html` in Chromium: keys, hover, dark, narrow, printed, and what hostile names do in it.
//!
//! With `PAGE_PICTURES` set to a folder, the pictures that the tests look at are written there.

mod browser;
#[path = "../../../nspi-trace/tests/it/evtx_file.rs"]
mod evtx_file;
#[path = "../../../nspi-trace/tests/it/sample.rs"]
mod sample;
mod steps;

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tempfile::TempDir;

use browser::Browser;

/// The first chart: the user who leaks.
const CHART: &str = "document.querySelector('.chart')";
const READOUT: &str = "document.querySelector('.readout').textContent";

fn open(width: u32) -> (TempDir, Browser) {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("report.html");
    std::fs::write(&file, sample::report().to_html()).unwrap();
    let browser = Browser::open(&file, width, 1_000);
    (directory, browser)
}

fn keep(name: &str, base64: &str) {
    if let Some(folder) = std::env::var_os("PAGE_PICTURES") {
        std::fs::write(PathBuf::from(folder).join(name), STANDARD.decode(base64).unwrap()).unwrap();
    }
}

#[test]
fn arrow_keys_move_through_the_points_and_the_values_are_announced() {
    let (_directory, mut page) = open(1_200);
    assert_eq!(page.evaluate("document.querySelector('.readout').ariaLive"), "polite");
    page.evaluate(&format!("{CHART}.focus()"));
    assert_eq!(page.text(READOUT), "12:00:00.000: 0 sessions open; the cap is 50");
    page.press("ArrowRight");
    page.press("ArrowRight");
    assert_eq!(page.text(READOUT), "12:02:00.000: 2 sessions open; the cap is 50");
    page.press("ArrowLeft");
    assert_eq!(page.text(READOUT), "12:01:00.000: 1 session open; the cap is 50");
    page.press("ArrowDown");
    let refused = "12:50:00.000: refused, with 50 sessions open; from 192.0.2.20, packet 2050";
    assert_eq!(page.text(READOUT), refused);
    page.press("ArrowDown");
    page.press("ArrowUp");
    assert_eq!(page.text(READOUT), refused);
    page.press("End");
    assert!(page.text(READOUT).starts_with("12:56:00.000: "));
    page.press("ArrowRight");
    assert!(page.text(READOUT).starts_with("12:56:00.000: "), "there is nothing beyond the end");
    page.press("Home");
    assert!(page.text(READOUT).starts_with("12:00:00.000: "));
    assert_eq!(page.errors, [""; 0]);
}

#[test]
fn every_chart_is_reached_by_the_tab_key_and_says_what_it_is() {
    let (_directory, mut page) = open(1_200);
    let charts = page.evaluate("document.querySelectorAll('.chart').length").as_u64().unwrap();
    assert_eq!(charts, 5, "four users, and all of them together");
    let mut labels = Vec::new();
    for _ in 0..80 {
        page.press("Tab");
        let label = page.evaluate("document.activeElement.matches('.chart') ? document.activeElement.ariaLabel : null");
        labels.extend(label.as_str().map(str::to_owned));
    }
    labels.dedup();
    assert!(labels.len() as u64 >= charts, "{labels:?}");
    assert!(
        labels[0].starts_with(r"Sessions of ACME\svc-bes over time: at most 50 at once, the cap is 50, 7 refused.")
    );
}

#[test]
fn hovering_shows_the_nearest_point() {
    let (_directory, mut page) = open(1_200);
    page.evaluate(&format!("{CHART}.scrollIntoView()"));
    let place = page.evaluate(&format!(
        "(() => {{ const box = {CHART}.querySelector('svg').getBoundingClientRect();
            return [box.left + box.width * (56 + 888 * 10 / 60 + 2) / 960, box.top + 100]; }})()"
    ));
    page.point_at(place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
    assert_eq!(page.text(READOUT), "12:10:00.000: 10 sessions open; the cap is 50");
    assert_eq!(page.evaluate(&format!("getComputedStyle({CHART}.querySelector('.cursor')).visibility")), "visible");
    keep("hover.png", &page.screenshot());
}

#[test]
fn names_from_the_capture_are_text_and_nothing_is_loaded() {
    let (_directory, mut page) = open(1_200);
    assert_eq!(page.text("document.title"), "Who leaks NSPI sessions?");
    assert_eq!(page.evaluate("document.querySelectorAll('script').length"), 1);
    assert_eq!(page.evaluate("document.querySelectorAll('img, iframe, link, object').length"), 0);
    assert_eq!(
        page.evaluate(
            r#"document.body.textContent.includes("<b>EVIL</b>\\\"><script>document.title='owned'</script>")"#
        ),
        true
    );
    // Even a script that got in would not run: the policy admits only the page's own.
    page.evaluate("{ const script = document.createElement('script'); script.textContent = \"document.title = 'owned'\"; document.body.append(script); 0 }");
    assert_eq!(page.text("document.title"), "Who leaks NSPI sessions?");
    assert!(page.errors.iter().all(|error| error.contains("Content Security Policy")), "{:?}", page.errors);
    assert!(!page.errors.is_empty());
    assert_eq!(page.requests.len(), 1, "only the page itself: {:?}", page.requests);
}

#[test]
fn a_display_filter_is_copied() {
    let (_directory, mut page) = open(1_200);
    let origin = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    page.call("Browser.grantPermissions", origin);
    page.evaluate("document.querySelector('.filter button').click()");
    let copied = page.evaluate(
        "new Promise((done) => setTimeout(() => done(document.querySelector('.filter button').textContent), 200))",
    );
    assert_eq!(copied, "Copied");
    let filter = page.text("navigator.clipboard.readText()");
    assert_eq!(filter, "ip.addr == 192.0.2.20 && ip.addr == 192.0.2.10 && dcerpc");
}

/// [WCAG 2.2 1.4.3, 1.4.11]: text at least 4.5 to 1 against what lies behind it; what is drawn, 3 to 1.
const CONTRAST: &str = r"(() => {
  const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (colour) => { probe.clearRect(0, 0, 1, 1); probe.fillStyle = colour; probe.fillRect(0, 0, 1, 1); return [...probe.getImageData(0, 0, 1, 1).data]; };
  const light = (colour) => { const [r, g, b] = rgb(colour).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ratio = (one, other) => { const [a, b] = [light(one), light(other)].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
  const behind = (element) => { for (; element; element = element.parentElement) { const colour = getComputedStyle(element).backgroundColor; if (rgb(colour)[3] === 255) return colour; } return 'white'; };
  const bad = [];
  for (const element of document.querySelectorAll('body *')) {
    const style = getComputedStyle(element);
    const drawn = element.matches('.stairs, .cap, .refused');
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (style.visibility === 'hidden' || style.display === 'none' || element.matches('script') || !(drawn || text)) continue;
    const colour = drawn ? style.stroke : element.matches('text') ? style.fill : style.color;
    const found = ratio(colour, behind(element.closest('svg') ?? element));
    if (found < (drawn ? 3 : 4.5)) bad.push(`${element.tagName}.${element.getAttribute('class')} ${colour}: ${found.toFixed(2)}`);
  }
  return [...new Set(bad)];
})()";

#[test]
fn colours_have_contrast_in_light_dark_and_print() {
    let (_directory, mut page) = open(1_200);
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))");
    let mut grounds = Vec::new();
    for (scheme, medium) in [("light", "screen"), ("dark", "screen"), ("dark", "print")] {
        page.media(scheme, medium);
        assert_eq!(page.evaluate(CONTRAST), json!([]), "{scheme} {medium}");
        grounds.push(page.text("getComputedStyle(document.body).backgroundColor"));
        keep(&format!("{scheme}-{medium}.png"), &page.screenshot());
    }
    assert_eq!(grounds, ["rgb(255, 255, 255)", "rgb(20, 23, 27)", "rgb(255, 255, 255)"]);
}

#[test]
fn a_narrow_window_needs_no_sideways_scrolling() {
    let (_directory, mut page) = open(360);
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))");
    assert_eq!(page.evaluate("document.documentElement.scrollWidth <= 360"), true);
    keep("narrow.png", &page.screenshot());
}

#[test]
fn printing_opens_what_is_folded_and_closes_it_again() {
    let (_directory, mut page) = open(1_200);
    let open = "document.querySelectorAll('details[open]').length";
    let before = page.evaluate(open);
    page.evaluate("addEventListener('beforeprint', () => (document.body.dataset.open = document.querySelectorAll('details:not([open])').length))");
    let pdf = page.print();
    assert!(STANDARD.decode(&pdf).unwrap().starts_with(b"%PDF"));
    assert_eq!(page.text("document.body.dataset.open"), "0");
    assert_eq!(page.evaluate(open), before);
    keep("print.pdf", &pdf);
}

#[test]
fn without_scripts_everything_is_there_to_read() {
    let (_directory, mut page) = open(1_200);
    page.reload_without_scripts();
    let snapshot = page.call("DOMSnapshot.captureSnapshot", json!({ "computedStyles": [] })).to_string();
    for text in
        ["One user leaks sessions. 7 NspiBinds were refused.", "svc-vault", "cap 50", "tcp.stream eq 1 && dcerpc"]
    {
        assert!(snapshot.contains(text), "{text}");
    }
}
