//! Templates by chance: half of them well formed, half of them soup.

use fastrand::Rng;

use crate::peer::Case;

pub(crate) fn case(random: &mut Rng) -> Case {
    let template = match random.u8(..3) {
        0 => soup(random),
        _ => Generator { random, depth: 0 }.template(),
    };
    Case {
        template,
        body: random
            .choice(BODIES)
            .copied()
            .unwrap_or_default()
            .to_owned(),
    }
}

const BODIES: &[&str] = &[
    r#"{"a": 1, "b": "x", "c": [1, "two", {"d": null}], "e": {"f": 2.5, "g": []}, "size": 3}"#,
    r#"[{"a": "p"}, {"a": "q", "b": true}, [], {}]"#,
    r#"{"long": 12345678901, "big": 123456789012345678901234567890, "neg": -5, "text": "a,b,,c,", "u": "\u00e9\ud83d\ude00"}"#,
    "",
];

/// Pieces of templates, well formed or not, one after the other.
fn soup(random: &mut Rng) -> String {
    let count = random.usize(1..14);
    (0..count)
        .filter_map(|_| random.choice(PIECES).copied())
        .collect()
}

const PIECES: &[&str] = &[
    "$",
    "$!",
    "${",
    "}",
    "{",
    "$a",
    "$!a",
    "${a}",
    "$!{a}",
    "$a.",
    "$a.b",
    ".c",
    "$a.b()",
    "(",
    ")",
    "$a[0]",
    "[",
    "]",
    "$[",
    "$![",
    "\\",
    "\\\\",
    "\\$a",
    "\\\\$a",
    "\\\\\\$u",
    "\\$u",
    "$\\!a",
    "\\$!a",
    "$$a",
    "$a$b",
    "#",
    "##",
    "## x\n",
    "#* y *#",
    "#** z *#",
    "#[[$a]]#",
    "]]#",
    "*#",
    "#set($a = 1)",
    "#set ($b = \"x$a\")",
    "#{set}($c = 'q')",
    "#set($a.b = 2)",
    "#set(",
    "=",
    "#if($a)",
    "#if ($u)",
    "#if(!$a)",
    "#{if}(true)",
    "#elseif($a == 1)",
    "#else",
    "#{else}",
    "#end",
    "#{end}",
    "#endx",
    "#foreach($i in [1..2])",
    "#foreach($i in $c)",
    "$i",
    "$foreach.count",
    "$velocityCount",
    "#break",
    "#stop",
    "#define($d)",
    "$d",
    "$d()",
    "#macro(m)",
    "#m()",
    "#m",
    "#@m()",
    "#foo($a \"b\")",
    "#foo",
    "\\#if",
    "\\#if($a)",
    "\\#foo",
    "\\#end",
    "\\\\#if($a)",
    "\\\\#set($a = 2)",
    "\\#set($a = 3)",
    "\\#{if}",
    "\\\\\\#end",
    "#literal()",
    "#include('x')",
    "#parse(\"y\")",
    "#evaluate('$a')",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    " \n",
    "\n  ",
    "x",
    "text",
    "1",
    "-2",
    "3.5",
    "..",
    "'",
    "\"",
    ",",
    ":",
    "and",
    "or",
    "true",
    "false",
    "&&",
    "||",
    "!",
    "<",
    "@",
    "é",
    "😀",
    "#13ff93",
    "href=\"#\"",
    "$5.00",
    "#-",
    "$-",
    "$_a",
    "$a-b",
    "#if",
    "#foreach",
    "#set",
    "$a.b.c",
    "$a.size()",
    "${a.b}",
    "${a",
    "$a}",
    "#if($a)\n",
    "#end\n",
    "#else \n",
    "#set($x = 5)\n",
    "  #set($x = 6)  \n",
    "#if($a > 1) a #elseif($a < 1) b #else c #end",
    "#[[",
    "#*",
    "#**",
    "$.a",
    "$!.a",
    "$\\!.",
    "$!",
];

struct Generator<'r> {
    random: &'r mut Rng,
    depth: usize,
}

/// Variables that templates set and use; `u` is never set.
const NAMES: &[&str] = &["a", "b", "c", "list", "map", "text", "n", "u", "x_1", "y-z"];

