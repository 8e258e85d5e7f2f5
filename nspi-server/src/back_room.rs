//! Where calls are answered that take long: on threads of their own, which let the others go first.

use std::io;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

/// Threads for what takes long. There are none until there is such a call; then as many as half of the CPUs.
#[derive(Debug, Default)]
pub(crate) struct BackRoom(OnceLock<Runtime>);

impl BackRoom {
    /// Does the work there, in the order of arrival.
    ///
    /// # Errors
    /// If there can be no threads, or the server ends.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        let threads = match self.0.get() {
            Some(threads) => threads,
            None => {
                // Who comes second finds the first one's, and lets its own go.
                if let Err(unused) = self.0.set(open()?) {
                    unused.shutdown_background();
                }
                self.0.get().ok_or_else(|| io::Error::other("the threads have gone"))?
            }
        };
        threads.spawn(async move { work() }).await.map_err(io::Error::other)
    }
}

impl Drop for BackRoom {
    fn drop(&mut self) {
        if let Some(threads) = self.0.take() {
            threads.shutdown_background(); // to wait is not allowed here
        }
    }
}

fn open() -> io::Result<Runtime> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).div_ceil(2);
    Builder::new_multi_thread().worker_threads(threads).thread_name("back room").on_thread_start(step_back).build()
}

/// Lets the other threads go first: where they want the CPU too, these get about a tenth of it. Not less: who asks for much
/// must still be answered, on a computer that has other work as well.
#[cfg(target_os = "linux")]
fn step_back() {
    const NICE: i32 = 10;
    // On Linux that is this thread alone. Without it calls are answered as well, and take others' time.
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "a thread cannot be given a lower priority");
    }
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}
