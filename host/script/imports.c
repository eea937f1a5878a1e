/* What scripts may call of the gateway: `import kv from "#host/kv"`, by the names of the contract in JavaScript's
 * spelling. A failed call throws an object with `code` and `message`, of which the SDK makes an error. */
#include "engine.h"

#include <math.h>
#include <string.h>

#define ARGUMENTS JSContext *context, JSValueConst self, int count, JSValueConst *given
#define FUNCTION(name) static JSValue name(ARGUMENTS)
/* QuickJS fills up with `undefined` what a caller leaves out. */
#define UNUSED ((void)context, (void)self, (void)count)

__attribute__((import_module("wasmgate:plugin/log@0.1.0"), import_name("threshold"))) uint32_t host_threshold(void);
typedef struct {
    uint8_t failed;
    union {
        wg_error error;
        wg_text bytes;
    };
} portion;
__attribute__((import_module("wasmgate:plugin/assets@0.1.0"), import_name("read"))) void
host_read(uint32_t asset, uint64_t offset, uint32_t length, portion *bytes);

static JSValue failed(wg_error error) {
    JSValue thrown = JS_NewObject(js);
    JS_SetPropertyStr(js, thrown, "code", new_text(error.code));
    JS_SetPropertyStr(js, thrown, "message", new_text(error.message));
    return JS_Throw(js, thrown);
}

static JSValue optional_bytes(wg_text bytes) { return bytes.data == NULL ? JS_NULL : new_bytes(bytes); }

/* Reads arguments; the caller ends where an exception is pending. */
#define TEXT(name, at)                                                                                                \
    wg_text name = text_of(given[at]);                                                                                \
    if (name.data == NULL) return JS_EXCEPTION
#define BYTES(name, at)                                                                                               \
    wg_text name = bytes_of(given[at]);                                                                               \
    if (name.data == NULL) return JS_EXCEPTION
#define NUMBER(name, at)                                                                                              \
    uint32_t name;                                                                                                    \
    if (JS_ToUint32(js, &name, given[at]) < 0) return JS_EXCEPTION
#define REAL(name, at)                                                                                                \
    double name;                                                                                                      \
    if (JS_ToFloat64(js, &name, given[at]) < 0) return JS_EXCEPTION
#define NAME(name, at)                                                                                                \
    const char *name = zero_ended(given[at]);                                                                         \
    if (name == NULL) return JS_EXCEPTION

static const char *zero_ended(JSValueConst value) {
    wg_text text = text_of(value);
    if (text.data == NULL) return NULL;
    char *copy = memcpy(wg_alloc(text.size + 1), text.data, text.size);
    copy[text.size] = 0;
    return copy;
}

/* --- log, clock, random, context, secrets ----------------------------------------------------------------------------- */

static const char *const levels[] = {"trace", "debug", "info", "warn", "error"};

FUNCTION(log_write) {
    UNUSED;
    NAME(level, 0);
    TEXT(message, 1);
    uint32_t number = WG_INFO;
    for (uint32_t i = 0; i < 5; i++)
        if (strcmp(levels[i], level) == 0) number = i;
    wg_log(number, message);
    return JS_UNDEFINED;
}

FUNCTION(log_threshold) {
    UNUSED, (void)given;
    return JS_NewString(js, levels[host_threshold() % 5]);
}

FUNCTION(clock_now) {
    UNUSED, (void)given;
    return JS_NewFloat64(js, (double)wg_now());
}

FUNCTION(random_next) {
    UNUSED, (void)given;
    return JS_NewBigUint64(js, wg_random());
}

FUNCTION(context_get) {
    UNUSED;
    TEXT(name, 0);
    wg_text value = wg_context(name);
    return value.data == NULL ? JS_NULL : new_text(value);
}

FUNCTION(secrets_get) {
    UNUSED;
    TEXT(name, 0);
    wg_text value;
    wg_error error;
    return wg_secret(name, &value, &error) ? new_text(value) : failed(error);
}

/* --- crypto ----------------------------------------------------------------------------------------------------------- */

typedef bool new_key(const char *, const char *, wg_text, uint32_t *, wg_error *);

