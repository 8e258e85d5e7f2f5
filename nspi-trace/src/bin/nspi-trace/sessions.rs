//! `--sessions FILE`: each session as a line of JSON.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use nspi_trace::{Analysis, Error};

/// Writes each session as it ends. What cannot be written is told once, and the report goes on.
pub(crate) fn write_to(path: &Path, analysis: &mut Analysis) -> Result<(), Error> {
    let file = File::create(path).map_err(|source| Error::Open { name: path.display().to_string(), source })?;
    let (mut file, mut told, name) = (BufWriter::new(file), false, path.display().to_string());
    analysis.on_session(move |session| {
        let written = serde_json::to_writer(&mut file, &session).map_err(Into::into).and_then(|()| writeln!(file));
        if let Err(error) = written
            && !std::mem::replace(&mut told, true)
        {
            let _ = writeln!(std::io::stderr(), "nspi-trace: cannot write {name}: {error}");
        }
    });
    Ok(())
}
