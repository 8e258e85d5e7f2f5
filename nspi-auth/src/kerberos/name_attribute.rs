//! What a ticket says of its owner beside the name: `gss_get_name_attribute` [RFC 6680].
//!
//! libgssapi has no function for it, and keeps the C name that it needs to itself; so this is, with `cred_store`, where
//! there is `unsafe`. Everything that crosses into C stays within these functions.

use std::ptr::null_mut;

use libgssapi::name::Name;
use libgssapi_sys::{GSS_S_COMPLETE, gss_buffer_desc, gss_get_name_attribute, gss_name_t, gss_release_buffer};

/// An attribute of a name, if there is one and whoever vouches for the name vouches for it, too.
pub(super) fn authenticated(name: &Name, attribute: &str) -> Option<Vec<u8>> {
    let mut attribute = gss_buffer_desc { length: attribute.len(), value: attribute.as_ptr().cast_mut().cast() };
    let [mut value, mut shown] = [const { gss_buffer_desc { length: 0, value: null_mut() } }; 2];
    let (mut minor, mut is_authenticated, mut is_complete, mut more) = (0, 0, 0, FIRST);
    // SAFETY: the name is borrowed for the call; `attribute` points to octets that outlive it, and is only read; all else
    // is written to. Neither buffer had anything in it.
    let major = unsafe {
        gss_get_name_attribute(
            &raw mut minor,
            raw(name),
            &raw mut attribute,
            &raw mut is_authenticated,
            &raw mut is_complete,
            &raw mut value,
            &raw mut shown,
            &raw mut more,
        )
    };
    let octets = (!value.value.is_null()).then(|| {
        // SAFETY: the library filled the buffer with so many octets, and it is released below.
        unsafe { std::slice::from_raw_parts(value.value.cast::<u8>(), value.length) }.to_vec()
    });
    for buffer in [&raw mut value, &raw mut shown] {
        // SAFETY: the library's buffers or empty ones, and they are not used after this.
        unsafe { gss_release_buffer(&raw mut minor, buffer) };
    }
    octets.filter(|_| major == GSS_S_COMPLETE && is_authenticated != 0)
}

/// Asks for the first value of an attribute.
const FIRST: i32 = -1;

/// The name as C has it, which lives as long as `name`.
fn raw(name: &Name) -> gss_name_t {
    // A structure of one field, which is the pointer: there is no room for another, and none in front of it.
    const { assert!(size_of::<Name>() == size_of::<gss_name_t>()) };
    // SAFETY: as above; copying the pointer moves nothing out of `name`.
    unsafe { std::mem::transmute_copy(name) }
}
