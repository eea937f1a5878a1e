//! What [`export!`](crate::export) writes, and what the exported functions do.

use std::{sync::OnceLock, time::Duration};

use schemars::JsonSchema;
use serde::Serialize;

pub use crate::bindings::wasmgate::plugin::types;
use crate::{Interest, Plugin, Problem, Refusal, problem, problem::Mistake};

/// Exports a plugin: its type, and the hooks that it has.
///
/// ```
/// # use wasmgate_sdk::prelude::*;
/// # struct Teapot;
/// # impl Plugin for Teapot {
/// #     type Config = NoConfig;
/// #     fn configure(_: NoConfig) -> Result<Self, Problem> { Ok(Teapot) }
/// # }
/// # impl Function for Teapot {
/// #     fn interest(&self) -> Interest { Interest::default() }
/// #     fn handle(&self, _: &Request) -> Result<Response, Refusal> { Ok(Response::new(418)) }
/// # }
/// wasmgate_sdk::export!(Teapot: function);
/// ```
///
/// Hooks are `authorizer`, `request_filter`, `response_filter`, `validator`, `mapper`, `function` and `observer`; for
/// each, the type implements the trait of that name. The plugin's name, version and summary are those of its crate.
#[macro_export]
macro_rules! export {
    ($plugin:ident: $($hook:ident),+ $(,)?) => {
        const _: () = {
            static ENTRIES: $crate::export::Entries<$plugin> = $crate::export::Entries::new(
                &[$(($crate::__hook!(name $hook), $crate::__hook!(interest $hook $plugin))),+],
            );
            #[cfg(target_family = "wasm")]
            struct Guest;
            // Elsewhere nothing is exported, and the plugin would count as unused.
            #[cfg(not(target_family = "wasm"))]
            const _: fn(&str) -> Result<$plugin, $crate::Problem> = $crate::export::configure::<$plugin>;
            #[cfg(not(target_family = "wasm"))]
            const _: &$crate::export::Entries<$plugin> = &ENTRIES;
            $crate::__setup!(Guest $plugin ENTRIES);
            $($crate::__hook!(export $hook Guest $plugin ENTRIES);)+
            $crate::__packed!(Guest ENTRIES $($hook)+);
        };
    };
}

/// A hook's name, and how its interest is found.
pub type Hook<T> = (&'static str, fn(&T) -> Interest);

/// The configured values of a plugin, one for each entry.
pub struct Entries<T: 'static> {
    hooks: &'static [Hook<T>],
    values: OnceLock<Vec<T>>,
}

impl<T: Plugin> Entries<T> {
    /// No entries yet.
    pub const fn new(hooks: &'static [Hook<T>]) -> Self {
        Entries {
            hooks,
            values: OnceLock::new(),
        }
    }

    /// What the plugin is, as JSON.
    pub fn describe(&self, name: &str, version: &str, summary: &str) -> String {
        let description = Description {
            name,
            version,
            summary,
            hooks: self.hooks.iter().map(|(hook, _)| *hook).collect(),
            capabilities: T::NEEDS.iter().map(|need| need.name()).collect(),
            configuration: schema::<T::Config>(),
        };
        serde_json::to_string(&description).unwrap_or_default()
    }

