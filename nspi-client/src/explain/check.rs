//! What came, and what this implementation would have written.

use nspi_proto::ndr::{EncodeError, Kind, Read};

/// Octets that this implementation would have written otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where, in octets from the start of the part.
    pub offset: usize,
    /// What came.
    pub came: Vec<u8>,
    /// What would have been written.
    pub ours: Vec<u8>,
    /// Where octets do not say it.
    pub remark: Option<String>,
}

impl Difference {
    pub(super) fn refused(error: &EncodeError) -> Self {
        let remark = Some(format!("would not be written: {error}"));
        Self { offset: 0, came: Vec::new(), ours: Vec::new(), remark }
    }
}

/// Compares all octets that were read with our own. Padding may have any value, and a set pointer any id.
pub(super) fn compare(came: &[u8], ours: &[u8], reads: &[Read]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for read in reads {
        let place = read.offset..read.offset + read.len;
        let (Some(came), Some(ours)) = (came.get(place.clone()), ours.get(place)) else { break };
        let is_set = |octets: &[u8]| octets.iter().any(|octet| *octet != 0);
        let same = match read.kind {
            Kind::Pad => true,
            Kind::Pointer => is_set(came) == is_set(ours),
            _ => came == ours,
        };
        if !same {
            let (came, ours) = (came.to_vec(), ours.to_vec());
            differences.push(Difference { offset: read.offset, came, ours, remark: None });
        }
    }
    let end = reads.last().map_or(0, |read| read.offset + read.len);
    if ours.len() != end {
        let remark = format!("{end} octets came, {} would have been written", ours.len());
        let rest = |octets: &[u8]| octets.get(ours.len().min(end)..).unwrap_or_default().to_vec();
        let offset = ours.len().min(end);
        let came = rest(came.get(..end).unwrap_or_default());
        differences.push(Difference { offset, came, ours: rest(ours), remark: Some(remark) });
    }
    differences
}
