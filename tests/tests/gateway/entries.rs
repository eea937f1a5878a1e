//! All that an API's chains ask of one plugin is one image, however often it is attached.

use serde_json::{Value, json};
use wasmgate_tests::Gateway;

fn patches(value: &str) -> Value {
    json!({ "use": "patches", "with": { "changes": [["set-header", "x-route", value]] } })
}

async fn images(gateway: &Gateway) -> Vec<Value> {
    let plugins = gateway.ask("/plugins").await.json();
    let plugin = plugins
        .as_array()
        .unwrap()
        .iter()
        .find(|plugin| plugin["name"] == "patches");
    plugin.unwrap()["images"].as_array().unwrap().clone()
}

#[tokio::test]
async fn thousand_attachments_are_one_image() {
    let routes: serde_json::Map<_, _> = (0..1000)
        .map(|n| {
            let route = json!({ "respond": [patches(&n.to_string())], "to": { "respond": {} } });
            (format!("GET /route-{n}"), route)
        })
        .collect();
    let yaml = format!("apis: {}\n", json!({ "shop": { "routes": routes } }));
    let gateway = Gateway::setup(&yaml).guest("patches").start().await;
    for n in ["0", "1", "500", "999"] {
        let reply = gateway.get(&format!("/route-{n}")).await;
        assert_eq!(reply.header("x-route"), n);
    }
    let images = images(&gateway).await;
    assert_eq!(images.len(), 1);
    assert_eq!(images[0]["entries"], 1000);
    assert_eq!(images[0]["snapshot"], true);
}

#[tokio::test]
async fn equal_entries_of_two_apis_share_an_image() {
    let api = |path: &str, value: &str| {
        json!({ "base_path": path, "routes": { "GET /a": {
            "respond": [patches(value)], "to": { "respond": {} },
        } } })
    };
    let apis =
        json!({ "one": api("/one", "x"), "two": api("/two", "x"), "three": api("/three", "y") });
    let gateway = Gateway::setup(&format!("apis: {apis}\n"))
        .guest("patches")
        .start()
        .await;
    assert_eq!(images(&gateway).await.len(), 2);
    for (path, value) in [("/one/a", "x"), ("/two/a", "x"), ("/three/a", "y")] {
        assert_eq!(gateway.get(path).await.header("x-route"), value);
    }
}

#[test]
fn every_mistake_of_every_entry_is_told() {
    let yaml = "apis:\n  shop:\n    routes:\n      GET /a: { respond: [{ use: patches, with: { sets: 1 } }], to: { respond: {} } }\n      \
                GET /b: { respond: [{ use: patches, with: { kinds: [] } }], to: { respond: {} } }\n";
    let checked = Gateway::setup(yaml).guest("patches").command(&["check"]);
    assert_eq!(checked.code, 3, "{}", checked.err);
    let place = |route: &str| {
        let line = yaml.lines().position(|line| line.contains(route)).unwrap();
        // Lines that the harness adds stand before.
        format!("wasmgate.yaml:{}:", line + 6)
    };
    for part in [&*place("GET /a"), &place("GET /b"), "kinds"] {
        let told = &checked.err;
        assert!(told.contains(part), "`{part}` is not in:\n{told}");
    }
}

#[test]
fn plugin_in_a_place_that_it_has_no_hook_for_is_told() {
    for (place, hook) in [
        ("early: [validates]", "request-filter"),
        ("authorize: [validates]", "authorizer"),
        ("transform: [validates]", "mapper"),
        ("respond: [validates]", "response-filter"),
        ("observe: [validates]", "observer"),
    ] {
        let with = "{ use: validates, with: { members: [] } }";
        let place = place.replace("validates", with);
        let yaml = format!(
            "apis: {{ a: {{ routes: {{ GET /a: {{ {place}, to: {{ respond: {{}} }} }} }} }} }}\n"
        );
        let checked = Gateway::setup(&yaml).guest("validates").command(&["check"]);
        assert_eq!(checked.code, 3, "{}", checked.err);
        let wrong = format!("`{hook}`: it has `validator`");
        assert!(checked.err.contains(&wrong), "{}", checked.err);
    }
}
