//! The server behind all gateways: nginx, which answers at once.

use std::net::SocketAddr;

use super::{
    contender, nginx,
    process::{Process, free_address},
};
use wasmgate_tests::Directory;

/// The upstream.
#[derive(Debug)]
pub struct Origin {
    pub address: SocketAddr,
    _process: Process,
}

/// The answer to a small request, 100 bytes.
pub(super) const SMALL: &str = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";

impl Origin {
    pub async fn start() -> Origin {
        let address = free_address();
        let directory = Directory::new();
        for size in [10 << 10, 1 << 20] {
            directory.write(&format!("files/{size}"), body(size));
        }
        let here = directory.path().display();
        let servers = format!(
            "server {{
                listen {address} backlog=4096;
                location / {{ return 200 {SMALL}; }}
                location /echo {{ return 200 \"$http_x_b\"; }}
                location /files/ {{ root {here}; sendfile on; tcp_nopush on; open_file_cache max=10; }}
                location /up {{ content_by_lua_block {{
                    ngx.req.read_body()
                    ngx.print(#(ngx.req.get_body_data() or \"\"))
                }} }}
            }}"
        );
        let command = nginx::command(&directory, &servers, false);
        let mut process = Process::start(command, directory);
        contender::answers(&mut process, address, "/").await;
        Origin {
            address,
            _process: process,
        }
    }
}

/// So many bytes, which no gateway compresses on its way.
pub(super) fn body(size: usize) -> Vec<u8> {
    (0..size).map(|at| b'a' + (at % 23) as u8).collect()
}
