//! nginx, with Lua where it decides.

use std::{net::SocketAddr, process::Command};

use wasmgate_tests::Directory;

use super::contender::{Door, Setup, Work, installed, key};

/// Runs nginx with some servers in its configuration.
pub(super) fn command(directory: &Directory, servers: &str, log: bool) -> Command {
    let root = installed("debian");
    let root = root.display();
    let log = match log {
        true => "access_log access.log combined buffer=64k flush=1s;",
        false => "access_log off;",
    };
    directory.write(
        "nginx.conf",
        format!(
            "load_module {root}/usr/lib/nginx/modules/ndk_http_module.so;
            load_module {root}/usr/lib/nginx/modules/ngx_http_lua_module.so;
            worker_processes 1;
            daemon off;
            pid nginx.pid;
            error_log stderr error;
            worker_rlimit_nofile 12000;
            events {{ worker_connections 12000; }}
            http {{
                {log}
                lua_package_path '{root}/usr/share/lua/5.1/?.lua;;';
                client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
                client_body_buffer_size 2m; client_max_body_size 10m;
                keepalive_requests 1000000000; keepalive_timeout 75s;
                {servers}
            }}"
        ),
    );
    let mut command = Command::new(installed("debian/usr/sbin/nginx"));
    command
        .args(["-c", "nginx.conf", "-e", "stderr", "-p"])
        .arg(directory.path())
        .env(
            "LD_LIBRARY_PATH",
            installed("debian/usr/lib/x86_64-linux-gnu"),
        );
    command
}

/// A gateway as asked for.
pub(super) fn gateway(setup: &Setup<'_>, directory: &Directory, address: SocketAddr) -> Command {
    let listen = match setup.contender.door {
        Door::Http1 => format!("listen {address} backlog=4096;"),
        Door::Http2 => format!("listen {address} http2;"),
        Door::Tls => format!(
            "listen {address} ssl; ssl_certificate certificate.pem; ssl_certificate_key key.pem;
            ssl_session_tickets off; ssl_session_cache off;"
        ),
    };
    let decide = match setup.contender.work {
        Work::Key(keys) => lua(directory, keys),
        Work::Proxy => String::new(),
        other => panic!("nginx does not do {other:?}"),
    };
    let upstream = setup.upstream;
    let locations: String = (1..setup.contender.routes)
        .map(|number| format!("location = /r{number} {{ proxy_pass http://origin; }}\n"))
        .collect();
    let servers = format!(
        "{decide}
        upstream origin {{ server {upstream}; keepalive 10000; keepalive_requests 1000000000; }}
        server {{
            {listen}
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $host;
            {locations}
            location / {{
                {access}
                proxy_pass http://origin;
            }}
        }}",
        access = match setup.contender.work {
            Work::Key(_) => "access_by_lua_block { authorize() }",
            _ => "",
        },
    );
    command(directory, &servers, setup.contender.log)
}

/// Knows the same keys as the plugin, in a table.
fn lua(directory: &Directory, keys: usize) -> String {
    let table: String = (0..keys)
        .map(|number| format!("keys[\"{}\"] = \"caller\"\n", key(number)))
        .collect();
    directory.write(
        "keys.lua",
        format!("local keys = {{}}\n{table}return keys\n"),
    );
    let here = directory.path().display();
    format!(
        "init_by_lua_block {{
            local keys = dofile(\"{here}/keys.lua\")
            function authorize()
                local key = ngx.var.http_x_api_key
                if not key then return ngx.exit(401) end
                local caller = keys[key]
                if not caller then return ngx.exit(403) end
                ngx.ctx.caller = caller
            end
        }}"
    )
}
