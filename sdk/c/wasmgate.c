/* What stands between a plugin's functions and the contract: memory, JSON, and the exports that every plugin has.
 * wasmgate_host.c has the imports. */
#include "wasmgate.h"

#include <stdarg.h>

void *memcpy(void *restrict, const void *restrict, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);
size_t strlen(const char *);

/* --- Memory: one region that grows upwards, and shrinks to what `wg_configure` left when a hook has returned. ------- */

extern char __heap_base;

/* Room that is there when the snapshot is taken: growing costs a request some microseconds. */
#define ROOM (64 << 10)
#define PAGE ((size_t)64 << 10)

static char *top, *kept;

static void reserve(const char *end) {
    size_t there = __builtin_wasm_memory_size(0) * PAGE;
    size_t needed = (size_t)end;
    if (needed <= there) return;
    size_t pages = (needed - there + PAGE - 1) / PAGE;
    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) __builtin_trap();
}

void *wg_alloc(size_t size) {
    if (top == NULL) top = &__heap_base;
    if (size > (size_t)1 << 30) __builtin_trap();
    char *begin = (char *)(((size_t)top + 15) & ~(size_t)15);
    reserve(begin + size);
    top = begin + size;
    return begin;
}

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
    (void)align;
    char *grown = wg_alloc(size);
    if (old_size > 0) __builtin_memcpy(grown, old, old_size < size ? old_size : size);
    return grown;
}

static void release(void) {
    if (kept != NULL) top = kept;
}

/* What the compiler calls; with bulk memory they are one instruction each. */
void *memcpy(void *restrict to, const void *restrict from, size_t size) { return __builtin_memcpy(to, from, size); }
void *memmove(void *to, const void *from, size_t size) { return __builtin_memmove(to, from, size); }
void *memset(void *to, int byte, size_t size) { return __builtin_memset(to, byte, size); }

int memcmp(const void *a, const void *b, size_t size) {
    const unsigned char *left = a, *right = b;
    for (size_t i = 0; i < size; i++)
        if (left[i] != right[i]) return left[i] - right[i];
    return 0;
}

size_t strlen(const char *string) {
    size_t size = 0;
    while (string[size] != 0) size++;
    return size;
}

/* --- Texts ---------------------------------------------------------------------------------------------------------- */

wg_text wg_string(const char *string) {
    return (wg_text){string, strlen(string)};
}

