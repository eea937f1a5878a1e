#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::xml::Limits;

fn envelope(version: Version, header: &str, body: &str) -> String {
    let header = format!("<soap:Header>{header}</soap:Header>");
    format!(
        "{}{header}<soap:Body>{body}</soap:Body></soap:Envelope>",
        version.open(&["urn:x".to_owned()])
    )
}

#[test]
fn parts_of_both_versions_are_found() {
    for version in [Version::V11, Version::V12] {
        let text = envelope(version, "<ns0:a/>", "<ns0:b/>");
        let root = xml::read(&text, &Limits::default()).unwrap();
        let envelope = Envelope::of(&root).unwrap();
        assert_eq!(envelope.version, version);
        assert!(envelope.headers[0].is("urn:x", "a") && envelope.body[0].is("urn:x", "b"));
        assert!(envelope.fault().is_none());
    }
}

#[test]
fn what_is_no_envelope_is_refused() {
    for (text, message) in [
        ("<Envelope/>", "no envelope of SOAP 1.1 or 1.2"),
        (
            "<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope'/>",
            "no envelope of SOAP 1.1 or 1.2",
        ),
        (
            "<Fault xmlns='http://schemas.xmlsoap.org/soap/envelope/'/>",
            "no envelope of SOAP 1.1 or 1.2",
        ),
        (
            "<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'><Body xmlns=''/></Envelope>",
            "the envelope has no body",
        ),
    ] {
        let root = xml::read(text, &Limits::default()).unwrap();
        let mistake = Envelope::of(&root).unwrap_err();
        assert!(mistake.message.contains(message), "{text}: {mistake}");
    }
}

#[test]
fn faults_read_as_they_were_written() {
    for version in [Version::V11, Version::V12] {
        for side in [
            Side::Sender,
            Side::Receiver,
            Side::MustUnderstand,
            Side::VersionMismatch,
        ] {
            let text = side.envelope(version, &[], "a < b", "<x>1</x>");
            let root = xml::read(&text, &Limits::default()).unwrap();
            let fault = Envelope::of(&root).unwrap().fault().unwrap();
            assert_eq!(
                (fault.side, &*fault.code, &*fault.reason),
                (side, side.code(version), "a < b")
            );
            assert_eq!(fault.detail.unwrap().child("x").unwrap().text(), "1");
        }
    }
    assert_eq!(Side::Sender.status(Version::V12), 400);
    assert_eq!(Side::Sender.status(Version::V11), 500);
}

#[test]
fn only_blocks_for_us_must_be_understood() {
    let attributes = [
        (Version::V11, "soap:mustUnderstand='1'", true),
        (Version::V11, "soap:mustUnderstand='0'", false),
        (Version::V11, "mustUnderstand='1'", false),
        (
            Version::V11,
            "soap:mustUnderstand='1' soap:actor='http://schemas.xmlsoap.org/soap/actor/next'",
            true,
        ),
        (
            Version::V11,
            "soap:mustUnderstand='1' soap:actor='urn:other'",
            false,
        ),
        (Version::V12, "soap:mustUnderstand='true'", true),
        (
            Version::V12,
            "soap:mustUnderstand='true' soap:role='http://www.w3.org/2003/05/soap-envelope/role/none'",
            false,
        ),
    ];
    for (version, attributes, must) in attributes {
        let text = envelope(version, &format!("<ns0:a {attributes}/>"), "");
        let root = xml::read(&text, &Limits::default()).unwrap();
        let envelope = Envelope::of(&root).unwrap();
        assert_eq!(
            envelope.not_understood(|_| false).is_some(),
            must,
            "{attributes}"
        );
        assert!(
            envelope
                .not_understood(|block| block.is("urn:x", "a"))
                .is_none()
        );
    }
}

#[test]
fn action_is_read_from_field_or_content_type() {
    for (field, content_type, expected) in [
        (Some("\"urn:a\""), None, Some("urn:a")),
        (Some(" urn:a "), None, Some("urn:a")),
        (Some("\"\""), None, Some("")),
        (
            None,
            Some("application/soap+xml; charset=utf-8; action=\"urn:\\\"b;c\""),
            Some("urn:\"b;c"),
        ),
        (
            None,
            Some("application/soap+xml;Action = urn:b ;charset=utf-8"),
            Some("urn:b"),
        ),
        (None, Some("application/soap+xml; x=\"action=1\""), None),
        (None, Some("text/xml"), None),
        (None, None, None),
    ] {
        assert_eq!(
            action(field, content_type).as_deref(),
            expected,
            "{field:?} {content_type:?}"
        );
    }
    let content_type = Version::V12.content_type(Some("urn:\"b;c"));
    assert_eq!(
        action(None, Some(&content_type)).as_deref(),
        Some("urn:\"b;c")
    );
}
