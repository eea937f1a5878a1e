/* Counts answers with a status of 500 or more. */
#include "wasmgate.h"

const wg_description wg_plugin = {
    .name = "NAME",
    .version = "0.1.0",
    .summary = "What it does, in a line",
    .configuration = "{\"type\":\"object\",\"additionalProperties\":false}",
};

void *wg_configure(wg_value configuration, wg_setup *setup) {
    (void)configuration;
    uint32_t *failures = wg_alloc(sizeof *failures);
    wg_error error = {0};
    if (!wg_counter("failures", "Answers with a status of 500 or more.", failures, &error))
        wg_problem(setup, WG(""), error.message);
    return failures;
}

static void observe(void *failures, const wg_request *request, const wg_reply *reply) {
    (void)request;
    if (reply->status >= 500) wg_metric_add(*(uint32_t *)failures, 1);
}
WG_OBSERVER(observe)
