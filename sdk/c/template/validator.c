/* Refuses requests that lack a query parameter. */
#include "wasmgate.h"

const wg_description wg_plugin = {
    .name = "NAME",
    .version = "0.1.0",
    .summary = "What it does, in a line",
    .configuration = "{\"type\":\"object\",\"required\":[\"parameter\"],\"additionalProperties\":false,"
                     "\"properties\":{\"parameter\":{\"type\":\"string\"}}}",
};

void *wg_configure(wg_value configuration, wg_setup *setup) {
    /* With a zero at its end, as names have it. */
    const char *parameter = wg_join(2, wg_member_text(configuration, "parameter"), (wg_text){"", 1}).data;
    wg_wants_query(setup, parameter);
    return (void *)parameter;
}

static bool validate(void *parameter, const wg_request *request, wg_refusal *refusal) {
    if (wg_find(request->query_parameters, parameter).data != NULL) return true;
    return wg_refuse(refusal, "invalid", wg_join(2, WG("missing query parameter: "), wg_string(parameter)));
}
WG_VALIDATOR(validate)
