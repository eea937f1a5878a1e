use std::{net::Ipv4Addr, path::Path, time::Duration};

use http::HeaderMap;
use serde_json::{Value, json};

use super::*;
use crate::{
    config::{Isolation, Place},
    context::Context,
    plugin::{Denial, Fault, Grant, PluginState, RequestView, scratch::Scratch},
};

mod guest;
mod loading;
mod updating;

use guest::Guest;

/// A plugin directory, and the plugins that are made of it.
struct Bench {
    directory: Scratch,
    plugins: Arc<Plugins>,
}

impl Bench {
    fn new(name: &str) -> Bench {
        Bench::with(name, |_| {})
    }

    fn with(name: &str, change: impl FnOnce(&mut PluginSettings)) -> Bench {
        let directory = Scratch::new(name);
        let plugins = start(directory.path(), change);
        Bench { directory, plugins }
    }

    fn put(&self, plugin: &str, bytes: impl AsRef<[u8]>) {
        self.directory.put(&format!("{plugin}.wasm"), bytes);
    }

    async fn attach(&self, plugin: &str, with: Value) -> Result<Attachment, Vec<String>> {
        self.attach_all(vec![attachment(plugin, with)])
            .await
            .map(|mut all| all.remove(0))
    }

    async fn attach_all(
        &self,
        all: Vec<config::Attachment>,
    ) -> Result<Vec<Attachment>, Vec<String>> {
        let prepared = self.prepare("shop", all).await;
        match prepared.unusable.iter().all(|wrong| !wrong.misconfigured) {
            true => Ok(prepared.attachments),
            false => Err(told(&prepared)),
        }
    }

    async fn prepare(&self, api: &str, all: Vec<config::Attachment>) -> Prepared {
        prepare(&self.plugins, api, all).await
    }

    fn status(&self, plugin: &str) -> PluginStatus {
        let mut all = self.plugins.status().into_iter();
        all.find(|status| status.name == plugin).unwrap()
    }
}

fn start(directory: &Path, change: impl FnOnce(&mut PluginSettings)) -> Arc<Plugins> {
    let mut settings = PluginSettings {
        directory: Some(directory.to_owned()),
        pool: 4,
        ..PluginSettings::default()
    };
    change(&mut settings);
    Plugins::start(settings).unwrap()
}

async fn prepare(plugins: &Arc<Plugins>, api: &str, all: Vec<config::Attachment>) -> Prepared {
    let all = all.into_iter().map(|attachment| (attachment, &[][..]));
    plugins.prepare(api, all.collect()).await
}

/// What is wrong, each with its place in the document.
fn told(prepared: &Prepared) -> Vec<String> {
    let problems = prepared.unusable.iter().flat_map(|wrong| &wrong.problems);
    let told = problems.map(|problem| {
        let pointer = problem.place.as_ref().map(|place| place.pointer.clone());
        format!("{}: {}", pointer.unwrap_or_default(), problem.message)
    });
    told.collect()
}

/// An attachment written at `/with` of a document that is not there.
fn attachment(plugin: &str, with: Value) -> config::Attachment {
    config::Attachment {
        plugin: plugin.to_owned(),
        with,
        fail_open: false,
        place: Place {
            document: Arc::default(),
            pointer: "/with".to_owned(),
            position: (1, 1),
        },
    }
}

async fn authorize(attachment: &Attachment) -> Result<Grant, Denial> {
    authorize_with(attachment, &HeaderMap::new()).await
}

async fn authorize_with(attachment: &Attachment, headers: &HeaderMap) -> Result<Grant, Denial> {
    let context = Context::begin(&http::Request::new(()), Ipv4Addr::LOCALHOST.into());
    let request = RequestView {
        method: "GET",
        path: "/",
        query: None,
        headers,
        parameters: &[],
        context: &Arc::new(context),
        body: None,
    };
    let pinned = attachment.pin().map_err(Denial::Failed)?;
    pinned.authorize(request).await
}

/// Who a guest says the caller is.
async fn principal(attachment: &Attachment) -> String {
    authorize(attachment).await.unwrap().principal
}

async fn reason(attachment: &Attachment) -> String {
    match authorize(attachment).await {
        Err(Denial::Failed(failure)) => match failure.fault {
            Fault::Broken(reason) => reason,
            other => panic!("not broken but {other}"),
        },
        other => panic!("not broken but {other:?}"),
    }
}
