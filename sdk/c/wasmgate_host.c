/* The imports of the contract, as the canonical ABI has them, and the functions of wasmgate.h over them. What a plugin
 * does not call is left out by the linker. */
#include "wasmgate.h"

#define IMPORT(interface, function)                                                                                   \
    __attribute__((import_module("wasmgate:plugin/" interface "@0.1.0"), import_name(function)))

/* An option of a text, or of bytes. */
typedef struct {
    uint8_t some;
    wg_text text;
} option;

/* A result: what the import gave, or why it gave nothing. */
typedef struct {
    uint8_t failed;
    union {
        wg_error error;
        wg_text text;
        uint32_t number;
        bool truth;
        option optional;
    };
} result;

static bool given(const result *result, wg_error *error) {
    if (result->failed && error != NULL) *error = result->error;
    return !result->failed;
}

/* --- log, clock, random, context, secrets ---------------------------------------------------------------------------- */

IMPORT("log", "write") void host_log(uint32_t level, const char *data, size_t size);
IMPORT("clock", "now") uint64_t host_now(void);
IMPORT("random", "next") uint64_t host_random(void);
IMPORT("context", "get") void host_context(const char *data, size_t size, option *value);
IMPORT("secrets", "get") void host_secret(const char *data, size_t size, result *value);

void wg_log(wg_level level, wg_text message) { host_log(level, message.data, message.size); }
uint64_t wg_now(void) { return host_now(); }
uint64_t wg_random(void) { return host_random(); }

wg_text wg_context(wg_text name) {
    option value;
    host_context(name.data, name.size, &value);
    return value.some ? value.text : (wg_text){NULL, 0};
}

bool wg_secret(wg_text name, wg_text *value, wg_error *error) {
    result got;
    host_secret(name.data, name.size, &got);
    *value = got.failed ? (wg_text){NULL, 0} : got.text;
    return given(&got, error);
}

/* --- crypto ---------------------------------------------------------------------------------------------------------- */

typedef void new_key(const char *, size_t, const char *, size_t, const char *, size_t, result *);

IMPORT("crypto", "verifying-key") new_key host_verifying_key;
IMPORT("crypto", "signing-key") new_key host_signing_key;
IMPORT("crypto", "verify")
void host_verify(uint32_t key, const char *, size_t, const char *, size_t, result *right);
IMPORT("crypto", "sign") void host_sign(uint32_t key, const char *, size_t, result *signature);
IMPORT("crypto", "digest") void host_digest(const char *, size_t, const char *, size_t, result *digest);
IMPORT("crypto", "equal") bool host_equal(const char *, size_t, const char *, size_t);

static bool make_key(new_key *make, const char *algorithm, const char *format, wg_text key, uint32_t *number,
                     wg_error *error) {
    wg_text a = wg_string(algorithm), f = wg_string(format);
    result made;
    make(a.data, a.size, f.data, f.size, key.data, key.size, &made);
    if (!made.failed) *number = made.number;
    return given(&made, error);
}

bool wg_verifying_key(const char *algorithm, const char *format, wg_text key, uint32_t *number, wg_error *error) {
    return make_key(host_verifying_key, algorithm, format, key, number, error);
}

bool wg_signing_key(const char *algorithm, const char *format, wg_text key, uint32_t *number, wg_error *error) {
    return make_key(host_signing_key, algorithm, format, key, number, error);
}

bool wg_verify(uint32_t key, wg_text message, wg_text signature, bool *right, wg_error *error) {
    result verified;
    host_verify(key, message.data, message.size, signature.data, signature.size, &verified);
    *right = !verified.failed && verified.truth;
    return given(&verified, error);
}

bool wg_sign(uint32_t key, wg_text message, wg_text *signature, wg_error *error) {
    result made;
    host_sign(key, message.data, message.size, &made);
    if (!made.failed) *signature = made.text;
    return given(&made, error);
}

bool wg_digest(const char *algorithm, wg_text message, wg_text *digest, wg_error *error) {
    wg_text name = wg_string(algorithm);
    result made;
    host_digest(name.data, name.size, message.data, message.size, &made);
    if (!made.failed) *digest = made.text;
    return given(&made, error);
}

bool wg_crypto_equal(wg_text a, wg_text b) { return host_equal(a.data, a.size, b.data, b.size); }

/* --- kv: a time to live is an option of 64 bits --------------------------------------------------------------------- */

IMPORT("kv", "get") void host_kv_get(const char *, size_t, result *value);
IMPORT("kv", "set")
void host_kv_set(const char *, size_t, const char *, size_t, uint32_t has_ttl, uint64_t ttl, result *done);
IMPORT("kv", "delete") void host_kv_delete(const char *, size_t, result *done);
IMPORT("kv", "compare-and-swap")
void host_kv_swap(const char *, size_t, uint32_t has_expected, const char *, size_t, const char *, size_t,
                  uint32_t has_ttl, uint64_t ttl, result *swapped);
/* The sum has 64 bits, so that the error stands elsewhere than in other results. */
typedef struct {
    uint8_t failed;
    union {
        int64_t sum;
        wg_error error;
    };
} sum_result;
IMPORT("kv", "increment")
void host_kv_increment(const char *, size_t, int64_t by, uint32_t has_ttl, uint64_t ttl, sum_result *sum);

bool wg_kv_get(wg_text key, wg_text *value, wg_error *error) {
    result got;
    host_kv_get(key.data, key.size, &got);
    *value = !got.failed && got.optional.some ? got.optional.text : (wg_text){NULL, 0};
    return given(&got, error);
}

bool wg_kv_set(wg_text key, wg_text value, uint64_t ttl, wg_error *error) {
    result done;
    host_kv_set(key.data, key.size, value.data, value.size, ttl != 0, ttl, &done);
    return given(&done, error);
}

