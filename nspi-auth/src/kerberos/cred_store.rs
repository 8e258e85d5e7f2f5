//! `gss_acquire_cred_from`: credentials out of a keytab or a cache that is named, not the one that the environment names.
//!
//! libgssapi has no safe function for it, and the other ways lead through environment variables of the whole process. So
//! this is the one file of the project with `unsafe` in it; everything that crosses into C stays within one function.

use std::ffi::{CStr, CString};
use std::ptr::null_mut;

use libgssapi::credential::Cred;
use libgssapi::error::{Error, MajorFlags};
use libgssapi_sys::{
    GSS_C_ACCEPT, GSS_C_INITIATE, GSS_S_COMPLETE, gss_OID_desc, gss_OID_set_desc, gss_acquire_cred_from,
    gss_buffer_desc, gss_cred_id_t, gss_cred_usage_t, gss_import_name, gss_key_value_element_desc,
    gss_key_value_set_desc, gss_name_t, gss_release_name,
};

use crate::spnego::Oid;

/// `GSS_KRB5_NT_PRINCIPAL_NAME`, 1.2.840.113554.1.2.2.1 [RFC 1964 2.1.1].
const PRINCIPAL_NAME: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2, 1];

/// `GSS_C_INDEFINITE`.
const AS_LONG_AS_POSSIBLE: u32 = u32::MAX;

/// What the credentials are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    Accept,
    Initiate,
}

/// Kerberos credentials of `principal`, or of whom the store is for, from a store that is described by keys and values:
/// `keytab`, `client_keytab`, `ccache`.
pub(super) fn acquire(principal: Option<&str>, usage: Usage, store: &[(&CStr, CString)]) -> Result<Cred, Error> {
    let mut elements: Vec<_> = store
        .iter()
        .map(|(key, value)| gss_key_value_element_desc { key: key.as_ptr(), value: value.as_ptr() })
        .collect();
    let store =
        gss_key_value_set_desc { count: u32::try_from(elements.len()).unwrap_or(0), elements: elements.as_mut_ptr() };
    let mut mechanism = oid(Oid::KERBEROS.octets());
    let mut mechanisms = gss_OID_set_desc { count: 1, elements: &raw mut mechanism };
    let usage = match usage {
        Usage::Accept => GSS_C_ACCEPT,
        Usage::Initiate => GSS_C_INITIATE,
    };
    let usage = gss_cred_usage_t::try_from(usage).unwrap_or_default();
    let (mut name, mut credentials, mut minor): (gss_name_t, gss_cred_id_t, u32) = (null_mut(), null_mut(), 0);

    if let Some(principal) = principal {
        let mut text = gss_buffer_desc { length: principal.len(), value: principal.as_ptr().cast_mut().cast() };
        let mut kind = oid(PRINCIPAL_NAME);
        // SAFETY: `text` and `kind` point to octets that outlive the call, which reads them and keeps copies; `name` and
        // `minor` are written to.
        let major = unsafe { gss_import_name(&raw mut minor, &raw mut text, &raw mut kind, &raw mut name) };
        check(major, minor)?;
    }
    // SAFETY: `name` is null or a name that was just made; set, store and their elements outlive the call, which keeps
    // no pointer to them; `credentials` and `minor` are written to, and nothing is asked of the other results.
    let major = unsafe {
        gss_acquire_cred_from(
            &raw mut minor,
            name,
            AS_LONG_AS_POSSIBLE,
            &raw mut mechanisms,
            usage,
            &raw const store,
            &raw mut credentials,
            null_mut(),
            null_mut(),
        )
    };
    let acquired = check(major, minor);
    if !name.is_null() {
        let mut ignored = 0;
        // SAFETY: `name` was made above, and nobody else has it.
        unsafe { gss_release_name(&raw mut ignored, &raw mut name) };
    }
    acquired?;
    // SAFETY: `credentials` were just acquired and have no other owner.
    Ok(unsafe { Cred::from_c(credentials) })
}

/// An object identifier for C, which reads it only.
fn oid(octets: &'static [u8]) -> gss_OID_desc {
    gss_OID_desc { length: u32::try_from(octets.len()).unwrap_or(0), elements: octets.as_ptr().cast_mut().cast() }
}

fn check(major: u32, minor: u32) -> Result<(), Error> {
    if major == GSS_S_COMPLETE { Ok(()) } else { Err(Error { major: MajorFlags::from_bits_retain(major), minor }) }
}
