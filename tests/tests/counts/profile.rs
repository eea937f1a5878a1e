//! Reads what valgrind writes: callgrind's profile of a thread, and the list of system calls.

use std::collections::{BTreeMap, HashMap};

/// What a thread has done.
#[derive(Debug, PartialEq)]
pub(crate) struct Profile {
    /// The thread, by valgrind's number.
    pub(crate) thread: u64,
    /// Without those of the allocator, whose number depends on how memory happens to be cut up.
    pub(crate) instructions: u64,
    /// Calls of what gives memory.
    pub(crate) allocations: u64,
}

/// Functions of the allocator; all but the last give memory.
const ALLOCATOR: [&str; 6] = [
    "malloc",
    "calloc",
    "realloc",
    "posix_memalign",
    "aligned_alloc",
    FREE,
];
const FREE: &str = "free";

/// Not counted: only under valgrind does reading the clock ask the kernel; whether the thread that writes the log has to
/// be woken, and how much has come by the time the kernel is asked what has, depends on time.
const UNCOUNTED: [&str; 3] = ["sys_clock_gettime", "sys_epoll_wait", "sys_futex"];

/// Reads a profile; none of what is none, or of a thread that did nothing.
pub(crate) fn read(text: &str) -> Option<Profile> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let all: u64 = field("summary: ")?.parse().ok()?;
    let (allocations, within) = allocator(text);
    Some(Profile {
        thread: field("thread: ")?.parse().ok()?,
        instructions: all - within,
        allocations,
    })
}

/// How often memory was given, and how many instructions the allocator took. A function is named once, `(7) malloc`, and
/// is `(7)` from there on; a call is two lines, `calls=COUNT …` and one that ends in what the callee took.
fn allocator(text: &str) -> (u64, u64) {
    let (mut names, mut callee) = (HashMap::new(), None);
    let (mut given, mut within) = (0, 0);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let called = line.strip_prefix("cfn=");
        if let Some(function) = called.or_else(|| line.strip_prefix("fn=")) {
            let (id, name) = function.split_once(' ').unwrap_or((function, ""));
            if let Some(name) = ALLOCATOR.into_iter().find(|one| *one == name) {
                names.insert(id, name);
            }
            callee = called.and_then(|_| names.get(id));
        } else if let Some(calls) = line.strip_prefix("calls=")
            && let Some(callee) = callee
        {
            let count = calls.split(' ').next().and_then(|count| count.parse().ok());
            given += if *callee == FREE {
                0
            } else {
                count.unwrap_or(0)
            };
            let took = lines.next().and_then(|line| line.split(' ').nth(1));
            within += took.and_then(|took| took.parse().ok()).unwrap_or(0);
        }
    }
    (given, within)
}

/// How often a thread made each system call that is counted, by the list: `SYSCALL[PROCESS,THREAD](NUMBER) NAME (…`, where the end of
/// a call that waited is a line of its own, `SYSCALL[…](…) ... [async] --> …`.
pub(crate) fn system_calls(list: &str, thread: u64) -> BTreeMap<&str, u64> {
    let mut called = BTreeMap::new();
    let own = format!(",{thread}](");
    for line in list.lines().filter(|line| line.starts_with("SYSCALL[")) {
        let Some((_, call)) = line.split_once(&own) else {
            continue;
        };
        let name = call.split_once(')').map(|(_, rest)| rest.trim_start());
        let name = name.and_then(|rest| rest.split([' ', '(']).next());
        if let Some(name) = name.filter(|name| *name != "..." && !UNCOUNTED.contains(name)) {
            *called.entry(name).or_default() += 1;
        }
    }
    called
}

#[test]
fn allocator_is_counted_apart() {
    let text = "thread: 7\nsummary: 90\n\nfn=(1) main\n5 3\ncfn=(2) malloc\ncalls=4 0\n5 60\ncfn=(3) free\ncalls=4 0\n\
                5 20\n\nfn=(2)\n1 60\n\nfn=(4) other\ncfn=(2)\ncalls=2 0\n6 7\n";
    let profile = Profile {
        thread: 7,
        instructions: 90 - 60 - 20 - 7,
        allocations: 6,
    };
    assert_eq!(read(text), Some(profile));
}

#[test]
fn system_calls_of_a_thread_are_counted_once() {
    let list = "SYSCALL[9,7](45) sys_recvfrom ( 3, 0x1, 1024 ) --> [async] ... \n\
                SYSCALL[9,1](1) sys_write ( 1, 0x1, 2 ) --> [async] ... \n\
                SYSCALL[9,7](45) ... [async] --> Success(0x1) \n\
                SYSCALL[9,7](228) sys_clock_gettime( 1, 0x1 )[sync] --> Success(0x0) \n";
    let called = system_calls(list, 7);
    assert_eq!(
        called.into_iter().collect::<Vec<_>>(),
        [("sys_recvfrom", 1)]
    );
}
