//! `--sessions FILE`: each session as a line of JSON.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use nspi_trace::{Analysis, Error};

/// The file, while an analysis writes into it. A problem is kept until the report is done, which does not depend on it.
pub(crate) struct Sessions {
    path: PathBuf,
    written: Arc<Mutex<Written>>,
}

struct Written {
    file: BufWriter<File>,
    problem: io::Result<()>,
}

impl Sessions {
    /// Makes the file, and has each session written into it as it ends.
    pub(crate) fn of(analysis: &mut Analysis, path: &Path) -> Result<Self, Error> {
        let file = File::create(path).map_err(|source| Error::Open { name: path.display().to_string(), source })?;
        let written = Arc::new(Mutex::new(Written { file: BufWriter::new(file), problem: Ok(()) }));
        let into = Arc::clone(&written);
        analysis.on_session(move |session| {
            let Written { file, problem } = &mut *into.lock().unwrap_or_else(PoisonError::into_inner);
            if problem.is_ok() {
                *problem =
                    serde_json::to_writer(&mut *file, &session).map_err(Into::into).and_then(|()| writeln!(file));
            }
        });
        Ok(Self { path: path.to_owned(), written })
    }

    /// The last lines; or the first thing that went wrong.
    pub(crate) fn finish(self) -> Result<(), String> {
        let Written { file, problem } = &mut *self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let done = std::mem::replace(problem, Ok(())).and_then(|()| file.flush());
        done.map_err(|error| format!("cannot write {}: {error}", self.path.display()))
    }
}
