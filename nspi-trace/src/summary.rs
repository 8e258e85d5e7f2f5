//! The report.
use crate::analysis::Analysis;
use crate::report::{Report, SCHEMA};

pub(crate) fn report(analysis: &Analysis) -> Report {
    Report { schema: SCHEMA, capture: analysis.capture(), ..Report::default() }
}
