/* Counts the calls that make something durable or cross a socket, and breaks the one it is told to.
 *
 * Preloaded into the program under test. A call is a point if it touches a file below the prefix or an
 * internet socket. At point `at` the mode happens: kill, torn, after, enospc, eio, int, term or hup.
 * With a trace file each call that happened is written there, with its bytes if `record` is set, so
 * that the disk after a power cut can be rebuilt. The wall clock can be set apart by `clock` seconds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { OPEN = 1, WRITE, SYNC, TRUNCATE, UNLINK, RENAME, LINK, MKDIR, CONNECT, SEND, RECV };
enum { NONE, KILL, TORN, AFTER, ENOSPC_MODE, EIO_MODE, INT, TERM, HUP };
enum { GO, HALF, THEN_DIE, FAIL };

static struct { int at, mode, sticky, record, trace, on; long clock; char prefix[4096]; } f = {.trace = -1};
static int counter;
static unsigned char inet[4096];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

void fio_arm(const char *prefix, int at, int mode, int sticky, const char *trace, int record, long clock) {
    REAL(open);
    memset(&f, 0, sizeof f);
    counter = 0;
    f.at = at, f.mode = mode, f.sticky = sticky, f.record = record, f.clock = clock, f.trace = -1;
    snprintf(f.prefix, sizeof f.prefix, "%s", prefix);
    if (trace && *trace) {
        int fd = real(trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        f.trace = fcntl(fd, F_DUPFD_CLOEXEC, 900); /* out of the program's way */
        close(fd);
    }
    f.on = prefix && *prefix;
}

__attribute__((constructor)) static void from_environment(void) {
    const char *at = getenv("FIO_AT"), *mode = getenv("FIO_MODE"), *clock = getenv("FIO_CLOCK");
    const char *prefix = getenv("FIO_PREFIX"), *sticky = getenv("FIO_STICKY"), *trace = getenv("FIO_TRACE");
    if (prefix || clock)
        fio_arm(prefix ? prefix : "", at ? atoi(at) : 0, mode ? atoi(mode) : 0, sticky && *sticky == '1',
                trace, 0, clock ? atol(clock) : 0);
}

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

static int decide(int kind) {
    int n = __sync_add_and_fetch(&counter, 1), net = kind >= CONNECT;
    if (!f.at || n < f.at || (n > f.at && !f.sticky)) return GO;
    switch (f.mode) {
    case KILL: die();
    case TORN: if (kind == WRITE || kind == SEND) return HALF; die();
    case AFTER: return THEN_DIE;
    case ENOSPC_MODE:
        if (net || kind == UNLINK || kind == TRUNCATE) return GO;
        errno = ENOSPC; return FAIL;
    case EIO_MODE:
        errno = kind == CONNECT ? ECONNREFUSED : net ? ECONNRESET : EIO; return FAIL;
    case INT: kill(getpid(), SIGINT); return GO;
    case TERM: kill(getpid(), SIGTERM); return GO;
    case HUP: kill(getpid(), SIGHUP); return GO;
    }
    return GO;
}

static void note(int kind, const char *path, const char *other, int64_t offset, const void *data, int64_t size) {
    if (f.trace < 0) return;
    REAL(writev);
    int saved = errno;
    uint32_t lengths[3] = {kind, strlen(path), strlen(other)};
    int64_t numbers[2] = {offset, size};
    struct iovec parts[5] = {{lengths, sizeof lengths}, {numbers, sizeof numbers}, {(void *)path, lengths[1]},
                             {(void *)other, lengths[2]}, {(void *)data, f.record && data ? size : 0}};
    pthread_mutex_lock(&lock);
    if (real(f.trace, parts, 5) < 0) abort();
    pthread_mutex_unlock(&lock);
    errno = saved;
}

static int ours(const char *path) { return f.on && path && !strncmp(path, f.prefix, strlen(f.prefix)); }

static int ours_fd(int fd, char *path) {
    char name[40];
    if (!f.on || fd == f.trace) return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    int saved = errno;
    ssize_t n = readlink(name, path, 4095);
    errno = saved;
    if (n < 0) return 0;
    path[n] = 0;
    return ours(path);
}