static JSValue make_key(new_key *make, JSValueConst *given) {
    NAME(algorithm, 0);
    NAME(format, 1);
    BYTES(key, 2);
    uint32_t number;
    wg_error error;
    return make(algorithm, format, key, &number, &error) ? JS_NewUint32(js, number) : failed(error);
}

FUNCTION(crypto_verifying_key) {
    UNUSED;
    return make_key(wg_verifying_key, given);
}

FUNCTION(crypto_signing_key) {
    UNUSED;
    return make_key(wg_signing_key, given);
}

FUNCTION(crypto_verify) {
    UNUSED;
    NUMBER(key, 0);
    BYTES(message, 1);
    BYTES(signature, 2);
    bool right;
    wg_error error;
    return wg_verify(key, message, signature, &right, &error) ? JS_NewBool(js, right) : failed(error);
}

FUNCTION(crypto_sign) {
    UNUSED;
    NUMBER(key, 0);
    BYTES(message, 1);
    wg_text signature;
    wg_error error;
    return wg_sign(key, message, &signature, &error) ? new_bytes(signature) : failed(error);
}

FUNCTION(crypto_digest) {
    UNUSED;
    NAME(algorithm, 0);
    BYTES(message, 1);
    wg_text digest;
    wg_error error;
    return wg_digest(algorithm, message, &digest, &error) ? new_bytes(digest) : failed(error);
}

FUNCTION(crypto_equal) {
    UNUSED;
    BYTES(a, 0);
    BYTES(b, 1);
    return JS_NewBool(js, wg_crypto_equal(a, b));
}

/* --- kv: a time to live is a number, or nothing ------------------------------------------------------------------------ */

static bool ttl_of(JSValueConst value, uint64_t *ttl) {
    int64_t number = 0;
    bool none = JS_IsNull(value) || JS_IsUndefined(value);
    if (!none && JS_ToInt64Ext(js, &number, value) < 0) return false;
    if (number < 0) {
        JS_ThrowRangeError(js, "a time to live is not below 0");
        return false;
    }
    *ttl = (uint64_t)number;
    return true;
}

#define TTL(name, at)                                                                                                 \
    uint64_t name;                                                                                                    \
    if (!ttl_of(given[at], &name)) return JS_EXCEPTION

FUNCTION(kv_get) {
    UNUSED;
    TEXT(key, 0);
    wg_text value;
    wg_error error;
    return wg_kv_get(key, &value, &error) ? optional_bytes(value) : failed(error);
}

FUNCTION(kv_set) {
    UNUSED;
    TEXT(key, 0);
    BYTES(value, 1);
    TTL(ttl, 2);
    wg_error error;
    return wg_kv_set(key, value, ttl, &error) ? JS_UNDEFINED : failed(error);
}

FUNCTION(kv_delete) {
    UNUSED;
    TEXT(key, 0);
    wg_error error;
    return wg_kv_delete(key, &error) ? JS_UNDEFINED : failed(error);
}

FUNCTION(kv_swap) {
    UNUSED;
    TEXT(key, 0);
    wg_text expected = {NULL, 0};
    if (!JS_IsNull(given[1]) && !JS_IsUndefined(given[1])) expected = bytes_of(given[1]);
    if (JS_HasException(js)) return JS_EXCEPTION;
    BYTES(value, 2);
    TTL(ttl, 3);
    bool swapped;
    wg_error error;
    return wg_kv_swap(key, expected, value, ttl, &swapped, &error) ? JS_NewBool(js, swapped) : failed(error);
}

FUNCTION(kv_increment) {
    UNUSED;
    TEXT(key, 0);
    int64_t by, sum;
    if (JS_ToInt64Ext(js, &by, given[1]) < 0) return JS_EXCEPTION;
    TTL(ttl, 2);
    wg_error error;
    return wg_kv_increment(key, by, ttl, &sum, &error) ? JS_NewBigInt64(js, sum) : failed(error);
}

/* --- metrics ---------------------------------------------------------------------------------------------------------- */

typedef bool new_metric(const char *, const char *, uint32_t *, wg_error *);

