//! How far reading has come, on a terminal's standard error.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nspi_trace::capture::Progress;

/// Packets between two looks at the progress.
const EVERY: u32 = 16_384;

/// A bar, or nothing where standard error is no terminal.
pub(crate) struct Bar {
    bar: ProgressBar,
    packets: u32,
}

impl Bar {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
        bar.set_style(style("{spinner} {bytes} read, {msg} packets"));
        Self { bar, packets: 0 }
    }

    /// A packet was read.
    pub(crate) fn advance(&mut self, progress: impl FnOnce() -> Progress) {
        self.packets += 1;
        if self.packets < EVERY || self.bar.is_hidden() {
            return;
        }
        self.packets = 0;
        let Progress { read, total, packets } = progress();
        if let (Some(total), None) = (total, self.bar.length()) {
            self.bar.set_length(total);
            self.bar.set_style(style("{bar:30} {bytes} of {total_bytes}, {msg} packets, {eta} left"));
        }
        self.bar.set_position(read);
        self.bar.set_message(packets.to_string());
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
