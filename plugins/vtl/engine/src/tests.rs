#![expect(clippy::unwrap_used, reason = "tests")]

use crate::{Input, Limits, Map, MapRef, Scope, Template};

fn outcome(template: &str, body: &str, limits: Limits) -> Result<String, String> {
    let input = Input::new(body)
        .path("id", "7")
        .query("q", "1")
        .query("q", "2")
        .header("x-trace", "t");
    let context = [("stage", "test".into())].into_iter().collect::<Map>();
    let scope = Scope {
        input: &input,
        variables: vec![("context", MapRef::silent(context))],
    };
    let template = Template::parse(template).map_err(|error| error.to_string())?;
    let rendered = template.render(&scope, limits);
    rendered.map_err(|error| error.to_string())
}

fn render(template: &str) -> String {
    outcome(template, "{}", Limits::default()).unwrap()
}

fn failure(template: &str) -> String {
    outcome(template, "{}", Limits::default()).unwrap_err()
}

#[test]
fn what_is_missing_is_an_empty_text() {
    for (template, expected) in [
        ("[$none][$!none][${none}]", "[][][]"),
        ("#if($none)yes#end#if(!$none)no#end", "yes"),
        ("#if($none == $nothing && $none == '')same#end", "same"),
        ("#set($x = $none)[$x]#if($x == '')empty#end", "[]empty"),
        ("$input.path('$.none').more()[0]", ""),
        ("\\$none \\\\$none", "$none \\"),
    ] {
        assert_eq!(render(template), expected, "{template}");
    }
}

#[test]
fn body_stays_what_was_sent() {
    for (template, expected) in [
        (
            "#set($a = $input.path('$'))#set($a.b = 2)$a $input.json('$') $input.path('$.b') $a.b",
            "{b=2} {\"b\":1} 1 2",
        ),
        (
            "#set($a = $input.path('$'))#set($a.b = 2)#set($c = $input.path('$'))#set($c.b = 3)$a.b$c.b$input.json('$.b')",
            "231",
        ),
    ] {
        let rendered = outcome(template, "{\"b\": 1}", Limits::default());
        assert_eq!(rendered.unwrap(), expected, "{template}");
    }
}

#[test]
fn macros_and_unknown_directives_do_nothing() {
    for (template, expected) in [
        ("#macro(m $a)x$a#end[#m(1)]", "[#m(1)]"),
        (
            "#evaluate('$x') #return(1) #include('f') #parse('f')",
            "#evaluate('$x') #return(1) #include('f') #parse('f')",
        ),
        (
            "#define($b)<$x>#end#set($x = 1)$b#set($x = 2)$b()",
            "<1><2>()",
        ),
        ("a#stop b", "a"),
        ("#13ff93 href=\"#\"", "#13ff93 href=\"#\""),
    ] {
        assert_eq!(render(template), expected, "{template}");
    }
}

#[test]
fn values_of_the_gateway_differ_from_velocity_on_purpose() {
    for (template, expected) in [
        ("$context|$context.stage|$util|$input", "|test||"),
        (
            "$input.params('X-Trace') $input.params().header.get('X-TRACE')",
            "t t",
        ),
        ("$input.params('q') $input.params('id')", "2 7"),
        (
            "$context.class|$util.class|$util.getClass()|$input.getClass().forName('x')",
            "|||",
        ),
        ("$input.body.split('').length", "2"),
    ] {
        assert_eq!(render(template), expected, "{template}");
    }
}

#[test]
fn mistakes_have_a_place() {
    for (template, place, message) in [
        ("Hello $", "line 1, column 8", "ends in the middle"),
        ("a\n  #if($x)\n", "line 3, column 1", "`#end`"),
        ("#set($a = \"\\\"\")", "line 1, column 14", "unexpected"),
        ("#endOff", "", ""),
        ("é#set($a = \"\n#if(\")", "line 2, column 6", "too early"),
        ("#foreach($a in $b", "line 1, column 18", "too early"),
        ("#macro x", "line 1, column 1", "`#macro` needs a name"),
        (
            "$input.body.substring(9)",
            "line 1, column 13",
            "no characters 9",
        ),
        ("\n$input.json('$[')", "line 2, column 8", "the path `$[`"),
        (
            "$input.body.matches('(?<=a)b')",
            "line 1, column 13",
            "cannot be used",
        ),
    ] {
        match outcome(template, "{}", Limits::default()) {
            Ok(out) => assert!(place.is_empty(), "{template}: {out}"),
            Err(told) => assert!(
                told.starts_with(place) && told.contains(message),
                "{template}: {told}"
            ),
        }
    }
}

