/* Before each of QuickJS's files: on WASI it does not look at its stack's end, and a recursion without end would end the
 * instance in place of the script. The headers have to know the platform, QuickJS need not. */
#include <malloc.h>
#include <wasi/api.h>
#undef __wasi__
