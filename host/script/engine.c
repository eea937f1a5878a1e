/* A plugin that is whatever its script makes of it: the exports of the contract over QuickJS.
 *
 * `describe` and `configure` begin by running the script's modules, whose text the gateway hands over; the memory that
 * `configure` leaves is what each request begins with, so that a request runs hooks and nothing else. */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define IMPORT(interface, function)                                                                                   \
    __attribute__((import_module("wasmgate:plugin/" interface "@0.1.0"), import_name(function)))

/* How deep scripts may call, in bytes of the stack that build says, some of which is left for whoever is called last. */
#define STACK (192 << 10)
/* Room that is there when the snapshot is taken: growing costs a request some microseconds. */
#define ROOM (256 << 10)

typedef struct {
    uint8_t some;
    wg_text text;
} option;

IMPORT("script", "name") void host_script_name(wg_text *name);
IMPORT("script", "module") void host_script_module(const char *name, size_t size, option *text);
IMPORT("log", "last-words") void host_last_words(uint64_t, uint64_t, uint64_t, uint64_t);

/* --- Memory of calls ------------------------------------------------------------------------------------------------ */

/* Before each piece; the size keeps what follows aligned. */
typedef struct piece {
    struct piece *next;
    size_t padding[3];
} piece;

static piece *pieces;

void *wg_alloc(size_t size) {
    piece *made = malloc(sizeof(piece) + size);
    if (made == NULL) __builtin_trap();
    made->next = pieces;
    pieces = made;
    return made + 1;
}

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
    (void)align;
    void *grown = wg_alloc(size);
    if (old_size > 0) memcpy(grown, old, old_size < size ? old_size : size);
    return grown;
}

void release(void) {
    while (pieces != NULL) {
        piece *next = pieces->next;
        free(pieces);
        pieces = next;
    }
}

void put(buffer *to, const void *data, size_t size) {
    if (to->room - to->size < size) {
        size_t room = to->room * 2 + size + 64;
        to->data = cabi_realloc(to->data, to->size, 1, room);
        to->room = room;
    }
    if (size > 0) memcpy(to->data + to->size, data, size);
    to->size += size;
}

wg_text wg_string(const char *string) { return (wg_text){string, strlen(string)}; }

/* --- What the C library would ask WASI for; `build` gives these functions names of their own. --------------------------- */

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    uint64_t milliseconds = wg_now();
    now->tv_sec = (time_t)(milliseconds / 1000);
    now->tv_usec = (suseconds_t)(milliseconds % 1000 * 1000);
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    (void)clock;
    uint64_t milliseconds = wg_now();
    now->tv_sec = (time_t)(milliseconds / 1000);
    now->tv_nsec = (long)(milliseconds % 1000 * 1000000);
    return 0;
}

struct tm *localtime_r(const time_t *restrict time, struct tm *restrict parts) { return gmtime_r(time, parts); }

_Noreturn void abort(void) { __builtin_trap(); }

/* --- Failures -------------------------------------------------------------------------------------------------------- */

/* Ends the instance, and leaves what the operator reads. */
static _Noreturn void fail(wg_text words) {
    for (size_t at = 0; at < words.size; at += 32) {
        uint64_t four[4] = {0};
        memcpy(four, words.data + at, words.size - at < 32 ? words.size - at : 32);
        host_last_words(four[0], four[1], four[2], four[3]);
    }
    __builtin_trap();
}

/* The place that a stack begins with, `plugin.js:3:7`; empty where there is none. */
static wg_text place(JSValueConst error) {
    JSValue stack = JS_GetPropertyStr(js, error, "stack");
    wg_text text = JS_IsString(stack) ? text_of(stack) : WG("");
    JS_FreeValue(js, stack);
    const char *end = memchr(text.data, '\n', text.size), *at = text.data;
    size_t size = end == NULL ? text.size : (size_t)(end - at);
    while (size > 0 && *at == ' ') at++, size--;
    if (size > 3 && memcmp(at, "at ", 3) == 0) at += 3, size -= 3;
    return (wg_text){at, size};
}

/* The pending exception with its place. */
static wg_text told(void) {
    JSValue error = JS_GetException(js);
    wg_text where = JS_IsError(error) ? place(error) : WG("");
    wg_text what = text_of(error);
    if (what.data == NULL) what = WG("an error that is no text");
    JS_FreeValue(js, error);
    buffer words = {0};
    if (where.size > 0) {
        put(&words, where.data, where.size);
        put(&words, ": ", 2);
    }
    put(&words, what.data, what.size);
    return (wg_text){words.data, words.size};
}

/* --- Modules --------------------------------------------------------------------------------------------------------- */

JSContext *js;
/* What the script exports. */
static JSValue plugin;