#[test]
fn loops_end_after_a_thousand_rounds() {
    assert_eq!(render("#foreach($i in [1..5000])x#end").len(), 1000);
    assert_eq!(
        render("#set($l = [])#foreach($i in [1..1500])#set($x = $l.add($i))#end$l.size()"),
        "1000"
    );
}

#[test]
fn what_grows_or_computes_too_much_fails() {
    for (template, told) in [
        (
            "#foreach($i in [1..100])#set($s = \"$s$s$i\")#end$s",
            "bytes",
        ),
        (
            "#set($l = [1])#foreach($i in [1..100])#set($l = [$l, $l])#end$l",
            "too deep",
        ),
        (
            "#set($l = [1])#set($m = [1])#foreach($i in [1..100])#set($l = [$l, $l])#set($m = [$m, $m])#end#if($l == $m)x#end",
            "too deep",
        ),
        (
            "#set($l = [])#set($m = [$l])#set($x = $l.add($m))$l",
            "too deep",
        ),
        ("#foreach($i in [0..2000000000])x#end", "steps"),
        (
            "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#set($x = 1)#end#end#end",
            "steps",
        ),
        (
            "#define($b)$b$b#end$b.toString().toString().format('%2000d', 1)",
            "1000",
        ),
    ] {
        let failure = failure(template);
        assert!(failure.contains(told), "{template}: {failure}");
    }
}

#[test]
fn lists_thousands_deep_are_freed() {
    let template = "#foreach($i in [1..1000])#foreach($j in [1..100])#set($l = [$l])#set($m = {'k': $m})#end#end$l.size()";
    assert_eq!(render(template), "1");
}

#[test]
fn templates_too_deep_are_refused() {
    let nested = |open: &str, close: &str| [open.repeat(5000), close.repeat(5000)].concat();
    for template in [
        nested("#if(true)", "#end"),
        format!("#set($x = {})", nested("(", ")")),
        format!("#set($x = {})", nested("[", "]")),
        format!("#set($x = {}true)", "!".repeat(5000)),
        format!("$x{}", nested(".y($x", ")")),
    ] {
        assert!(failure(&template).contains("deep"), "{}", &template[..20]);
    }
    let body = nested("[", "]");
    let deep = outcome("$input.path('$')", &body, Limits::default());
    assert!(deep.unwrap_err().contains("nested too deep"));
}

#[test]
fn long_templates_take_linear_time() {
    let lines = "{\"a\": \"$input.path('$.a')\", \\\\\\\\ } ".repeat(8000);
    assert!(lines.len() > 256 << 10);
    assert_eq!(render(&lines), "{\"a\": \"\", \\\\\\\\ } ".repeat(8000));
}

#[test]
fn bodies_are_read_leniently() {
    for (body, expected) in [
        ("", "{}"),
        ("a=1&b=2", "\"a=1&b=2\""),
        ("<a/>", "\"<a/>\""),
        (" 5 ", "5"),
        ("{'a': b, \"c\": 1,}", "{\"a\":\"b\",\"c\":1}"),
        ("{\"a\": 1, \"a\": 2}", "{\"a\":2}"),
        ("\"\\ud83d\\ude00\\u00e9\"", "\"😀é\""),
    ] {
        let json = outcome("$input.json('$')", body, Limits::default());
        assert_eq!(json.as_deref(), Ok(expected), "{body}");
    }
    for body in ["{\"a\": ", "[1", "{\"a\" 1}", "[1]x", "{\"a\": \"\\u12\"}"] {
        let told = outcome("$input.json('$')", body, Limits::default()).unwrap_err();
        assert!(told.contains("invalid JSON"), "{body}: {told}");
    }
}
