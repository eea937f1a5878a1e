//! Addresses: listeners, the admin listener, trusted proxies.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::IpNet;

use super::Check;
use crate::config::{
    Certificate, Listener,
    written::{self, Written},
};

const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Every address that is listened on.
pub(super) fn all(written: &Written, check: &mut Check<'_>) -> Vec<Listener> {
    let mut listeners = Vec::new();
    if let Some(text) = &written.listen {
        listeners.extend(address("/listen", text, check).map(plain));
        if !written.listeners.is_empty() {
            let help = "move the address into `listeners`, as `- address: …`";
            check.misnamed("/listen", "`listen` and `listeners` are both written", help);
        }
    }
    for (index, one) in written.listeners.iter().enumerate() {
        listeners.extend(listener(&format!("/listeners/{index}"), one, check));
    }
    if written.listen.is_none() && written.listeners.is_empty() {
        listeners.push(plain(DEFAULT));
    }
    listeners
}

fn plain(address: SocketAddr) -> Listener {
    Listener {
        address,
        certificates: Vec::new(),
        proxy_protocol: false,
    }
}

fn listener(at: &str, written: &written::Listener, check: &mut Check<'_>) -> Option<Listener> {
    let certificates = written.tls.iter().enumerate();
    let certificates = certificates.map(|(index, certificate)| Certificate {
        chain: check.file(
            &format!("{at}/tls/{index}/certificate"),
            &certificate.certificate,
        ),
        key: check.file(&format!("{at}/tls/{index}/key"), &certificate.key),
    });
    let certificates = certificates.collect();
    let address = address(&format!("{at}/address"), &written.address, check)?;
    Some(Listener {
        address,
        certificates,
        proxy_protocol: written.proxy_protocol,
    })
}

/// The admin listener's address: loopback, as it has no authentication.
pub(super) fn admin(written: &Written, check: &mut Check<'_>) -> Option<SocketAddr> {
    let text = written.admin.as_deref().filter(|text| *text != "off")?;
    let address = address("/admin", text, check)?;
    if !address.ip().is_loopback() && !written.admin_public {
        let message = format!("`{text}` can be reached by others, and admin has no authentication");
        check.wrong(
            "/admin",
            message,
            "use `127.0.0.1`, or set `admin_public: true`",
        );
    }
    Some(address)
}

fn address(at: &str, text: &str, check: &mut Check<'_>) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let help = match text.rsplit_once(':') {
        Some(("", port)) => format!("write `0.0.0.0:{port}` for all addresses"),
        Some(("localhost", port)) => format!("write `127.0.0.1:{port}`"),
        Some(("*", port)) => format!("write `0.0.0.0:{port}`"),
        None if text.parse::<IpAddr>().is_ok() => format!("add the port: `{text}:8080`"),
        None if text.parse::<u16>().is_ok() => format!("add the address: `127.0.0.1:{text}`"),
        _ => "write an IP address and a port, such as `127.0.0.1:8080` or `[::1]:8080`".to_owned(),
    };
    check.wrong(at, format!("`{text}` is not an address to listen on"), help);
    None
}

/// Tells of addresses that are listened on twice.
pub(super) fn repeated(written: &Written, check: &mut Check<'_>) {
    let mut seen: Vec<SocketAddr> = Vec::new();
    let admin = written.admin.iter().map(|text| ("/admin".to_owned(), text));
    let listen = written
        .listen
        .iter()
        .map(|text| ("/listen".to_owned(), text));
    let others = written.listeners.iter().enumerate();
    let others = others.map(|(index, one)| (format!("/listeners/{index}/address"), &one.address));
    for (at, text) in admin.chain(listen).chain(others) {
        let Ok(address) = text.parse::<SocketAddr>() else {
            continue;
        };
        if address.port() != 0 && seen.contains(&address) {
            let message = format!("`{text}` is listened on twice");
            check.wrong(&at, message, "give each listener an address of its own");
        }
        seen.push(address);
    }
}

/// Networks of trusted proxies.
pub(super) fn proxies(written: &[String], check: &mut Check<'_>) -> Vec<IpNet> {
    let mut networks = Vec::new();
    for (index, text) in written.iter().enumerate() {
        match network(text) {
            Some(network) => networks.push(network),
            None => check.wrong(
                &format!("/trusted_proxies/{index}"),
                format!("`{text}` is not a network"),
                "write an address or a network such as `10.0.0.0/8`",
            ),
        }
    }
    networks
}

/// A network, or an address as the network of just that.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let alone = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse::<IpNet>()
        .ok()
        .or_else(alone)
        .map(|network| network.trunc())
}
