//! The blocks of Unicode that patterns name (XML Schema Part 2, F.1.1), as far as they are in use.

/// The first and the last character of a block.
pub(super) fn block(name: &str) -> Option<(char, char)> {
    let found = BLOCKS.iter().find(|(known, ..)| *known == name);
    found.map(|(_, first, last)| (*first, *last))
}

const BLOCKS: [(&str, char, char); 42] = [
    ("BasicLatin", '\0', '\u{7f}'),
    ("Latin-1Supplement", '\u{80}', '\u{ff}'),
    ("LatinExtended-A", '\u{100}', '\u{17f}'),
    ("LatinExtended-B", '\u{180}', '\u{24f}'),
    ("IPAExtensions", '\u{250}', '\u{2af}'),
    ("SpacingModifierLetters", '\u{2b0}', '\u{2ff}'),
    ("CombiningDiacriticalMarks", '\u{300}', '\u{36f}'),
    ("Greek", '\u{370}', '\u{3ff}'),
    ("GreekandCoptic", '\u{370}', '\u{3ff}'),
    ("Cyrillic", '\u{400}', '\u{4ff}'),
    ("Armenian", '\u{530}', '\u{58f}'),
    ("Hebrew", '\u{590}', '\u{5ff}'),
    ("Arabic", '\u{600}', '\u{6ff}'),
    ("Devanagari", '\u{900}', '\u{97f}'),
    ("Bengali", '\u{980}', '\u{9ff}'),
    ("Tamil", '\u{b80}', '\u{bff}'),
    ("Thai", '\u{e00}', '\u{e7f}'),
    ("Georgian", '\u{10a0}', '\u{10ff}'),
    ("HangulJamo", '\u{1100}', '\u{11ff}'),
    ("LatinExtendedAdditional", '\u{1e00}', '\u{1eff}'),
    ("GreekExtended", '\u{1f00}', '\u{1fff}'),
    ("GeneralPunctuation", '\u{2000}', '\u{206f}'),
    ("SuperscriptsandSubscripts", '\u{2070}', '\u{209f}'),
    ("CurrencySymbols", '\u{20a0}', '\u{20cf}'),
    ("LetterlikeSymbols", '\u{2100}', '\u{214f}'),
    ("NumberForms", '\u{2150}', '\u{218f}'),
    ("Arrows", '\u{2190}', '\u{21ff}'),
    ("MathematicalOperators", '\u{2200}', '\u{22ff}'),
    ("MiscellaneousTechnical", '\u{2300}', '\u{23ff}'),
    ("BoxDrawing", '\u{2500}', '\u{257f}'),
    ("GeometricShapes", '\u{25a0}', '\u{25ff}'),
    ("MiscellaneousSymbols", '\u{2600}', '\u{26ff}'),
    ("Dingbats", '\u{2700}', '\u{27bf}'),
    ("CJKSymbolsandPunctuation", '\u{3000}', '\u{303f}'),
    ("Hiragana", '\u{3040}', '\u{309f}'),
    ("Katakana", '\u{30a0}', '\u{30ff}'),
    ("CJKUnifiedIdeographs", '\u{4e00}', '\u{9fff}'),
    ("HangulSyllables", '\u{ac00}', '\u{d7a3}'),
    ("PrivateUse", '\u{e000}', '\u{f8ff}'),
    ("CJKCompatibilityIdeographs", '\u{f900}', '\u{faff}'),
    ("AlphabeticPresentationForms", '\u{fb00}', '\u{fb4f}'),
    ("HalfwidthandFullwidthForms", '\u{ff00}', '\u{ffef}'),
];
