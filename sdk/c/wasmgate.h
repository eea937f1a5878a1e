/* Write wasmgate plugins in C.
 *
 * A plugin says what it is (`wg_plugin`), reads a configuration (`wg_configure`), and names a function for each of its
 * hooks:
 *
 *     #include "wasmgate.h"
 *
 *     const wg_description wg_plugin = { .name = "doorman", .version = "0.1.0", .configuration = "{}" };
 *
 *     void *wg_configure(wg_value configuration, wg_setup *setup) {
 *         wg_wants_header(setup, "authorization");
 *         ...
 *     }
 *
 *     static bool authorize(void *plugin, const wg_request *request, wg_grant *grant, wg_refusal *refusal) { ... }
 *     WG_AUTHORIZER(authorize)
 *
 * `wasmgate plugin build` makes the plugin of all `*.c` of a folder.
 *
 * Memory: what this header's functions give lives until the hook returns; what they give in `wg_configure` lives for
 * ever, since its memory is what every request begins with. `wg_alloc` gives more of the same kind, and nothing of it is
 * ever freed by hand. What a request writes to memory is gone after it: what has to stay goes to `wg_kv_set`.
 */
#ifndef WASMGATE_H
#define WASMGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- Texts -------------------------------------------------------------------------------------------------------- */

/* UTF-8 or bytes, by their length; no zero stands at the end. A text without `data` is none. */
typedef struct {
    const char *data;
    size_t size;
} wg_text;

/* A literal as a text. */
#define WG(literal) ((wg_text){"" literal, sizeof(literal) - 1})

/* A text of a string that ends with a zero. */
wg_text wg_string(const char *string);

/* Whether two texts are the same; not for secrets, see `wg_crypto_equal`. */
bool wg_same(wg_text a, wg_text b);

/* Joins texts: `wg_join(3, a, b, c)`. */
wg_text wg_join(int count, ...);

/* A number in decimal. */
wg_text wg_decimal(int64_t number);

/* Memory that lives as long as what this header's functions give; aligned for everything. Never NULL. */
void *wg_alloc(size_t size);

/* A name and a value. */
typedef struct {
    wg_text name;
    wg_text value;
} wg_pair;

typedef struct {
    const wg_pair *items;
    size_t count;
} wg_pairs;

/* The value of the first pair of a name; none where there is none. */
wg_text wg_find(wg_pairs pairs, const char *name);

/* --- JSON --------------------------------------------------------------------------------------------------------- */

/* A JSON value, as it is written. The gateway has checked it against the plugin's schema. */
typedef wg_text wg_value;

/* A member of an object; false where there is none, and `value` is left alone. */
bool wg_member(wg_value object, const char *name, wg_value *value);

/* What a member that is a JSON string says; none where there is none. */
wg_text wg_member_text(wg_value object, const char *name);

/* The next item of an array, or the next member of an object; begin with `at` 0; false at the end. */
bool wg_next(wg_value list, size_t *at, wg_text *name, wg_value *item);

/* What a JSON string says; none where the value is no string. */
wg_text wg_unquote(wg_value value);

/* A whole number; `otherwise` where the value is none. */
int64_t wg_integer(wg_value value, int64_t otherwise);

/* Whether a text, such as a body, is JSON: one value, nested at most 128 deep, and nothing behind it. */
bool wg_is_json(wg_text text);

/* A text as a JSON string. */
wg_text wg_quote(wg_text text);

/* --- What a plugin is ---------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    const char *version;
    /* What it does, in a line. */
    const char *summary;
    /* What it cannot do without, as JSON: `["kv","http"]`; NULL for nothing. */
    const char *capabilities;
    /* The JSON Schema of a configuration; NULL for no schema. */
    const char *configuration;
} wg_description;

/* Defined by the plugin. */
extern const wg_description wg_plugin;

/* What `wg_configure` tells the gateway of one configuration. */
typedef struct wg_setup wg_setup;

/* Defined by the plugin: reads one configuration and gives what hooks get as `plugin`; tells mistakes by `wg_problem`. */
void *wg_configure(wg_value configuration, wg_setup *setup);