bool wg_kv_delete(wg_text key, wg_error *error) {
    result done;
    host_kv_delete(key.data, key.size, &done);
    return given(&done, error);
}

bool wg_kv_swap(wg_text key, wg_text expected, wg_text value, uint64_t ttl, bool *swapped, wg_error *error) {
    result done;
    host_kv_swap(key.data, key.size, expected.data != NULL, expected.data, expected.size, value.data, value.size,
                 ttl != 0, ttl, &done);
    *swapped = !done.failed && done.truth;
    return given(&done, error);
}

bool wg_kv_increment(wg_text key, int64_t by, uint64_t ttl, int64_t *sum, wg_error *error) {
    sum_result done;
    host_kv_increment(key.data, key.size, by, ttl != 0, ttl, &done);
    if (done.failed && error != NULL) *error = done.error;
    if (!done.failed) *sum = done.sum;
    return !done.failed;
}

/* --- metrics --------------------------------------------------------------------------------------------------------- */

IMPORT("metrics", "counter") void host_counter(const char *, size_t, const char *, size_t, result *metric);
IMPORT("metrics", "gauge") void host_gauge(const char *, size_t, const char *, size_t, result *metric);
IMPORT("metrics", "histogram")
void host_histogram(const char *, size_t, const char *, size_t, const double *, size_t, result *metric);
IMPORT("metrics", "add") void host_add(uint32_t metric, double value);
IMPORT("metrics", "observe") void host_observe(uint32_t metric, double value);

static bool registered(const result *made, uint32_t *metric, wg_error *error) {
    if (!made->failed) *metric = made->number;
    return given(made, error);
}

bool wg_counter(const char *name, const char *help, uint32_t *metric, wg_error *error) {
    wg_text n = wg_string(name), h = wg_string(help);
    result made;
    host_counter(n.data, n.size, h.data, h.size, &made);
    return registered(&made, metric, error);
}

bool wg_gauge(const char *name, const char *help, uint32_t *metric, wg_error *error) {
    wg_text n = wg_string(name), h = wg_string(help);
    result made;
    host_gauge(n.data, n.size, h.data, h.size, &made);
    return registered(&made, metric, error);
}

bool wg_histogram(const char *name, const char *help, const double *bounds, size_t count, uint32_t *metric,
                  wg_error *error) {
    wg_text n = wg_string(name), h = wg_string(help);
    result made;
    host_histogram(n.data, n.size, h.data, h.size, bounds, count, &made);
    return registered(&made, metric, error);
}

void wg_metric_add(uint32_t metric, double value) { host_add(metric, value); }
void wg_metric_observe(uint32_t metric, double value) { host_observe(metric, value); }

/* --- http ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    uint8_t failed;
    union {
        struct {
            uint16_t status;
            wg_pairs headers;
            wg_text body;
            wg_pairs extra;
        };
        wg_error error;
    };
} fetched;
IMPORT("http", "fetch")
void host_fetch(const char *method, size_t, const char *url, size_t, const wg_pair *headers, size_t, const char *body,
                size_t, uint32_t timeout, const wg_pair *extra, size_t, fetched *answer);

bool wg_fetch(const wg_fetch_request *request, wg_response *response, wg_error *error) {
    wg_text method = wg_string(request->method);
    fetched answer;
    host_fetch(method.data, method.size, request->url.data, request->url.size, request->headers.items,
               request->headers.count, request->body.data, request->body.size, request->timeout, NULL, 0, &answer);
    if (answer.failed) {
        if (error != NULL) *error = answer.error;
        return false;
    }
    wg_list headers = {(wg_pair *)answer.headers.items, answer.headers.count, answer.headers.count};
    *response = (wg_response){answer.status, headers, answer.body};
    return true;
}

/* --- assets and tables ----------------------------------------------------------------------------------------------- */

IMPORT("assets", "read") void host_asset(uint32_t asset, uint64_t offset, uint32_t length, result *bytes);
IMPORT("table", "create") void host_table_create(result *table);
IMPORT("table", "insert") void host_table_insert(uint32_t table, const wg_pair *, size_t, result *done);
IMPORT("table", "lookup") void host_table_lookup(uint32_t table, const char *, size_t, option *value);

/* What the contract gives at once. */
#define PORTION (1 << 20)

bool wg_asset(wg_value file, wg_text *content, wg_error *error) {
    wg_value member;
    uint32_t asset = wg_member(file, "asset", &member) ? (uint32_t)wg_integer(member, -1) : UINT32_MAX;
    size_t size = wg_member(file, "size", &member) ? (size_t)wg_integer(member, 0) : 0;
    char *bytes = wg_alloc(size);
    size_t at = 0;
    for (;;) {
        result portion;
        host_asset(asset, at, PORTION, &portion);
        if (portion.failed) return given(&portion, error);
        if (portion.text.size == 0 || portion.text.size > size - at) break;
        __builtin_memcpy(bytes + at, portion.text.data, portion.text.size);
        at += portion.text.size;
    }
    *content = (wg_text){bytes, at};
    return true;
}

bool wg_table_create(uint32_t *table, wg_error *error) {
    result made;
    host_table_create(&made);
    if (!made.failed) *table = made.number;
    return given(&made, error);
}

bool wg_table_insert(uint32_t table, wg_pairs entries, wg_error *error) {
    result done;
    host_table_insert(table, entries.items, entries.count, &done);
    return given(&done, error);
}

wg_text wg_table_lookup(uint32_t table, wg_text key) {
    option value;
    host_table_lookup(table, key.data, key.size, &value);
    return value.some ? value.text : (wg_text){NULL, 0};
}
