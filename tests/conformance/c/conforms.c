/* Does what a request's fields `do` say, in every hook: ../README.md. */
#include "wasmgate.h"

const wg_description wg_plugin = {
    .name = "conforms",
    .version = "0.1.0",
    .summary = "Does what a request says, in every hook",
    .capabilities = "[\"http\",\"kv\",\"secrets\"]",
    .configuration = "{\"type\":\"object\",\"required\":[\"kept\"],\"additionalProperties\":false,"
                     "\"properties\":{\"kept\":{},\"mistake\":{\"type\":\"string\"}}}",
};

typedef struct {
    uint32_t table, signer, verifier, count, level, measure;
} plugin;

void *wg_configure(wg_value configuration, wg_setup *setup) {
    plugin *self = wg_alloc(sizeof *self);
    wg_value file = {0};
    wg_text kept, key = WG("key-of-at-least-32-bytes-for-HS256"), mistake = wg_member_text(configuration, "mistake");
    wg_error error = {0};
    if (mistake.data != NULL) wg_problem(setup, WG("/mistake"), mistake);
    wg_member(configuration, "kept", &file);
    if (!wg_asset(file, &kept, &error) || !wg_table_create(&self->table, &error) ||
        !wg_table_insert(self->table, (wg_pairs){&(wg_pair){WG("kept"), kept}, 1}, &error) ||
        !wg_signing_key("HS256", "raw", key, &self->signer, &error) ||
        !wg_verifying_key("HS256", "raw", key, &self->verifier, &error) ||
        !wg_counter("count", "What was counted.", &self->count, &error) ||
        !wg_gauge("level", "How much there is.", &self->level, &error) ||
        !wg_histogram("measure", "What was measured.", (double[]){1, 10}, 2, &self->measure, &error))
        wg_problem(setup, WG(""), error.message);
    wg_wants_header(setup, "*");
    wg_wants_query(setup, "*");
    wg_wants_path(setup, "*");
    wg_wants_context(setup, "sourceIp");
    wg_wants_context(setup, "authorizer.tenant");
    wg_wants_body(setup);
    wg_wants_reply_header(setup, "*");
    wg_wants_reply_body(setup);
    return self;
}

/* What came of all that was to be done. */
typedef struct {
    wg_text lines, body;
    const char *separator;
    wg_list headers, context;
    wg_text code, message, details;
    wg_grant grant;
    wg_patch patch;
    uint32_t status;
} done;

/* --- Texts -------------------------------------------------------------------------------------------------------- */

/* The first word; `rest` moves behind its blank. */
static wg_text word(wg_text *rest) {
    size_t size = 0;
    while (size < rest->size && rest->data[size] != ' ') size++;
    wg_text first = {rest->data, size};
    size_t taken = size < rest->size ? size + 1 : size;
    *rest = (wg_text){rest->data + taken, rest->size - taken};
    return first;
}

/* With a zero at its end. */
static const char *string(wg_text text) { return wg_join(2, text, (wg_text){"", 1}).data; }

static double amount(wg_text text) {
    double value = 0, place = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '.') place = 1;
        else if (place == 0) value = value * 10 + (text.data[i] - '0');
        else value += (text.data[i] - '0') * (place /= 10);
    }
    return value;
}

static wg_text hex(wg_text bytes) {
    char *digits = wg_alloc(bytes.size * 2);
    for (size_t i = 0; i < bytes.size; i++) {
        digits[2 * i] = "0123456789abcdef"[(bytes.data[i] >> 4) & 15];
        digits[2 * i + 1] = "0123456789abcdef"[bytes.data[i] & 15];
    }
    return (wg_text){digits, bytes.size * 2};
}

static wg_text named(bool truth) { return truth ? WG("true") : WG("false"); }
static wg_text or_none(wg_text text) { return text.data == NULL ? WG("-") : text; }

/* --- What may be done ---------------------------------------------------------------------------------------------- */

static void line(done *to, wg_text text) {
    to->lines = to->lines.data == NULL ? text : wg_join(3, to->lines, wg_string(to->separator), text);
}

static wg_text see(wg_text what, wg_text name, const wg_request *request, const wg_reply *reply) {
    if (wg_same(what, WG("method"))) return request->method;
    if (wg_same(what, WG("path"))) return request->path;
    if (wg_same(what, WG("query"))) return request->query;
    if (wg_same(what, WG("header"))) return wg_find(request->headers, string(name));
    if (wg_same(what, WG("query-parameter"))) return wg_find(request->query_parameters, string(name));
    if (wg_same(what, WG("path-parameter"))) return wg_find(request->path_parameters, string(name));
    if (wg_same(what, WG("context"))) return wg_find(request->context, string(name));
    if (wg_same(what, WG("body"))) return request->body;
    if (reply == NULL) return (wg_text){0};
    if (wg_same(what, WG("reply-status"))) return wg_decimal(reply->status);
    if (wg_same(what, WG("reply-header"))) return wg_find(reply->headers, string(name));
    return reply->body;
}

