//! Exchanges by the names that vendors have for them.

use broker_core::model::Mic;

const NAMES: &[(&str, &str)] = &[
    ("NASDAQ", "XNAS"),
    ("ISLAND", "XNAS"),
    ("NYSE", "XNYS"),
    ("ARCA", "ARCX"),
    ("AMEX", "XASE"),
    ("BATS", "BATS"),
    ("CBOE", "XCBO"),
    ("CME", "XCME"),
    ("GLOBEX", "XCME"),
    ("CBOT", "XCBT"),
    ("ECBOT", "XCBT"),
    ("NYMEX", "XNYM"),
    ("COMEX", "XCEC"),
    ("CFE", "XCBF"),
    ("SEHK", "XHKG"),
    ("HKEX", "XHKG"),
    ("HKFE", "XHKF"),
    ("SGX", "XSES"),
    ("ASX", "XASX"),
    ("LSE", "XLON"),
    ("TSE", "XTSE"),
    ("TSEJ", "XTKS"),
    ("IBIS", "XETR"),
    ("EUREX", "XEUR"),
    ("SSE", "XSHG"),
    ("SZSE", "XSHE"),
];

/// Names of routers and of places where everything of a class trades.
const ANYWHERE: &[&str] = &[
    "", "SMART", "IDEALPRO", "PAXOS", "ZEROHASH", "FUNDSERV", "ANY", "VALUE",
];

/// The exchange that a caller names: `None` for any.
///
/// # Errors
/// For a name that is not known.
pub(super) fn read(name: &str) -> Result<Option<Mic>, String> {
    let upper = name.trim().to_ascii_uppercase();
    if ANYWHERE.contains(&upper.as_str()) {
        return Ok(None);
    }
    let known = NAMES.iter().find(|(known, _)| *known == upper);
    let code = known.map_or(upper.as_str(), |(_, code)| *code);
    code.parse().map(Some).map_err(|_| {
        let name = crate::value::Untrusted::line(name, 40);
        format!("`{name}` is no exchange code such as XNAS, XNYS or SMART")
    })
}