static JSValue make_metric(new_metric *make, JSValueConst *given) {
    NAME(name, 0);
    NAME(help, 1);
    uint32_t number;
    wg_error error;
    return make(name, help, &number, &error) ? JS_NewUint32(js, number) : failed(error);
}

FUNCTION(metrics_counter) {
    UNUSED;
    return make_metric(wg_counter, given);
}

FUNCTION(metrics_gauge) {
    UNUSED;
    return make_metric(wg_gauge, given);
}

static bool reals_of(JSValueConst array, double **reals, size_t *count) {
    *count = count_of(array);
    *reals = wg_alloc(*count * sizeof(double));
    for (size_t i = 0; i < *count; i++) {
        JSValue item = JS_GetPropertyUint32(js, array, (uint32_t)i);
        int read = JS_ToFloat64(js, *reals + i, item);
        JS_FreeValue(js, item);
        if (read < 0) return false;
    }
    return !JS_HasException(js);
}

FUNCTION(metrics_histogram) {
    UNUSED;
    NAME(name, 0);
    NAME(help, 1);
    double *bounds;
    size_t bound_count;
    if (!reals_of(given[2], &bounds, &bound_count)) return JS_EXCEPTION;
    uint32_t number;
    wg_error error;
    bool made = wg_histogram(name, help, bounds, bound_count, &number, &error);
    return made ? JS_NewUint32(js, number) : failed(error);
}

FUNCTION(metrics_add) {
    UNUSED;
    NUMBER(metric, 0);
    REAL(value, 1);
    wg_metric_add(metric, value);
    return JS_UNDEFINED;
}

FUNCTION(metrics_observe) {
    UNUSED;
    NUMBER(metric, 0);
    REAL(value, 1);
    wg_metric_observe(metric, value);
    return JS_UNDEFINED;
}

/* --- http, assets, table ---------------------------------------------------------------------------------------------- */

/* The members of a request, each of which the SDK has set. */
static bool outgoing(JSValueConst request, wg_fetch_request *to) {
    JSValue method = JS_GetPropertyStr(js, request, "method"), url = JS_GetPropertyStr(js, request, "url"),
            headers = JS_GetPropertyStr(js, request, "headers"), body = JS_GetPropertyStr(js, request, "body"),
            timeout = JS_GetPropertyStr(js, request, "timeout");
    wg_list pairs = {0};
    to->method = zero_ended(method);
    to->url = text_of(url);
    bool good = to->method != NULL && to->url.data != NULL && pairs_of(headers, text_of, &pairs) &&
                (to->body = bytes_of(body)).data != NULL && JS_ToUint32(js, &to->timeout, timeout) == 0;
    to->headers = (wg_pairs){pairs.items, pairs.count};
    JSValue members[] = {method, url, headers, body, timeout};
    for (int i = 0; i < 5; i++) JS_FreeValue(js, members[i]);
    return good;
}

FUNCTION(http_fetch) {
    UNUSED;
    wg_fetch_request request;
    if (!outgoing(given[0], &request)) return JS_EXCEPTION;
    wg_response response;
    wg_error error;
    if (!wg_fetch(&request, &response, &error)) return failed(error);
    JSValue answer = JS_NewObject(js);
    JS_SetPropertyStr(js, answer, "status", JS_NewUint32(js, response.status));
    JS_SetPropertyStr(js, answer, "headers", new_pairs((wg_pairs){response.headers.items, response.headers.count}));
    JS_SetPropertyStr(js, answer, "body", new_bytes(response.body));
    return answer;
}

FUNCTION(assets_read) {
    UNUSED;
    NUMBER(asset, 0);
    int64_t offset;
    if (JS_ToInt64Ext(js, &offset, given[1]) < 0) return JS_EXCEPTION;
    NUMBER(length, 2);
    portion read;
    host_read(asset, (uint64_t)offset, length, &read);
    return read.failed ? failed(read.error) : new_bytes(read.bytes);
}

FUNCTION(table_create) {
    UNUSED, (void)given;
    uint32_t table;
    wg_error error;
    return wg_table_create(&table, &error) ? JS_NewUint32(js, table) : failed(error);
}

