//! The gateway under callgrind: what its worker's thread has done since it was last asked.

use std::{path::PathBuf, process::Command};

use wasmgate_tests::{Directory, Gateway, Setup, limit, peer, target};

use crate::{profile, table::Counts};

pub(crate) struct Callgrind {
    pub(crate) gateway: Gateway,
    valgrind: Valgrind,
    /// Where it writes its counts.
    folder: Directory,
}

/// The file that valgrind lists system calls in.
const SYSTEM_CALLS: &str = "system-calls";

impl Callgrind {
    /// Starts a gateway, which is counted from when it is ready.
    pub(crate) async fn start(setup: Setup) -> Callgrind {
        let (valgrind, folder) = (Valgrind::find(), Directory::new());
        let at = |name: &str| folder.path().join(name).display().to_string();
        let setup = setup.set("VALGRIND_LIB", valgrind.library.to_string_lossy());
        let setup = setup.under([
            valgrind.program("valgrind").display().to_string(),
            "--tool=callgrind".to_owned(),
            "--quiet".to_owned(),
            "--instr-atstart=no".to_owned(),
            "--separate-threads=yes".to_owned(),
            "--trace-syscalls=yes".to_owned(),
            format!("--log-file={}", at(SYSTEM_CALLS)),
            format!("--callgrind-out-file={}", at("counts")),
            format!("--vgdb-prefix={}", at("pipe")),
        ]);
        let callgrind = Callgrind {
            gateway: setup.start().await,
            valgrind,
            folder,
        };
        callgrind.tell("instrumentation on").await;
        callgrind
    }

    /// Forgets what was counted so far; gives how long the list of system calls is by then.
    pub(crate) async fn forget(&self) -> usize {
        self.tell("zero").await;
        self.system_calls().len()
    }

    /// What one of so many requests has taken since it was made to forget. The profile is kept under a name.
    pub(crate) async fn counts(&self, since: usize, requests: usize, name: &str) -> Counts {
        self.tell("dump").await;
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let written = files.filter(|file| file.to_string_lossy().contains("/counts"));
        let threads = written.filter_map(|file| {
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::remove_file(&file).unwrap();
            profile::read(&text).map(|profile| (profile, text))
        });
        // No other thread does as much.
        let worker = threads.max_by_key(|(profile, _)| profile.instructions);
        let (profile, text) = worker.expect("callgrind wrote no counts");
        let list = self.system_calls();
        let called = profile::system_calls(&list[since..], profile.thread);
        keep(name, &text);
        keep(&format!("{name}.system-calls"), &format!("{called:#?}\n"));
        Counts {
            instructions: profile.instructions as f64,
            allocations: profile.allocations as f64,
            system_calls: called.values().sum::<u64>() as f64,
            page_faults: 0.0,
        } / requests
    }

    fn system_calls(&self) -> String {
        std::fs::read_to_string(self.folder.path().join(SYSTEM_CALLS)).unwrap()
    }

    async fn tell(&self, what: &'static str) {
        let prefix = self.folder.path().join("pipe");
        let mut vgdb = Command::new(self.valgrind.program("vgdb"));
        vgdb.env_clear()
            .arg(format!("--vgdb-prefix={}", prefix.display()))
            .arg(format!("--pid={}", self.gateway.process_id()))
            .args(what.split(' '));
        let said = tokio::task::spawn_blocking(move || vgdb.output().unwrap());
        let said = limit("valgrind's answer", said).await.unwrap();
        let text = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "vgdb {what}: {text}");
    }
}

/// Where the profiles of the last run are, for `callgrind_annotate`.
pub(crate) fn profiles() -> PathBuf {
    target().join("counts")
}

fn keep(name: &str, text: &str) {
    std::fs::create_dir_all(profiles()).unwrap();
    std::fs::write(profiles().join(name), text).unwrap();
}

/// Where valgrind is: on this machine, or where `make peers` has unpacked it.
struct Valgrind {
    programs: PathBuf,
    /// What finds its tools.
    library: PathBuf,
}

impl Valgrind {
    fn find() -> Valgrind {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let there = std::env::split_paths(&path).find(|folder| folder.join("valgrind").exists());
        let programs = there.unwrap_or_else(|| peer("valgrind").join("usr/bin"));
        let root = programs.parent().unwrap();
        let library = ["libexec/valgrind", "lib/valgrind"].map(|name| root.join(name));
        let library = library.into_iter().find(|folder| folder.exists());
        Valgrind {
            library: library.expect("valgrind without its tools: run `make peers`"),
            programs,
        }
    }

    fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }
}
