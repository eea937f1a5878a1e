//! Which hooks a component exports, found once, so that no call looks a name up.

use wasmtime::{
    AsContextMut, Store,
    component::{Instance, InstancePre},
};

use super::{
    Hook,
    bindings::exports::wasmgate::plugin::{
        authorizer, function, mapper, observer, packed, request_filter, response_filter, setup,
        validator,
    },
    state::State,
};

/// What every plugin exports.
const SETUP: &str = "wasmgate:plugin/setup@0.1.0";
/// Where plugins take and give bytes.
const PACKED: &str = "wasmgate:plugin/packed@0.1.0";

macro_rules! hooks {
    ($($field:ident, $hook:ident, $interface:literal;)*) => {
        /// Where a component's exports are.
        pub(crate) struct Exports {
            hooks: Vec<Hook>,
            setup: Option<setup::GuestIndices>,
            packed: Option<packed::GuestIndices>,
            $($field: Option<$field::GuestIndices>,)*
        }

        impl Exports {
            /// Looks for every hook; an error where one that is there lacks a function of the contract.
            pub(crate) fn probe(pre: &InstancePre<State>) -> wasmtime::Result<Exports> {
                let exported = |name: &str| pre.component().get_export_index(None, name).is_some();
                let hooks = [$((Hook::$hook, $interface)),*];
                let hooks = hooks.into_iter().filter(|(_, name)| exported(name));
                Ok(Exports {
                    hooks: hooks.map(|(hook, _)| hook).collect(),
                    setup: exported(SETUP)
                        .then(|| setup::GuestIndices::new(pre))
                        .transpose()?,
                    packed: exported(PACKED)
                        .then(|| packed::GuestIndices::new(pre))
                        .transpose()?,
                    $($field: exported($interface)
                        .then(|| $field::GuestIndices::new(pre))
                        .transpose()?,)*
                })
            }

            /// Whether the plugin has a hook.
            pub(crate) fn has(&self, hook: Hook) -> bool {
                self.hooks.contains(&hook)
            }

            /// The same with these hooks and no others, whether they are called by their own exports or as bytes.
            pub(crate) fn only(self, hooks: &[Hook]) -> Exports {
                Exports { hooks: hooks.to_vec(), ..self }
            }

            /// Whether hooks are called with bytes.
            pub(crate) fn packed(&self) -> bool {
                self.packed.is_some()
            }

            /// Checks the types of all exports, once and on any instance.
            pub(crate) fn check(
                &self,
                mut store: impl AsContextMut,
                instance: &Instance,
            ) -> wasmtime::Result<()> {
                if let Some(indices) = &self.setup {
                    indices.load(&mut store, instance)?;
                }
                if let Some(indices) = &self.packed {
                    indices.load(&mut store, instance)?;
                }
                $(if let Some(indices) = &self.$field {
                    indices.load(&mut store, instance)?;
                })*
                Ok(())
            }
        }

        /// The hooks of one instance, loaded as they are called.
        pub(super) struct Guests {
            instance: Instance,
            packed: Option<packed::Guest>,
            $($field: Option<$field::Guest>,)*
        }

        impl Guests {
            pub(super) fn new(instance: Instance) -> Guests {
                Guests { instance, packed: None, $($field: None,)* }
            }

            pub(super) fn setup(
                &self,
                exports: &Exports,
                store: &mut Store<State>,
            ) -> wasmtime::Result<setup::Guest> {
                match &exports.setup {
                    Some(indices) => indices.load(store, &self.instance),
                    None => wasmtime::bail!("no export `{SETUP}`"),
                }
            }

            /// All hooks as one function, of a plugin that takes bytes.
            pub(super) fn packed(
                &mut self,
                exports: &Exports,
                store: &mut Store<State>,
            ) -> wasmtime::Result<&packed::Guest> {
                let (loaded, indices) = (&mut self.packed, &exports.packed);
                match (loaded, indices) {
                    (Some(guest), _) => Ok(guest),
                    (loaded, Some(indices)) => Ok(loaded.insert(indices.load(store, &self.instance)?)),
                    (_, None) => wasmtime::bail!("no export `{PACKED}`"),
                }
            }

            $(pub(super) fn $field(
                &mut self,
                exports: &Exports,
                store: &mut Store<State>,
            ) -> wasmtime::Result<$field::Guest> {
                if let Some(guest) = &self.$field {
                    return Ok(guest.clone());
                }
                let Some(indices) = &exports.$field else {
                    wasmtime::bail!("no export `{}`", $interface);
                };
                let guest = indices.load(store, &self.instance)?;
                Ok(self.$field.insert(guest).clone())
            })*
        }
    };
}

hooks! {
    authorizer, Authorizer, "wasmgate:plugin/authorizer@0.1.0";
    request_filter, RequestFilter, "wasmgate:plugin/request-filter@0.1.0";
    response_filter, ResponseFilter, "wasmgate:plugin/response-filter@0.1.0";
    validator, Validator, "wasmgate:plugin/validator@0.1.0";
    mapper, Mapper, "wasmgate:plugin/mapper@0.1.0";
    function, Function, "wasmgate:plugin/function@0.1.0";
    observer, Observer, "wasmgate:plugin/observer@0.1.0";
}
