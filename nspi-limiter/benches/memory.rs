//! What a session costs in live octets: a million permits held by 20,000 users, and the one-session users' worst case.
//!
//! `cargo bench -p nspi-limiter --bench memory`. Counted at the allocator, so the figures are the same everywhere.
#![allow(clippy::print_stdout, reason = "a report is what this program is for")]

use std::alloc::System;

use nspi_limiter::{Permit, Policy, SessionLimiter};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// As long as a Windows SID of five sub-authorities.
type User = [u8; 28];

fn user(number: u32) -> User {
    let mut user = *b"\x01\x05\0\0\0\0\0\x05\x15\0\0\0bench-domain\0\0\0\0";
    user[24..].copy_from_slice(&(1000 + number).to_le_bytes());
    user
}

fn live(region: &Region<'_, System>) -> f64 {
    let change = region.change();
    change.bytes_allocated as f64 - change.bytes_deallocated as f64
}

/// `sessions` permits of `users` users, each beside a 16-octet handle of its session (`H`), or alone.
fn measure<H: Copy>(what: &str, sessions: u32, users: u32, handle: H) {
    let region = Region::new(ALLOCATOR);
    let limiter = SessionLimiter::new(Policy::capped(None));
    let mut held: Vec<(H, Permit<User>)> = Vec::with_capacity(sessions as usize);
    held.extend((0..sessions).map(|number| (handle, limiter.try_acquire(user(number % users)).unwrap())));
    println!("{what}: {:.1} octets a session", live(&region) / f64::from(sessions));

    assert_eq!(limiter.users(), users as usize);
    drop(held);
    assert_eq!(limiter.users(), 0);
    println!("  after the last one: {:.0} octets in all", live(&region));
}

fn main() {
    measure("a million sessions of 20,000 users, limiter and permits", 1_000_000, 20_000, ());
    measure("a million sessions of 20,000 users, with their 16-octet handles", 1_000_000, 20_000, [0_u8; 16]);
    measure("a million users of one session, limiter and permits", 1_000_000, 1_000_000, ());
}