static wg_text fetched(wg_text url, wg_error *error) {
    wg_response answer;
    if (!wg_fetch(&(wg_fetch_request){.method = "GET", .url = url}, &answer, error)) return (wg_text){0};
    return wg_join(3, wg_decimal(answer.status), WG(" "), answer.body);
}

static wg_text verified(const plugin *self, wg_text message, wg_error *error) {
    wg_text signature;
    bool right = false, wrong = true;
    if (!wg_sign(self->signer, message, &signature, error)) return (wg_text){0};
    wg_verify(self->verifier, message, signature, &right, error);
    wg_verify(self->verifier, WG("other"), signature, &wrong, error);
    return named(right && !wrong);
}

static wg_text values(wg_text verb, wg_text key, wg_text rest, wg_error *error) {
    wg_text value = {0};
    bool swapped;
    int64_t sum;
    if (wg_same(verb, WG("kv-get"))) return wg_kv_get(key, &value, error) ? or_none(value) : value;
    if (wg_same(verb, WG("kv-set"))) return wg_kv_set(key, rest, 0, error) ? WG("ok") : value;
    if (wg_same(verb, WG("kv-delete"))) return wg_kv_delete(key, error) ? WG("ok") : value;
    if (wg_same(verb, WG("kv-increment")))
        return wg_kv_increment(key, wg_integer(rest, 0), 0, &sum, error) ? wg_decimal(sum) : value;
    wg_text expected = word(&rest);
    if (wg_same(expected, WG("-"))) expected = (wg_text){0};
    return wg_kv_swap(key, expected, rest, 0, &swapped, error) ? named(swapped) : value;
}

/* What an import gives, as a line; none where it gives an error. */
static wg_text ask(const plugin *self, wg_text verb, wg_text rest, wg_error *error) {
    wg_text a = word(&rest), got = {0};
    if (wg_same(verb, WG("now"))) return wg_now() > 1600000000000 ? verb : WG("wrong");
    if (wg_same(verb, WG("random"))) return wg_random() != wg_random() ? verb : WG("wrong");
    if (wg_same(verb, WG("ask"))) return or_none(wg_context(a));
    if (wg_same(verb, WG("secret"))) return wg_secret(a, &got, error) ? got : (wg_text){0};
    if (wg_same(verb, WG("digest"))) return wg_digest(string(a), rest, &got, error) ? hex(got) : got;
    if (wg_same(verb, WG("equal"))) return named(wg_crypto_equal(a, rest));
    if (wg_same(verb, WG("sign"))) return wg_sign(self->signer, a, &got, error) ? hex(got) : got;
    if (wg_same(verb, WG("verify"))) return verified(self, a, error);
    if (wg_same(verb, WG("lookup"))) return or_none(wg_table_lookup(self->table, a));
    if (wg_same(verb, WG("fetch"))) return fetched(a, error);
    return values(verb, a, rest, error);
}

static volatile uint32_t sink;

static uint32_t recurse(uint32_t depth) {
    volatile uint32_t kept = depth;
    return sink == UINT32_MAX ? 0 : recurse(depth + 1) + kept;
}

static wg_text filled(wg_text count) {
    size_t size = (size_t)wg_integer(count, 0);
    char *bytes = wg_alloc(size);
    __builtin_memset(bytes, 'x', size);
    return (wg_text){bytes, size};
}

/* Whether the verb is a change that takes a name; 2 for one that takes none. */
static int change(wg_text verb) {
    static const char *const named[] = {"set-header", "append-header", "remove-header", "set-context",
                                        "set-query",  "append-query",  "remove-query"};
    static const char *const unnamed[] = {"set-path", "set-method", "set-status", "upstream"};
    for (size_t i = 0; i < 7; i++)
        if (wg_same(verb, wg_string(named[i]))) return 1;
    for (size_t i = 0; i < 4; i++)
        if (wg_same(verb, wg_string(unnamed[i]))) return 2;
    return 0;
}

