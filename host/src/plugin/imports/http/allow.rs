//! What a plugin may reach: the operator's list, and whether an address is on it.
//!
//! | entry | what it allows |
//! |---|---|
//! | `https://idp.example.com`, `http://idp.example.com:8080` | this host, at public addresses |
//! | `https://*.example.com` | every host below it, at public addresses |
//! | `https://*` | every host at public addresses |
//! | `http://localhost:9000` | this machine |
//! | `http://10.1.2.3:8080`, `http://[fd00::1]`, `http://10.0.0.0/8:8080` | these addresses, whatever the host is called |
//! | `10.0.0.0/8` | these addresses at any port, with or without TLS |
//! | `http://orders.internal in 10.0.0.0/8` | this host, at these addresses |
//!
//! A network that is wider than /8 (IPv4) or /7 (IPv6) allows public addresses only: private ones are meant to be named.

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

use super::address;

/// The origins that the operator granted to a plugin.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct AllowList(Vec<Rule>);

/// An entry of the list that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("grant `{grant}`: {reason}")]
pub(crate) struct InvalidGrant {
    grant: String,
    reason: &'static str,
}

/// Where a request wants to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) tls: bool,
    pub(super) host: Host<String>,
    pub(super) port: u16,
}

#[derive(Debug, PartialEq)]
struct Rule {
    /// None for both schemes and every port.
    origin: Option<(bool, u16)>,
    host: Hosts,
    /// None for public addresses.
    network: Option<IpNet>,
}

#[derive(Debug, PartialEq)]
enum Hosts {
    Any,
    Named(String),
    /// Every name that ends in this, which begins with a dot.
    Below(String),
}

impl AllowList {
    pub(crate) fn parse(grants: &[String]) -> Result<AllowList, InvalidGrant> {
        let rule = |grant: &String| {
            Rule::parse(grant.trim()).map_err(|reason| InvalidGrant {
                grant: grant.clone(),
                reason,
            })
        };
        grants
            .iter()
            .map(rule)
            .collect::<Result<_, _>>()
            .map(AllowList)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any address at all could be allowed for a target: without one its name is not even resolved.
    pub(super) fn knows(&self, target: &Target) -> bool {
        match target.address() {
            Some(address) => self.allows(target, address),
            None => self.0.iter().any(|rule| rule.names(target)),
        }
    }

    /// Whether a target may be asked at an address, which is the one that is then connected to.
    pub(super) fn allows(&self, target: &Target, address: IpAddr) -> bool {
        let address = address::canonical(address);
        !address::is_void(address)
            && self
                .0
                .iter()
                .any(|rule| rule.names(target) && rule.covers(target, address))
    }
}

impl Target {
    /// The target of a URL; none unless it is http or https, has a host and holds no credentials.
    pub(super) fn of(url: &Url) -> Option<Target> {
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let host = match url.host()? {
            // `example.com.` is `example.com`; the list and the certificate know it as that.
            Host::Domain(name) => Host::Domain(name.strip_suffix('.').unwrap_or(name).to_owned()),
            Host::Ipv4(address) => Host::Ipv4(address),
            Host::Ipv6(address) => match address::canonical(address.into()) {
                IpAddr::V4(address) => Host::Ipv4(address),
                IpAddr::V6(address) => Host::Ipv6(address),
            },
        };
        let port = url.port_or_known_default()?;
        Some(Target { tls, host, port })
    }

    /// The address, where the host is one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
        }
    }

    fn is_localhost(&self) -> bool {
        matches!(&self.host, Host::Domain(name) if name == "localhost" || name.ends_with(".localhost"))
    }
}

