//! Lessons; see `README.md` for the order to read them in.
