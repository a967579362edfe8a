//! Standard input and output. Where they are pipes or sockets the runtime waits for them itself; elsewhere,
//! such as at a file or a terminal, a thread of its own waits for each.

use tokio::io::{AsyncRead, AsyncWrite};

type Input = Box<dyn AsyncRead + Send + Unpin>;
type Output = Box<dyn AsyncWrite + Send + Unpin>;

/// The streams of this process. What is told to the operating system about them is taken back when they are
/// dropped.
pub(super) fn standard() -> (Input, Output) {
    #[cfg(unix)]
    if let Some(both) = direct::both() {
        return both;
    }
    (Box::new(tokio::io::stdin()), Box::new(tokio::io::stdout()))
}

#[cfg(unix)]
mod direct {
    use core::{
        pin::Pin,
        task::{Context, Poll},
    };
    use std::{
        fs::File,
        io,
        os::{
            fd::{AsFd, OwnedFd},
            unix::{
                fs::{FileTypeExt as _, MetadataExt as _},
                net::UnixStream as Socket,
            },
        },
        sync::Arc,
    };

    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    use tokio::{
        io::{AsyncRead, AsyncWrite, ReadBuf},
        net::{
            UnixStream,
            unix::pipe::{Receiver, Sender},
        },
    };

    use super::{Input, Output};

    /// Both or none: they may be one file.
    pub(super) fn both() -> Option<(Input, Output)> {
        let errors = place(&io::stderr());
        let (input, output) = (own(&io::stdin(), errors)?, own(&io::stdout(), errors)?);
        // Before anything is changed, and until both are done with: they may be one file.
        let restored = Arc::new([Restored::of(&input.0).ok()?, Restored::of(&output.0).ok()?]);
        Some((
            read(input, Arc::clone(&restored))?,
            written(output, restored)?,
        ))
    }

    /// Which file it is, by device and number.
    fn place(stream: &impl AsFd) -> Option<(u64, u64)> {
        let file = File::from(stream.as_fd().try_clone_to_owned().ok()?);
        let about = file.metadata().ok()?;
        Some((about.dev(), about.ino()))
    }

    /// A handle of our own on a pipe or a socket, and whether it is a socket; none on one that is the log as
    /// well, whose writers do not expect to be told to come again.
    fn own(stream: &impl AsFd, errors: Option<(u64, u64)>) -> Option<(OwnedFd, bool)> {
        if place(stream) == errors {
            return None;
        }
        let file = File::from(stream.as_fd().try_clone_to_owned().ok()?);
        let kind = file.metadata().ok()?.file_type();
        (kind.is_fifo() || kind.is_socket()).then(|| (file.into(), kind.is_socket()))
    }

    fn read((handle, is_socket): (OwnedFd, bool), restored: Arc<[Restored; 2]>) -> Option<Input> {
        Some(if is_socket {
            let stream = socket(handle).ok()?;
            Box::new(Stream { stream, restored })
        } else {
            let stream = Receiver::from_owned_fd(handle).ok()?;
            Box::new(Stream { stream, restored })
        })
    }

    fn written(
        (handle, is_socket): (OwnedFd, bool),
        restored: Arc<[Restored; 2]>,
    ) -> Option<Output> {
        Some(if is_socket {
            let stream = socket(handle).ok()?;
            Box::new(Stream { stream, restored })
        } else {
            let stream = Sender::from_owned_fd(handle).ok()?;
            Box::new(Stream { stream, restored })
        })
    }

    fn socket(handle: OwnedFd) -> io::Result<UnixStream> {
        let socket = Socket::from(handle);
        // One of another family would not know what is asked of it.
        socket.local_addr()?;
        socket.set_nonblocking(true)?;
        UnixStream::from_std(socket)
    }

    /// Sets the flags of a file that others may have open, too, to what they were.
    #[derive(Debug)]
    struct Restored {
        handle: OwnedFd,
        flags: OFlags,
    }

    impl Restored {
        fn of(handle: &OwnedFd) -> io::Result<Self> {
            Ok(Self {
                flags: fcntl_getfl(handle)?,
                handle: handle.try_clone()?,
            })
        }
    }

    impl Drop for Restored {
        fn drop(&mut self) {
            if let Err(error) = fcntl_setfl(&self.handle, self.flags) {
                tracing::debug!(%error, "a standard stream stays as it is");
            }
        }
    }

    struct Stream<S> {
        stream: S,
        #[expect(dead_code, reason = "it is there to be dropped")]
        restored: Arc<[Restored; 2]>,
    }

    impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            read: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_read(context, read)
        }
    }

    impl<S: AsyncWrite + Unpin> AsyncWrite for Stream<S> {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.stream).poll_write(context, bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_flush(context)
        }

        fn poll_shutdown(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_shutdown(context)
        }
    }
}