impl Rule {
    fn parse(grant: &str) -> Result<Rule, &'static str> {
        let (origin, network) = match grant.split_once(" in ") {
            Some((origin, network)) => (origin.trim_end(), Some(network_of(network.trim())?)),
            None => (grant, None),
        };
        let Some((scheme, rest)) = origin.split_once("://") else {
            let bare = network_of(grant).map_err(|_| FORMS)?;
            return Ok(Rule {
                origin: None,
                host: Hosts::Any,
                network: Some(bare),
            });
        };
        let (tls, default) = match scheme {
            "http" => (false, 80),
            "https" => (true, 443),
            _ => return Err("the scheme has to be `http` or `https`"),
        };
        let (host, port) = split_port(rest.strip_suffix('/').unwrap_or(rest))?;
        let origin = Some((tls, port.unwrap_or(default)));
        if let Ok(addresses) = network_of(host.trim_matches(['[', ']']).replace("]/", "/").as_str())
        {
            if network.is_some() {
                return Err("an address stands for itself, without a network behind it");
            }
            return Ok(Rule {
                origin,
                host: Hosts::Any,
                network: Some(addresses),
            });
        }
        Ok(Rule {
            origin,
            host: Hosts::parse(host)?,
            network,
        })
    }

    fn names(&self, target: &Target) -> bool {
        let host = match (&self.host, &target.host) {
            (Hosts::Any, _) => true,
            (Hosts::Named(name), Host::Domain(host)) => name == host,
            (Hosts::Below(suffix), Host::Domain(host)) => {
                host.len() > suffix.len() && host.ends_with(suffix)
            }
            (Hosts::Named(_) | Hosts::Below(_), _) => false,
        };
        host && self
            .origin
            .is_none_or(|origin| origin == (target.tls, target.port))
    }

    fn covers(&self, target: &Target, address: IpAddr) -> bool {
        let public = || address::is_public(address);
        match &self.network {
            Some(network) => network.contains(&address) && (is_narrow(network) || public()),
            // Whoever lists `localhost` means it; `*` does not say so.
            None if target.is_localhost() && self.host != Hosts::Any => address.is_loopback(),
            None => public(),
        }
    }
}

impl Hosts {
    fn parse(host: &str) -> Result<Hosts, &'static str> {
        let name = |name: &str| match Host::parse(name) {
            Ok(Host::Domain(name)) if !name.contains('*') => Ok(name),
            _ => Err("the host is not a name, an address or a network"),
        };
        match host {
            "*" => Ok(Hosts::Any),
            _ => match host.strip_prefix("*.") {
                Some(parent) => Ok(Hosts::Below(format!(".{}", name(parent)?))),
                None => Ok(Hosts::Named(name(host)?)),
            },
        }
    }
}

const FORMS: &str =
    "write an origin such as `https://idp.example.com` or a network such as `10.0.0.0/8`";

/// Splits `host:port`, where the host may be `[v6]`, `[v6]/n` or `v4/n`.
fn split_port(text: &str) -> Result<(&str, Option<u16>), &'static str> {
    let begin = text.rfind(']').map_or(0, |end| end + 1);
    let Some(colon) = text[begin..].find(':') else {
        return Ok((text, None));
    };
    let (host, port) = text.split_at(begin + colon);
    match port[1..].parse() {
        Ok(0) | Err(_) => Err("the port has to be a number from 1 to 65535"),
        Ok(port) => Ok((host, Some(port))),
    }
}

/// A network, or an address as the network of just that.
fn network_of(text: &str) -> Result<IpNet, &'static str> {
    let network: IpNet = text
        .parse()
        .or_else(|_| text.parse().map(|address: IpAddr| address.into()))
        .map_err(|_| "a network looks like `10.0.0.0/8`")?;
    match network {
        IpNet::V6(v6) if v6.addr().to_ipv4_mapped().is_some() => {
            Err("write an IPv4 network as IPv4")
        }
        _ => Ok(network.trunc()),
    }
}

/// Whether a network is small enough for private addresses in it to have been meant: the largest private ones are.
fn is_narrow(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() >= 8,
        IpNet::V6(network) => network.prefix_len() >= 7,
    }
}

#[cfg(test)]
mod tests;
