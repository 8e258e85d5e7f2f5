//! Where there is work that others must not wait for: on threads of its own, which let the others go first.

use std::io;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

/// Threads that let the others go first. There are none until there is work; then as many as half of the CPUs.
#[derive(Debug)]
pub(crate) struct BackRoom {
    name: &'static str,
    /// How far they step back, as `nice` has it: where others want the CPU too, 5 leaves a quarter of it, 10 a tenth. Not
    /// less: who asks for much must still be answered, on a computer that has other work as well.
    nice: i32,
    threads: OnceLock<Runtime>,
}

impl BackRoom {
    pub(crate) fn new(name: &'static str, nice: i32) -> Self {
        Self { name, nice, threads: OnceLock::new() }
    }

    /// Does the work there, in the order of arrival.
    ///
    /// # Errors
    /// If there can be no threads, or the server ends.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        let threads = match self.threads.get() {
            Some(threads) => threads,
            None => {
                // Who comes second finds the first one's, and lets its own go.
                if let Err(unused) = self.threads.set(self.open()?) {
                    unused.shutdown_background();
                }
                self.threads.get().ok_or_else(|| io::Error::other("the threads have gone"))?
            }
        };
        threads.spawn(async move { work() }).await.map_err(io::Error::other)
    }

    /// Whether there has been work.
    #[cfg(test)]
    pub(crate) fn is_open(&self) -> bool {
        self.threads.get().is_some()
    }

    fn open(&self) -> io::Result<Runtime> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).div_ceil(2);
        let nice = self.nice;
        let step_back = move || step_back(nice);
        Builder::new_multi_thread().worker_threads(threads).thread_name(self.name).on_thread_start(step_back).build()
    }
}

impl Drop for BackRoom {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background(); // to wait is not allowed here
        }
    }
}

/// Lets the other threads go first.
#[cfg(target_os = "linux")]
fn step_back(nice: i32) {
    // On Linux that is this thread alone. Without it calls are answered as well, and take others' time.
    if let Err(error) = rustix::process::setpriority_process(None, nice) {
        tracing::debug!(%error, "a thread cannot be given a lower priority");
    }
}

#[cfg(not(target_os = "linux"))]
fn step_back(_: i32) {}
