/* What the parts of the engine know of each other. */
#ifndef ENGINE_H
#define ENGINE_H

#include "quickjs.h"
#include "wasmgate.h"

/* The only context, in which the script's modules live. */
extern JSContext *js;

/* Bytes that grow; memory like that of `wg_alloc`. */
typedef struct {
    char *data;
    size_t size, room;
} buffer;

void put(buffer *to, const void *data, size_t size);

/* Gives back all memory of `wg_alloc`: arguments, results of imports, answers. */
void release(void);

/* --- values.c --- */

/* Makes the names of members once. */
void name_members(void);
JSValue new_text(wg_text text);
JSValue new_bytes(wg_text bytes);
JSValue new_pairs(wg_pairs pairs);
/* The number of items of an array; 0 where it is none, and an exception is pending. */
size_t count_of(JSValueConst array);
/* UTF-8 of a value, in memory of `wg_alloc`; no data where it is no text, and an exception is pending. */
wg_text text_of(JSValueConst value);
/* The bytes of a `Uint8Array`, which stay its own; no data where it is none, and an exception is pending. */
wg_text bytes_of(JSValueConst value);
/* Names and values, of an array of arrays of two; `item` reads each of them. */
bool pairs_of(JSValueConst array, wg_text (*item)(JSValueConst), wg_list *pairs);
/* The arguments of a hook, out of bytes as wit/packed.wit has them; how many. */
int read_arguments(wg_text values, wg_text request_body, wg_text reply_body, JSValue arguments[2]);
/* Writes what a hook returned; false where it is not as the contract has it, and an exception is pending. */
bool write_result(uint32_t hook, JSValueConst result, buffer *to, wg_text *body);
/* Writes what a hook has thrown. */
void write_refusal(JSValueConst thrown, buffer *to);

/* --- imports.c --- */

/* A module `#host/NAME` over the contract's imports; NULL where there is none. */
JSModuleDef *import_module(const char *name);

#endif
