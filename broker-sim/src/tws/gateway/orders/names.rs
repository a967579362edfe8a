//! TWS's names for executions.

use broker_core::model::ExecutionId;

/// The name by which TWS knows an execution of the exchange: four parts, of which a correction
/// changes the last one.
pub(in crate::tws::gateway) fn execution(id: &ExecutionId) -> String {
    let parts = id.as_str().strip_prefix('X').and_then(|rest| {
        let (number, revision) = rest.split_once('.')?;
        Some((number.parse::<u64>().ok()?, revision))
    });
    match parts {
        Some((number, revision)) => format!("0000e0d5.{number:08x}.01.{revision}"),
        None => id.to_string(),
    }
}
