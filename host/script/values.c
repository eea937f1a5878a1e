/* Values of the contract as JavaScript has them: what hooks see, and what they give. wit/packed.wit says how they are
 * written. */
#include "engine.h"

#include <string.h>

/* --- JavaScript's texts, bytes and lists ------------------------------------------------------------------------------ */

JSValue new_text(wg_text text) { return JS_NewStringLen(js, text.data, text.size); }

JSValue new_bytes(wg_text bytes) { return JS_NewUint8ArrayCopy(js, (const uint8_t *)bytes.data, bytes.size); }

static JSValue new_pair(wg_text name, wg_text value) {
    JSValue both[2] = {new_text(name), new_text(value)};
    return JS_NewArrayFrom(js, 2, both);
}

JSValue new_pairs(wg_pairs pairs) {
    JSValue *items = wg_alloc(pairs.count * sizeof(JSValue));
    for (size_t i = 0; i < pairs.count; i++) items[i] = new_pair(pairs.items[i].name, pairs.items[i].value);
    return JS_NewArrayFrom(js, (int)pairs.count, items);
}

wg_text text_of(JSValueConst value) {
    size_t size;
    const char *own = JS_ToCStringLen(js, &size, value);
    if (own == NULL) return (wg_text){NULL, 0};
    char *copy = memcpy(wg_alloc(size), own, size);
    JS_FreeCString(js, own);
    return (wg_text){copy, size};
}

wg_text bytes_of(JSValueConst value) {
    size_t size;
    const uint8_t *bytes = JS_GetUint8Array(js, &size, value);
    /* Of no bytes there may be no place. */
    if (bytes == NULL && !JS_HasException(js)) bytes = (const uint8_t *)"";
    return (wg_text){(const char *)bytes, bytes == NULL ? 0 : size};
}

size_t count_of(JSValueConst array) {
    int64_t count;
    return JS_GetLength(js, array, &count) < 0 || count < 0 ? 0 : (size_t)count;
}

static wg_text item_of(JSValueConst array, uint32_t index, wg_text (*read)(JSValueConst)) {
    JSValue item = JS_GetPropertyUint32(js, array, index);
    wg_text text = JS_IsException(item) ? (wg_text){NULL, 0} : read(item);
    JS_FreeValue(js, item);
    return text;
}

bool pairs_of(JSValueConst array, wg_text (*read)(JSValueConst), wg_list *pairs) {
    size_t count = count_of(array);
    if (JS_HasException(js)) return false;
    pairs->items = wg_alloc(count * sizeof(wg_pair));
    for (pairs->count = 0; pairs->count < count; pairs->count++) {
        JSValue both = JS_GetPropertyUint32(js, array, (uint32_t)pairs->count);
        wg_pair pair = {item_of(both, 0, read), item_of(both, 1, read)};
        JS_FreeValue(js, both);
        if (pair.name.data == NULL || pair.value.data == NULL) return false;
        pairs->items[pairs->count] = pair;
    }
    return true;
}

/* --- Members ---------------------------------------------------------------------------------------------------------- */

#define MEMBERS(each)                                                                                                 \
    each(method) each(path) each(query) each(headers) each(queryParameters) each(pathParameters) each(context)        \
    each(body) each(extra) each(status) each(principal) each(usageKey) each(policy) each(ttl) each(changes)           \
    each(respond) each(code) each(name) each(value) each(message)

#define NUMBERED(member) MEMBER_##member,
enum { MEMBERS(NUMBERED) COUNT };
#define NAMED(member) #member,
static const char *const member_names[] = {MEMBERS(NAMED)};
static JSAtom members[COUNT];

void name_members(void) {
    for (int member = 0; member < COUNT; member++) members[member] = JS_NewAtom(js, member_names[member]);
}

#define ATOM(member) members[MEMBER_##member]

/* --- Reading: what the gateway wrote is well formed, so that mistakes in it only must do no harm. ---------------------- */

typedef struct {
    const char *at, *end;
} reader;

