//! Is the request well formed? Every validator of the route must accept it.

use crate::{
    authorize::{self, Principal},
    failure::{Failure, Halt},
    message::Request,
    plugin::Hook,
    stage::Route,
};

/// Proof that the request was found well formed.
#[derive(Debug)]
pub(crate) struct Valid(());

/// Asks the route's validators in order.
pub(crate) async fn check(
    request: &mut Request,
    _granted: Principal,
    route: &Route,
) -> Result<Valid, Halt> {
    for attachment in &route.chain.validate {
        let pinned = attachment.pin()?;
        request
            .prepare(pinned.interest(Hook::Validator), route.body_limit)
            .await
            .map_err(Failure::RequestBody)?;
        if let Err(denial) = pinned.validate(request.view()).await {
            return Err(authorize::refuse(request, attachment.plugin(), denial).into());
        }
    }
    Ok(Valid(()))
}