    /// Reads all configurations; every mistake of each is told.
    ///
    /// # Errors
    /// The problems, as JSON.
    pub fn configure(&self, entries: &[String]) -> Result<String, String> {
        #[cfg(target_family = "wasm")]
        crate::panic::report();
        #[cfg(all(target_family = "wasm", feature = "facade"))]
        crate::log::facade();
        #[cfg(all(target_family = "wasm", feature = "getrandom"))]
        crate::getrandom::begin(entries);
        let (values, problems) = read::<T>(entries);
        #[cfg(all(target_family = "wasm", feature = "getrandom"))]
        crate::getrandom::end();
        if !problems.is_empty() {
            return Err(serde_json::to_string(&Problems { problems }).unwrap_or_default());
        }
        let answer = self.answer(&values);
        if self.values.set(values).is_err() {
            return Err(r#"{"problems":[{"message":"configured twice"}]}"#.to_owned());
        }
        leave_room();
        Ok(answer)
    }

    fn answer(&self, values: &[T]) -> String {
        let interests = |value| {
            self.hooks
                .iter()
                .map(move |(hook, interest)| (*hook, interest(value)))
        };
        let answer = Answer {
            entries: values
                .iter()
                .map(|value| interests(value).collect())
                .collect(),
            refresh: values.iter().filter_map(T::refresh).min().map(seconds),
        };
        serde_json::to_string(&answer).unwrap_or_default()
    }

    /// The value of an entry.
    ///
    /// # Errors
    /// Where there is no such entry, which only a broken host asks for.
    pub fn entry(&self, entry: u32) -> Result<&T, Refusal> {
        let value = self
            .values
            .get()
            .and_then(|values| values.get(entry as usize));
        value.ok_or_else(|| Refusal::failure("no such entry"))
    }
}

/// A refusal in the contract's form.
pub fn refused(refusal: Refusal) -> types::Refusal {
    refusal.into_contract()
}

fn read<T: Plugin>(entries: &[String]) -> (Vec<T>, Vec<Mistake>) {
    let mut values = Vec::with_capacity(entries.len());
    let mut problems = Vec::new();
    for (n, text) in entries.iter().enumerate() {
        match configure::<T>(text) {
            Ok(value) => values.push(value),
            Err(problem) => problems.extend(problem.of_entry(n)),
        }
    }
    (values, problems)
}

/// Reads one configuration.
///
/// # Errors
/// What is wrong with it.
pub fn configure<T: Plugin>(text: &str) -> Result<T, Problem> {
    T::configure(problem::parse(text)?)
}

fn schema<T: JsonSchema>() -> schemars::Schema {
    schemars::generate::SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
}

fn seconds(time: Duration) -> u64 {
    time.as_secs().max(1)
}

/// Has the allocator hold free memory when the snapshot is taken: growing it costs a request 6 µs.
fn leave_room() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(48 << 10)));
    #[cfg(target_family = "wasm")]
    crate::allocator::tidy();
}

#[derive(Serialize)]
struct Description<'a> {
    name: &'a str,
    version: &'a str,
    summary: &'a str,
    hooks: Vec<&'static str>,
    capabilities: Vec<&'static str>,
    configuration: schemars::Schema,
}

#[derive(Serialize)]
struct Answer {
    entries: Vec<Interests>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh: Option<u64>,
}

type Interests = std::collections::BTreeMap<&'static str, Interest>;

#[derive(Serialize)]
struct Problems {
    problems: Vec<Mistake>,
}