FUNCTION(table_insert) {
    UNUSED;
    NUMBER(table, 0);
    wg_list entries = {0};
    if (!pairs_of(given[1], bytes_of, &entries)) return JS_EXCEPTION;
    wg_error error;
    bool done = wg_table_insert(table, (wg_pairs){entries.items, entries.count}, &error);
    return done ? JS_UNDEFINED : failed(error);
}

FUNCTION(table_lookup) {
    UNUSED;
    NUMBER(table, 0);
    BYTES(key, 1);
    return optional_bytes(wg_table_lookup(table, key));
}

/* --- Modules ---------------------------------------------------------------------------------------------------------- */

static const JSCFunctionListEntry
    log_module[] = {JS_CFUNC_DEF("write", 2, log_write), JS_CFUNC_DEF("threshold", 0, log_threshold)},
    clock_module[] = {JS_CFUNC_DEF("now", 0, clock_now)}, random_module[] = {JS_CFUNC_DEF("next", 0, random_next)},
    context_module[] = {JS_CFUNC_DEF("get", 1, context_get)}, secrets_module[] = {JS_CFUNC_DEF("get", 1, secrets_get)},
    crypto_module[] = {JS_CFUNC_DEF("verifyingKey", 3, crypto_verifying_key),
                       JS_CFUNC_DEF("signingKey", 3, crypto_signing_key), JS_CFUNC_DEF("verify", 3, crypto_verify),
                       JS_CFUNC_DEF("sign", 2, crypto_sign), JS_CFUNC_DEF("digest", 2, crypto_digest),
                       JS_CFUNC_DEF("equal", 2, crypto_equal)},
    kv_module[] = {JS_CFUNC_DEF("get", 1, kv_get), JS_CFUNC_DEF("set", 3, kv_set), JS_CFUNC_DEF("delete", 1, kv_delete),
                   JS_CFUNC_DEF("compareAndSwap", 4, kv_swap), JS_CFUNC_DEF("increment", 3, kv_increment)},
    metrics_module[] = {JS_CFUNC_DEF("counter", 2, metrics_counter), JS_CFUNC_DEF("gauge", 2, metrics_gauge),
                        JS_CFUNC_DEF("histogram", 3, metrics_histogram), JS_CFUNC_DEF("add", 2, metrics_add),
                        JS_CFUNC_DEF("observe", 2, metrics_observe)},
    http_module[] = {JS_CFUNC_DEF("fetch", 1, http_fetch)}, assets_module[] = {JS_CFUNC_DEF("read", 3, assets_read)},
    table_module[] = {JS_CFUNC_DEF("create", 0, table_create), JS_CFUNC_DEF("insert", 2, table_insert),
                      JS_CFUNC_DEF("lookup", 2, table_lookup)};

#define MODULE(name) {"#host/" #name, name##_module, sizeof(name##_module) / sizeof(*name##_module)}

static const struct {
    const char *name;
    const JSCFunctionListEntry *functions;
    int count;
} modules[] = {MODULE(log),     MODULE(clock),  MODULE(random), MODULE(context), MODULE(secrets), MODULE(crypto),
               MODULE(kv),      MODULE(metrics), MODULE(http),  MODULE(assets),  MODULE(table)};

static int fill(JSContext *context, JSModuleDef *module) {
    JSAtom atom = JS_GetModuleName(context, module);
    const char *name = JS_AtomToCString(context, atom);
    JS_FreeAtom(context, atom);
    if (name == NULL) return -1;
    JSValue functions = JS_NewObject(context);
    for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++)
        if (strcmp(modules[i].name, name) == 0)
            JS_SetPropertyFunctionList(context, functions, modules[i].functions, modules[i].count);
    JS_FreeCString(context, name);
    return JS_SetModuleExport(context, module, "default", functions);
}

JSModuleDef *import_module(const char *name) {
    JSModuleDef *module = JS_NewCModule(js, name, fill);
    if (module != NULL) JS_AddModuleExport(js, module, "default");
    return module;
}
