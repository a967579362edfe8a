use std::net::SocketAddr;

use broker_core::ExposeSecret as _;

use super::keys::Keys;
use crate::{
    cli::out,
    settings::{Place, Whole},
};

/// Says where the server is, and what to do next. On standard error: nothing else belongs to standard
/// output.
pub(super) fn show(whole: &Whole, address: SocketAddr, keys: &Keys) {
    let scheme = if whole.server.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let base = format!("{scheme}://{address}");
    out::tell(format_args!(
        "broker-mcp {} listens on {base}",
        env!("CARGO_PKG_VERSION")
    ));
    if whole.place == Place::BuiltIn {
        out::tell(
            "there is no configuration: this is a paper account with recorded prices, and nothing of",
        );
        out::tell("it outlives the program (`broker-mcp init` writes a configuration)");
    }
    out::tell(format_args!("  MCP    {base}/mcp"));
    out::tell(format_args!(
        "  REST   {base}/v1/get_positions        reference: {base}/docs"
    ));
    if whole.server.page {
        out::tell(format_args!(
            "  page   {base}/page/        with a key that has the role approver"
        ));
    }
    if whole.server.read_only {
        out::tell("  nothing can be sent: server.read_only is true");
    }
    if keys.fresh.is_empty() {
        if keys.store.ring().keys().is_empty() {
            out::tell("  there is no key yet: broker-mcp key new --role read NAME");
        }
        return;
    }
    for (name, key) in &keys.fresh {
        out::tell(format_args!("  key to {name:<8}{}", key.expose_secret()));
    }
    if let Some((_, key)) = keys.fresh.iter().find(|(name, _)| *name == "trade") {
        let key = key.expose_secret();
        out::tell("paste this into a shell to give it to Claude Code:");
        out::tell(format_args!(
            "  claude mcp add --transport http broker {base}/mcp --header \"Authorization: Bearer {key}\""
        ));
        out::tell("or ask it yourself:");
        out::tell(format_args!(
            "  curl -s -H \"Authorization: Bearer {key}\" {base}/v1/get_positions"
        ));
    }
}
