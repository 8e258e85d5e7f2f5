//! An NSPI client that binds, and always unbinds.
