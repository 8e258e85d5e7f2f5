//! What the server must show to foreign clients. One test a row of the tables in README.md.

mod cap;
