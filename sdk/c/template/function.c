/* Greets whoever calls. */
#include "wasmgate.h"

const wg_description wg_plugin = {
    .name = "NAME",
    .version = "0.1.0",
    .summary = "What it does, in a line",
    .configuration = "{\"type\":\"object\",\"required\":[\"greeting\"],\"additionalProperties\":false,"
                     "\"properties\":{\"greeting\":{\"type\":\"string\"}}}",
};

void *wg_configure(wg_value configuration, wg_setup *setup) {
    wg_text *greeting = wg_alloc(sizeof *greeting);
    *greeting = wg_member_text(configuration, "greeting");
    wg_wants_query(setup, "name");
    return greeting;
}

static bool handle(void *greeting, const wg_request *request, wg_response *response, wg_refusal *refusal) {
    (void)refusal;
    wg_text name = wg_find(request->query_parameters, "name");
    if (name.data == NULL) name = WG("stranger");
    response->status = 200;
    wg_add(&response->headers, WG("content-type"), WG("text/plain; charset=utf-8"));
    response->body = wg_join(4, *(wg_text *)greeting, WG(", "), name, WG("!"));
    return true;
}
WG_FUNCTION(handle)
