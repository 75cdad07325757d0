//! Runs servers that do not speak HTTP, break off, or never end a reply: the same deed on every connection.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};
use tokio_util::task::AbortOnDropHandle;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// The port is closed.
    Closed,
    /// The queue of the listener is full, so a connection gets no reply.
    NoSynAck,
    Silent,
    ResetAtOnce,
    ResetAfterRequest,
    HangUp,
    HalfHeaders,
    /// Sends a byte of the body every half second, without end.
    Drip,
    /// Sends a byte of the headers every half second, without end.
    DripHeaders,
    /// Sends less body than announced.
    Truncated,
    ResetInBody,
    HugeHeaders,
    /// Speaks a different protocol, and speaks first.
    Banner(&'static str),
}

/// A server that holds its sockets and tasks as long as it lives.
pub(super) struct Wire {
    pub(super) address: SocketAddr,
    serving: Option<AbortOnDropHandle<()>>,
    kept: Vec<TcpStream>,
    listener: Option<TcpListener>,
    waiting: Vec<AbortOnDropHandle<()>>,
}

impl Wire {
    pub(super) async fn start(deed: Deed) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = socket.local_addr().unwrap();
        let mut wire = Self { address, serving: None, kept: Vec::new(), listener: None, waiting: Vec::new() };
        match deed {
            // The socket is bound and does not listen: connections are refused, and no other program gets the port.
            Deed::Closed => wire.waiting.push(AbortOnDropHandle::new(tokio::spawn(async move {
                let _bound = socket;
                std::future::pending::<()>().await;
            }))),
            Deed::NoSynAck => {
                wire.listener = Some(socket.listen(0).unwrap());
                wire.kept.push(TcpStream::connect(address).await.unwrap());
                for _ in 0..4 {
                    let more = async move {
                        let _stream = TcpStream::connect(address).await;
                        std::future::pending::<()>().await;
                    };
                    wire.waiting.push(AbortOnDropHandle::new(tokio::spawn(more)));
                }
                // The queue is full once a connection hangs.
                while tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await.is_ok() {}
            }
            deed => {
                let listener = socket.listen(64).unwrap();
                wire.serving = Some(AbortOnDropHandle::new(tokio::spawn(serve(listener, deed))));
            }
        }
        wire
    }
}

async fn serve(listener: TcpListener, deed: Deed) {
    let mut all = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        all.spawn(async move { drop(done(stream, deed).await) });
    }
}

async fn done(mut stream: TcpStream, deed: Deed) -> std::io::Result<()> {
    const LONG: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    if deed == Deed::ResetAtOnce {
        // Resets only after a request has come. Otherwise the stage that sees the reset would differ from run to run.
        stream.peek(&mut [0]).await?;
        return stream.set_zero_linger();
    }
    if let Deed::Banner(words) = deed {
        stream.write_all(words.as_bytes()).await?;
        return read_head(&mut stream).await;
    }
    read_head(&mut stream).await?;
    match deed {
        Deed::ResetAfterRequest => return stream.set_zero_linger(),
        Deed::HangUp => return Ok(()),
        Deed::HalfHeaders => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Ty").await?,
        Deed::Truncated => {
            stream.write_all(LONG).await?;
            stream.write_all(&[b'x'; 100]).await?;
            return stream.shutdown().await;
        }
        Deed::ResetInBody => {
            stream.write_all(LONG).await?;
            stream.write_all(&[b'x'; 100]).await?;
            // The reset does not discard bytes that were already read.
            stream.flush().await?;
            stream.writable().await?;
            tokio::task::yield_now().await;
            return stream.set_zero_linger();
        }
        Deed::HugeHeaders => {
            let pad = "a".repeat(200_000);
            stream
                .write_all(format!("HTTP/1.1 200 OK\r\nX-Pad: {pad}\r\nContent-Length: 0\r\n\r\n").as_bytes())
                .await?;
        }
        Deed::Drip => {
            stream.write_all(LONG).await?;
            drip(&mut stream, b"x").await?;
        }
        Deed::DripHeaders => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nX-Pad: ").await?;
            drip(&mut stream, b"a").await?;
        }
        _ => {}
    }
    std::future::pending().await
}

async fn drip(stream: &mut TcpStream, drop: &[u8]) -> std::io::Result<()> {
    let mut pause = tokio::time::interval(Duration::from_millis(500));
    loop {
        pause.tick().await;
        stream.write_all(drop).await?;
    }
}

async fn read_head(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut last = [0; 4];
    while last != *b"\r\n\r\n" {
        last.rotate_left(1);
        last[3] = stream.read_u8().await?;
    }
    Ok(())
}
