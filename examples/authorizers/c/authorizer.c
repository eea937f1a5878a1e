/* Lets callers in who show a known key, and tells later hooks who they are. */
#include "wasmgate.h"

const wg_description wg_plugin = {
    .name = "authorizer",
    .version = "0.1.0",
    .summary = "Lets callers in who show a known key",
    .capabilities = "[\"http\",\"kv\",\"secrets\"]",
    .configuration = "{\"type\":\"object\",\"required\":[\"keys\",\"ask\"],\"additionalProperties\":false,\"properties\":{"
                     "\"keys\":{\"description\":\"A file with a key, a caller and a tenant in each line.\"},"
                     "\"ask\":{\"type\":\"string\",\"description\":\"The caller's name is added to this URL.\"}}}",
};

typedef struct {
    wg_text ask;
    uint32_t callers, granted;
} plugin;

/* Up to `end`, or what is left; moves behind it. */
static wg_text until(wg_text *rest, char end) {
    size_t size = 0;
    while (size < rest->size && rest->data[size] != end) size++;
    wg_text text = {rest->data, size};
    size_t taken = size < rest->size ? size + 1 : size;
    *rest = (wg_text){rest->data + taken, rest->size - taken};
    return text;
}

/* Each line becomes an entry of the table: the key, and `caller,tenant`. */
static bool read_keys(wg_value file, uint32_t *table, wg_error *error) {
    wg_text lines;
    wg_list entries = {0};
    if (!wg_asset(file, &lines, error) || !wg_table_create(table, error)) return false;
    while (lines.size > 0) {
        wg_text line = until(&lines, '\n');
        wg_text key = until(&line, ',');
        wg_add(&entries, key, line);
    }
    return wg_table_insert(*table, (wg_pairs){entries.items, entries.count}, error);
}

void *wg_configure(wg_value configuration, wg_setup *setup) {
    plugin *self = wg_alloc(sizeof *self);
    wg_value keys = {0};
    wg_error error = {0};
    wg_member(configuration, "keys", &keys);
    self->ask = wg_member_text(configuration, "ask");
    if (!read_keys(keys, &self->callers, &error)) wg_problem(setup, WG("/keys"), error.message);
    if (!wg_counter("granted", "Callers that were let in.", &self->granted, &error)) wg_problem(setup, WG(""), error.message);
    wg_wants_header(setup, "x-api-key");
    return self;
}

/* The upstream has a word too: it answers 200 for callers that it wants. */
static bool wanted(const plugin *self, wg_text caller) {
    wg_fetch_request request = {.method = "GET", .url = wg_join(2, self->ask, caller)};
    wg_response answer;
    return wg_fetch(&request, &answer, NULL) && answer.status == 200;
}

static wg_text hex(wg_text bytes) {
    char *digits = wg_alloc(bytes.size * 2);
    for (size_t i = 0; i < bytes.size; i++) {
        digits[2 * i] = "0123456789abcdef"[(bytes.data[i] >> 4) & 15];
        digits[2 * i + 1] = "0123456789abcdef"[bytes.data[i] & 15];
    }
    return (wg_text){digits, bytes.size * 2};
}

static bool authorize(void *configured, const wg_request *request, wg_grant *grant, wg_refusal *refusal) {
    const plugin *self = configured;
    wg_text key = wg_find(request->headers, "x-api-key"), master, proof;
    int64_t calls;
    if (key.data == NULL) return wg_refuse(refusal, "unauthorized", WG("show your key as X-Api-Key"));
    if (!wg_secret(WG("master"), &master, NULL)) return wg_refuse(refusal, "failure", WG("no master key"));
    wg_text tenant = wg_crypto_equal(key, master) ? WG("operator,all") : wg_table_lookup(self->callers, key);
    if (tenant.data == NULL) return wg_refuse(refusal, "forbidden", WG("unknown key"));
    wg_text caller = until(&tenant, ',');
    if (!wanted(self, caller)) return wg_refuse(refusal, "forbidden", wg_join(2, caller, WG(" is not wanted")));

    if (!wg_kv_increment(caller, 1, 0, &calls, NULL) || !wg_digest("SHA-256", key, &proof, NULL))
        return wg_refuse(refusal, "failure", WG("cannot count"));
    wg_metric_add(self->granted, 1);
    wg_log(WG_INFO, wg_join(3, caller, WG(" calls in request "), wg_context(WG("requestId"))));
    grant->principal = caller;
    wg_add(&grant->context, WG("tenant"), tenant);
    wg_add(&grant->context, WG("calls"), wg_decimal(calls));
    wg_add(&grant->context, WG("proof"), hex(proof));
    return true;
}
WG_AUTHORIZER(authorize)
