use std::{io, sync::Arc, time::Duration};

use prost::{Message as _, bytes::BytesMut};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{frame, message::Request, tls::Tls};
use crate::tiger::gateway::Gateway;

/// Serves everyone who connects.
pub(in crate::tiger) async fn accept(listener: TcpListener, tls: Tls, gateway: Arc<Gateway>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, tls.clone(), Arc::clone(&gateway)));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, tls: Tls, gateway: Arc<Gateway>) {
    if let Err(error) = talk(stream, tls, gateway).await {
        tracing::debug!(%error, "a push connection ended");
    }
}

async fn talk(stream: TcpStream, tls: Tls, _gateway: Arc<Gateway>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = tls.acceptor().accept(stream).await?;
    let mut buffer = BytesMut::new();
    while stream.read_buf(&mut buffer).await? > 0 {
        while let Some(bytes) =
            frame::take(&mut buffer).map_err(|why| io::Error::other(format!("{why:?}")))?
        {
            let request = Request::decode(bytes).map_err(io::Error::other)?;
            let _ = request;
        }
    }
    stream.shutdown().await
}
