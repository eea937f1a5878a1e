//! HTTP/2 written by hand: frames that no client library would send.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{client, limit};

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RESET: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const FAREWELL: u8 = 7;
pub const WINDOW: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
pub const ACK: u8 = 1;

/// `GET http://a/`, in HPACK.
pub const GET: &[u8] = &[0x82, 0x86, 0x84, 0x41, 1, b'a'];

/// One frame.
#[derive(Clone, Debug)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

/// A connection that writes what it is told.
#[derive(Debug)]
pub struct Frames(TcpStream);

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend_from_slice(&[kind, flags]);
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

impl Frames {
    /// Connects, and says hello with these settings.
    pub async fn connect(address: SocketAddr, settings: &[(u16, u32)]) -> Frames {
        let mut frames = Frames(client::tcp(address).await);
        let mut payload = Vec::new();
        for (name, value) in settings {
            payload.extend_from_slice(&name.to_be_bytes());
            payload.extend_from_slice(&value.to_be_bytes());
        }
        let hello = [
            &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
            &frame(SETTINGS, 0, 0, &payload),
        ];
        assert!(frames.write(&hello.concat()).await);
        frames
    }

    /// The server's side of a connection.
    pub async fn accept(stream: TcpStream) -> Frames {
        let mut frames = Frames(stream);
        let mut preface = [0; 24];
        let read = limit("a preface", frames.0.read_exact(&mut preface)).await;
        read.unwrap();
        assert!(frames.write(&frame(SETTINGS, 0, 0, &[])).await);
        frames
    }

    /// Writes bytes; gives whether the other side still takes them.
    pub async fn write(&mut self, bytes: &[u8]) -> bool {
        let written = limit("room to write", self.0.write_all(bytes)).await;
        written.is_ok()
    }

    /// The next frame; none once the other side has closed.
    pub async fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        let read = limit("a frame", self.0.read_exact(&mut head)).await;
        read.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        let read = limit("the rest of a frame", self.0.read_exact(&mut payload)).await;
        read.ok()?;
        Some(Frame {
            kind: head[3],
            flags: head[4],
            stream: u32::from_be_bytes([head[5], head[6], head[7], head[8]]),
            payload,
        })
    }

    /// The next frame of a kind.
    pub async fn find(&mut self, kind: u8) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if frame.kind == kind {
                return Some(frame);
            }
        }
    }

    /// Reads until the other side closes; gives the reason of its farewell.
    pub async fn end(mut self) -> Option<u32> {
        let mut reason = None;
        while let Some(frame) = self.next().await {
            if frame.kind == FAREWELL {
                let code = frame.payload[4..8].try_into().unwrap();
                reason = Some(u32::from_be_bytes(code));
            }
        }
        reason
    }
}
