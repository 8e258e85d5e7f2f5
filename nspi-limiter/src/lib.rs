//! An exact cap on concurrent sessions per user, with permits that free themselves.
