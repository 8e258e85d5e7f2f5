//! Secrets from files and options.

use std::path::PathBuf;

use nspi_auth::NtHash;
use nspi_trace::{Error, Key, Keytab};

/// Passwords of files, one a line, and hashes; of `user`, or of anybody.
pub(crate) fn read(files: &[PathBuf], hashes: &[String], user: Option<&str>) -> Result<Vec<Key>, Error> {
    let key = |hash| Key { user: user.map(str::to_owned), hash };
    let mut keys = Vec::new();
    for file in files {
        let problem =
            |error: std::io::Error| Error::Keys { name: file.display().to_string(), problem: error.to_string() };
        let text = std::fs::read_to_string(file).map_err(problem)?;
        keys.extend(text.lines().filter(|line| !line.is_empty()).map(|line| key(NtHash::of_password(line))));
    }
    for hash in hashes {
        let hash = NtHash::from_hex(hash.trim()).ok_or_else(|| Error::Keys {
            name: "--nt-hash".to_owned(),
            problem: "an NT hash is 32 hexadecimal digits".to_owned(),
        })?;
        keys.push(key(hash));
    }
    Ok(keys)
}

/// The keys of all these keytabs.
pub(crate) fn keytab(files: &[PathBuf]) -> Result<Keytab, Error> {
    let mut keytab = Keytab::default();
    for file in files {
        let problem = |problem: String| Error::Keys { name: file.display().to_string(), problem };
        let octets = std::fs::read(file).map_err(|error| problem(error.to_string()))?;
        keytab.extend(Keytab::parse(&octets).map_err(|error| problem(error.to_string()))?);
    }
    Ok(keytab)
}