impl Generator<'_> {
    fn template(mut self) -> String {
        let mut template = String::new();
        for (name, value) in [
            ("list", "[3, 1, \"z\"]"),
            ("map", "{\"k\": 1, \"l\": [2]}"),
            ("text", "\"some text\""),
            ("n", "7"),
        ] {
            if self.one_in(2) {
                template += &format!("#set(${name} = {value})");
                template += self.space();
            }
        }
        if self.one_in(3) {
            template += "#set($a = $input.path('$'))";
        }
        template + &self.block()
    }

    fn block(&mut self) -> String {
        let count = self.random.usize(1..5);
        (0..count).map(|_| self.statement()).collect()
    }

    fn statement(&mut self) -> String {
        self.depth += 1;
        let deep = self.depth > 4;
        let statement = match self.random.u8(..if deep { 6 } else { 12 }) {
            0 => self.pick(TEXTS).to_owned(),
            1 | 2 => self.reference(),
            3 | 4 => self.set(),
            5 => format!("{}{}", self.space(), self.pick(COMMENTS)),
            6 | 7 => self.condition(),
            8 | 9 => self.foreach(),
            10 => format!("#define($d){}#end{}$d", self.block(), self.space()),
            _ => self
                .pick(&[
                    "#break",
                    "#stop",
                    "#macro(m $q)x$q#end",
                    "#m(1)",
                    "#foo(\"$n\")",
                    "\\#if(1)",
                    "\\$n",
                    "#[[ $n #if ]]#",
                ])
                .to_owned(),
        };
        self.depth -= 1;
        statement + self.space()
    }

    fn set(&mut self) -> String {
        let target = match self.random.u8(..6) {
            0 => self
                .pick(&[
                    "map.k", "map.new", "map['q']", "list[0]", "list[-1]", "a.b", "u.v",
                    "map.l[0]", "list[9]",
                ])
                .to_owned(),
            _ => self.pick(NAMES).to_owned(),
        };
        format!("{}#set( ${target} = {} )", self.space(), self.expression())
    }

    fn condition(&mut self) -> String {
        let mut condition = format!("#if({}){}{}", self.expression(), self.space(), self.block());
        if self.one_in(3) {
            condition += &format!("#elseif({}){}", self.expression(), self.block());
        }
        if self.one_in(2) {
            condition += self.pick(&["#else", "#{else}", "#else \n"]);
            condition += &self.block();
        }
        condition + self.pick(&["#end", "#{end}", "#end\n", "#end "])
    }

    fn foreach(&mut self) -> String {
        let list = match self.random.u8(..6) {
            0 => "[1..4]".to_owned(),
            1 => "[2..-1]".to_owned(),
            2 => self
                .pick(&[
                    "$map.keySet()",
                    "$map.entrySet()",
                    "$map.values()",
                    "$map",
                    "$input.path('$.c')",
                    "\"text\"",
                    "$text.split(' ')",
                ])
                .to_owned(),
            _ => self.value(),
        };
        let inner = self.pick(&[
            "$i",
            "$foreach.count,",
            "$foreach.index$foreach.hasNext ",
            "$velocityCount",
            "#if($foreach.hasNext),#end",
            "#if($foreach.count == 2)#break#end",
            "$i.key=$i.value",
            "$foreach.parent.count$foreach.last$foreach.first",
            "$foreach.topmost.index",
        ]);
        format!(
            "#foreach( $i in {list} ){}{inner}{}#end",
            self.space(),
            self.block()
        )
    }

    fn expression(&mut self) -> String {
        if self.depth > 5 || self.one_in(3) {
            return self.value();
        }
        self.depth += 1;
        let expression = match self.random.u8(..8) {
            0 | 1 => format!(
                "{} {} {}",
                self.expression(),
                self.pick(&["==", "!=", "eq", "ne"]),
                self.expression()
            ),
            2 => format!(
                "{} {} {}",
                self.expression(),
                self.pick(&["<", ">", "<=", ">=", "lt", "gt", "le", "ge"]),
                self.expression()
            ),
            3 => format!(
                "{} {} {}",
                self.expression(),
                self.pick(&["&&", "||", "and", "or"]),
                self.expression()
            ),
            4 | 5 => format!(
                "{} {} {}",
                self.expression(),
                self.pick(&["+", "-", "*", "/", "%"]),
                self.expression()
            ),
            6 => format!("{}{}", self.pick(&["!", "not ", "! "]), self.value()),
            _ => format!("({})", self.expression()),
        };
        self.depth -= 1;
        expression
    }

    fn value(&mut self) -> String {
        self.depth += 1;
        let value = match self.random.u8(..if self.depth > 6 { 8 } else { 11 }) {
            0..=2 => self.reference(),
            3 => self.pick(NUMBERS).to_owned(),
            4 => self.pick(&["true", "false", "''", "\"\""]).to_owned(),
            5 | 6 => self.pick(STRINGS).to_owned(),
            7 => format!("\"{}\"", self.reference().replace('"', "'")),
            8 => format!("[{}, {}]", self.value(), self.value()),
            9 => format!("{{\"k\": {}, 'm' : {}}}", self.value(), self.value()),
            _ => self
                .pick(&["[]", "{}", "[1..3]", "[ 'a' ]", "{\"a\":{\"b\":[1]}}"])
                .to_owned(),
        };
        self.depth -= 1;
        value
    }

    fn reference(&mut self) -> String {
        let inner = match self.random.u8(..10) {
            0 => self.pick(INPUTS).to_owned(),
            1 => self.pick(UTILS).to_owned(),
            2..=4 => self.pick(NAMES).to_owned(),
            5 => format!("{}.{}", self.pick(NAMES), self.pick(PROPERTIES)),
            6 => format!(
                "{}[{}]",
                self.pick(NAMES),
                self.pick(&["0", "1", "-1", "'k'", "$n", " 0 ", "\"l\"", "9"])
            ),
            7 => format!("map.{}", self.pick(MAP_METHODS)),
            8 => format!("list.{}", self.pick(LIST_METHODS)),
            _ => format!("text.{}", self.pick(TEXT_METHODS)),
        };
        match self.random.u8(..6) {
            0 => format!("$!{inner}"),
            1 => format!("${{{inner}}}"),
            2 => format!("$!{{{inner}}}"),
            _ => format!("${inner}"),
        }
    }

    fn space(&mut self) -> &'static str {
        self.pick(&["", "", "", " ", "\n", "  \n", "\n  ", "\t", "\r\n"])
    }

    fn one_in(&mut self, count: u8) -> bool {
        self.random.u8(..count) == 0
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        self.random.choice(from).copied().unwrap_or_default()
    }
}

