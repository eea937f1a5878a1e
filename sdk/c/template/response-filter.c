/* Hides what server answers. */
#include "wasmgate.h"

const wg_description wg_plugin = {
    .name = "NAME",
    .version = "0.1.0",
    .summary = "What it does, in a line",
    .configuration = "{\"type\":\"object\",\"required\":[\"fields\"],\"additionalProperties\":false,"
                     "\"properties\":{\"fields\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}",
};

void *wg_configure(wg_value configuration, wg_setup *setup) {
    (void)setup;
    wg_list *fields = wg_alloc(sizeof *fields);
    *fields = (wg_list){0};
    wg_value written = {0}, field;
    wg_member(configuration, "fields", &written);
    for (size_t at = 0; wg_next(written, &at, NULL, &field);) wg_add(fields, wg_unquote(field), WG(""));
    return fields;
}

static bool filter(void *configured, const wg_request *request, const wg_reply *reply, wg_patch *patch,
                   wg_refusal *refusal) {
    (void)request, (void)reply, (void)refusal;
    const wg_list *fields = configured;
    for (size_t i = 0; i < fields->count; i++) wg_change_add(patch, "remove-header", fields->items[i].name, WG(""));
    return true;
}
WG_RESPONSE_FILTER(filter)
