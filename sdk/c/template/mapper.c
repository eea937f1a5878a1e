/* Wraps request bodies for an upstream that wants an envelope. */
#include "wasmgate.h"

const wg_description wg_plugin = {
    .name = "NAME",
    .version = "0.1.0",
    .summary = "What it does, in a line",
    .configuration = "{\"type\":\"object\",\"required\":[\"member\"],\"additionalProperties\":false,"
                     "\"properties\":{\"member\":{\"type\":\"string\"}}}",
};

void *wg_configure(wg_value configuration, wg_setup *setup) {
    wg_text *member = wg_alloc(sizeof *member);
    *member = (wg_text){0};
    wg_member(configuration, "member", member);
    wg_wants_body(setup);
    return member;
}

static bool map_request(void *member, const wg_request *request, wg_patch *patch, wg_refusal *refusal) {
    if (!wg_is_json(request->body)) return wg_refuse(refusal, "invalid", WG("the body is not JSON"));
    patch->body = wg_join(5, WG("{"), *(wg_text *)member, WG(":"), request->body, WG("}"));
    return true;
}

static bool map_response(void *member, const wg_request *request, const wg_reply *reply, wg_patch *patch,
                         wg_refusal *refusal) {
    (void)member, (void)request, (void)reply, (void)patch, (void)refusal;
    return true;
}
WG_MAPPER(map_request, map_response)
