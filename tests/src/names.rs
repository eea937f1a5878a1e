//! Names and their addresses, as one gateway finds them: no server for names is asked, and no file of the system's.

use std::process::Command;

use crate::{Directory, Setup};

/// What names stand for. Everything else has no address.
#[derive(Debug)]
pub struct Names {
    files: Directory,
    library: Directory,
}

impl Names {
    /// Compiles what stands before the system's look-up.
    pub fn new() -> Names {
        let library = Directory::new();
        let source = library.write("names.c", include_str!("names.c"));
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(library.path().join("names.so"))
            .arg(source)
            .arg("-ldl")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&compiled.stderr);
        assert!(compiled.status.success(), "cc: {said}");
        Names {
            files: Directory::new(),
            library,
        }
    }

    /// Gives a name an address, or another one.
    pub fn set(&self, name: &str, address: &str) {
        self.files.write(name, address);
    }

    /// Takes a name's address away.
    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.files.path().join(name)).unwrap();
    }

    /// Lets a gateway find these names, and no others.
    #[must_use]
    pub fn before(&self, setup: Setup) -> Setup {
        let library = self.library.path().join("names.so");
        let setup = setup.set("LD_PRELOAD", library.to_str().unwrap());
        setup.set("NAMES", self.files.path().to_str().unwrap())
    }
}

impl Default for Names {
    fn default() -> Names {
        Names::new()
    }
}
