//! Scripts: a `.js` file is a plugin too, an engine that the binary holds with that script.
//!
//! All scripts are one component, which is compiled once. What differs is what the engine read before the snapshot was
//! taken: so a script is part of an image's memory, as a configuration is.

use std::{path::Path, sync::LazyLock};

use super::load::{NotAComponent, made};
use crate::builtin::{SDKS, WIT};

/// What a script's file ends with.
pub(crate) const ENDING: &str = "js";
/// Bytes of a script.
const MOST_BYTES: usize = 1 << 20;
/// QuickJS: see `host/script`.
const ENGINE: &[u8] = include_bytes!("../../script/engine.wasm");
/// Under what scripts import the SDK, and the SDK's name and folder below `sdk/`.
const SDK: (&str, &str, &str) = ("wasmgate/", "js", "src/");

/// A script, as its engine reads it.
#[derive(Debug)]
pub(crate) struct Script {
    /// The file's name, which stands in the places of errors.
    pub(crate) file: String,
    text: String,
}

/// Why a file is no script.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAScript {
    #[error("the file is empty")]
    Empty,
    #[error("the file has {0} bytes; a script has at most {MOST_BYTES}")]
    TooLarge(usize),
    #[error("not UTF-8 from byte {0} on")]
    NotUtf8(usize),
}

impl Script {
    /// The script in a file of this name.
    pub(crate) fn read(plugin: &str, bytes: Vec<u8>) -> Result<Script, NotAScript> {
        if bytes.is_empty() {
            return Err(NotAScript::Empty);
        }
        if bytes.len() > MOST_BYTES {
            return Err(NotAScript::TooLarge(bytes.len()));
        }
        let broken = |error: std::string::FromUtf8Error| error.utf8_error().valid_up_to();
        Ok(Script {
            file: format!("{plugin}.{ENDING}"),
            text: String::from_utf8(bytes).map_err(|error| NotAScript::NotUtf8(broken(error)))?,
        })
    }

    /// The text of a module that it may import: itself, or a part of the SDK.
    pub(crate) fn module(&self, name: &str) -> Option<&str> {
        if name == self.file {
            return Some(&self.text);
        }
        let (prefix, language, folder) = SDK;
        let path = name.strip_prefix(prefix)?;
        let sdk = SDKS.iter().find(|sdk| sdk.language == language)?;
        let is = |file: &str| file.strip_prefix(folder) == Some(path);
        let (_, text) = sdk.files.iter().find(|(file, _)| is(file))?;
        std::str::from_utf8(text).ok()
    }
}

/// Whether a file is a script by its name.
pub(crate) fn is_script(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == ENDING)
}

/// The engine's component.
pub(super) fn engine() -> Result<&'static [u8], NotAComponent> {
    static MADE: LazyLock<Result<Vec<u8>, NotAComponent>> = LazyLock::new(|| made(ENGINE, &WIT));
    match &*MADE {
        Ok(component) => Ok(component),
        Err(error) => Err(NotAComponent::Encode(error.to_string())),
    }
}
