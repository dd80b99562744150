/* Copies each file to another folder whenever it is synced. After a kill, that folder has what a power cut would leave.
 *
 * Preloaded into a server. SYNCED_FROM is its data directory, SYNCED_TO the other folder; both are absolute. The model
 * is the worst that a disk may do: whatever was not synced is gone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static int copy(int from, int to) {
    static char buffer[1 << 20]; /* only with the turn */
    off_t at = 0;
    ssize_t count;
    while ((count = pread(from, buffer, sizeof buffer, at)) > 0) {
        if (write(to, buffer, count) != count) return -1;
        at += count;
    }
    return count;
}

/* SQLite's locks on a file end when any descriptor of it is closed: one that can be read is used as it is. */
static int copy_file(int descriptor, const char *path, const char *part) {
    int is_readable = (fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_WRONLY;
    int from = is_readable ? descriptor : open(path, O_RDONLY | O_CLOEXEC);
    int to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int result = from < 0 || to < 0 ? -1 : copy(from, to);
    if (to >= 0) close(to);
    if (!is_readable && from >= 0) close(from);
    return result;
}

static int keep(int descriptor) {
    const char *home = getenv("SYNCED_FROM"), *disk = getenv("SYNCED_TO");
    char link[64], path[PATH_MAX], target[2 * PATH_MAX], part[2 * PATH_MAX + 8];
    struct stat found;
    if (!home || !disk || fstat(descriptor, &found) || !S_ISREG(found.st_mode) || !found.st_nlink) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return -1;
    path[length] = 0;
    if (strncmp(path, home, strlen(home)) || path[strlen(home)] != '/') return 0;
    snprintf(target, sizeof target, "%s%s", disk, path + strlen(home));
    snprintf(part, sizeof part, "%s.part", target);
    pthread_mutex_lock(&turn);
    int result = copy_file(descriptor, path, part);
    if (!result) result = rename(part, target);
    pthread_mutex_unlock(&turn);
    return result;
}

static int sync_with(const char *name, int descriptor) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = real(descriptor);
    if (!result && keep(descriptor)) abort();
    return result;
}

int fsync(int descriptor) { return sync_with("fsync", descriptor); }
int fdatasync(int descriptor) { return sync_with("fdatasync", descriptor); }