/* A mistake in the configuration. `pointer` is a JSON pointer to it, `/keys/3`. The deployment is then refused. */
void wg_problem(wg_setup *setup, wg_text pointer, wg_text message);

/* What hooks look at: the gateway hands over this and nothing else. `*` stands for all. */
void wg_wants_header(wg_setup *setup, const char *name);
void wg_wants_query(wg_setup *setup, const char *name);
void wg_wants_path(wg_setup *setup, const char *name);
void wg_wants_context(wg_setup *setup, const char *name);
void wg_wants_body(wg_setup *setup);
void wg_wants_reply_header(wg_setup *setup, const char *name);
void wg_wants_reply_body(wg_setup *setup);

/* A field that a request filter or mapper sets for the upstream: the client's own is removed first. */
void wg_sets(wg_setup *setup, const char *name);

/* A value by which an authorizer's grants may be cached: `header.NAME`, `query.NAME`, `path.NAME`, `context.NAME`. */
void wg_identity(wg_setup *setup, const char *value);

/* After how many seconds `wg_configure` wants to run again; of several the soonest counts. */
void wg_refresh(wg_setup *setup, uint32_t seconds);

/* --- Requests and what hooks give ---------------------------------------------------------------------------------- */

typedef struct {
    wg_text method;
    /* Raw, percent-encoded, without the query. */
    wg_text path;
    /* Raw; empty unless the plugin wants the query `*`. */
    wg_text query;
    wg_pairs headers;
    wg_pairs query_parameters;
    wg_pairs path_parameters;
    wg_pairs context;
    /* None unless the plugin wants it. */
    wg_text body;
} wg_request;

typedef struct {
    uint32_t status;
    wg_pairs headers;
    wg_text body;
    /* For observers: `latency-us` and the like. */
    wg_pairs extra;
} wg_reply;

/* Pairs that grow. */
typedef struct {
    wg_pair *items;
    size_t count;
    size_t room;
} wg_list;

void wg_add(wg_list *list, wg_text name, wg_text value);

typedef struct {
    /* Who calls. */
    wg_text principal;
    /* Values that later hooks see as `authorizer.NAME`. */
    wg_list context;
    wg_text usage_key;
    /* An IAM policy, JSON; empty to grant the request. */
    wg_text policy;
    /* Seconds for which the grant may be cached by the identity. */
    uint32_t ttl;
} wg_grant;

typedef struct {
    /* `unauthorized`, `forbidden`, `invalid`, `too-large`, `too-many`, `stale` or `failure`. */
    wg_text code;
    /* What the client reads; empty for the code's own. Of a `failure` it goes to the log instead. */
    wg_text message;
    wg_list headers;
    wg_list context;
    /* JSON that the client gets as `details`; none for none. */
    wg_text details;
} wg_refusal;

/* Refuses: fills the refusal and gives false, so that a hook says `return wg_refuse(refusal, "forbidden", WG("..."))`. */
bool wg_refuse(wg_refusal *refusal, const char *code, wg_text message);

typedef struct {
    uint32_t status;
    wg_list headers;
    wg_text body;
} wg_response;

typedef struct wg_change {
    wg_text code;
    wg_text name;
    wg_text value;
} wg_change;

/* Changes, applied in order, all or none. */
typedef struct {
    wg_change *changes;
    size_t count;
    size_t room;
    /* The new body; none leaves it alone. */
    wg_text body;
    /* The answer in place of everything that would follow; NULL for none. */
    wg_response *respond;
} wg_patch;

/* Adds a change by its code: `set-header`, `append-header`, `remove-header`, `set-query`, `append-query`,
 * `remove-query`, `set-path`, `set-method`, `set-status`, `set-context`, `upstream`. What needs no name or no value gets
 * an empty text. */
void wg_change_add(wg_patch *patch, const char *code, wg_text name, wg_text value);

/* --- Hooks --------------------------------------------------------------------------------------------------------- */