/* `wasmgate` is the SDK's first file; what begins with a dot is beside who asks for it. */
static char *normalize(JSContext *context, const char *from, const char *name, void *unused) {
    (void)unused;
    if (strcmp(name, "wasmgate") == 0) name = "wasmgate/index.js";
    const char *folder = strrchr(from, '/');
    if (name[0] != '.' || folder == NULL || strncmp(name, "./", 2) != 0) return js_strdup(context, name);
    size_t length = (size_t)(folder - from) + 1;
    char *whole = js_malloc(context, length + strlen(name));
    if (whole == NULL) return NULL;
    memcpy(whole, from, length);
    strcpy(whole + length, name + 2);
    return whole;
}

static JSModuleDef *compile(const char *name, wg_text text) {
    /* QuickJS wants a zero behind the end. */
    char *terminated = wg_alloc(text.size + 1);
    memcpy(terminated, text.data, text.size);
    terminated[text.size] = 0;
    JSValue compiled = JS_Eval(js, terminated, text.size, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(compiled)) return NULL;
    JSModuleDef *module = JS_VALUE_GET_PTR(compiled);
    JS_FreeValue(js, compiled);
    return module;
}

static JSModuleDef *load(JSContext *context, const char *name, void *unused) {
    (void)unused;
    if (strncmp(name, "#host/", 6) == 0) return import_module(name);
    option text;
    host_script_module(name, strlen(name), &text);
    if (text.some) return compile(name, text.text);
    JS_ThrowReferenceError(context, "there is no module `%s`: a script is one file, and imports `wasmgate` alone", name);
    return NULL;
}

/* Runs a module that was compiled; its exports. */
static JSValue run(JSModuleDef *module) {
    JSValue done = JS_EvalFunction(js, JS_DupValue(js, JS_MKPTR(JS_TAG_MODULE, module)));
    if (JS_IsException(done)) return done;
    JSContext *one;
    while (JS_ExecutePendingJob(JS_GetRuntime(js), &one) > 0) {}
    JSPromiseStateEnum state = JS_PromiseState(js, done);
    if (state == JS_PROMISE_REJECTED) JS_Throw(js, JS_PromiseResult(js, done));
    if (state == JS_PROMISE_PENDING) JS_ThrowTypeError(js, "the script waits at its top level, where nothing ever comes");
    JS_FreeValue(js, done);
    return state == JS_PROMISE_FULFILLED ? JS_GetModuleNamespace(js, module) : JS_EXCEPTION;
}

/* A default export stands for all. */
static JSValue chosen(JSValue exports) {
    if (JS_IsException(exports)) return exports;
    JSValue whole = JS_GetPropertyStr(js, exports, "default");
    if (!JS_IsObject(whole)) {
        JS_FreeValue(js, whole);
        return exports;
    }
    JS_FreeValue(js, exports);
    return whole;
}

/* What the SDK finds in a project's package.json otherwise. */
static void name_project(wg_text file) {
    JSValue project = JS_NewObject(js), global = JS_GetGlobalObject(js);
    size_t ending = sizeof(".js") - 1;
    JS_SetPropertyStr(js, project, "name", JS_NewStringLen(js, file.data, file.size - ending));
    JS_SetPropertyStr(js, global, "WASMGATE_PROJECT", project);
    JS_FreeValue(js, global);
}

/* Runs the script, once in the life of an instance. */
static void start(void) {
    if (js != NULL) return;
    JSRuntime *runtime = JS_NewRuntime();
    JS_SetMaxStackSize(runtime, STACK);
    js = JS_NewContext(runtime);
    JS_SetModuleLoaderFunc(runtime, normalize, load, NULL);
    name_members();
    wg_text name;
    host_script_name(&name);
    if (name.size < sizeof(".js")) fail(WG("there is no script"));
    name_project(name);
    char *file = memcpy(wg_alloc(name.size + 1), name.data, name.size);
    file[name.size] = 0;
    JSModuleDef *module = load(js, file, NULL);
    plugin = module == NULL ? JS_EXCEPTION : chosen(run(module));
    if (JS_IsException(plugin)) fail(told());
}

/* --- Setup ----------------------------------------------------------------------------------------------------------- */

static JSValue call_setup(const char *function, int count, JSValueConst *arguments) {
    JSValue setup = JS_GetPropertyStr(js, plugin, "setup");
    if (!JS_IsObject(setup)) {
        JS_FreeValue(js, setup);
        return JS_ThrowTypeError(js, "the script exports no plugin: `export default plugin({ authorizer: { … } })`");
    }
    JSAtom name = JS_NewAtom(js, function);
    JSValue result = JS_Invoke(js, setup, name, count, arguments);
    JS_FreeAtom(js, name);
    JS_FreeValue(js, setup);
    return result;
}

static wg_text described;

__attribute__((export_name("wasmgate:plugin/setup@0.1.0#describe"))) wg_text *describe(void) {
    start();
    JSValue description = call_setup("describe", 0, NULL);
    described = text_of(description);
    if (described.data == NULL) fail(told());
    JS_FreeValue(js, description);
    return &described;
}

/* A result of two texts, as the canonical ABI lays it out. */
static struct {
    uint8_t failed;
    wg_text text;
} configured;