#[doc(hidden)]
#[macro_export]
macro_rules! __setup {
    ($guest:ident $plugin:ident $entries:ident) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            use $crate::bindings::setup::exports::wasmgate::plugin::setup;

            impl setup::Guest for $guest {
                fn describe() -> String {
                    $entries.describe(
                        env!("CARGO_PKG_NAME"),
                        env!("CARGO_PKG_VERSION"),
                        env!("CARGO_PKG_DESCRIPTION"),
                    )
                }

                fn configure(entries: Vec<String>) -> Result<String, String> {
                    $entries.configure(&entries)
                }
            }
    $crate::bindings::setup::export_setup!($guest with_types_in $crate::bindings::setup);
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __hook {
    (name authorizer) => { "authorizer" };
    (name request_filter) => { "request-filter" };
    (name response_filter) => { "response-filter" };
    (name validator) => { "validator" };
    (name mapper) => { "mapper" };
    (name function) => { "function" };
    (name observer) => { "observer" };
    (name $other:ident) => {
        compile_error!(concat!(
            "`", stringify!($other), "` is no hook; there are `authorizer`, `request_filter`, `response_filter`, ",
            "`validator`, `mapper`, `function` and `observer`"
        ))
    };

    (interest authorizer $plugin:ident) => { <$plugin as $crate::Authorizer>::interest };
    (interest request_filter $plugin:ident) => { <$plugin as $crate::RequestFilter>::interest };
    (interest response_filter $plugin:ident) => { <$plugin as $crate::ResponseFilter>::interest };
    (interest validator $plugin:ident) => { <$plugin as $crate::Validator>::interest };
    (interest mapper $plugin:ident) => { <$plugin as $crate::Mapper>::interest };
    (interest function $plugin:ident) => { <$plugin as $crate::Function>::interest };
    (interest observer $plugin:ident) => { <$plugin as $crate::Observer>::interest };
    (interest $other:ident $plugin:ident) => { |_| $crate::Interest::default() };

    (export authorizer $guest:ident $plugin:ident $entries:ident) => {
        $crate::__export!(authorizer export_authorizer $guest {
            fn authorize(entry: u32, request: types::Request) -> Result<hook::Grant, types::Refusal> {
                let request = $crate::Request::from(request);
                let grant = $crate::Authorizer::authorize($entries.entry(entry).map_err($crate::export::refused)?, &request);
                grant.map(Into::into).map_err($crate::export::refused)
            }
        });
    };
    (export request_filter $guest:ident $plugin:ident $entries:ident) => {
        $crate::__export!(request_filter export_request_filter $guest {
            fn filter(entry: u32, request: types::Request) -> Result<types::Patch, types::Refusal> {
                let request = $crate::Request::from(request);
                let patch = $crate::RequestFilter::filter_request($entries.entry(entry).map_err($crate::export::refused)?, &request);
                patch.map(Into::into).map_err($crate::export::refused)
            }
        });
    };
    (export response_filter $guest:ident $plugin:ident $entries:ident) => {
        $crate::__export!(response_filter export_response_filter $guest {
            fn filter(entry: u32, request: types::Request, reply: types::Reply) -> Result<types::Patch, types::Refusal> {
                let (request, reply) = ($crate::Request::from(request), $crate::Reply::from(reply));
                let patch = $crate::ResponseFilter::filter_response($entries.entry(entry).map_err($crate::export::refused)?, &request, &reply);
                patch.map(Into::into).map_err($crate::export::refused)
            }
        });
    };
    (export validator $guest:ident $plugin:ident $entries:ident) => {
        $crate::__export!(validator export_validator $guest {
            fn validate(entry: u32, request: types::Request) -> Result<(), types::Refusal> {
                let request = $crate::Request::from(request);
                let verdict = $crate::Validator::validate($entries.entry(entry).map_err($crate::export::refused)?, &request);
                verdict.map_err($crate::export::refused)
            }
        });
    };
    (export mapper $guest:ident $plugin:ident $entries:ident) => {
        $crate::__export!(mapper export_mapper $guest {
            fn map_request(entry: u32, request: types::Request) -> Result<types::Patch, types::Refusal> {
                let request = $crate::Request::from(request);
                let patch = $crate::Mapper::map_request($entries.entry(entry).map_err($crate::export::refused)?, &request);
                patch.map(Into::into).map_err($crate::export::refused)
            }

            fn map_response(entry: u32, request: types::Request, reply: types::Reply) -> Result<types::Patch, types::Refusal> {
                let (request, reply) = ($crate::Request::from(request), $crate::Reply::from(reply));
                let patch = $crate::Mapper::map_response($entries.entry(entry).map_err($crate::export::refused)?, &request, &reply);
                patch.map(Into::into).map_err($crate::export::refused)
            }
        });
    };
    (export function $guest:ident $plugin:ident $entries:ident) => {
        $crate::__export!(function export_function $guest {
            fn handle(entry: u32, request: types::Request) -> Result<types::Response, types::Refusal> {
                let request = $crate::Request::from(request);
                let response = $crate::Function::handle($entries.entry(entry).map_err($crate::export::refused)?, &request);
                response.map(Into::into).map_err($crate::export::refused)
            }
        });
    };
    (export observer $guest:ident $plugin:ident $entries:ident) => {
        $crate::__export!(observer export_observer $guest {
            fn observe(entry: u32, request: types::Request, reply: types::Reply) {
                let (request, reply) = ($crate::Request::from(request), $crate::Reply::from(reply));
                if let Ok(plugin) = $entries.entry(entry) {
                    $crate::Observer::observe(plugin, &request, &reply);
                }
            }
        });
    };
    (export $other:ident $($rest:tt)*) => {};
}

/// The hooks as one function that takes and gives bytes.
#[doc(hidden)]
#[macro_export]
macro_rules! __packed {
    ($guest:ident $entries:ident $($hook:ident)+) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            use $crate::bindings::packed::exports::wasmgate::plugin::packed as contract;

            impl contract::Guest for $guest {
                fn call(
                    hook: u32,
                    entry: u32,
                    values: Vec<u8>,
                    request_body: Option<Vec<u8>>,
                    reply_body: Option<Vec<u8>>,
                ) -> contract::Outcome {
                    let call = $crate::packed::Call { entry, values, request_body, reply_body };
                    let (values, body) = match hook {
                        $(hook if $crate::packed::$hook::NUMBERS.contains(&hook) => {
                            $crate::packed::$hook::call(&$entries, hook, call)
                        })+
                        _ => $crate::packed::no_such_hook(),
                    };
                    contract::Outcome { values, body }
                }
            }
            $crate::bindings::packed::export_packed!($guest with_types_in $crate::bindings::packed);
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($hook:ident $export:ident $guest:ident { $($function:item)+ }) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            use $crate::{bindings::$hook::exports::wasmgate::plugin::$hook as hook, export::types};

            impl hook::Guest for $guest {
                $($function)+
            }
            $crate::bindings::$hook::$export!($guest with_types_in $crate::bindings::$hook);
        };
    };
}
