//! What is not there, at which broker, and why.

use crate::stage::Wire::{self, Ibkr, Paper, Tiger};

/// A path that has to refuse.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) wire: Wire,
    /// As the table of routes has it.
    pub(super) path: &'static str,
    pub(super) status: u16,
    pub(super) why: &'static str,
}

const fn refused(wire: Wire, path: &'static str, status: u16, why: &'static str) -> Refused {
    Refused {
        wire,
        path,
        status,
        why,
    }
}

#[rustfmt::skip]
pub(super) const REFUSED: &[Refused] = &[
    refused(Paper, "/api/token/refresh", 501, "an account in the process has no token"),
    refused(Ibkr, "/api/token/refresh", 501, "TWS has logins and no tokens"),
    refused(Ibkr, "/api/info/financials", 501, "Interactive Brokers removed company reports from its interface"),
    refused(Tiger, "/api/v1/get_pnl_single", 501, "contract numbers are those of Interactive Brokers"),
    refused(Paper, "/api/v1/get_pnl_single", 404, "contract numbers are those of Interactive Brokers"),
    refused(Paper, "/gateway/logout", 501, "nobody has said how a gateway is started"),
    refused(Tiger, "/gateway/logout", 501, "nobody has said how a gateway is started"),
    refused(Ibkr, "/gateway/logout", 501, "nobody has said how a gateway is started"),
    refused(Paper, "/gateway/login", 501, "nobody has said how a gateway is started"),
    refused(Tiger, "/gateway/login", 501, "nobody has said how a gateway is started"),
    refused(Ibkr, "/gateway/login", 501, "nobody has said how a gateway is started"),
    refused(Paper, "/gateway/reconnect", 501, "nobody has said how a gateway is started"),
    refused(Tiger, "/gateway/reconnect", 501, "nobody has said how a gateway is started"),
    refused(Ibkr, "/gateway/reconnect", 501, "nobody has said how a gateway is started"),
];
