//! Settings as written to settings as used; every mistake is told with its place.

use soap_engine::{
    envelope::Version,
    plain,
    wsdl::{self, Choice, Service},
    xml::is_name,
};
use wasmgate_sdk::{Problem, assets::Asset};

use crate::{
    Shape, Soap,
    block::Block,
    config::{self, Clients, Config},
    contract::{Contract, Untyped},
    target::Target,
    xml::Documents,
};

/// Makes an attachment ready.
pub(crate) fn ready(mut config: Config) -> Result<Soap, Problem> {
    let shape = shape(&mut config);
    let blocks = each(config.blocks.iter().enumerate(), "blocks", |block| {
        Block::parse(block)
    });
    let targets = each(config.operations.iter(), "operations", |target| {
        Target::parse(target)
    });
    let shape = match (shape, &blocks, &targets) {
        (Ok(shape), Ok(_), Ok(_)) => shape,
        (shape, blocks, targets) => {
            let problems = [
                shape.err(),
                blocks.as_ref().err().cloned(),
                targets.as_ref().err().cloned(),
            ];
            return Err(problems
                .into_iter()
                .flatten()
                .reduce(Problem::and)
                .unwrap_or_else(|| Problem::new("")));
        }
    };
    let service = match &shape {
        Shape::Soap(Contract::Wsdl(service)) => Some(&**service),
        _ => None,
    };
    check(&config, service)?;
    let published = published(&config)?;
    let path = config
        .path
        .or_else(|| Some(path_of(&service?.location)?.to_owned()));
    Ok(Soap {
        clients: config.clients,
        operation: config.operation,
        path,
        blocks: blocks?.into_iter().map(|(_, block)| block).collect(),
        headers: config.headers,
        faults: config.faults,
        targets: targets?.into_iter().collect(),
        limits: soap_engine::xml::Limits {
            depth: config.limits.depth,
            nodes: config.limits.nodes,
        },
        shape,
        published,
    })
}

/// The files as clients may read them.
fn published(config: &Config) -> Result<Vec<String>, Problem> {
    let Some(url) = &config.publish else {
        return Ok(Vec::new());
    };
    let (Some(wsdl), Clients::Xml) = (&config.wsdl, config.clients) else {
        let message =
            "is for SOAP clients of a WSDL: add `wsdl` and `clients: xml`, or take it away";
        return Err(Problem::at("/publish", message));
    };
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    if rest.is_none_or(|rest| rest.is_empty() || rest.contains(['?', '#', ' ', '"', '<'])) {
        let message =
            "must be the URL of this route for its clients, such as `https://api.example.com/soap`";
        return Err(Problem::at("/publish", message));
    }
    let files = files(wsdl, config)?;
    wsdl::publish(&named(&files), url).map_err(located)
}

/// Reads each of some settings, or tells all mistakes in them.
fn each<K: ToString, S, T>(
    settings: impl Iterator<Item = (K, S)>,
    name: &str,
    read: impl Fn(S) -> Result<T, String>,
) -> Result<Vec<(String, T)>, Problem> {
    let (mut done, mut problems) = (Vec::new(), Vec::new());
    for (key, setting) in settings {
        let key = key.to_string();
        match read(setting) {
            Ok(value) => done.push((key, value)),
            Err(message) => problems.push(Problem::at(pointer(name, &key), message)),
        }
    }
    Problem::all(problems)?;
    Ok(done)
}

fn shape(config: &mut Config) -> Result<Shape, Problem> {
    let rules = rules(&config.rules)?;
    match (&config.wsdl, &config.soap, &config.xml) {
        (Some(wsdl), None, None) => {
            let mut service = service(wsdl, config)?;
            service.schema.rules = rules;
            Ok(Shape::Soap(Contract::Wsdl(Box::new(service))))
        }
        (None, Some(soap), None) => Ok(Shape::Soap(Contract::Rules(Box::new(untyped(
            soap, rules,
        )?)))),
        (None, None, Some(xml)) => {
            names([("/xml/request", &xml.request), ("/xml/reply", &xml.reply)])?;
            Ok(Shape::Xml(Documents {
                request: xml.request.clone(),
                reply: xml.reply.clone(),
                rules,
            }))
        }
        _ => Err(Problem::new(
            "one of `wsdl`, `soap` and `xml` says what is on the wire: write `wsdl: {file: service.wsdl}`, `soap: {namespace: …}` or `xml: {}`",
        )),
    }
}

fn service(wsdl: &Asset, config: &Config) -> Result<Service, Problem> {
    let files = files(wsdl, config)?;
    let choice = Choice {
        service: config.service.as_deref(),
        port: config.port.as_deref(),
    };
    wsdl::read(&named(&files), choice).map_err(located)
}

/// The WSDL and what it imports: names and texts.
fn files<'c>(wsdl: &'c Asset, config: &'c Config) -> Result<Vec<(&'c str, String)>, Problem> {
    let assets = [wsdl].into_iter().chain(&config.schemas);
    assets
        .map(|asset| Ok((asset.name(), text(asset)?)))
        .collect()
}

