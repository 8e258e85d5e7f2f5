//! What nspi-trace must make of live captures on the loopback interface, and of those of the rig: what client and server
//! say themselves, and what tshark counts.

mod live;
mod rig;