static uint32_t read_number(reader *from) {
    uint32_t number = 0;
    if (from->end - from->at < 4) return 0;
    memcpy(&number, from->at, 4);
    from->at += 4;
    return number;
}

static JSValue read_text(reader *from) {
    size_t size = read_number(from), there = (size_t)(from->end - from->at);
    if (size > there) size = there;
    JSValue text = JS_NewStringLen(js, from->at, size);
    from->at += size;
    return text;
}

static JSValue read_pairs(reader *from) {
    size_t count = read_number(from), most = (size_t)(from->end - from->at) / 8;
    if (count > most) count = most;
    JSValue *items = wg_alloc(count * sizeof(JSValue));
    for (size_t i = 0; i < count; i++) {
        JSValue both[2];
        both[0] = read_text(from);
        both[1] = read_text(from);
        items[i] = JS_NewArrayFrom(js, 2, both);
    }
    return JS_NewArrayFrom(js, (int)count, items);
}

static JSValue new_body(wg_text body) { return body.data == NULL ? JS_NULL : new_bytes(body); }

static JSValue read_request(reader *from, wg_text body) {
    JSAtom names[] = {ATOM(method),         ATOM(path),    ATOM(query), ATOM(headers), ATOM(queryParameters),
                      ATOM(pathParameters), ATOM(context), ATOM(extra), ATOM(body)};
    JSValue values[9];
    for (int i = 0; i < 8; i++) values[i] = i < 3 ? read_text(from) : read_pairs(from);
    values[8] = new_body(body);
    return JS_NewObjectFrom(js, 9, names, values);
}

static JSValue read_reply(reader *from, wg_text body) {
    JSAtom names[] = {ATOM(status), ATOM(headers), ATOM(extra), ATOM(body)};
    JSValue values[4];
    values[0] = JS_NewUint32(js, read_number(from));
    values[1] = read_pairs(from);
    values[2] = read_pairs(from);
    values[3] = new_body(body);
    return JS_NewObjectFrom(js, 4, names, values);
}

int read_arguments(wg_text values, wg_text request_body, wg_text reply_body, JSValue arguments[2]) {
    reader from = {values.data, values.data + values.size};
    arguments[0] = read_request(&from, request_body);
    if (from.at == from.end) return 1;
    arguments[1] = read_reply(&from, reply_body);
    return 2;
}

/* --- Writing ---------------------------------------------------------------------------------------------------------- */

static void write_number(buffer *to, uint32_t number) { put(to, &number, 4); }

static bool write_bytes(buffer *to, wg_text text) {
    if (text.data == NULL) return false;
    write_number(to, (uint32_t)text.size);
    put(to, text.data, text.size);
    return true;
}

static bool write_text(buffer *to, JSValueConst object, JSAtom name) {
    JSValue value = JS_GetProperty(js, object, name);
    size_t size;
    const char *text = JS_IsException(value) ? NULL : JS_ToCStringLen(js, &size, value);
    JS_FreeValue(js, value);
    if (text == NULL) return false;
    write_bytes(to, (wg_text){text, size});
    JS_FreeCString(js, text);
    return true;
}

static bool write_count(buffer *to, JSValueConst object, JSAtom name) {
    JSValue value = JS_GetProperty(js, object, name);
    uint32_t number;
    bool good = JS_ToUint32(js, &number, value) == 0;
    JS_FreeValue(js, value);
    if (good) write_number(to, number);
    return good;
}

static bool write_pairs(buffer *to, JSValueConst object, JSAtom name) {
    JSValue value = JS_GetProperty(js, object, name);
    wg_list pairs = {0};
    bool good = !JS_IsException(value) && pairs_of(value, text_of, &pairs);
    JS_FreeValue(js, value);
    if (!good) return false;
    write_number(to, (uint32_t)pairs.count);
    for (size_t i = 0; i < pairs.count; i++) {
        write_bytes(to, pairs.items[i].name);
        write_bytes(to, pairs.items[i].value);
    }
    return true;
}

