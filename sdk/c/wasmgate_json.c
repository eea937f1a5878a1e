/* Whether a text that a client sent is JSON (RFC 8259), in one pass and without recursion. */
#include "wasmgate.h"

enum { DEEPEST = 128 };

typedef struct {
    const char *at, *end;
} cursor;

static bool next_is(cursor *c, char wanted) {
    if (c->at == c->end || *c->at != wanted) return false;
    c->at++;
    return true;
}

static void skip_blanks(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t' || *c->at == '\r')) c->at++;
}

static bool skip_digits(cursor *c) {
    const char *begin = c->at;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') c->at++;
    return c->at > begin;
}

static bool skip_number(cursor *c) {
    next_is(c, '-');
    if (!next_is(c, '0') && !skip_digits(c)) return false;
    if (next_is(c, '.') && !skip_digits(c)) return false;
    if (!next_is(c, 'e') && !next_is(c, 'E')) return true;
    if (!next_is(c, '+')) next_is(c, '-');
    return skip_digits(c);
}

static bool is_hex(char c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f'); }

static bool skip_escape(cursor *c) {
    static const char simple[] = "\"\\/bfnrt";
    for (size_t i = 0; i + 1 < sizeof simple; i++)
        if (next_is(c, simple[i])) return true;
    if (!next_is(c, 'u') || c->end - c->at < 4) return false;
    for (int i = 0; i < 4; i++)
        if (!is_hex(*c->at++)) return false;
    return true;
}

static bool skip_string(cursor *c) {
    if (!next_is(c, '"')) return false;
    while (c->at < c->end) {
        if (next_is(c, '"')) return true;
        if (next_is(c, '\\')) {
            if (!skip_escape(c)) return false;
        } else if ((unsigned char)*c->at++ < 0x20) {
            return false;
        }
    }
    return false;
}

static bool skip_word(cursor *c, wg_text word) {
    for (size_t i = 0; i < word.size; i++)
        if (!next_is(c, word.data[i])) return false;
    return true;
}

static bool skip_scalar(cursor *c) {
    if (c->at == c->end) return false;
    switch (*c->at) {
    case '"': return skip_string(c);
    case 't': return skip_word(c, WG("true"));
    case 'f': return skip_word(c, WG("false"));
    case 'n': return skip_word(c, WG("null"));
    default: return skip_number(c);
    }
}

/* The name of a member and its colon. */
static bool skip_name(cursor *c) {
    skip_blanks(c);
    if (!skip_string(c)) return false;
    skip_blanks(c);
    return next_is(c, ':');
}

bool wg_is_json(wg_text text) {
    cursor c = {text.data, text.data + text.size};
    char closing[DEEPEST];
    size_t depth = 0;
    for (;;) {
        skip_blanks(&c);
        bool object = next_is(&c, '{');
        if (object || next_is(&c, '[')) {
            if (depth == DEEPEST) return false;
            closing[depth++] = object ? '}' : ']';
            skip_blanks(&c);
            if (!next_is(&c, closing[depth - 1])) {
                if (object && !skip_name(&c)) return false;
                continue;
            }
            depth--;
        } else if (!skip_scalar(&c)) {
            return false;
        }
        for (skip_blanks(&c); depth > 0 && next_is(&c, closing[depth - 1]); skip_blanks(&c)) depth--;
        if (depth == 0) return c.at == c.end;
        if (!next_is(&c, ',')) return false;
        if (closing[depth - 1] == '}' && !skip_name(&c)) return false;
    }
}
