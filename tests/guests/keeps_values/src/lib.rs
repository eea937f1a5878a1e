//! Does what a request asks of the values that it keeps: `?op=set&key=k&value=v&ttl=50`.

use std::time::Duration;

use wasmgate_sdk::prelude::*;

struct KeepsValues;

impl Plugin for KeepsValues {
    type Config = NoConfig;

    const NEEDS: &'static [Capability] = &[Capability::Kv];

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(KeepsValues)
    }
}

impl Function for KeepsValues {
    fn interest(&self) -> Interest {
        Interest::default().query("*")
    }

    fn handle(&self, request: &Request) -> Result<Response, Refusal> {
        let parameter = |name| request.query_parameter(name);
        let key = parameter("key").unwrap_or("key");
        let value = parameter("value").unwrap_or_default();
        let ttl = parameter("ttl").map(str::parse).transpose()?;
        let ttl = ttl.map(Duration::from_millis);
        let answer = match parameter("op") {
            Some("set") => kv::set(key, value, ttl).map(|()| "set".to_owned()),
            Some("swap") => {
                let expected = parameter("expected").map(str::as_bytes);
                kv::compare_and_swap(key, expected, value, ttl).map(|done| done.to_string())
            }
            Some("add") => kv::increment(key, value.parse()?, ttl).map(|sum| sum.to_string()),
            Some("delete") => kv::delete(key).map(|()| "deleted".to_owned()),
            _ => kv::get(key).map(|found| match found {
                Some(value) => String::from_utf8_lossy(&value).into_owned(),
                None => "none".to_owned(),
            }),
        };
        Ok(match answer {
            Ok(answer) => Response::text(answer),
            Err(error) => Response::text(error.code()),
        })
    }
}

wasmgate_sdk::export!(KeepsValues: function);