const TEXTS: &[&str] = &[
    "text", "{\"a\": ", "}", ", ", "\"", "é😀", "a\\b", "1.5", "[x]", "(y)", "#", "$ ", "50% ",
    "a.b", "'", "\\n", "$5",
];
const COMMENTS: &[&str] = &["## line\n", "#* block *#", "#** doc *#", "##\n", "#* ## *#"];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "7",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "0.5",
    "1.0",
    "100.0",
    "1e3",
    "-2.5",
    "3.",
    "1e10",
    "0.001",
    "0.0001",
];
const STRINGS: &[&str] = &[
    "'x'",
    "\"x\"",
    "'it''s'",
    "\"q \"\"r\"\" s\"",
    "'$n'",
    "\"$n\"",
    "\"${n}th\"",
    "\"a\\nb\"",
    "\"\\u0041\"",
    "'\\u0041'",
    "\"$u\"",
    "\"#if($n)y#end\"",
    "\"$5\"",
    "\"a ## b\"",
    "'some text'",
    "\"7\"",
    "'1'",
];
const INPUTS: &[&str] = &[
    "input.body",
    "input.json('$')",
    "input.json('$.a')",
    "input.json('$.c[0]')",
    "input.json('$.zz')",
    "input.path('$.a')",
    "input.path('$.c')",
    "input.path('$.c[2]')",
    "input.path('$.e')",
    "input.path('$.e.f')",
    "input.path('$..a')",
    "input.path('$[*].a')",
    "input.path('$[0].a')",
    "input.path('$.big')",
    "input.path('$.long')",
    "input.path('$.u')",
    "input.params('q')",
    "input.params('zz')",
    "input.params().path",
    "input.params().get('header').keySet()",
    "input.params().querystring.page",
    "input.json('$.e').length()",
    "input.path('$.zz.y')",
    "input.path('$').size()",
    "input.zz",
    "input.zz()",
    "context.stage",
    "stageVariables.TableName",
    "context.zz.y",
    "context",
    "stageVariables",
];
const UTILS: &[&str] = &[
    "util.escapeJavaScript('a\"b''c/d')",
    "util.escapeJavaScript($text)",
    "util.urlEncode('a b&c=é*')",
    "util.urlDecode('a+b%20c%C3%A9')",
    "util.base64Encode('hé')",
    "util.base64Decode('aMOp')",
    "util.parseJson('{\"a\":[1,{\"b\":\"c\"}]}')",
    "util.parseJson('{\"a\":[1,{\"b\":\"c\"}]}').a[1].b",
    "util.zz('a')",
    "util",
    "util.urlEncode($u)",
];
const PROPERTIES: &[&str] = &[
    "k", "size", "empty", "b", "key", "value", "zz", "a.b", "l", "c",
];
const MAP_METHODS: &[&str] = &[
    "get('k')",
    "get(\"zz\")",
    "put('p', 5)",
    "put('k', $text)",
    "size()",
    "isEmpty()",
    "keySet()",
    "values()",
    "entrySet()",
    "containsKey('k')",
    "containsValue(1)",
    "remove('k')",
    "toString()",
    "l.add(4)",
    "l",
    "putAll({'z': 1})",
    "clear()",
    "getOrDefault('q', 'd')",
    "keySet().size()",
    "keySet().contains('k')",
    "entrySet().iterator().next()",
    "hashCode()",
    "equals($map)",
    "keySet().toString()",
    "zz()",
    "get($n)",
    "putIfAbsent('k', 2)",
];
const LIST_METHODS: &[&str] = &[
    "get(0)",
    "get(5)",
    "get(-1)",
    "size()",
    "isEmpty()",
    "add(9)",
    "add(0, 'f')",
    "add('e')",
    "addAll([1, 2])",
    "set(0, 'q')",
    "remove(0)",
    "remove('z')",
    "contains(1)",
    "contains('z')",
    "contains($u)",
    "indexOf('z')",
    "lastIndexOf(1)",
    "subList(0, 2)",
    "subList(2, 1)",
    "iterator().next()",
    "iterator().hasNext()",
    "toString()",
    "clear()",
    "hashCode()",
    "equals([1])",
    "equals($list)",
    "zz()",
    "removeAll([1])",
    "retainAll([1])",
    "containsAll([1, 3])",
    "get('0')",
    "size",
    "empty",
];
const TEXT_METHODS: &[&str] = &[
    "length()",
    "isEmpty()",
    "charAt(0)",
    "charAt(99)",
    "substring(2)",
    "substring(1, 4)",
    "substring(4, 1)",
    "indexOf('t')",
    "indexOf('t', 6)",
    "lastIndexOf('t')",
    "lastIndexOf('e', 4)",
    "contains('me')",
    "startsWith('so')",
    "startsWith('me', 2)",
    "endsWith('xt')",
    "equals('some text')",
    "equals($u)",
    "equalsIgnoreCase('SOME text')",
    "compareTo('sonar')",
    "compareTo('some')",
    "concat('!')",
    "replace('e', 'E')",
    "replace('', '-')",
    "replaceAll('[et]', '<$0>')",
    "replaceAll('(o)(m)', '$2$1')",
    "replaceAll('e', '\\$')",
    "replaceAll(\"\\\\'\", \"'\")",
    "replaceAll('e', '$1')",
    "replaceFirst('e', '')",
    "matches('[a-z ]+')",
    "matches('some')",
    "split(' ').size()",
    "split('e').size()",
    "split('t').size()",
    "split('').size()",
    "split('e', 2).size()",
    "split('[aeiou]', -1).size()",
    "split(' ')[0]",
    "split(' ').size()",
    "split('zz')[0]",
    "trim()",
    "toUpperCase()",
    "toLowerCase()",
    "toString()",
    "hashCode()",
    "format('%s-%d', 'a', 5)",
    "valueOf(5)",
    "zz()",
    "length",
    "empty",
    "substring('1')",
    "toCharArray()[1]",
    "trim().length()",
    "indexOf(101)",
    "replace('x', \"$n\")",
];
