//! Every address that is listened on, through all reloads.

use std::{net::SocketAddr, sync::Arc};

use super::ServeError;
use crate::{
    config::{Config, Listener},
    listener::{self, Bound, Door, Load, Style},
    tls::{Identity, TlsError},
};

/// The addresses in the order of the configuration.
#[derive(Default)]
pub(super) struct Doors(Vec<Opened>);

struct Opened {
    /// As the configuration has it: its port may be 0.
    written: SocketAddr,
    bound: Bound,
    door: Arc<Door>,
}

/// What a listener of the configuration comes to.
enum Change {
    /// The place of an address that is open, and how it is served from now on.
    Keep(usize, Style),
    Open(Opened),
}

impl Doors {
    /// Opens what is new, closes what is gone and changes what stays; where anything fails, nothing has happened.
    /// Connections that are open go on as they began.
    pub(super) fn set(&mut self, config: &Config, load: &Load) -> Result<(), ServeError> {
        let changes = config.listeners.iter();
        let changes = changes.map(|listener| self.change(listener, config.workers));
        let changes = changes.collect::<Result<Vec<_>, _>>()?;
        let mut before: Vec<_> = self.0.drain(..).map(Some).collect();
        for change in changes {
            match change {
                Change::Open(opened) => {
                    load.open(&opened.bound, &opened.door)?;
                    let address = opened.bound.address;
                    tracing::info!(%address, scheme = opened.scheme(), "listening");
                    self.0.push(opened);
                }
                Change::Keep(place, style) => {
                    if let Some(kept) = before[place].take() {
                        kept.door.style.store(Arc::new(style));
                        self.0.push(kept);
                    }
                }
            }
        }
        for gone in before.into_iter().flatten() {
            tracing::info!(address = %gone.bound.address, "not listened on any more");
            gone.door.close();
        }
        Ok(())
    }

    fn change(&self, listener: &Listener, workers: usize) -> Result<Change, ServeError> {
        let known = |opened: &Opened| opened.written == listener.address;
        let place = self.0.iter().position(known);
        let before = place.map(|place| self.0[place].door.style.load_full());
        let identity = before.and_then(|style| style.identity.clone());
        let style = Style {
            identity: identify(listener, identity)
                .map_err(|error| ServeError::Tls(listener.address, error))?,
            proxy_protocol: listener.proxy_protocol,
        };
        Ok(match place {
            Some(place) => Change::Keep(place, style),
            None => Change::Open(Opened {
                written: listener.address,
                bound: listener::bind(listener.address, workers)?,
                door: Door::new(style),
            }),
        })
    }

    /// The address and scheme of each.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (SocketAddr, &'static str)> {
        self.0
            .iter()
            .map(|opened| (opened.bound.address, opened.scheme()))
    }
}

impl Opened {
    fn scheme(&self) -> &'static str {
        match self.door.style.load().identity {
            Some(_) => "https",
            None => "http",
        }
    }
}

/// Reads the certificates of all addresses, and opens none.
pub(super) fn rehearse(config: &Config) -> Result<(), ServeError> {
    for listener in &config.listeners {
        identify(listener, None).map_err(|error| ServeError::Tls(listener.address, error))?;
    }
    Ok(())
}

/// The certificates of an address; what it had before keeps its session keys.
fn identify(listener: &Listener, before: Option<Identity>) -> Result<Option<Identity>, TlsError> {
    match (listener.certificates.as_slice(), before) {
        ([], _) => Ok(None),
        (certificates, None) => Identity::load(certificates).map(Some),
        (certificates, Some(identity)) => identity.reload(certificates).map(Some),
    }
}
