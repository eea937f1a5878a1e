//! A request until its answer begins.

use std::{rc::Rc, sync::Arc};

use super::{End, Exchange};
use crate::{
    failure::Failure, message::Request, observers::Observation, respond, stage::Route,
    worker::Worker,
};

/// A request on its way. Where it is dropped on the way, because its client has left, its exchange is told all the
/// same: otherwise whoever leaves early could ask for anything unseen.
pub(crate) struct Pending<'a> {
    route: &'a Route,
    worker: &'a Rc<Worker>,
    /// None once it is answered.
    running: Option<(Request, Exchange)>,
}

const RUNNING: &str = "only an answer takes it, and ends this";

impl<'a> Pending<'a> {
    pub(crate) fn new(
        request: Request,
        exchange: Exchange,
        route: &'a Route,
        worker: &'a Rc<Worker>,
    ) -> Pending<'a> {
        Pending {
            route,
            worker,
            running: Some((request, exchange)),
        }
    }

    /// What the steps work on.
    pub(crate) fn running(&mut self) -> (&mut Request, &mut Exchange) {
        let (request, exchange) = self.running.as_mut().expect(RUNNING);
        (request, exchange)
    }

    /// Ends the wait: the response carries the exchange from here.
    pub(crate) fn answered(mut self) -> (Request, Exchange) {
        self.running.take().expect(RUNNING)
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        let Some((request, mut exchange)) = self.running.take() else {
            return;
        };
        let left = Failure::ClientLeft;
        let reply = respond::explain(&left);
        exchange.failure = Some(left);
        let context = Arc::clone(&request.context);
        exchange.observation = Observation::new(&self.route.chain.observe, request, &reply);
        exchange.tell(&End {
            status: reply.status,
            bytes_out: 0,
            broken: None,
            context: &context,
            worker: self.worker,
        });
    }
}
