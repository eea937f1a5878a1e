//! The settings, as an operator writes them.

use wasmgate_sdk::{assets::Asset, prelude::*};

/// Who gets in, and which pages of other origins may call.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Rules of which none may meet a request.
    #[serde(default)]
    pub(crate) deny: Vec<Rule>,
    /// Rules of which one must meet a request; where there are none, all are let in that no `deny` meets.
    #[serde(default)]
    pub(crate) allow: Option<Vec<Rule>>,
    /// The header field in which a proxy in front tells the client's country, such as `cf-ipcountry`.
    /// It counts where one of `trusted_proxies` sends it.
    #[serde(default)]
    pub(crate) country_header: Option<String>,
    /// Which pages of other origins may call: CORS, as Amazon API Gateway's HTTP APIs have it.
    #[serde(default)]
    pub(crate) cors: Option<Cors>,
}

/// Conditions. A rule meets a request where all that are written hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// The client's address is in one of these networks.
    #[serde(default)]
    pub(crate) address: Option<Addresses>,
    /// The method is one of these.
    #[serde(default)]
    pub(crate) method: Option<Vec<String>>,
    /// The host is one of these, `*.` in front for any one label.
    #[serde(default)]
    pub(crate) host: Option<Vec<String>>,
    /// The client's country is one of these, two capital letters each (ISO 3166), or `unknown`.
    #[serde(default)]
    pub(crate) country: Option<Vec<String>>,
    /// The time of day is within these hours.
    #[serde(default)]
    pub(crate) time: Option<Time>,
}

/// Networks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a list of networks, or `{file: PATH}`")]
pub(crate) enum Addresses {
    /// A file with one network a line. Blank lines and those that begin with `#` are passed over.
    File(Asset),
    /// Networks, such as `192.0.2.0/24` or `2001:db8::/32`, or single addresses.
    List(Vec<String>),
}

/// Hours of a day.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Time {
    /// When they begin: `08:00`.
    pub(crate) from: String,
    /// When they are over: `18:00`; before `from` where they last past midnight.
    pub(crate) to: String,
    /// Days on which they begin: `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`; all where none is written.
    #[serde(default)]
    pub(crate) days: Option<Vec<String>>,
    /// The time zone's distance from UTC, such as `+01:00`. It knows no summer time.
    #[serde(default = "utc")]
    pub(crate) zone: String,
}

fn utc() -> String {
    "+00:00".to_owned()
}

/// What pages of other origins may do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cors {
    /// Origins such as `https://shop.example.com`, compared as they are; `https://*`, `http://*`, or `*` for all.
    pub(crate) allow_origins: Vec<String>,
    /// Methods that they may use; `*` for all.
    #[serde(default = "simple_methods")]
    pub(crate) allow_methods: Vec<String>,
    /// Header fields that they may send; `*` for all.
    #[serde(default)]
    pub(crate) allow_headers: Vec<String>,
    /// Header fields of the answer that they may read.
    #[serde(default)]
    pub(crate) expose_headers: Vec<String>,
    /// For how many seconds a browser may remember, -1 (not at all) to 86400.
    #[serde(default)]
    pub(crate) max_age: Option<i32>,
    /// Whether browsers send cookies along.
    #[serde(default)]
    pub(crate) allow_credentials: bool,
}

/// What pages may use without asking.
fn simple_methods() -> Vec<String> {
    ["GET", "HEAD", "POST"].map(str::to_owned).into()
}
