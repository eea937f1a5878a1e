//! Finds the route of a request, at the same cost for ten routes as for ten thousand.
//!
//! A tree of path segments, walked by the precedence of HTTP APIs (reference, section 2.4): a full match before a
//! greedy one, literal segments before parameters, the longest greedy prefix first, a method before `ANY`,
//! `$default` last. Paths are raw: `%2F` does not split segments, and parameters keep their encoding.

use std::{collections::HashMap, ops::Range, sync::Arc};

use http::Method;

/// A place in the list of routes that the router was compiled from.
pub(crate) type RouteId = usize;

/// The compiled routes of a stage.
#[derive(Debug, Default)]
pub(crate) struct Router {
    root: Node,
    default: Option<RouteId>,
    /// Names of the parameters of each route, in the order of their segments.
    parameters: Vec<Vec<Arc<str>>>,
}

/// A route that fits, and the places in the path where its parameters stand.
#[derive(Debug, PartialEq)]
pub(crate) struct Matched {
    pub(crate) route: RouteId,
    pub(crate) parameters: Vec<(Arc<str>, Range<usize>)>,
}

/// No route takes this method and path.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("no route for this method and path")]
pub(crate) struct RouteNotFound;

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<Box<str>, Node>,
    parameter: Option<Box<Node>>,
    /// Routes whose path ends here.
    ends: Methods,
    /// Routes whose path goes on with `{name+}`.
    greedy: Methods,
}

#[derive(Debug, Default)]
struct Methods {
    named: Vec<(Method, RouteId)>,
    any: Option<RouteId>,
}

impl Matched {
    /// Names and raw values of the parameters in the path that was searched for.
    pub(crate) fn parameters_of(&self, path: &str) -> Vec<(Arc<str>, String)> {
        let cut = |(name, place): &(Arc<str>, Range<usize>)| {
            (Arc::clone(name), path[place.clone()].to_owned())
        };
        self.parameters.iter().map(cut).collect()
    }
}

impl Router {
    /// Compiles routes, given as method (none for `ANY`) and path pattern, or `$default`.
    ///
    /// Patterns were checked with the configuration; of two equal routes the first wins.
    pub(crate) fn compile<'a>(
        routes: impl IntoIterator<Item = (Option<&'a Method>, &'a str)>,
    ) -> Router {
        let mut router = Router::default();
        for (id, (method, path)) in routes.into_iter().enumerate() {
            router.insert(id, method, path);
        }
        router
    }

    /// The route of a request, by its method and raw path (without query, beginning with `/`).
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Matched, RouteNotFound> {
        let mut walk = Walk {
            method,
            path,
            captured: Vec::new(),
        };
        let found = walk
            .full(&self.root, 0)
            .or_else(|| walk.greedy(&self.root, 0))
            .or(self.default);
        let route = found.ok_or(RouteNotFound)?;
        let names = self.parameters[route].iter().cloned();
        Ok(Matched {
            route,
            parameters: names.zip(walk.captured).collect(),
        })
    }

    fn insert(&mut self, id: RouteId, method: Option<&Method>, path: &str) {
        self.parameters.push(Vec::new());
        if path == "$default" {
            self.default.get_or_insert(id);
            return;
        }
        let names = &mut self.parameters[id];
        let mut node = &mut self.root;
        for segment in path.strip_prefix('/').unwrap_or(path).split('/') {
            match parameter(segment) {
                None => node = node.literals.entry(segment.into()).or_default(),
                Some(name) => match name.strip_suffix('+') {
                    None => {
                        names.push(name.into());
                        node = node.parameter.get_or_insert_default();
                    }
                    Some(name) => {
                        names.push(name.into());
                        return node.greedy.insert(method, id);
                    }
                },
            }
        }
        node.ends.insert(method, id);
    }
}

/// One search. What was captured is undone on the way back.
struct Walk<'a> {
    method: &'a Method,
    path: &'a str,
    captured: Vec<Range<usize>>,
}

impl Walk<'_> {
    /// A route that ends exactly where the path does; `at` is the index of the slash before the next segment.
    fn full(&mut self, node: &Node, at: usize) -> Option<RouteId> {
        if at == self.path.len() {
            return node.ends.find(self.method);
        }
        let segment = self.segment(at);
        if let Some(child) = node.literals.get(&self.path[segment.clone()])
            && let Some(found) = self.full(child, segment.end)
        {
            return Some(found);
        }
        let child = node.parameter.as_deref().filter(|_| !segment.is_empty())?;
        self.captured.push(segment.clone());
        let found = self.full(child, segment.end);
        if found.is_none() {
            self.captured.pop();
        }
        found
    }

    /// The greedy route with the longest, most literal prefix.
    fn greedy(&mut self, node: &Node, at: usize) -> Option<RouteId> {
        if at == self.path.len() {
            return None;
        }
        let segment = self.segment(at);
        if let Some(child) = node.literals.get(&self.path[segment.clone()])
            && let Some(found) = self.greedy(child, segment.end)
        {
            return Some(found);
        }
        if let Some(child) = node.parameter.as_deref().filter(|_| !segment.is_empty()) {
            self.captured.push(segment.clone());
            if let Some(found) = self.greedy(child, segment.end) {
                return Some(found);
            }
            self.captured.pop();
        }
        let rest = segment.start..self.path.len();
        let found = node.greedy.find(self.method).filter(|_| !rest.is_empty())?;
        self.captured.push(rest);
        Some(found)
    }

    fn segment(&self, slash: usize) -> Range<usize> {
        let start = slash + 1;
        let length = memchr::memchr(b'/', &self.path.as_bytes()[start..]);
        start..length.map_or(self.path.len(), |length| start + length)
    }
}