/* Each function gives whether it did its work; where not, it fills the refusal. The names of the macros' functions: */
bool wg_authorize(void *plugin, const wg_request *request, wg_grant *grant, wg_refusal *refusal);
bool wg_filter_request(void *plugin, const wg_request *request, wg_patch *patch, wg_refusal *refusal);
bool wg_filter_response(void *plugin, const wg_request *request, const wg_reply *reply, wg_patch *patch,
                        wg_refusal *refusal);
bool wg_validate(void *plugin, const wg_request *request, wg_refusal *refusal);
bool wg_map_request(void *plugin, const wg_request *request, wg_patch *patch, wg_refusal *refusal);
bool wg_map_response(void *plugin, const wg_request *request, const wg_reply *reply, wg_patch *patch,
                     wg_refusal *refusal);
bool wg_handle(void *plugin, const wg_request *request, wg_response *response, wg_refusal *refusal);
void wg_observe(void *plugin, const wg_request *request, const wg_reply *reply);

/* Exports a hook as the contract names it. The gateway sees that the plugin takes bytes (wit/packed.wit) and never
 * calls this form. */
#define WG_EXPORT(interface, function)                                                                                \
    __attribute__((export_name("wasmgate:plugin/" interface "@0.1.0#" function)))

#define WG_STAND_IN(interface, function, name)                                                                        \
    WG_EXPORT(interface, function) void *wg_stand_in_##name(void *values) {                                           \
        (void)values;                                                                                                 \
        __builtin_trap();                                                                                             \
    }

/* Decides who may call a route. */
#define WG_AUTHORIZER(function)                                                                                       \
    bool wg_authorize(void *plugin, const wg_request *request, wg_grant *grant, wg_refusal *refusal) {                \
        return function(plugin, request, grant, refusal);                                                             \
    }                                                                                                                 \
    WG_STAND_IN("authorizer", "authorize", authorize)

/* Changes requests, or answers them. */
#define WG_REQUEST_FILTER(function)                                                                                   \
    bool wg_filter_request(void *plugin, const wg_request *request, wg_patch *patch, wg_refusal *refusal) {           \
        return function(plugin, request, patch, refusal);                                                             \
    }                                                                                                                 \
    WG_STAND_IN("request-filter", "filter", filter_request)

/* Changes replies. */
#define WG_RESPONSE_FILTER(function)                                                                                  \
    bool wg_filter_response(void *plugin, const wg_request *request, const wg_reply *reply, wg_patch *patch,          \
                            wg_refusal *refusal) {                                                                    \
        return function(plugin, request, reply, patch, refusal);                                                      \
    }                                                                                                                 \
    WG_STAND_IN("response-filter", "filter", filter_response)

/* Decides whether a request is well formed. */
#define WG_VALIDATOR(function)                                                                                        \
    bool wg_validate(void *plugin, const wg_request *request, wg_refusal *refusal) {                                  \
        return function(plugin, request, refusal);                                                                    \
    }                                                                                                                 \
    WG_STAND_IN("validator", "validate", validate)

/* Maps requests to what the upstream expects, and its replies back. */
#define WG_MAPPER(request_function, response_function)                                                                \
    bool wg_map_request(void *plugin, const wg_request *request, wg_patch *patch, wg_refusal *refusal) {              \
        return request_function(plugin, request, patch, refusal);                                                     \
    }                                                                                                                 \
    bool wg_map_response(void *plugin, const wg_request *request, const wg_reply *reply, wg_patch *patch,             \
                         wg_refusal *refusal) {                                                                       \
        return response_function(plugin, request, reply, patch, refusal);                                             \
    }                                                                                                                 \
    WG_STAND_IN("mapper", "map-request", map_request)                                                                 \
    WG_STAND_IN("mapper", "map-response", map_response)

/* Answers requests itself. */
#define WG_FUNCTION(function)                                                                                         \
    bool wg_handle(void *plugin, const wg_request *request, wg_response *response, wg_refusal *refusal) {             \
        return function(plugin, request, response, refusal);                                                          \
    }                                                                                                                 \
    WG_STAND_IN("function", "handle", handle)

