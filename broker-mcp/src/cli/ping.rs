use core::time::Duration;
use std::path::Path;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{Failure, check::whole, out};

/// How long the answer may take.
const WITHIN: Duration = Duration::from_secs(4);

/// Asks the server on this machine whether it is well, as a container's health check does.
pub(super) async fn run(config: Option<&Path>) -> Result<(), Failure> {
    let whole = whole(config, [])?;
    let mut address = whole.server.address();
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        if whole.server.tls.is_some() {
            // Whoever takes connections is there; the certificate is not for this machine's own name.
            return Ok(None);
        }
        let request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(1 << 16).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(Some(answer))
    };
    let late = |_| Failure::found(format!("{address} has not answered within {WITHIN:?}"));
    let failed = |error| Failure::found(format!("{address} does not answer: {error}"));
    let Some(answer) = timeout(WITHIN, asked)
        .await
        .map_err(late)?
        .map_err(failed)?
    else {
        out::say("it takes connections");
        return Ok(());
    };
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split_whitespace().nth(1).unwrap_or_default();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    if status == "200" {
        out::say(body.trim());
        Ok(())
    } else {
        Err(Failure::found(format!(
            "{address} answers {status}: {}",
            body.trim()
        )))
    }
}
