//! How a caller is refused: the body is Amazon API Gateway's, the challenge is RFC 6750's, and `$context.authorizer.error`
//! says why.

use wasmgate_sdk::Refusal;

const CHALLENGE: &str = "www-authenticate";

/// No token: the caller learns that one is wanted, and no more (RFC 6750, section 3.1).
pub(crate) fn missing() -> Refusal {
    Refusal::unauthorized()
        .header(CHALLENGE, "Bearer")
        .context("error", "there is no token")
}

/// A token that is not valid, for a reason that never quotes it.
pub(crate) fn invalid(reason: &'static str) -> Refusal {
    challenged(Refusal::unauthorized(), reason)
}

/// A token signed with a key that we do not know yet. The host fetches keys anew and asks again, once.
pub(crate) fn stale(reason: &'static str) -> Refusal {
    challenged(Refusal::stale(), reason)
}

fn challenged(refusal: Refusal, reason: &'static str) -> Refusal {
    let challenge = [
        r#"Bearer error="invalid_token", error_description=""#,
        reason,
        "\"",
    ];
    refusal
        .header(CHALLENGE, challenge.concat())
        .context("error", reason)
}

/// A valid token without the scopes that the route wants.
pub(crate) fn insufficient(scope: &str) -> Refusal {
    let reason = "the token does not have the scopes that are needed";
    let challenge = [
        r#"Bearer scope=""#,
        scope,
        r#"", error="insufficient_scope", error_description=""#,
        reason,
        "\"",
    ];
    Refusal::forbidden()
        .header(CHALLENGE, challenge.concat())
        .context("error", reason)
}

/// A valid token whose claims are not those that the route wants.
pub(crate) fn forbidden(reason: String) -> Refusal {
    Refusal::forbidden().context("error", reason)
}