impl Methods {
    fn insert(&mut self, method: Option<&Method>, id: RouteId) {
        match method {
            None => {
                self.any.get_or_insert(id);
            }
            Some(method) => self.named.push((method.clone(), id)),
        }
    }

    fn find(&self, method: &Method) -> Option<RouteId> {
        let named = self.named.iter().find(|(known, _)| known == method);
        named.map(|(_, id)| *id).or(self.any)
    }
}

/// The name within `{name}` or `{name+}`.
fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &[(&str, &str)] = &[
        ("GET", "/pets/dog/1"),
        ("GET", "/pets/dog/{id}"),
        ("GET", "/pets/{proxy+}"),
        ("ANY", "/{proxy+}"),
        ("ANY", "$default"),
        ("POST", "/pets/dog/1"),
        ("GET", "/a/{x}/c"),
        ("GET", "/a/b/{rest+}"),
        ("GET", "/"),
        ("ANY", "/pets/dog/{id}"),
        ("GET", "/slash/"),
    ];

    /// What a method and path meet: the key of the route, and its parameters as `name=value`.
    fn find(routes: &[(&str, &str)], method: &str, path: &str) -> Option<String> {
        let methods: Vec<_> = routes
            .iter()
            .map(|(method, _)| (*method != "ANY").then(|| method.parse().expect("a method")))
            .collect::<Vec<Option<Method>>>();
        let paths = routes.iter().map(|(_, path)| *path);
        let router = Router::compile(methods.iter().map(Option::as_ref).zip(paths));
        let matched = router.find(&method.parse().expect("a method"), path).ok()?;
        let (method, pattern) = routes[matched.route];
        let mut text = format!("{method} {pattern}");
        for (name, place) in matched.parameters {
            text += &format!(" {name}={}", &path[place]);
        }
        Some(text)
    }

    #[test]
    fn precedence_is_that_of_http_apis() {
        let cases = [
            ("GET", "/pets/dog/1", "GET /pets/dog/1"),
            ("GET", "/pets/dog/2", "GET /pets/dog/{id} id=2"),
            ("PUT", "/pets/dog/2", "ANY /pets/dog/{id} id=2"),
            ("PUT", "/pets/dog/1", "ANY /pets/dog/{id} id=1"),
            ("GET", "/pets/cat", "GET /pets/{proxy+} proxy=cat"),
            ("GET", "/pets/cat/1/", "GET /pets/{proxy+} proxy=cat/1/"),
            ("PUT", "/pets/cat", "ANY /{proxy+} proxy=pets/cat"),
            ("GET", "/a/b/c", "GET /a/{x}/c x=b"),
            ("GET", "/a/b/d", "GET /a/b/{rest+} rest=d"),
            ("GET", "/a/b/c/d", "GET /a/b/{rest+} rest=c/d"),
            ("GET", "/", "GET /"),
            ("PUT", "/", "ANY $default"),
            ("GET", "/slash/", "GET /slash/"),
            ("GET", "/slash", "ANY /{proxy+} proxy=slash"),
            ("GET", "/pets/dog/a%2Fb", "GET /pets/dog/{id} id=a%2Fb"),
            ("GET", "//x", "ANY /{proxy+} proxy=/x"),
        ];
        for (method, path, expected) in cases {
            assert_eq!(
                find(ROUTES, method, path).as_deref(),
                Some(expected),
                "{method} {path}"
            );
        }
    }

    #[test]
    fn greedy_wants_at_least_one_segment() {
        let routes = [("ANY", "/a/{proxy+}")];
        assert_eq!(find(&routes, "GET", "/a"), None);
        assert_eq!(find(&routes, "GET", "/a/"), None);
        assert!(find(&routes, "GET", "/a/b").is_some());
    }

    #[test]
    fn parameter_is_never_empty() {
        assert_eq!(find(&[("GET", "/a/{id}/b")], "GET", "/a//b"), None);
    }

    #[test]
    fn captures_of_a_dead_end_are_undone() {
        let routes = [("GET", "/{a}/{b}/x"), ("GET", "/{a}/{rest+}")];
        assert_eq!(
            find(&routes, "GET", "/1/2/y").as_deref(),
            Some("GET /{a}/{rest+} a=1 rest=2/y")
        );
    }
}
