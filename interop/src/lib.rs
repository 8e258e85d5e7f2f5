//! Foreign clients, captures and measurements.
