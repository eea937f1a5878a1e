//! `wasmgate plugin dev`: what is saved in an editor runs in a gateway.

use std::{os::unix::process::ExitStatusExt, path::Path};

use wasmgate_tests::{Directory, Gateway, Running, run};

const GUARDED: &str = "
apis:
  main:
    routes:
      GET /a:
        authorize: [{ use: guard, with: { token: secret } }]
        to: { respond: { status: 204 } }
plugins: ./plugins
";

/// A gateway with what was built of a new project, and the project beside its configuration.
async fn guarded() -> Gateway {
    let made = Directory::new();
    new(made.path());
    let built = run(&["plugin", "build", "guard"], made.path());
    assert_eq!(built.code, 0, "{built:?}");
    let plugin = std::fs::read(made.path().join("guard/build/guard.wasm")).unwrap();
    let gateway = Gateway::setup(GUARDED).file("plugins/guard.wasm", plugin);
    let gateway = gateway.start().await;
    new(gateway.directory.path());
    gateway
}

fn new(folder: &Path) {
    let made = run(&["plugin", "new", "guard", "--lang", "wat"], folder);
    assert_eq!(made.code, 0, "{made:?}");
}

async fn status(gateway: &Gateway, token: &str) -> u16 {
    let reply = gateway.get_with("/a", &[("authorization", token)]).await;
    reply.status.as_u16()
}

#[tokio::test]
async fn saved_file_is_swapped_in_and_a_broken_one_is_not() {
    let gateway = guarded().await;
    let folder = gateway.directory.path().join("guard");
    let source = folder.join("guard.wat");
    let text = std::fs::read_to_string(&source).unwrap();
    assert_eq!(status(&gateway, "guess").await, 403);

    let dev = Running::start(&["plugin", "dev"], &folder);
    dev.out.line("guard.wasm is up to date").await;
    std::fs::write(&source, "(module (func $broken").unwrap();
    dev.err.line("guard.wat").await;
    dev.out.line("not built: what was there stays").await;
    assert_eq!(status(&gateway, "secret").await, 204);

    let stricter = text.replace("(call $forbidden)", "(call $unauthorized)");
    assert_ne!(stricter, text);
    std::fs::write(&source, stricter).unwrap();
    dev.out.line("built ").await;
    gateway.log.line("swapped").await;
    assert_eq!(status(&gateway, "guess").await, 401);
    assert_eq!(status(&gateway, "secret").await, 204);
    assert_eq!(dev.terminate().await.signal(), Some(15));
}

#[tokio::test]
async fn folder_without_a_gateway_is_asked_for_one() {
    let gateway = guarded().await;
    std::fs::remove_file(gateway.directory.path().join("wasmgate.yaml")).unwrap();
    let ended = run(&["plugin", "dev", "guard"], gateway.directory.path());
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("`--into`"), "{ended:?}");
    let nowhere = ["plugin", "dev", "guard", "--into", "nowhere"];
    let ended = run(&nowhere, gateway.directory.path());
    assert!(ended.err.contains("`nowhere`"), "{ended:?}");
}