/* The functions of the hooks, found once. */
enum { HOOKS = 8 };
static const char *const hook_names[HOOKS][2] = {
    {"authorizer", "authorize"}, {"requestFilter", "filter"}, {"responseFilter", "filter"}, {"validator", "validate"},
    {"mapper", "mapRequest"},    {"mapper", "mapResponse"},   {"function", "handle"},       {"observer", "observe"}};
static JSValue hooks[HOOKS];

static void find_hooks(void) {
    for (int hook = 0; hook < HOOKS; hook++) {
        JSValue holder = JS_GetPropertyStr(js, plugin, hook_names[hook][0]);
        hooks[hook] = JS_IsObject(holder) ? JS_GetPropertyStr(js, holder, hook_names[hook][1]) : JS_UNDEFINED;
        JS_FreeValue(js, holder);
    }
}

/* Leaves the heap as requests want it: without garbage, and with room. */
static void settle(void) {
    JSRuntime *runtime = JS_GetRuntime(js);
    JS_RunGC(runtime);
    JS_SetGCThreshold(runtime, JS_GetGCThreshold(runtime) + (4 << 20));
    free(malloc(ROOM));
}

__attribute__((export_name("wasmgate:plugin/setup@0.1.0#configure"))) void *configure(const wg_text *texts, size_t count) {
    start();
    JSValue entries = JS_NewArray(js);
    for (size_t i = 0; i < count; i++) JS_SetPropertyUint32(js, entries, (uint32_t)i, new_text(texts[i]));
    JSValue answer = call_setup("configure", 1, &entries);
    JS_FreeValue(js, entries);
    configured.failed = JS_IsException(answer);
    if (configured.failed) answer = JS_GetException(js);
    bool known = JS_IsString(answer);
    if (!known && configured.failed) JS_Throw(js, JS_DupValue(js, answer));
    configured.text = known ? text_of(answer) : told();
    configured.failed |= !known;
    JS_FreeValue(js, answer);
    find_hooks();
    settle();
    return &configured;
}

__attribute__((export_name("cabi_post_wasmgate:plugin/setup@0.1.0#configure"))) void configure_done(void *result) {
    (void)result;
    release();
}

/* --- Calls ----------------------------------------------------------------------------------------------------------- */

/* The record `outcome`, as the canonical ABI lays it out. */
static struct {
    wg_text values;
    uint8_t has_body;
    wg_text body;
} outcome;

static void refuse(buffer *to) {
    JSValue thrown = JS_GetException(js);
    to->size = 0;
    write_refusal(thrown, to);
    JS_FreeValue(js, thrown);
}

static wg_text optional(uint32_t some, const char *data, size_t size) {
    return some ? (wg_text){data, size} : (wg_text){NULL, 0};
}

__attribute__((export_name("wasmgate:plugin/packed@0.1.0#call")))
void *call(uint32_t hook, uint32_t entry, const char *values, size_t size, uint32_t has_body, const char *body,
           size_t body_size, uint32_t has_reply_body, const char *reply_body, size_t reply_body_size) {
    if (hook >= HOOKS) __builtin_trap();
    JSValue arguments[3] = {JS_NewUint32(js, entry)};
    int count = 1 + read_arguments((wg_text){values, size}, optional(has_body, body, body_size),
                                   optional(has_reply_body, reply_body, reply_body_size), arguments + 1);
    JSValue result = JS_Call(js, hooks[hook], JS_UNDEFINED, count, arguments);
    for (int i = 1; i < count; i++) JS_FreeValue(js, arguments[i]);
    buffer to = {0};
    outcome.body = (wg_text){NULL, 0};
    if (JS_IsException(result) || !write_result(hook, result, &to, &outcome.body)) refuse(&to);
    JS_FreeValue(js, result);
    outcome.values = (wg_text){to.data, to.size};
    outcome.has_body = outcome.body.data != NULL;
    return &outcome;
}

__attribute__((export_name("cabi_post_wasmgate:plugin/packed@0.1.0#call"))) void called(void *result) {
    (void)result;
    release();
}

/* The hooks in the contract's own form, which a gateway that knows `packed` never calls. */
#define STAND_IN(interface, function, name)                                                                           \
    __attribute__((export_name("wasmgate:plugin/" interface "@0.1.0#" function))) void *stand_in_##name(void *values) { \
        (void)values;                                                                                                 \
        __builtin_trap();                                                                                             \
    }

STAND_IN("authorizer", "authorize", authorize)
STAND_IN("request-filter", "filter", filter_request)
STAND_IN("response-filter", "filter", filter_response)
STAND_IN("validator", "validate", validate)
STAND_IN("mapper", "map-request", map_request)
STAND_IN("mapper", "map-response", map_response)
STAND_IN("function", "handle", handle)

__attribute__((export_name("wasmgate:plugin/observer@0.1.0#observe"))) void stand_in_observe(void *values) {
    (void)values;
    __builtin_trap();
}
