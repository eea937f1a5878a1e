//! The list against the tricks that are played on such lists.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn list(grants: &[&str]) -> AllowList {
    let grants: Vec<String> = grants.iter().map(|&grant| grant.to_owned()).collect();
    AllowList::parse(&grants).unwrap()
}

fn allows(grant: &str, url: &str, address: &str) -> bool {
    let target = Target::of(&Url::parse(url).unwrap()).unwrap();
    let list = list(&[grant]);
    list.knows(&target) && list.allows(&target, address.parse().unwrap())
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    let grant = "https://idp.example.com";
    for url in ["https://idp.example.com/x", "https://IDP.example.com.:443/"] {
        assert!(allows(grant, url, "1.1.1.1"), "{url}");
    }
    for url in [
        "http://idp.example.com/",
        "https://idp.example.com:8443/",
        "https://example.com/",
        "https://x.idp.example.com/",
        "https://idp.example.com.evil.org/",
        "https://1.1.1.1/",
    ] {
        assert!(!allows(grant, url, "1.1.1.1"), "{url}");
    }
}

#[test]
fn a_name_may_not_lead_inside() {
    for inside in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.1",
        "fd00::1",
    ] {
        assert!(
            !allows("http://idp.example.com", "http://idp.example.com/", inside),
            "{inside}"
        );
        assert!(
            !allows("http://*", "http://idp.example.com/", inside),
            "{inside}"
        );
        assert!(
            !allows("http://*.com", "http://idp.example.com/", inside),
            "{inside}"
        );
    }
    assert!(allows("http://*", "http://idp.example.com/", "1.1.1.1"));
    assert!(!allows("http://*", "http://localhost/", "127.0.0.1"));
}

#[test]
fn a_wildcard_stands_for_whole_labels() {
    let grant = "https://*.example.com";
    assert!(allows(grant, "https://a.example.com/", "1.1.1.1"));
    assert!(allows(grant, "https://a.b.example.com/", "1.1.1.1"));
    assert!(!allows(grant, "https://example.com/", "1.1.1.1"));
    assert!(!allows(grant, "https://evilexample.com/", "1.1.1.1"));
    assert!(!allows(grant, "https://.example.com/", "1.1.1.1"));
}

#[test]
fn localhost_is_this_machine_and_no_other() {
    let grant = "http://localhost:9000";
    assert!(allows(grant, "http://localhost:9000/", "127.0.0.1"));
    assert!(allows(grant, "http://localhost:9000/", "::1"));
    assert!(!allows(grant, "http://localhost:9000/", "10.0.0.1"));
    assert!(!allows(grant, "http://localhost:9000/", "1.1.1.1"));
    assert!(!allows(grant, "http://localhost/", "127.0.0.1"));
    assert!(!allows(grant, "http://127.0.0.1:9000/", "127.0.0.1"));
}

#[test]
fn a_network_holds_for_addresses_whatever_their_names() {
    for grant in ["10.0.0.0/8", "http://10.0.0.0/8", "http://10.1.2.3"] {
        assert!(allows(grant, "http://10.1.2.3/", "10.1.2.3"), "{grant}");
        assert!(
            allows(grant, "http://orders.internal/", "10.1.2.3"),
            "{grant}"
        );
        assert!(
            allows(grant, "http://[::ffff:a01:203]/", "10.1.2.3"),
            "{grant}"
        );
        assert!(
            !allows(grant, "http://orders.internal/", "192.168.0.1"),
            "{grant}"
        );
        assert!(
            !allows(grant, "http://orders.internal/", "64:ff9b::a01:203"),
            "{grant}"
        );
    }
    assert!(allows("10.0.0.0/8", "https://10.1.2.3:8443/", "10.1.2.3"));
    assert!(allows(
        "http://10.0.0.0/8:8080",
        "http://10.1.2.3:8080/",
        "10.1.2.3"
    ));
    assert!(!allows(
        "http://10.0.0.0/8:8080",
        "http://10.1.2.3/",
        "10.1.2.3"
    ));
    assert!(allows(
        "http://[fd00::]/8:81",
        "http://[fd00::7]:81/",
        "fd00::7"
    ));
    assert!(allows("http://[::1]:81", "http://[::1]:81/", "::1"));
}

#[test]
fn a_host_may_be_tied_to_a_network() {
    let grant = "http://orders.internal in 10.0.0.0/8";
    assert!(allows(grant, "http://orders.internal/", "10.1.2.3"));
    assert!(!allows(grant, "http://orders.internal/", "1.1.1.1"));
    assert!(!allows(grant, "http://other.internal/", "10.1.2.3"));
    assert!(!allows(grant, "http://10.1.2.3/", "10.1.2.3"));
}

#[test]
fn a_wide_network_means_the_public_part() {
    for grant in ["0.0.0.0/0", "http://0.0.0.0/0"] {
        assert!(allows(grant, "http://example.com/", "1.1.1.1"));
        assert!(!allows(grant, "http://example.com/", "10.0.0.1"));
    }
    assert!(!allows("::/0", "http://example.com/", "::1"));
}

#[test]
fn nobody_is_reached_by_nobodys_address() {
    assert!(!allows("0.0.0.0/8", "http://0.0.0.0/", "0.0.0.0"));
    assert!(!allows("http://[::]", "http://[::]/", "::"));
    assert!(!allows("224.0.0.0/4", "http://224.0.0.1/", "224.0.0.1"));
}

#[test]
fn other_spellings_of_an_address_are_that_address() {
    for url in [
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.1./",
        "http://%31%32%37.0.0.1/",
        "http://①②⑦.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
    ] {
        let target = Target::of(&Url::parse(url).unwrap()).unwrap();
        assert_eq!(target.address(), "127.0.0.1".parse().ok(), "{url}");
        assert!(
            !list(&["http://*", "http://localhost"]).knows(&target),
            "{url}"
        );
    }
}

#[test]
fn only_plain_web_addresses_are_targets() {
    for url in [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://x/",
        "data:,x",
        "http://user@example.com/",
        "http://:secret@example.com/",
        "https://a:b@example.com/",
    ] {
        assert_eq!(Target::of(&Url::parse(url).unwrap()), None, "{url}");
    }
}

#[test]
fn grants_that_say_nothing_are_refused() {
    for grant in [
        "",
        "example.com",
        "ftp://example.com",
        "https://",
        "https://example.com/path",
        "https://example.com:0",
        "https://example.com:99999",
        "https://exa*mple.com",
        "https://a b",
        "https://*.*.com",
        "https://user@example.com",
        "10.0.0.0/33",
        "https://10.0.0.1 in 10.0.0.0/8",
        "https://example.com in everywhere",
        "::ffff:10.0.0.0/104",
        "https://example.com?x",
    ] {
        assert!(AllowList::parse(&[grant.to_owned()]).is_err(), "{grant}");
    }
}
