//! A server that runs for a while: its processor time, its memory, its end.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use wasmgate_tests::Directory;

use crate::spent;

/// A started server with all processes that it started, killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    leader: Child,
    /// Configuration, log files.
    directory: Directory,
}

impl Process {
    /// Starts a command as the leader of a group of its own, so that all its processes are found. What it says is in
    /// `output` in its directory.
    pub fn start(mut command: Command, directory: Directory) -> Process {
        let output = File::create(directory.path().join("output")).unwrap();
        let leader = command
            .current_dir(directory.path())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Process { leader, directory }
    }

    /// Whether it runs still.
    pub fn runs(&mut self) -> bool {
        self.leader.try_wait().unwrap().is_none()
    }

    /// Asks it to end, and waits until it has.
    pub fn end(mut self) {
        if let Some(leader) = Pid::from_raw(self.leader.id().cast_signed()) {
            // It fails only where it has ended already.
            _ = kill_process(leader, Signal::TERM);
        }
        _ = self.leader.wait();
    }

    /// What it has said.
    pub fn said(&self) -> String {
        fs::read_to_string(self.directory.path().join("output")).unwrap_or_default()
    }

    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Time that all its threads have spent on a processor.
    pub fn processor(&self) -> Duration {
        let times = self.members().into_iter().flat_map(threads).map(spent);
        times.sum()
    }

    /// Bytes of memory that are its own, where shared ones are divided among those that share them.
    pub fn memory(&self) -> u64 {
        self.proportional("Pss:")
    }

    /// Bytes of those that no file backs: what it has allocated.
    pub fn anonymous(&self) -> u64 {
        self.proportional("Pss_Anon:")
    }

    fn proportional(&self, name: &str) -> u64 {
        let pages = self.members().into_iter().map(|id| kilobytes(id, name));
        pages.sum::<u64>() << 10
    }

    /// Its processes: those of its group.
    fn members(&self) -> Vec<u32> {
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        numbers
            .filter(|id| group(*id) == Some(self.leader.id()))
            .collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = format!("-{}", self.leader.id());
        // Both fail only where it has ended already.
        let mut kill = Command::new("kill");
        let kill = kill.args(["-KILL", "--", &group]);
        _ = kill.stderr(Stdio::null()).status();
        _ = self.leader.wait();
    }
}

/// Lets this process, and those that it starts, open as many files as the most connections take.
pub fn open_files() -> anyhow::Result<()> {
    const FILES: u64 = 19_500;
    let limit = getrlimit(Resource::Nofile);
    let enough = |limit: Option<u64>| limit.is_none_or(|files| files >= FILES);
    if enough(limit.current) {
        return Ok(());
    }
    let raised = Rlimit {
        current: Some(FILES),
        maximum: if enough(limit.maximum) {
            limit.maximum
        } else {
            Some(FILES)
        },
    };
    setrlimit(Resource::Nofile, raised).map_err(|error| {
        anyhow::anyhow!(
            "{FILES} open files are needed, and the limit is {:?}: {error}; raise it, by `ulimit -Hn {FILES}` as root",
            limit.maximum
        )
    })
}

/// An address on loopback that nobody uses.
pub(super) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// The group is the third word behind the name, which may hold anything.
fn group(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, behind) = stat.rsplit_once(')')?;
    behind.split_whitespace().nth(2)?.parse().ok()
}

fn threads(id: u32) -> Vec<PathBuf> {
    let tasks = fs::read_dir(format!("/proc/{id}/task"));
    let tasks = tasks.into_iter().flatten().flatten();
    tasks.map(|task| task.path().join("schedstat")).collect()
}

/// What the kernel says of a process' memory.
fn kilobytes(id: u32, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kilobytes.unwrap_or_default()
}