/* Do `call` at a point of `kind`; what follows the call is noted if it worked. */
#define POINT(kind, call, noting) do { \
    int what = decide(kind); \
    if (what == FAIL) return -1; \
    if (what == HALF) die(); \
    __typeof__(call) result = call; \
    if (result >= 0) noting; \
    if (what == THEN_DIE) die(); \
    return result; } while (0)

#define OPENING(name) \
int name(const char *path, int flags, ...) { \
    REAL(name); va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
    if (!(flags & O_CREAT) || !ours(path)) return real(path, flags, mode); \
    POINT(OPEN, real(path, flags, mode), note(OPEN, path, "", flags & O_TRUNC ? 1 : 0, 0, 0)); }
OPENING(open)
OPENING(open64)

#define POSITIONED(name) \
ssize_t name(int fd, const void *data, size_t size, off64_t offset) { \
    REAL(name); char path[4096]; \
    if (!ours_fd(fd, path)) return real(fd, data, size, offset); \
    int what = decide(WRITE); \
    if (what == FAIL) return -1; \
    ssize_t n = real(fd, data, what == HALF ? size / 2 : size, offset); \
    if (n >= 0) note(WRITE, path, "", offset, data, n); \
    if (what != GO) die(); \
    return n; }
POSITIONED(pwrite)
POSITIONED(pwrite64)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(write); char path[4096];
    if (!ours_fd(fd, path)) return real(fd, data, size);
    int what = decide(WRITE);
    if (what == FAIL) return -1;
    off_t at = lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    ssize_t n = real(fd, data, what == HALF ? size / 2 : size);
    if (n >= 0) note(WRITE, path, "", at, data, n);
    if (what != GO) die();
    return n;
}

#define ON_FD(name, kind, args, call, offset) \
int name args { REAL(name); char path[4096]; \
    if (!ours_fd(fd, path)) return call; \
    POINT(kind, call, note(kind, path, "", offset, 0, 0)); }
ON_FD(fsync, SYNC, (int fd), real(fd), 0)
ON_FD(fdatasync, SYNC, (int fd), real(fd), 0)
ON_FD(ftruncate, TRUNCATE, (int fd, off_t size), real(fd, size), size)
ON_FD(ftruncate64, TRUNCATE, (int fd, off64_t size), real(fd, size), size)

#define ON_PATH(name, kind, args, call, other) \
int name args { REAL(name); \
    if (!ours(path)) return call; \
    POINT(kind, call, note(kind, path, other, 0, 0, 0)); }
ON_PATH(unlink, UNLINK, (const char *path), real(path), "")
ON_PATH(rename, RENAME, (const char *path, const char *to), real(path, to), to)
ON_PATH(link, LINK, (const char *path, const char *to), real(path, to), to)
ON_PATH(mkdir, MKDIR, (const char *path, mode_t mode), real(path, mode), "")

static int online(int fd) { return f.on && fd >= 0 && fd < (int)sizeof inet && inet[fd]; }

int connect(int fd, const struct sockaddr *to, socklen_t size) {
    REAL(connect);
    int net = to->sa_family == AF_INET || to->sa_family == AF_INET6;
    if (fd >= 0 && fd < (int)sizeof inet) inet[fd] = net;
    if (!online(fd)) return real(fd, to, size);
    int what = decide(CONNECT);
    if (what == FAIL) return -1;
    note(CONNECT, "", "", 0, 0, 0);
    int result = real(fd, to, size);
    if (what != GO) die();
    return result;
}

ssize_t send(int fd, const void *data, size_t size, int flags) {
    REAL(send);
    if (!online(fd)) return real(fd, data, size, flags);
    int what = decide(SEND);
    if (what == FAIL) return -1;
    note(SEND, "", "", 0, data, size);
    ssize_t n = real(fd, data, what == HALF ? size / 2 : size, flags);
    if (what != GO) die();
    return n;
}

ssize_t recv(int fd, void *data, size_t size, int flags) {
    REAL(recv);
    if (!online(fd)) return real(fd, data, size, flags);
    POINT(RECV, real(fd, data, size, flags), note(RECV, "", "", 0, 0, 0));
}

int clock_gettime(clockid_t which, struct timespec *now) {
    REAL(clock_gettime);
    int result = real(which, now);
    if (!result && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += f.clock;
    return result;
}

time_t time(time_t *now) {
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    if (now) *now = moment.tv_sec;
    return moment.tv_sec;
}
