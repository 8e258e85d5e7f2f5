//! `nspi-trace`: who leaks NSPI sessions?

fn main() {}