static void step(const plugin *self, wg_text written, const wg_request *request, const wg_reply *reply, done *to) {
    wg_text rest = written, verb = word(&rest), b = rest, a = word(&b);
    int changes = change(verb);
    if (changes == 1) wg_change_add(&to->patch, string(verb), a, b);
    else if (changes == 2) wg_change_add(&to->patch, string(verb), WG(""), rest);
    else if (wg_same(verb, WG("repeat")))
        for (int64_t count = wg_integer(a, 0); count > 0; count--) step(self, b, request, reply, to);
    else if (wg_same(verb, WG("trap"))) __builtin_trap();
    else if (wg_same(verb, WG("spin")))
        for (;;) sink++;
    else if (wg_same(verb, WG("eat")))
        for (;;) sink += *(char *)wg_alloc(1 << 20);
    else if (wg_same(verb, WG("recurse"))) sink = recurse(0);
    else if (wg_same(verb, WG("big"))) to->body = filled(a);
    else if (wg_same(verb, WG("see"))) line(to, or_none(see(a, b, request, reply)));
    else if (wg_same(verb, WG("refuse"))) to->code = a, to->message = b;
    else if (wg_same(verb, WG("details"))) to->details = rest;
    else if (wg_same(verb, WG("header"))) wg_add(&to->headers, a, b);
    else if (wg_same(verb, WG("context"))) wg_add(&to->context, a, b);
    else if (wg_same(verb, WG("principal"))) to->grant.principal = rest;
    else if (wg_same(verb, WG("usage-key"))) to->grant.usage_key = rest;
    else if (wg_same(verb, WG("policy"))) to->grant.policy = rest;
    else if (wg_same(verb, WG("ttl"))) to->grant.ttl = (uint32_t)wg_integer(a, 0);
    else if (wg_same(verb, WG("status"))) to->status = (uint32_t)wg_integer(a, 0);
    else if (wg_same(verb, WG("body"))) to->body = rest;
    else if (wg_same(verb, WG("line-end"))) wg_change_add(&to->patch, "set-header", WG("x-a"), WG("a\r\nb"));
    else if (wg_same(verb, WG("log"))) wg_log(WG_INFO, b);
    else if (wg_same(verb, WG("count"))) wg_metric_add(self->count, amount(a));
    else if (wg_same(verb, WG("level"))) wg_metric_observe(self->level, amount(a));
    else if (wg_same(verb, WG("measure"))) wg_metric_observe(self->measure, amount(a));
    else {
        wg_error error = {0};
        wg_text got = ask(self, verb, rest, &error);
        line(to, error.code.data == NULL ? got : wg_join(2, WG("! "), error.code));
    }
}

/* Does all; false, and the refusal filled, where one of the fields refuses. */
static bool perform(void *self, const char *separator, const wg_request *request, const wg_reply *reply, done *to,
                    wg_refusal *refusal) {
    *to = (done){.separator = separator};
    for (size_t i = 0; i < request->headers.count; i++)
        if (wg_same(request->headers.items[i].name, WG("do")))
            step(self, request->headers.items[i].value, request, reply, to);
    if (to->code.data == NULL) return true;
    wg_refuse(refusal, string(to->code), to->message);
    refusal->headers = to->headers;
    refusal->context = to->context;
    refusal->details = to->details;
    return false;
}

/* --- Hooks --------------------------------------------------------------------------------------------------------- */

static wg_response response(const done *from) {
    wg_text body = from->body.data != NULL ? from->body : from->lines;
    return (wg_response){from->status != 0 ? from->status : 200, from->headers, body};
}

static bool authorize(void *self, const wg_request *request, wg_grant *grant, wg_refusal *refusal) {
    done all;
    if (!perform(self, ",", request, NULL, &all, refusal)) return false;
    *grant = all.grant;
    grant->context = all.context;
    return true;
}
WG_AUTHORIZER(authorize)

static bool patched(void *self, const wg_request *request, const wg_reply *reply, wg_patch *patch,
                    wg_refusal *refusal) {
    done all;
    if (!perform(self, ",", request, reply, &all, refusal)) return false;
    if (all.lines.data != NULL) wg_change_add(&all.patch, "set-context", WG("seen"), all.lines);
    *patch = all.patch;
    patch->body = all.body;
    if (all.status != 0) {
        patch->respond = wg_alloc(sizeof *patch->respond);
        *patch->respond = response(&all);
    }
    return true;
}

static bool patched_request(void *self, const wg_request *request, wg_patch *patch, wg_refusal *refusal) {
    return patched(self, request, NULL, patch, refusal);
}
WG_REQUEST_FILTER(patched_request)
WG_RESPONSE_FILTER(patched)
WG_MAPPER(patched_request, patched)

static bool validate(void *self, const wg_request *request, wg_refusal *refusal) {
    done all;
    return perform(self, ",", request, NULL, &all, refusal);
}
WG_VALIDATOR(validate)

static bool handle(void *self, const wg_request *request, wg_response *answer, wg_refusal *refusal) {
    done all;
    if (!perform(self, "\n", request, NULL, &all, refusal)) return false;
    *answer = response(&all);
    return true;
}
WG_FUNCTION(handle)

static void observe(void *self, const wg_request *request, const wg_reply *reply) {
    done all;
    wg_refusal refusal = {0};
    perform(self, ",", request, reply, &all, &refusal);
}
WG_OBSERVER(observe)