/* Is told of exchanges after their responses. */
#define WG_OBSERVER(function)                                                                                         \
    void wg_observe(void *plugin, const wg_request *request, const wg_reply *reply) {                                 \
        function(plugin, request, reply);                                                                             \
    }                                                                                                                 \
    WG_EXPORT("observer", "observe") void wg_stand_in_observe(void *values) {                                         \
        (void)values;                                                                                                 \
        __builtin_trap();                                                                                             \
    }

/* --- What the gateway offers --------------------------------------------------------------------------------------- */

/* Why an import gave nothing: `denied`, `not-found`, `invalid`, `limit`, `timeout`, `unavailable` or `conflict`, and a
 * sentence. Every function that takes a `wg_error *` gives false where it failed; the pointer may be NULL. */
typedef struct {
    wg_text code;
    wg_text message;
} wg_error;

typedef enum { WG_TRACE, WG_DEBUG, WG_INFO, WG_WARN, WG_ERROR } wg_level;

/* Writes a line to the gateway's log. */
void wg_log(wg_level level, wg_text message);

/* Milliseconds since 1970. */
uint64_t wg_now(void);

/* 64 random bits, fit for secrets. What is drawn in `wg_configure` is the same for every request. */
uint64_t wg_random(void);

/* A value of `$context` that the plugin did not want in advance, such as `requestId`; none where there is none. */
wg_text wg_context(wg_text name);

/* A secret that was granted. */
bool wg_secret(wg_text name, wg_text *value, wg_error *error);

/* Keys, in `wg_configure` only: algorithm and format as wit/crypto.wit says. */
bool wg_verifying_key(const char *algorithm, const char *format, wg_text key, uint32_t *number, wg_error *error);
bool wg_signing_key(const char *algorithm, const char *format, wg_text key, uint32_t *number, wg_error *error);
bool wg_verify(uint32_t key, wg_text message, wg_text signature, bool *right, wg_error *error);
bool wg_sign(uint32_t key, wg_text message, wg_text *signature, wg_error *error);
/* `SHA-1`, `SHA-256`, `SHA-384` or `SHA-512`. */
bool wg_digest(const char *algorithm, wg_text message, wg_text *digest, wg_error *error);
/* Whether two texts are equal, in time that depends on their lengths only. */
bool wg_crypto_equal(wg_text a, wg_text b);

/* Values that outlive a request. `ttl` in milliseconds, 0 for no end. A value that is not there is none. */
bool wg_kv_get(wg_text key, wg_text *value, wg_error *error);
bool wg_kv_set(wg_text key, wg_text value, uint64_t ttl, wg_error *error);
bool wg_kv_delete(wg_text key, wg_error *error);
bool wg_kv_swap(wg_text key, wg_text expected, wg_text value, uint64_t ttl, bool *swapped, wg_error *error);
bool wg_kv_increment(wg_text key, int64_t by, uint64_t ttl, int64_t *sum, wg_error *error);

/* Metrics, registered in `wg_configure`. */
bool wg_counter(const char *name, const char *help, uint32_t *metric, wg_error *error);
bool wg_gauge(const char *name, const char *help, uint32_t *metric, wg_error *error);
bool wg_histogram(const char *name, const char *help, const double *bounds, size_t count, uint32_t *metric,
                  wg_error *error);
void wg_metric_add(uint32_t metric, double value);
void wg_metric_observe(uint32_t metric, double value);

/* A request to the outside; `timeout` in milliseconds, 0 for the plugin's limit. */
typedef struct {
    const char *method;
    wg_text url;
    wg_pairs headers;
    wg_text body;
    uint32_t timeout;
} wg_fetch_request;

bool wg_fetch(const wg_fetch_request *request, wg_response *response, wg_error *error);

/* A file of the operator, in `wg_configure` only: `file` is what the configuration holds where `{file: PATH}` was
 * written. Gives the whole file. */
bool wg_asset(wg_value file, wg_text *content, wg_error *error);

/* A table in the gateway, made in `wg_configure`. */
bool wg_table_create(uint32_t *table, wg_error *error);
bool wg_table_insert(uint32_t table, wg_pairs entries, wg_error *error);
wg_text wg_table_lookup(uint32_t table, wg_text key);

#endif
