//! `nspi-trace`: who leaks NSPI sessions?

use nspi_trace::{Analysis, Options, capture::Captures};
fn main() {
    let origins = std::env::args_os().skip(1).map(|p| std::path::PathBuf::from(p).into()).collect();
    let mut analysis = Analysis::new(Options::default());
    let n = std::sync::Arc::new(std::sync::Mutex::new([0u64; 4]));
    let m = n.clone();
    analysis.on_session(move |s| m.lock().unwrap()[s.end as usize] += 1);
    let mut captures = Captures::open(origins).unwrap();
    while captures.next(|packet| analysis.packet(packet)).unwrap() {}
    analysis.finish(captures.facts());
    println!("{:#?} {:?}", analysis.report(), n);
}
