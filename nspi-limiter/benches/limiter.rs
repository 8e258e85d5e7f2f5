//! Acquire and release, two threads at once: one hot user, and 100,000 users in random order.
//!
//! `cargo bench -p nspi-limiter --bench limiter`. Compare within a group, never across machines. The limits: a bare
//! atomic that both threads add to (no cap, no user); what one would write with DashMap, a count by user, capped,
//! removed at zero, without a permit; and the least that a look-up can cost, [`Cells`], where nobody owns anything.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use dashmap::DashMap;
use hashbrown::DefaultHashBuilder;
use nspi_limiter::{DEFAULT_SESSIONS_PER_USER, Policy, SessionLimiter};
use parking_lot::Mutex;

const THREADS: u64 = 2;

/// As long as a Windows SID of five sub-authorities.
type User = [u8; 28];

fn user(number: u32) -> User {
    let mut user = *b"\x01\x05\0\0\0\0\0\x05\x15\0\0\0bench-domain\0\0\0\0";
    user[24..].copy_from_slice(&(1000 + number).to_le_bytes());
    user
}

/// A walk over the users in random order, the same in each run; a power of two long.
fn walk(thread: u64, users: u32) -> Vec<User> {
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ (thread + 1);
    let mut step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        user((state % u64::from(users)) as u32)
    };
    (0..if users == 1 { 1 } else { 1 << 18 }).map(|_| step()).collect()
}

/// Each of the threads makes this many steps; the time of the slowest.
fn race<W: Sync>(walks: &[W], steps: u64, step: impl Fn(&W, usize) + Sync) -> Duration {
    let start = Barrier::new(walks.len());
    thread::scope(|scope| {
        let run = |walk| {
            start.wait();
            let began = Instant::now();
            (0..steps as usize).for_each(|at| step(walk, at));
            began.elapsed()
        };
        let threads: Vec<_> = walks.iter().map(|walk| scope.spawn(move || run(walk))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).max().unwrap()
    })
}

fn dashmap_pair(counts: &DashMap<User, u32>, user: &User) -> bool {
    {
        let mut count = counts.entry(*user).or_insert(0);
        if *count >= DEFAULT_SESSIONS_PER_USER {
            return false;
        }
        *count += 1;
    }
    counts.remove_if_mut(user, |_, count| {
        *count -= 1;
        *count == 0
    });
    true
}

/// A user and the count, under a lock of their own.
type Cell = Mutex<Option<(User, u32)>>;

/// Cells in place, where the hash says: one wait for memory, two locks. For that it does without what a limiter is for:
/// it never grows, forgets nobody, and a slot comes back because the code says so.
struct Cells {
    hasher: DefaultHashBuilder,
    cells: Box<[Cell]>,
}

impl Cells {
    fn new(users: usize) -> Self {
        let cells = (users + users / 4).next_power_of_two();
        Self { hasher: DefaultHashBuilder::default(), cells: (0..cells).map(|_| Mutex::new(None)).collect() }
    }

    fn pair(&self, user: &User) -> bool {
        let mut place = self.hasher.hash_one(user) as usize;
        let cell = loop {
            let cell = &self.cells[place & (self.cells.len() - 1)];
            match cell.lock().get_or_insert((*user, 0)) {
                (of, count) if of == user => {
                    if *count >= DEFAULT_SESSIONS_PER_USER {
                        return false;
                    }
                    *count += 1;
                    break cell;
                }
                _ => place = place.wrapping_add(1),
            }
        };
        if let Some((_, count)) = &mut *cell.lock() {
            *count -= 1;
        }
        true
    }
}

fn compare(group: &mut BenchmarkGroup<'_, WallTime>, users: u32) {
    group.throughput(Throughput::Elements(THREADS)).sample_size(10);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    let walks: Vec<Vec<User>> = (0..THREADS).map(|thread| walk(thread, users)).collect();
    let mask = walks[0].len() - 1;

    if users == 1 {
        let count = AtomicU64::new(0);
        group.bench_function("limit: contended atomic", |bench| {
            bench.iter_custom(|steps| {
                race(&walks, steps, |_, _| {
                    black_box(count.fetch_add(1, Ordering::AcqRel));
                    black_box(count.fetch_sub(1, Ordering::AcqRel));
                })
            });
        });
    }

    // Everybody has a session open already, so that the tables are as in service.
    let everybody: HashSet<User> = walks.iter().flatten().copied().collect();

    let counts: DashMap<User, u32> = everybody.iter().map(|user| (*user, 1)).collect();
    group.bench_function("limit: DashMap", |bench| {
        bench.iter_custom(|steps| {
            race(&walks, steps, |walk, at| assert!(dashmap_pair(&counts, black_box(&walk[at & mask]))))
        });
    });
    drop(counts);

    if users > 1 {
        let cells = Cells::new(everybody.len());
        everybody.iter().for_each(|user| assert!(cells.pair(user)));
        group.bench_function("limit: bare cells", |bench| {
            bench.iter_custom(|steps| race(&walks, steps, |walk, at| assert!(cells.pair(black_box(&walk[at & mask])))));
        });
    }

    let limiter = SessionLimiter::new(Policy::default());
    let held: Vec<_> = everybody.iter().map(|user| limiter.try_acquire(*user).unwrap()).collect();
    group.bench_function("looked up each time", |bench| {
        bench.iter_custom(|steps| {
            race(&walks, steps, |walk, at| drop(limiter.try_acquire(*black_box(&walk[at & mask])).unwrap()))
        });
    });

    let walks_at_hand: Vec<Vec<_>> =
        walks.iter().map(|walk| walk.iter().map(|user| limiter.user(*user)).collect()).collect();
    group.bench_function("counter at hand", |bench| {
        bench.iter_custom(|steps| {
            race(&walks_at_hand, steps, |walk, at| drop(black_box(&walk[at & mask]).try_acquire().unwrap()))
        });
    });
    drop(held);
}

fn limiter(criterion: &mut Criterion) {
    compare(&mut criterion.benchmark_group("hot user"), 1);
    compare(&mut criterion.benchmark_group("100,000 users"), 100_000);
}

criterion_group!(benches, limiter);
criterion_main!(benches);
