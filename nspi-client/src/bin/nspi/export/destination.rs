//! Where an export goes. A file takes its name when it is complete: until then, and if that never comes, what had the name
//! before stays as it is.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

/// What an export is written to, and the file that it becomes.
pub(super) struct Destination {
    pub(super) sink: Box<dyn Write>,
    pub(super) unfinished: Option<Unfinished>,
}

/// A file beside the one to come. Dropped, it goes.
pub(super) struct Unfinished {
    beside: TempPath,
    path: PathBuf,
}

impl Destination {
    /// Standard output, or a file.
    pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
        fn into(sink: impl Write + 'static, unfinished: Option<Unfinished>) -> Destination {
            Destination { sink: Box::new(BufWriter::new(sink)), unfinished }
        }
        let Some(named) = path else { return Ok(into(io::stdout(), None)) };
        let path = named.canonicalize().unwrap_or_else(|_| named.to_owned()); // a link stays: the file that it leads to is replaced
        let there = fs::metadata(&path).ok();
        if there.as_ref().is_none_or(fs::Metadata::is_file)
            && !named.starts_with("/dev") // /dev/stdout, whatever that is
            && let Ok(file) = beside(&path, there.as_ref())
        {
            let (file, beside) = file.into_parts();
            return Ok(into(file, Some(Unfinished { beside, path })));
        }
        // A device, a pipe, or a file in a folder that takes no new ones.
        Ok(into(File::create(&path)?, None))
    }
}

impl Unfinished {
    /// It is complete, and takes its name.
    pub(super) fn complete(self) -> io::Result<()> {
        self.beside.persist(self.path).map_err(|refused| refused.error)
    }
}

/// A new file in the same folder, with the permissions of the one that it replaces, or those of any new file.
fn beside(path: &Path, there: Option<&fs::Metadata>) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new();
    #[cfg(unix)]
    let new = new.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the process's mask
    let file = new.prefix(".nspi-export-").tempfile_in(folder)?;
    if let Some(there) = there {
        file.as_file().set_permissions(there.permissions())?;
    }
    Ok(file)
}
