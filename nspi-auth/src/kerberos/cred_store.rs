//! Credentials out of a store that is named, not the one that the environment names: `gss_acquire_cred_from`.
//!
//! libgssapi has no safe function for it, and the other ways lead through environment variables of the whole process. So
//! this is, with `name_attribute`, where there is `unsafe` in the project; everything that crosses into C stays within these
//! functions.

use std::ffi::CStr;
use std::ptr::null_mut;

use libgssapi::credential::Cred;
use libgssapi::error::{Error, MajorFlags};
use libgssapi_sys::{
    GSS_C_ACCEPT, GSS_C_INITIATE, GSS_S_COMPLETE, gss_OID_desc, gss_OID_set_desc, gss_acquire_cred_from,
    gss_buffer_desc, gss_cred_id_t, gss_cred_usage_t, gss_import_name, gss_key_value_element_desc,
    gss_key_value_set_desc, gss_name_t, gss_release_cred, gss_release_name, gss_set_cred_option,
};

use crate::spnego::Oid;

/// `GSS_KRB5_NT_PRINCIPAL_NAME`, 1.2.840.113554.1.2.2.1 [RFC 1964 2.1.1].
const PRINCIPAL_NAME: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2, 1];

/// `GSS_C_NT_HOSTBASED_SERVICE`, 1.2.840.113554.1.2.1.4 [RFC 2743 4.1].
const HOST_BASED_SERVICE: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 1, 4];

/// `GSS_KRB5_CRED_NO_CI_FLAGS_X`, 1.2.752.43.13.29: signing and sealing are negotiated only if they are asked for.
const NO_CI_FLAGS: &[u8] = &[0x2A, 0x85, 0x70, 0x2B, 0x0D, 0x1D];

/// `GSS_C_INDEFINITE`.
const AS_LONG_AS_POSSIBLE: u32 = u32::MAX;

/// A key and its value: `keytab`, `client_keytab`, `ccache`, `password`.
pub(super) type Entry<'a> = (&'a CStr, &'a CStr);

/// The keys of a service: `exchangeAB/mail.acme.test`, or `exchangeAB` for any host; or of all that there are.
pub(super) fn to_accept(service: Option<&str>, store: &[Entry<'_>]) -> Result<Cred, Error> {
    let kind = |service: &str| if service.contains('/') { PRINCIPAL_NAME } else { HOST_BASED_SERVICE };
    acquire_as(service.map(|service| (service, kind(service))), GSS_C_ACCEPT, store).map(own)
}

/// The tickets of `principal`, or of whom the store is for.
pub(super) fn to_initiate(principal: Option<&str>, store: &[Entry<'_>]) -> Result<Cred, Error> {
    let mut credentials = acquire_as(principal.map(|name| (name, PRINCIPAL_NAME)), GSS_C_INITIATE, store)?;
    let (mut option, mut nothing, mut minor) = (oid(NO_CI_FLAGS), gss_buffer_desc { length: 0, value: null_mut() }, 0);
    // SAFETY: the credentials were just acquired and nobody else has them; `option` and `nothing` are read, and outlive the
    // call.
    let major = unsafe { gss_set_cred_option(&raw mut minor, &raw mut credentials, &raw mut option, &raw mut nothing) };
    if let Err(error) = check(major, minor) {
        // SAFETY: as above, and they are not used after this.
        unsafe { gss_release_cred(&mut 0, &raw mut credentials) };
        return Err(error);
    }
    Ok(own(credentials))
}

/// Credentials of this name, which is of this kind. The caller must give them an owner, or release them.
fn acquire_as(name: Option<(&str, &'static [u8])>, usage: u32, store: &[Entry<'_>]) -> Result<gss_cred_id_t, Error> {
    let mut name = name.map_or(Ok(null_mut()), |(name, kind)| import(name, kind))?;
    let acquired = acquire(name, usage, store);
    if !name.is_null() {
        // SAFETY: the name was made above, and nobody else has it.
        unsafe { gss_release_name(&mut 0, &raw mut name) };
    }
    acquired
}

fn acquire(name: gss_name_t, usage: u32, store: &[Entry<'_>]) -> Result<gss_cred_id_t, Error> {
    let mut elements: Vec<_> = store
        .iter()
        .map(|(key, value)| gss_key_value_element_desc { key: key.as_ptr(), value: value.as_ptr() })
        .collect();
    let store =
        gss_key_value_set_desc { count: u32::try_from(elements.len()).unwrap_or(0), elements: elements.as_mut_ptr() };
    let mut mechanism = oid(Oid::KERBEROS.octets());
    let mut mechanisms = gss_OID_set_desc { count: 1, elements: &raw mut mechanism };
    let usage = gss_cred_usage_t::try_from(usage).unwrap_or_default();
    let (mut credentials, mut minor) = (null_mut(), 0);
    // SAFETY: `name` is null or a name that was imported; set, store and what they point to outlive the call, which keeps
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
    check(major, minor).map(|()| credentials)
}

/// The caller must release it.
fn import(name: &str, kind: &'static [u8]) -> Result<gss_name_t, Error> {
    let mut text = gss_buffer_desc { length: name.len(), value: name.as_ptr().cast_mut().cast() };
    let (mut kind, mut name, mut minor) = (oid(kind), null_mut(), 0);
    // SAFETY: `text` and `kind` point to octets that outlive the call, which reads them and keeps copies; `name` and `minor`
    // are written to.
    let major = unsafe { gss_import_name(&raw mut minor, &raw mut text, &raw mut kind, &raw mut name) };
    check(major, minor).map(|()| name)
}

/// Gives credentials that were just acquired to their one owner.
fn own(credentials: gss_cred_id_t) -> Cred {
    // SAFETY: both callers have just acquired them, and pass them on nowhere else.
    unsafe { Cred::from_c(credentials) }
}

/// An object identifier for C, which only reads it.
fn oid(octets: &'static [u8]) -> gss_OID_desc {
    gss_OID_desc { length: u32::try_from(octets.len()).unwrap_or(0), elements: octets.as_ptr().cast_mut().cast() }
}

fn check(major: u32, minor: u32) -> Result<(), Error> {
    if major == GSS_S_COMPLETE { Ok(()) } else { Err(Error { major: MajorFlags::from_bits_retain(major), minor }) }
}