/* A body that the script keeps may change before it is read: so it is copied. */
static bool take_body(JSValueConst object, wg_text *body) {
    JSValue value = JS_GetProperty(js, object, ATOM(body));
    bool none = JS_IsNull(value) || JS_IsUndefined(value);
    wg_text bytes = none ? (wg_text){NULL, 0} : bytes_of(value);
    if (bytes.data != NULL) bytes.data = memcpy(wg_alloc(bytes.size), bytes.data, bytes.size);
    JS_FreeValue(js, value);
    *body = bytes;
    return none || bytes.data != NULL;
}

static bool write_grant(buffer *to, JSValueConst grant) {
    return write_text(to, grant, ATOM(principal)) && write_pairs(to, grant, ATOM(context)) &&
           write_text(to, grant, ATOM(usageKey)) && write_text(to, grant, ATOM(policy)) &&
           write_count(to, grant, ATOM(ttl)) && write_pairs(to, grant, ATOM(extra));
}

static bool write_response(buffer *to, JSValueConst response) {
    return write_count(to, response, ATOM(status)) && write_pairs(to, response, ATOM(headers)) &&
           write_pairs(to, response, ATOM(extra));
}

static bool write_changes(buffer *to, JSValueConst changes) {
    size_t count = count_of(changes);
    if (JS_HasException(js)) return false;
    write_number(to, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        JSValue change = JS_GetPropertyUint32(js, changes, (uint32_t)i);
        bool good = write_text(to, change, ATOM(code)) && write_text(to, change, ATOM(name)) &&
                    write_text(to, change, ATOM(value));
        JS_FreeValue(js, change);
        if (!good) return false;
    }
    return true;
}

/* An answer in the place of everything that would follow, where there is one. */
static bool write_respond(buffer *to, JSValueConst patch, wg_text *body) {
    JSValue respond = JS_GetProperty(js, patch, ATOM(respond));
    bool some = JS_IsObject(respond);
    write_number(to, some);
    bool good = some ? write_response(to, respond) && take_body(respond, body) : take_body(patch, body);
    JS_FreeValue(js, respond);
    return good;
}

static bool write_patch(buffer *to, JSValueConst patch, wg_text *body) {
    JSValue changes = JS_GetProperty(js, patch, ATOM(changes));
    bool good = write_changes(to, changes);
    JS_FreeValue(js, changes);
    return good && write_respond(to, patch, body) && write_pairs(to, patch, ATOM(extra));
}

bool write_result(uint32_t hook, JSValueConst result, buffer *to, wg_text *body) {
    if (hook == 7) return true;
    write_number(to, 0);
    switch (hook) {
    case 0: return write_grant(to, result);
    case 3: return true;
    case 6: return write_response(to, result) && take_body(result, body);
    default: return write_patch(to, result, body);
    }
}

/* What is no refusal of the contract's form: the engine's own errors, such as those of an exhausted stack. */
static void write_failure(JSValueConst thrown, buffer *to) {
    JS_FreeValue(js, JS_GetException(js));
    wg_text message = text_of(thrown);
    if (message.data == NULL) JS_FreeValue(js, JS_GetException(js));
    to->size = 0;
    write_number(to, 1);
    write_bytes(to, WG("failure"));
    write_bytes(to, message.data == NULL ? WG("an error that is no text") : message);
    for (int empty = 0; empty < 3; empty++) write_number(to, 0);
}

void write_refusal(JSValueConst thrown, buffer *to) {
    write_number(to, 1);
    bool good = JS_IsObject(thrown) && !JS_IsError(thrown) && write_text(to, thrown, ATOM(code)) &&
                write_text(to, thrown, ATOM(message)) && write_pairs(to, thrown, ATOM(headers)) &&
                write_pairs(to, thrown, ATOM(context)) && write_pairs(to, thrown, ATOM(extra));
    if (!good) write_failure(thrown, to);
}
