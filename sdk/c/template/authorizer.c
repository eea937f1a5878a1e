/* Lets callers in who show the token. */
#include "wasmgate.h"

const wg_description wg_plugin = {
    .name = "NAME",
    .version = "0.1.0",
    .summary = "What it does, in a line",
    .configuration = "{\"type\":\"object\",\"required\":[\"token\"],\"additionalProperties\":false,"
                     "\"properties\":{\"token\":{\"type\":\"string\"}}}",
};

typedef struct {
    /* What callers send as `Authorization`. */
    wg_text token;
} plugin;

void *wg_configure(wg_value configuration, wg_setup *setup) {
    plugin *made = wg_alloc(sizeof *made);
    made->token = wg_member_text(configuration, "token");
    wg_wants_header(setup, "authorization");
    return made;
}

static bool authorize(void *configured, const wg_request *request, wg_grant *grant, wg_refusal *refusal) {
    const plugin *self = configured;
    wg_text token = wg_find(request->headers, "authorization");
    if (token.data == NULL) return wg_refuse(refusal, "unauthorized", WG(""));
    if (!wg_crypto_equal(token, self->token)) return wg_refuse(refusal, "forbidden", WG(""));
    grant->principal = WG("someone");
    return true;
}
WG_AUTHORIZER(authorize)
