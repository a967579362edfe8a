//! The folder with which clients connect.

use std::{fs, io, io::Write as _, path::Path};

use super::{Keys, TigerServer};

/// The properties that the SDKs read.
pub const CONFIG_FILE: &str = "tiger_openapi_config.properties";
/// The token that the SDKs read and rewrite.
pub const TOKEN_FILE: &str = "tiger_openapi_token.properties";
/// The certificate of the simulated push service.
pub const ROOT_FILE: &str = "push_certificate.pem";

/// The broker's own keys: clients need nothing of it.
const BROKER_FILE: &str = "simulator_keys.pem";

/// The keys of a folder that [`TigerServer::write_folder`] has written; `None` when there is none.
///
/// # Errors
/// When a file of it cannot be read or has no keys.
pub fn read_keys(folder: &Path) -> io::Result<Option<Keys>> {
    let secret = folder.join(BROKER_FILE);
    if !secret.exists() {
        return Ok(None);
    }
    let certificate = fs::read_to_string(folder.join(ROOT_FILE))?;
    Keys::from_text(&fs::read_to_string(secret)?, certificate).map(Some)
}

pub(super) fn write(folder: &Path, server: &TigerServer) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let developer = server.developer();
    let (one, eight) = server.keys().client_lines()?;
    let mut text = String::from("# A simulated login. The keys open nothing but this simulator.\n");
    let mut line = |key: &str, value: &str| -> io::Result<()> {
        let value = plain(value)?;
        for part in [key, "=", value, "\n"] {
            text.push_str(part);
        }
        Ok(())
    };
    line("tiger_id", &developer.tiger_id)?;
    if let Some(account) = developer.accounts.first() {
        line("account", account.as_str())?;
    }
    if developer.license.needs_token() {
        line("license", developer.license.word())?;
    }
    line("env", "PROD")?;
    line("private_key_pk1", &one)?;
    line("private_key_pk8", &eight)?;
    if let Some(secret) = &developer.secret_key {
        line("secret_key", secret)?;
    }
    line("server_url", &server.url())?;
    line("quote_server_url", &server.url())?;
    let push = server.push_address();
    line(
        "socket_host_port",
        &format!("ssl,{},{}", push.ip(), push.port()),
    )?;
    line("tiger_public_key", &server.keys().broker_public_line()?)?;
    put(&folder.join(CONFIG_FILE), &text)?;
    if let Some(token) = server.token() {
        put(
            &folder.join(TOKEN_FILE),
            &format!("token={}\n", plain(&token)?),
        )?;
    }
    put(&folder.join(ROOT_FILE), server.keys().push_certificate())?;
    put(&folder.join(BROKER_FILE), &server.keys().to_text()?)
}

/// A value that every client reads alike: the vendor's Rust crate undoes no escapes, and needs none for `=`
/// and `:`, because the first `=` of a line ends the key. A backslash means itself to that crate only.
fn plain(value: &str) -> io::Result<&str> {
    let whole = value.trim() == value && !value.contains(['\\', '\n', '\r']);
    whole.then_some(value).ok_or_else(|| {
        let message = "a value of the folder has a character that clients read differently";
        io::Error::new(io::ErrorKind::InvalidInput, message)
    })
}

/// Writes a file that only its owner can read.
fn put(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)?.write_all(text.as_bytes())
}
