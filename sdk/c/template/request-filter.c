/* Tells the upstream which region it serves. */
#include "wasmgate.h"

const wg_description wg_plugin = {
    .name = "NAME",
    .version = "0.1.0",
    .summary = "What it does, in a line",
    .configuration = "{\"type\":\"object\",\"required\":[\"region\"],\"additionalProperties\":false,"
                     "\"properties\":{\"region\":{\"type\":\"string\"}}}",
};

void *wg_configure(wg_value configuration, wg_setup *setup) {
    wg_text *region = wg_alloc(sizeof *region);
    *region = wg_member_text(configuration, "region");
    wg_sets(setup, "x-region");
    return region;
}

static bool filter(void *region, const wg_request *request, wg_patch *patch, wg_refusal *refusal) {
    (void)request, (void)refusal;
    wg_change_add(patch, "set-header", WG("x-region"), *(wg_text *)region);
    return true;
}
WG_REQUEST_FILTER(filter)
