//! Requests to the outside, where the operator granted them, and only where.
//!
//! `http.fetch` and wasi:http both pass through [`Permit`]: counted, checked against the plugin's list, sent by the
//! same [`Client`], bounded in time and bytes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout_at;

use super::{Code, Refused, Services, State, Used};
use crate::plugin::bindings::wasmgate::plugin::{
    http::{Host, Incoming as Answer, Outgoing},
    types,
};

mod address;
mod allow;
mod client;
mod request;
mod streaming;
mod tls;

pub(crate) use allow::{AllowList, InvalidGrant};
pub(super) use client::Client;

use allow::Target;
use client::Connection;
use request::Checked;

const REDIRECTS: usize = 3;

/// The leave to send requests.
#[derive(Clone)]
pub(super) struct Permit {
    services: Arc<Services>,
    allowed: Arc<AllowList>,
    deadline: Instant,
    /// Bytes of a response's body.
    limit: usize,
}

impl Host for State {
    async fn fetch(&mut self, request: Outgoing) -> Result<Answer, types::Error> {
        let permit = self.permit()?;
        let deadline = match request.timeout {
            0 => permit.deadline,
            asked => permit
                .deadline
                .min(Instant::now() + Duration::from_millis(asked.into())),
        };
        let request = Checked::new(request)?;
        match timeout_at(deadline.into(), permit.fetch(request)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Refused::new(Code::Timeout, "no answer in time").into()),
        }
    }
}

impl State {
    /// Leave for one more request of this call.
    fn permit(&mut self) -> Result<Permit, Refused> {
        let permit = self.reach()?;
        let left = self.budget.fetches.checked_sub(1);
        self.budget.fetches = left.ok_or_else(|| {
            let most = self.scope.policy.limits.fetches;
            Refused::new(
                Code::Limit,
                format!("a call may send at most {most} requests"),
            )
        })?;
        self.note(Used {
            network: true,
            ..Used::default()
        });
        Ok(permit)
    }

    /// Leave for requests, not counted yet.
    pub(super) fn reach(&self) -> Result<Permit, Refused> {
        let allowed = self.holdings()?.allowed().clone();
        if allowed.is_empty() {
            return Err(Refused::new(Code::Denied, "`http` is not granted"));
        }
        let limits = &self.scope.policy.limits;
        Ok(Permit {
            services: self.scope.services.clone(),
            allowed,
            deadline: self
                .clock
                .end()
                .unwrap_or_else(|| Instant::now() + limits.wall),
            limit: limits.fetch_bytes,
        })
    }
}

impl Permit {
    async fn fetch(&self, mut request: Checked) -> Result<Answer, Refused> {
        for _ in 0..=REDIRECTS {
            let (response, connection) = self.exchange(&request).await?;
            let location = match response.status() {
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT
                    if request.follows_redirects() =>
                {
                    response.headers().get(header::LOCATION)
                }
                _ => None,
            };
            match location {
                Some(location) => request.redirect(location)?,
                None => return self.read(response, connection).await,
            }
        }
        let message = format!("more than {REDIRECTS} redirects");
        Err(Refused::new(Code::Limit, message))
    }

    /// Sends a request to its origin, over a connection that is open already if there is one.
    async fn exchange(
        &self,
        request: &Checked,
    ) -> Result<(Response<Incoming>, Connection), Refused> {
        let client = &self.services.http;
        let target = Target::of(&request.url)
            .ok_or_else(|| invalid("the URL is not http or https, or holds credentials"))?;
        if let Some(mut connection) = client.reuse(&target, &self.allowed) {
            match connection.send(request.http()?).await {
                Ok(response) => return Ok((response, connection)),
                // The other side may have closed it meanwhile.
                Err(failed) if failed.unsent || request.is_idempotent() => {}
                Err(failed) => return Err(failed.error),
            }
        }
        let mut connection = client.connect(&target, &self.allowed).await?;
        match connection.send(request.http()?).await {
            Ok(response) => Ok((response, connection)),
            Err(failed) => Err(failed.error),
        }
    }

    async fn read(
        &self,
        response: Response<Incoming>,
        connection: Connection,
    ) -> Result<Answer, Refused> {
        let (head, body) = response.into_parts();
        let body = self.collect(body).await?;
        self.services.http.keep(connection);
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = head.headers.iter();
        Ok(Answer {
            status: head.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                .collect(),
            body,
            extra: Vec::new(),
        })
    }

    async fn collect(&self, mut body: Incoming) -> Result<Vec<u8>, Refused> {
        let too_large = || {
            let message = format!("the answer has more than {} bytes", self.limit);
            Refused::new(Code::Limit, message)
        };
        let announced = body.size_hint().lower();
        if announced > self.limit as u64 {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(announced as usize);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                let message = format!("the answer broke off: {error}");
                Refused::new(Code::Unavailable, message)
            })?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if data.len() > self.limit - bytes.len() {
                return Err(too_large());
            }
            bytes.extend_from_slice(&data);
        }
        Ok(bytes)
    }
}

fn invalid(message: impl Into<String>) -> Refused {
    Refused::new(Code::Invalid, message)
}

#[cfg(test)]
mod tests;
