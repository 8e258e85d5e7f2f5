//! NDR
