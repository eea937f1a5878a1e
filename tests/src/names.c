/* Stands before the C library's getaddrinfo in a process that is started with LD_PRELOAD: every name has the address
 * that the file of that name in the folder $NAMES holds, and what is no file there is no name. Addresses stay. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int look_up(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    look_up *real = (look_up *)dlsym(RTLD_NEXT, "getaddrinfo");
    struct addrinfo literal = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    if (name == NULL || real(name, service, &literal, found) == 0)
        return name == NULL ? real(name, service, hints, found) : 0;
    char path[4096], address[64];
    snprintf(path, sizeof path, "%s/%s", getenv("NAMES"), name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return EAI_NONAME;
    char *line = fgets(address, sizeof address, file);
    fclose(file);
    if (line == NULL)
        return EAI_NONAME;
    address[strcspn(address, "\n")] = 0;
    return real(address, service, &literal, found);
}