fn named<'f>(files: &'f [(&str, String)]) -> Vec<(&'f str, &'f str)> {
    files.iter().map(|(name, text)| (*name, &**text)).collect()
}

/// A problem of one of the files, at its setting.
fn located(problem: wsdl::Problem) -> Problem {
    let pointer = match problem.file {
        0 => "/wsdl".to_owned(),
        file => format!("/schemas/{}", file - 1),
    };
    Problem::at(pointer, problem.message).line(small(problem.line), small(problem.column))
}

fn text(asset: &Asset) -> Result<String, Problem> {
    let bytes = asset.read()?;
    let text = soap_engine::xml::decode(&bytes, None);
    let text = text.map_err(|message| Problem::new(format!("`{}`: {message}", asset.name())))?;
    Ok(text.into_owned())
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn untyped(soap: &config::Soap, rules: plain::Rules) -> Result<Untyped, Problem> {
    names([("/soap/element", &soap.element)])?;
    Ok(Untyped {
        namespace: soap.namespace.clone(),
        element: soap.element.clone(),
        action: soap.action.clone(),
        version: match soap.version {
            config::Version::V11 => Version::V11,
            config::Version::V12 => Version::V12,
        },
        qualified: soap.qualified,
        rules,
    })
}

fn names<const N: usize>(settings: [(&str, &Option<String>); N]) -> Result<(), Problem> {
    let wrong = settings
        .into_iter()
        .filter(|(_, name)| name.as_deref().is_some_and(|name| !is_name(name)));
    Problem::all(wrong.map(|(pointer, _)| {
        Problem::at(pointer, "must be the name of an element, without a prefix")
    }))
}

fn rules(rules: &config::Rules) -> Result<plain::Rules, Problem> {
    let mut problems = Vec::new();
    for (prefix, namespace) in &rules.prefixes {
        if !(prefix.is_empty() || is_name(prefix))
            || matches!(&**prefix, "xml" | "xmlns" | "xsi" | "soap")
            || namespace.is_empty()
        {
            let message = "a prefix is a name, its namespace is not empty, and `xml`, `xmlns`, `xsi` and `soap` are taken";
            problems.push(Problem::at(pointer("rules/prefixes", prefix), message));
        }
    }
    let special = [
        ("attribute", &rules.attribute),
        ("text", &rules.text),
        ("content", &rules.content),
    ];
    for (name, value) in special {
        if value.is_empty() || is_name(value) {
            let message = "must be no name of an element: begin it with `@`, `#` or `$`";
            problems.push(Problem::at(pointer("rules", name), message));
        }
    }
    Problem::all(problems)?;
    Ok(plain::Rules {
        attribute: rules.attribute.clone(),
        text: rules.text.clone(),
        content: rules.content.clone(),
        cdata: rules.cdata.clone(),
        namespaces: match rules.namespaces {
            config::Namespaces::Drop => plain::Namespaces::Drop,
            config::Namespaces::Keep => plain::Namespaces::Keep,
        },
        prefixes: rules.prefixes.clone().into_iter().collect(),
        arrays: rules
            .arrays
            .iter()
            .map(|path| path.split('/').map(str::to_owned).collect())
            .collect(),
        scalars: rules.scalars,
        order: rules.order,
    })
}

/// What fits together.
fn check(config: &Config, service: Option<&Service>) -> Result<(), Problem> {
    let mut problems = Vec::new();
    let mut known = |pointer: String, name: &str| {
        if let Some(service) = service.filter(|service| !service.operations.contains_key(name)) {
            let names: Vec<_> = service
                .operations
                .keys()
                .map(|name| format!("`{name}`"))
                .collect();
            let message = format!(
                "the WSDL has no operation `{name}`: it has {}",
                names.join(", ")
            );
            problems.push(Problem::at(pointer, message));
        }
    };
    if let Some(name) = &config.operation {
        known("/operation".to_owned(), name);
    }
    for name in config.operations.keys() {
        known(pointer("operations", name), name);
    }
    for (name, status) in &config.faults {
        if !(400..600).contains(status) {
            problems.push(Problem::at(
                pointer("faults", name),
                "must be a status from 400 to 599",
            ));
        }
    }
    if config
        .path
        .as_ref()
        .is_some_and(|path| !path.starts_with('/'))
    {
        problems.push(Problem::at("/path", "must begin with `/`"));
    }
    if !(1..=100).contains(&config.limits.depth) {
        problems.push(Problem::at("/limits/depth", "must be from 1 to 100"));
    }
    if config.clients == Clients::Json && !config.operations.is_empty() {
        problems.push(Problem::at(
            "/operations",
            "is for SOAP clients: add `clients: xml`, or take it away",
        ));
    }
    Problem::all(problems)
}

/// The path of a URL.
fn path_of(location: &str) -> Option<&str> {
    let (_, rest) = location.split_once("://")?;
    let path = rest.find('/').map_or("/", |slash| &rest[slash..]);
    path.split(['?', '#']).next()
}

/// A JSON Pointer to a setting.
fn pointer(name: &str, key: &str) -> String {
    format!("/{name}/{}", key.replace('~', "~0").replace('/', "~1"))
}
