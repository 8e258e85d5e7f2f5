//! People come from a real directory: OpenLDAP's, and Samba's Active Directory.
//!
//! The server follows the directory while impacket reads what it serves. Each change is made by the directory's own tools.

mod export;
mod identity;
mod openldap;
mod operations;
mod people;
mod samba;
mod slapd;
mod store;
