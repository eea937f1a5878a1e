//! stub
use crate::{forward::Peer, gateway::Gateway};
use std::net::{IpAddr, SocketAddr};
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) peer: SocketAddr,
    pub(crate) hop: Peer,
}
impl Client {
    pub(crate) fn address<B>(&self, _r: &http::Request<B>, _g: &Gateway) -> IpAddr {
        self.peer.ip()
    }
}