bool wg_same(wg_text a, wg_text b) {
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

wg_text wg_join(int count, ...) {
    va_list texts;
    size_t size = 0;
    va_start(texts, count);
    for (int i = 0; i < count; i++) size += va_arg(texts, wg_text).size;
    va_end(texts);
    char *joined = wg_alloc(size), *at = joined;
    va_start(texts, count);
    for (int i = 0; i < count; i++) {
        wg_text text = va_arg(texts, wg_text);
        __builtin_memcpy(at, text.data, text.size);
        at += text.size;
    }
    va_end(texts);
    return (wg_text){joined, size};
}

wg_text wg_decimal(int64_t number) {
    char *end = (char *)wg_alloc(20) + 20, *at = end;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do *--at = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (number < 0) *--at = '-';
    return (wg_text){at, (size_t)(end - at)};
}

wg_text wg_find(wg_pairs pairs, const char *name) {
    wg_text wanted = wg_string(name);
    for (size_t i = 0; i < pairs.count; i++)
        if (wg_same(pairs.items[i].name, wanted)) return pairs.items[i].value;
    return (wg_text){NULL, 0};
}

/* Room for one more item: twice as much where it is full. */
static void *grow(void *items, size_t count, size_t *room, size_t item) {
    if (count < *room) return items;
    *room = *room == 0 ? 4 : *room * 2;
    return cabi_realloc(items, count * item, 16, *room * item);
}

void wg_add(wg_list *list, wg_text name, wg_text value) {
    list->items = grow(list->items, list->count, &list->room, sizeof(wg_pair));
    list->items[list->count++] = (wg_pair){name, value};
}

/* Bytes that grow. */
typedef struct {
    char *data;
    size_t size, room;
} buffer;

static void put(buffer *to, const void *data, size_t size) {
    if (to->room - to->size < size) {
        size_t room = to->room * 2 + size + 64;
        to->data = cabi_realloc(to->data, to->size, 1, room);
        to->room = room;
    }
    __builtin_memcpy(to->data + to->size, data, size);
    to->size += size;
}

static void put_text(buffer *to, wg_text text) {
    put(to, text.data, text.size);
}

#define PUT(to, literal) put(to, literal, sizeof(literal) - 1)

/* --- JSON: what is read here has been read by the gateway before, so mistakes in it only must do no harm. ------------- */

static size_t blank(wg_text json, size_t at) {
    while (at < json.size && (json.data[at] == ' ' || json.data[at] == '\n' || json.data[at] == '\t' ||
                              json.data[at] == '\r' || json.data[at] == ',' || json.data[at] == ':'))
        at++;
    return at;
}

/* Where the value that begins at `at` ends. */
static size_t value_end(wg_text json, size_t at) {
    size_t depth = 0;
    bool quoted = false;
    for (; at < json.size; at++) {
        char c = json.data[at];
        if (quoted) {
            if (c == '\\') at++;
            else if (c == '"') quoted = false;
            if (!quoted && depth == 0) return at + 1;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (depth == 0) return at;
            if (--depth == 0) return at + 1;
        } else if (depth == 0 && (c == ',' || c == ':' || c == ' ' || c == '\n' || c == '\t' || c == '\r')) {
            return at;
        }
    }
    return json.size;
}

static wg_text take(wg_text json, size_t *at) {
    size_t begin = blank(json, *at), end = value_end(json, begin);
    *at = end > json.size ? json.size : end;
    return (wg_text){json.data + begin, *at - begin};
}

bool wg_next(wg_value list, size_t *at, wg_text *name, wg_value *item) {
    size_t begin = blank(list, 0);
    if (begin >= list.size || (list.data[begin] != '{' && list.data[begin] != '[')) return false;
    if (*at == 0) *at = begin + 1;
    size_t next = blank(list, *at);
    if (next >= list.size || list.data[next] == '}' || list.data[next] == ']') return false;
    if (list.data[begin] == '{') {
        wg_text written = take(list, at);
        if (name != NULL) *name = wg_unquote(written);
    }
    *item = take(list, at);
    return true;
}

bool wg_member(wg_value object, const char *name, wg_value *value) {
    wg_text found, wanted = wg_string(name);
    wg_value item;
    for (size_t at = 0; wg_next(object, &at, &found, &item);)
        if (wg_same(found, wanted)) return *value = item, true;
    return false;
}

wg_text wg_member_text(wg_value object, const char *name) {
    wg_value value = {0};
    wg_member(object, name, &value);
    return wg_unquote(value);
}

static uint32_t hex(wg_text json, size_t at) {
    uint32_t number = 0;
    for (size_t end = at + 4; at < end && at < json.size; at++) {
        char c = json.data[at];
        number = number * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return number & 0xffff;
}

static char *utf8(char *to, uint32_t c) {
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    *to++ = (char)((0xff << (7 - more)) | (c >> (6 * more)));
    while (more-- > 0) *to++ = (char)(0x80 | ((c >> (6 * more)) & 0x3f));
    return to;
}

/* Reads one escape, behind its backslash; gives where it ends. */
static size_t escape(wg_text json, size_t at, char **to) {
    char c = json.data[at++];
    if (c != 'u') {
        *(*to)++ = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' ? '\b' : c == 'f' ? '\f' : c;
        return at;
    }
    uint32_t point = hex(json, at);
    at += 4;
    if (point >= 0xd800 && point < 0xdc00 && at + 6 <= json.size && json.data[at] == '\\') {
        point = 0x10000 + ((point - 0xd800) << 10) + ((hex(json, at + 2) - 0xdc00) & 0x3ff);
        at += 6;
    }
    *to = utf8(*to, point);
    return at;
}

wg_text wg_unquote(wg_value value) {
    if (value.size < 2 || value.data[0] != '"') return (wg_text){NULL, 0};
    wg_text inside = {value.data + 1, value.size - 2};
    char *begin = wg_alloc(inside.size + 4), *to = begin;
    for (size_t at = 0; at < inside.size;) {
        if (inside.data[at] == '\\' && at + 1 < inside.size) at = escape(inside, at + 1, &to);
        else *to++ = inside.data[at++];
    }
    return (wg_text){begin, (size_t)(to - begin)};
}

int64_t wg_integer(wg_value value, int64_t otherwise) {
    bool negative = value.size > 0 && value.data[0] == '-';
    uint64_t number = 0;
    size_t at = negative;
    for (; at < value.size && value.data[at] >= '0' && value.data[at] <= '9'; at++)
        number = number * 10 + (uint64_t)(value.data[at] - '0');
    if (at == (size_t)negative || at != value.size) return otherwise;
    return negative ? -(int64_t)number : (int64_t)number;
}

static void put_quoted(buffer *to, wg_text text) {
    PUT(to, "\"");
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        static const char digits[] = "0123456789abcdef";
        char control[6] = {'\\', 'u', '0', '0', digits[(c >> 4) & 1], digits[c & 15]};
        if (c == '"' || c == '\\') PUT(to, "\\");
        if ((unsigned char)c < 0x20) put(to, control, 6);
        else put(to, &c, 1);
    }
    PUT(to, "\"");
}

wg_text wg_quote(wg_text text) {
    buffer quoted = {0};
    put_quoted(&quoted, text);
    return (wg_text){quoted.data, quoted.size};
}

/* --- Setup ---------------------------------------------------------------------------------------------------------- */

#define WEAK __attribute__((weak))

extern WEAK bool wg_authorize(void *, const wg_request *, wg_grant *, wg_refusal *);
extern WEAK bool wg_filter_request(void *, const wg_request *, wg_patch *, wg_refusal *);
extern WEAK bool wg_filter_response(void *, const wg_request *, const wg_reply *, wg_patch *, wg_refusal *);
extern WEAK bool wg_validate(void *, const wg_request *, wg_refusal *);
extern WEAK bool wg_map_request(void *, const wg_request *, wg_patch *, wg_refusal *);
extern WEAK bool wg_map_response(void *, const wg_request *, const wg_reply *, wg_patch *, wg_refusal *);
extern WEAK bool wg_handle(void *, const wg_request *, wg_response *, wg_refusal *);
extern WEAK void wg_observe(void *, const wg_request *, const wg_reply *);

enum { HOOKS = 7 };

static const char *const hook_names[HOOKS] = {"authorizer", "request-filter", "response-filter", "validator",
                                              "mapper",     "function",       "observer"};

static bool has(int hook) {
    switch (hook) {
    case 0: return wg_authorize != NULL;
    case 1: return wg_filter_request != NULL;
    case 2: return wg_filter_response != NULL;
    case 3: return wg_validate != NULL;
    case 4: return wg_map_request != NULL;
    case 5: return wg_handle != NULL;
    default: return wg_observe != NULL;
    }
}

enum { HEADERS, QUERY, PATH, CONTEXT, REPLY_HEADERS, SETS, IDENTITY, LISTS };

static const char *const list_names[LISTS] = {"headers", "query", "path", "context", "reply-headers", "sets",
                                              "identity"};

struct wg_setup {
    wg_list wanted[LISTS];
    bool body, reply_body;
    uint32_t refresh;
    size_t entry;
    buffer *problems;
};

static void want(wg_setup *setup, int list, const char *name) {
    wg_add(&setup->wanted[list], wg_string(name), (wg_text){NULL, 0});
}

void wg_wants_header(wg_setup *setup, const char *name) { want(setup, HEADERS, name); }
void wg_wants_query(wg_setup *setup, const char *name) { want(setup, QUERY, name); }
void wg_wants_path(wg_setup *setup, const char *name) { want(setup, PATH, name); }
void wg_wants_context(wg_setup *setup, const char *name) { want(setup, CONTEXT, name); }
void wg_wants_body(wg_setup *setup) { setup->body = true; }
void wg_wants_reply_header(wg_setup *setup, const char *name) { want(setup, REPLY_HEADERS, name); }
void wg_wants_reply_body(wg_setup *setup) { setup->reply_body = true; }
void wg_sets(wg_setup *setup, const char *name) { want(setup, SETS, name); }
void wg_identity(wg_setup *setup, const char *value) { want(setup, IDENTITY, value); }

void wg_refresh(wg_setup *setup, uint32_t seconds) {
    if (setup->refresh == 0 || seconds < setup->refresh) setup->refresh = seconds;
}

void wg_problem(wg_setup *setup, wg_text pointer, wg_text message) {
    if (setup->problems->size > 0) PUT(setup->problems, ",");
    PUT(setup->problems, "{\"entry\":");
    put_text(setup->problems, wg_decimal((int64_t)setup->entry));
    PUT(setup->problems, ",\"pointer\":");
    put_quoted(setup->problems, pointer);
    PUT(setup->problems, ",\"message\":");
    put_quoted(setup->problems, message);
    PUT(setup->problems, "}");
}

static void put_interest(buffer *to, const wg_setup *setup) {
    PUT(to, "{");
    for (int list = 0; list < LISTS; list++) {
        put_quoted(to, wg_string(list_names[list]));
        PUT(to, ":[");
        for (size_t i = 0; i < setup->wanted[list].count; i++) {
            if (i > 0) PUT(to, ",");
            put_quoted(to, setup->wanted[list].items[i].name);
        }
        PUT(to, "],");
    }
    put_text(to, setup->body ? WG("\"body\":true,") : WG("\"body\":false,"));
    put_text(to, setup->reply_body ? WG("\"reply-body\":true}") : WG("\"reply-body\":false}"));
}

/* The interests of an entry, one for each hook. */
static void put_entry(buffer *to, const wg_setup *setup) {
    PUT(to, "{");
    for (int hook = 0, before = 0; hook < HOOKS; hook++) {
        if (!has(hook)) continue;
        if (before++ > 0) PUT(to, ",");
        put_quoted(to, wg_string(hook_names[hook]));
        PUT(to, ":");
        put_interest(to, setup);
    }
    PUT(to, "}");
}

static void put_named(buffer *to, const char *name, const char *value) {
    put_quoted(to, wg_string(name));
    PUT(to, ":");
    put_quoted(to, wg_string(value == NULL ? "" : value));
    PUT(to, ",");
}

static wg_text answered;

WG_EXPORT("setup", "describe") wg_text *wg_describe(void) {
    buffer to = {0};
    PUT(&to, "{");
    put_named(&to, "name", wg_plugin.name);
    put_named(&to, "version", wg_plugin.version);
    put_named(&to, "summary", wg_plugin.summary);
    PUT(&to, "\"hooks\":[");
    for (int hook = 0, before = 0; hook < HOOKS; hook++) {
        if (!has(hook)) continue;
        if (before++ > 0) PUT(&to, ",");
        put_quoted(&to, wg_string(hook_names[hook]));
    }
    PUT(&to, "],\"capabilities\":");
    put_text(&to, wg_string(wg_plugin.capabilities == NULL ? "[]" : wg_plugin.capabilities));
    if (wg_plugin.configuration != NULL) {
        PUT(&to, ",\"configuration\":");
        put_text(&to, wg_string(wg_plugin.configuration));
    }
    PUT(&to, "}");
    answered = (wg_text){to.data, to.size};
    return &answered;
}

static void **plugins;
static size_t plugin_count;

/* A result of two texts, as the canonical ABI lays it out. */
static struct {
    uint8_t failed;
    wg_text text;
} configured;

WG_EXPORT("setup", "configure") void *wg_configure_all(const wg_text *entries, size_t count) {
    buffer answer = {0}, problems = {0};
    uint32_t refresh = 0;
    plugins = wg_alloc(count * sizeof(void *));
    plugin_count = count;
    PUT(&answer, "{\"entries\":[");
    for (size_t entry = 0; entry < count; entry++) {
        wg_setup setup = {.entry = entry, .problems = &problems};
        plugins[entry] = wg_configure(entries[entry], &setup);
        if (entry > 0) PUT(&answer, ",");
        put_entry(&answer, &setup);
        if (setup.refresh > 0 && (refresh == 0 || setup.refresh < refresh)) refresh = setup.refresh;
    }
    PUT(&answer, "]");
    if (refresh > 0) put_text(&answer, wg_join(2, WG(",\"refresh\":"), wg_decimal(refresh)));
    PUT(&answer, "}");
    configured.failed = problems.size > 0;
    configured.text = (wg_text){answer.data, answer.size};
    if (configured.failed)
        configured.text =
            wg_join(3, WG("{\"problems\":["), (wg_text){problems.data, problems.size}, WG("]}"));
    kept = top = wg_alloc(0);
    reserve(top + ROOM);
    return &configured;
}

/* --- Calls: wit/packed.wit says how values are written. --------------------------------------------------------------- */

typedef struct {
    const char *at, *end;
} reader;

static uint32_t read_number(reader *from) {
    if (from->end - from->at < 4) return 0;
    const unsigned char *bytes = (const unsigned char *)from->at;
    from->at += 4;
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static wg_text read_text(reader *from) {
    size_t size = read_number(from), there = (size_t)(from->end - from->at);
    wg_text text = {from->at, size < there ? size : there};
    from->at += text.size;
    return text;
}

static wg_pairs read_pairs(reader *from) {
    size_t count = read_number(from), most = (size_t)(from->end - from->at) / 8;
    if (count > most) count = most;
    wg_pair *items = wg_alloc(count * sizeof(wg_pair));
    for (size_t i = 0; i < count; i++) {
        items[i].name = read_text(from);
        items[i].value = read_text(from);
    }
    return (wg_pairs){items, count};
}

static wg_request read_request(reader *from, wg_text body) {
    wg_request request = {.body = body};
    request.method = read_text(from);
    request.path = read_text(from);
    request.query = read_text(from);
    request.headers = read_pairs(from);
    request.query_parameters = read_pairs(from);
    request.path_parameters = read_pairs(from);
    request.context = read_pairs(from);
    read_pairs(from);
    return request;
}

static wg_reply read_reply(reader *from, wg_text body) {
    wg_reply reply = {.body = body};
    reply.status = read_number(from);
    reply.headers = read_pairs(from);
    reply.extra = read_pairs(from);
    return reply;
}

static void write_number(buffer *to, uint32_t number) {
    unsigned char bytes[4] = {(unsigned char)number, (unsigned char)(number >> 8), (unsigned char)(number >> 16),
                              (unsigned char)(number >> 24)};
    put(to, bytes, 4);
}

static void write_text(buffer *to, wg_text text) {
    write_number(to, (uint32_t)text.size);
    put_text(to, text);
}

static void write_pairs(buffer *to, const wg_list *pairs) {
    write_number(to, (uint32_t)pairs->count);
    for (size_t i = 0; i < pairs->count; i++) {
        write_text(to, pairs->items[i].name);
        write_text(to, pairs->items[i].value);
    }
}

static void write_grant(buffer *to, const wg_grant *grant) {
    write_text(to, grant->principal);
    write_pairs(to, &grant->context);
    write_text(to, grant->usage_key);
    write_text(to, grant->policy);
    write_number(to, grant->ttl);
    write_number(to, 0);
}

static void write_refusal(buffer *to, const wg_refusal *refusal) {
    write_text(to, refusal->code);
    write_text(to, refusal->message);
    write_pairs(to, &refusal->headers);
    write_pairs(to, &refusal->context);
    write_number(to, refusal->details.data != NULL);
    if (refusal->details.data == NULL) return;
    write_text(to, WG("details"));
    write_text(to, refusal->details);
}

static void write_response(buffer *to, const wg_response *response) {
    write_number(to, response->status);
    write_pairs(to, &response->headers);
    write_number(to, 0);
}

static void write_patch(buffer *to, const wg_patch *patch) {
    write_number(to, (uint32_t)patch->count);
    for (size_t i = 0; i < patch->count; i++) {
        write_text(to, patch->changes[i].code);
        write_text(to, patch->changes[i].name);
        write_text(to, patch->changes[i].value);
    }
    write_number(to, patch->respond != NULL);
    if (patch->respond != NULL) write_response(to, patch->respond);
    write_number(to, 0);
}

void wg_change_add(wg_patch *patch, const char *code, wg_text name, wg_text value) {
    patch->changes = grow(patch->changes, patch->count, &patch->room, sizeof(wg_change));
    patch->changes[patch->count++] = (wg_change){wg_string(code), name, value};
}

bool wg_refuse(wg_refusal *refusal, const char *code, wg_text message) {
    refusal->code = wg_string(code);
    refusal->message = message;
    return false;
}

/* The record `outcome`, as the canonical ABI lays it out. */
static struct {
    wg_text values;
    uint8_t has_body;
    wg_text body;
} outcome;

/* What hooks are called with, and what they fill. */
typedef struct {
    void *plugin;
    wg_request request;
    wg_reply reply;
    wg_grant grant;
    wg_patch patch;
    wg_response response;
    wg_refusal refusal;
} call;

/* Calls a hook by its number in the contract; whether it did its work. */
static bool dispatch(uint32_t hook, call *c) {
    switch (hook) {
    case 0: return wg_authorize && wg_authorize(c->plugin, &c->request, &c->grant, &c->refusal);
    case 1: return wg_filter_request && wg_filter_request(c->plugin, &c->request, &c->patch, &c->refusal);
    case 2:
        return wg_filter_response && wg_filter_response(c->plugin, &c->request, &c->reply, &c->patch, &c->refusal);
    case 3: return wg_validate && wg_validate(c->plugin, &c->request, &c->refusal);
    case 4: return wg_map_request && wg_map_request(c->plugin, &c->request, &c->patch, &c->refusal);
    case 5: return wg_map_response && wg_map_response(c->plugin, &c->request, &c->reply, &c->patch, &c->refusal);
    case 6: return wg_handle && wg_handle(c->plugin, &c->request, &c->response, &c->refusal);
    default:
        if (wg_observe) wg_observe(c->plugin, &c->request, &c->reply);
        return true;
    }
}

static void write_result(buffer *to, uint32_t hook, const call *c) {
    write_number(to, 0);
    if (hook == 0) write_grant(to, &c->grant);
    else if (hook == 1 || hook == 2 || hook == 4 || hook == 5) write_patch(to, &c->patch);
    else if (hook == 6) write_response(to, &c->response);
}

static wg_text body_of(uint32_t hook, const call *c) {
    if (hook == 6) return c->response.body.data != NULL ? c->response.body : WG("");
    return c->patch.respond != NULL ? c->patch.respond->body : c->patch.body;
}

WG_EXPORT("packed", "call")
void *wg_call(uint32_t hook, uint32_t entry, const char *values, size_t size, uint32_t has_body, const char *body,
              size_t body_size, uint32_t has_reply_body, const char *reply_body, size_t reply_body_size) {
    reader from = {values, values + size};
    call c = {0};
    c.request = read_request(&from, has_body ? (wg_text){body, body_size} : (wg_text){NULL, 0});
    if (from.at < from.end)
        c.reply = read_reply(&from, has_reply_body ? (wg_text){reply_body, reply_body_size} : (wg_text){NULL, 0});
    c.refusal.code = WG("failure");
    if (entry >= plugin_count) __builtin_trap();
    c.plugin = plugins[entry];

    buffer to = {0};
    bool done = dispatch(hook, &c);
    if (!done) {
        write_number(&to, 1);
        write_refusal(&to, &c.refusal);
    } else if (hook != 7) {
        write_result(&to, hook, &c);
    }
    outcome.values = (wg_text){to.data, to.size};
    outcome.body = done ? body_of(hook, &c) : (wg_text){NULL, 0};
    outcome.has_body = outcome.body.data != NULL;
    return &outcome;
}

__attribute__((export_name("cabi_post_wasmgate:plugin/packed@0.1.0#call"))) void wg_called(void *outcome) {
    (void)outcome;
    release();
}
