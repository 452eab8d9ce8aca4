// The client and the spool writer on their own.

#define _GNU_SOURCE
#include "fake_daemon.h"
#include "rig.h"
#include "stepup_client.h"
#include "stepup_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char path[128];
static uint8_t buffer[STEPUP_WIRE_MAX_FRAME];

#define TIMEOUT 300

struct outcome {
    bool done;
    struct stepup_wire_frame reply;
    struct stepup_client_failure failure;
    char reason[STEPUP_CLIENT_DESCRIPTION];
    int64_t took_ms;
    size_t used;
};

static size_t make_request(void) {
    struct stepup_wire_writer writer;
    size_t length = 0;
    stepup_wire_start(&writer, buffer, sizeof buffer, "report");
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_CHANNEL, "pam");
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_REQUEST, "00112233445566778899aabbccddeeff");
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_SERVICE, "sshd");
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_USER, "alice");
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_EVENT, "user_gone");
    CHECK(stepup_wire_finish(&writer, &length) == STEPUP_WIRE_OK);
    return length;
}

static struct outcome exchange_with(const char *where, unsigned timeout,
                                    const struct stepup_client_patience *patience) {
    struct outcome outcome = {0};
    int before = rig_count_descriptors();
    int64_t start = rig_now_ms();
    outcome.done = stepup_client_exchange_patiently(where, timeout, patience, buffer, make_request(), buffer,
                                                    &outcome.used, &outcome.reply, &outcome.failure);
    outcome.took_ms = rig_now_ms() - start;
    stepup_client_describe(&outcome.failure, outcome.reason);
    // The fake daemon, in the same process, may be about to accept or close: wait for it to settle.
    for (int i = 0; i < 200 && rig_count_descriptors() > before; i++) {
        (void)usleep(1000);
    }
    return outcome;
}

static struct outcome exchange_at(const char *where, unsigned timeout) {
    return exchange_with(where, timeout, NULL);
}

static struct outcome exchange(const struct fake_step *step) {
    struct fake_daemon *daemon = fake_daemon_start(path, step, 1);
    struct outcome outcome = exchange_at(path, TIMEOUT * (unsigned)rig_slowness());
    CHECK(fake_daemon_stop(daemon));
    fake_daemon_free(daemon);
    return outcome;
}

static void fails(const struct fake_step *step, const char *reason, int line) {
    struct outcome outcome = exchange(step);
    rig_check(!outcome.done && !outcome.failure.own, __FILE__, line, "the exchange must fail, by the daemon's fault");
    rig_check(strcmp(outcome.reason, reason) == 0, __FILE__, line, outcome.reason);
}

#define FAILS(step, reason) fails(&(const struct fake_step)step, reason, __LINE__)
#define STEP(...)                                                                                                      \
    { __VA_ARGS__ }
#define PAYLOAD(text) STEP(.act = FAKE_PAYLOAD, .raw = text, .raw_length = sizeof text)
#define RAW(text)     STEP(.act = FAKE_RAW, .raw = text, .raw_length = sizeof text - 1)

static void test_replies(void) {
    rig_promise("a reply is taken whole, however slowly it comes");
    struct outcome outcome = exchange(&(struct fake_step){.act = FAKE_REPLY, .fields = "verdict=allow|attempt=a1"});
    CHECK(outcome.done);
    CHECK(stepup_wire_span_is(outcome.reply.values[STEPUP_WIRE_KEY_ATTEMPT], "a1"));
    outcome = exchange(&(struct fake_step){.act = FAKE_REPLY_SLOW, .fields = "verdict=ignore"});
    CHECK(outcome.done);
    CHECK(stepup_wire_span_is(outcome.reply.values[STEPUP_WIRE_KEY_VERDICT], "ignore"));

    rig_promise("what is no reply fails, and says why");
    FAILS(STEP(.act = FAKE_CLOSE), "receive EOF");
    FAILS(STEP(.act = FAKE_HALF_CLOSE, .fields = "verdict=allow"), "receive EOF");
    FAILS(STEP(.act = FAKE_REPLY_TWICE, .fields = "verdict=allow"), "frame length");
    FAILS(STEP(.act = FAKE_REPLY, .fields = "verdict=yes"), "frame bad_value");
    FAILS(STEP(.act = FAKE_REPLY, .fields = "verdict=deny|verdict=allow"), "frame duplicate_key");
    FAILS(STEP(.act = FAKE_REPLY, .fields = "user=root|verdict=allow"), "frame key_not_allowed");
    FAILS(RAW("\0\0\0\0"), "frame length");
    FAILS(RAW("\0\1\0\1stepup=1"), "frame length");
    FAILS(RAW("HTTP/1.1 200 OK\r\n\r\n"), "frame length");
    FAILS(PAYLOAD("stepup=1\0op=admin.reply\0status=ok"), "frame unknown_op");
    FAILS(PAYLOAD("stepup=1\0op=admin.x\0body={}"), "frame unknown_op");
    FAILS(PAYLOAD("stepup=1\0op=reply\0verdict=allow\0"), "frame no_equals");
    FAILS(PAYLOAD("stepup=2\0op=reply\0verdict=allow"), "frame version");
}

static void test_time(void) {
    const int timeout = TIMEOUT * rig_slowness();
    rig_promise("silence ends at the deadline, not before and not long after");
    const struct fake_step stalls[] = {{.act = FAKE_STALL}, {.act = FAKE_HALF_STALL, .fields = "verdict=allow"}};
    for (size_t i = 0; i < 2; i++) {
        struct outcome outcome = exchange(&stalls[i]);
        CHECK(!outcome.done && !outcome.failure.own);
        CHECK(strcmp(outcome.reason, "timeout ETIMEDOUT") == 0);
        CHECK(outcome.took_ms >= timeout - 1 && outcome.took_ms < timeout + 150 * rig_slowness());
    }

    rig_promise("a full backlog is waited for, until the deadline");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/full", folder);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 0) == 0);
    int waiting[8];
    for (int i = 0; i < 8; i++) {
        waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(waiting[i], (struct sockaddr *)&address, sizeof address);
    }
    struct outcome full = exchange_at(address.sun_path, (unsigned)timeout);
    CHECK(!full.done && strcmp(full.reason, "timeout ETIMEDOUT") == 0 && !full.failure.own);
    CHECK(full.took_ms >= timeout - 1 && full.took_ms < timeout + 150 * rig_slowness());
    for (int i = 0; i < 8; i++) {
        (void)close(waiting[i]);
    }
    (void)close(listener);
}

static void test_absence(void) {
    rig_promise("an absent daemon is told from a broken one");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/dead", folder);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    (void)close(listener);
    CHECK(strcmp(exchange_at(address.sun_path, TIMEOUT).reason, "connect ECONNREFUSED") == 0);
    CHECK(strcmp(exchange_at("/nowhere/stepup.sock", TIMEOUT).reason, "connect ENOENT") == 0);
    char longer[200];
    memset(longer, 'a', sizeof longer - 1);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    CHECK(strcmp(exchange_at(longer, TIMEOUT).reason, "connect ENAMETOOLONG") == 0);
    struct outcome slammed = exchange(&(struct fake_step){.act = FAKE_SLAM});
    CHECK(!slammed.done);
    CHECK(strcmp(slammed.reason, "send EPIPE") == 0 || strcmp(slammed.reason, "receive ECONNRESET") == 0 ||
          strcmp(slammed.reason, "receive EOF") == 0);
}

static volatile sig_atomic_t ticks;
static volatile sig_atomic_t broken_pipes;

// Each in its own counter: an alarm may still be on its way when its timer has been stopped.
static void tick(int signal) {
    if (signal == SIGPIPE) {
        broken_pipes++;
    } else {
        ticks++;
    }
}

static void test_signals(void) {
    const int timeout = TIMEOUT * rig_slowness();
    rig_promise("signals neither end a wait nor lengthen it, and SIGPIPE is never raised");
    struct sigaction action = {.sa_handler = tick}; // no SA_RESTART: every call may return EINTR
    CHECK(sigaction(SIGALRM, &action, NULL) == 0 && sigaction(SIGPIPE, &action, NULL) == 0);
    const struct itimerval fast = {{0, 3000}, {0, 3000}}, off = {{0, 0}, {0, 0}};
    (void)setitimer(ITIMER_REAL, &fast, NULL);
    struct outcome slow = exchange(&(struct fake_step){.act = FAKE_REPLY_SLOW, .fields = "verdict=allow"});
    struct outcome silent = exchange(&(struct fake_step){.act = FAKE_STALL});
    (void)setitimer(ITIMER_REAL, &off, NULL);
    CHECK(ticks > 10);
    CHECK(slow.done);
    CHECK(!silent.done && !silent.failure.own);
    CHECK(silent.took_ms >= timeout - 1 && silent.took_ms < timeout + 150 * rig_slowness());
    for (int i = 0; i < 20; i++) {
        CHECK(!exchange(&(struct fake_step){.act = FAKE_SLAM}).done);
    }
    CHECK_IS(broken_pipes, 0);
}

// In a child: stands still as a stopped process does, by SIGSTOP to itself, with the parent to wake it.
static int stopped_child(void (*body)(void)) {
    pid_t child = fork();
    if (child == 0) {
        body();
        _exit(99);
    }
    return child;
}

static void own_exchange(void) {
    // Stopped before it sends: when it wakes the deadline is over, and the daemon had no time at all.
    struct outcome outcome = {0};
    size_t length = make_request();
    (void)kill(getppid(), SIGUSR1);
    outcome.done =
        stepup_client_exchange(path, TIMEOUT, buffer, length, buffer, &outcome.used, &outcome.reply, &outcome.failure);
    _exit(outcome.done ? 1 : outcome.failure.own ? 2 : 3);
}

static void test_own(void) {
    rig_promise("a process that has no descriptors left is at fault itself");
    struct rlimit before, none;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    none = before;
    none.rlim_cur = 3;
    struct fake_daemon *daemon = fake_daemon_start(path, NULL, 0);
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    struct stepup_client_failure failure;
    struct stepup_wire_frame reply;
    size_t used = 0;
    bool done = stepup_client_exchange(path, TIMEOUT, buffer, make_request(), buffer, &used, &reply, &failure);
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(!done && failure.own && failure.stage == STEPUP_CLIENT_CONNECT && failure.error == EMFILE);
    CHECK(fake_daemon_stop(daemon));
    fake_daemon_free(daemon);

    rig_promise("a process that was stopped while the daemon answered still sees the answer, or is at fault itself");
    // Blocked before the daemon's thread starts, which would else take the signal and end the process.
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &mask, NULL);
    // The daemon answers after 100 ms; the child is stopped at some moment and woken long after its deadline.
    for (int moment = 0; moment < 6; moment++) {
        const struct fake_step step = {.act = FAKE_REPLY, .fields = "verdict=deny", .delay_ms = 100};
        struct fake_daemon *slow = fake_daemon_start(path, &step, 1);
        pid_t child = stopped_child(own_exchange);
        int signal = 0, status = 0;
        (void)sigwait(&mask, &signal);
        (void)usleep((useconds_t)(moment * 20 * rig_slowness()));
        (void)kill(child, SIGSTOP);
        (void)usleep((TIMEOUT + 200) * 1000);
        (void)kill(child, SIGCONT);
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 2);
        (void)fake_daemon_stop(slow);
        fake_daemon_free(slow);
    }
}

static void test_stdio(void) {
    rig_promise("with stdin, stdout and stderr closed no descriptor of ours takes their place");
    const struct fake_step step = {.act = FAKE_REPLY, .fields = "verdict=allow", .delay_ms = 50};
    char spool[128];
    (void)snprintf(spool, sizeof spool, "%s/stdio", folder);
    CHECK(mkdir(spool, 0700) == 0);
    // Static, so that the child, which frees nothing, still holds it.
    static struct fake_daemon *daemon;
    daemon = fake_daemon_start(path, &step, 1);
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct stepup_client_failure failure;
        struct stepup_spool_failure spool_failure;
        struct stepup_wire_frame reply;
        size_t used = 0, length = make_request();
        (void)close(0);
        (void)close(1);
        (void)close(2);
        // Moved, the socket is above; left, it would be found at 0 by a write of the host's.
        bool good = stepup_client_above_stdio(open("/dev/null", O_RDONLY | O_CLOEXEC)) > 2 &&
                    stepup_client_exchange(path, 3000, buffer, length, buffer, &used, &reply, &failure) &&
                    stepup_spool_write(spool, 1, "aa", buffer, 4, &spool_failure);
        good = good && fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) < 0;
        _exit(good ? 0 : 1);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(fake_daemon_stop(daemon));
    fake_daemon_free(daemon);
}

static bool spool(const char *directory, const char *request, struct stepup_spool_failure *failure) {
    int before = rig_count_descriptors();
    bool done = stepup_spool_write(directory, 1790000000000, request, (const uint8_t *)"frame", 5, failure);
    CHECK_IS(rig_count_descriptors(), before);
    return done;
}

static void test_spool(void) {
    struct stepup_spool_failure failure;
    char directory[128], other[192];
    (void)snprintf(directory, sizeof directory, "%s/spool", folder);

    rig_promise("a record is a file of its name, readable by its owner alone");
    CHECK(!spool(directory, "aa", &failure) && failure.error == ENOENT);
    CHECK(mkdir(directory, 0700) == 0);
    CHECK(spool(directory, "aa", &failure));
    struct stat status;
    (void)snprintf(other, sizeof other, "%s/1790000000000-aa.frame", directory);
    CHECK(stat(other, &status) == 0 && (status.st_mode & 07777) == 0600 && status.st_size == 5);
    CHECK_IS(rig_count_files(directory), 1);

    rig_promise("S28 no link is followed and no file is written over");
    (void)snprintf(other, sizeof other, "%s/.1790000000000-bb.frame.tmp", directory);
    CHECK(symlink("/tmp/stepup-must-not-exist", other) == 0);
    CHECK(!spool(directory, "bb", &failure) && failure.error == EEXIST);
    CHECK(access("/tmp/stepup-must-not-exist", F_OK) != 0);
    CHECK(lstat(other, &status) == 0); // not ours to remove
    CHECK(unlink(other) == 0);
    (void)snprintf(other, sizeof other, "%s/link", folder);
    CHECK(symlink(directory, other) == 0);
    CHECK(!spool(other, "cc", &failure) && (failure.error == ELOOP || failure.error == ENOTDIR));
    CHECK(!spool(directory, "../x", &failure) && failure.error == EINVAL);

    rig_promise("S28 a directory that others may write to, or own, is not trusted");
    CHECK(chmod(directory, 0770) == 0 && !spool(directory, "dd", &failure) && failure.error == EPERM);
    CHECK(chmod(directory, 0707) == 0 && !spool(directory, "dd", &failure) && failure.error == EPERM);
    CHECK(chmod(directory, 0700) == 0);
    if (geteuid() == 0) {
        CHECK(chown(directory, 65534, 65534) == 0 && !spool(directory, "dd", &failure) && failure.error == EPERM);
        CHECK(chown(directory, 0, 0) == 0);
    }
    CHECK(!spool("/dev/null", "dd", &failure) && failure.error == ENOTDIR);
    CHECK(!spool("/proc/self", "dd", &failure));

    rig_promise("S28 the spool is bounded, unfinished files counted");
    for (int i = rig_count_files(directory); i < STEPUP_SPOOL_MAX_FILES; i++) {
        (void)snprintf(other, sizeof other, "%s/.%d.tmp", directory, i);
        int file = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        CHECK(file >= 0);
        (void)close(file);
    }
    CHECK(!spool(directory, "ee", &failure) && failure.error == ENOSPC);
    CHECK(unlink(other) == 0);
    CHECK(spool(directory, "ee", &failure));
    CHECK_IS(rig_count_files(directory), STEPUP_SPOOL_MAX_FILES);
}

struct asked {
    bool answer;
    int times;
};

static bool go_on(void *context) {
    struct asked *asked = context;
    asked->times++;
    return asked->answer;
}

static void test_patience(void) {
    const int slowness = rig_slowness();
    const int timeout = TIMEOUT * slowness;
    struct asked asked = {0};
    const struct stepup_client_patience patience = {100 * (unsigned)slowness, go_on, &asked};
    const struct fake_step silent = {.act = FAKE_STALL};
    const struct fake_step late = {.act = FAKE_REPLY, .fields = "verdict=allow", .delay_ms = 200 * slowness};

    rig_promise("who has no patience left ends early");
    struct fake_daemon *daemon = fake_daemon_start(path, &silent, 1);
    struct outcome outcome = exchange_with(path, (unsigned)timeout, &patience);
    CHECK(!outcome.done && !outcome.failure.own && !outcome.failure.replied);
    CHECK(strcmp(outcome.reason, "timeout ECANCELED") == 0);
    CHECK(outcome.took_ms >= 99 * slowness && outcome.took_ms < timeout - 50 * slowness);
    CHECK_IS(asked.times, 1);
    (void)fake_daemon_stop(daemon);
    fake_daemon_free(daemon);

    rig_promise("patience is asked for once, and then the deadline holds");
    asked = (struct asked){.answer = true};
    daemon = fake_daemon_start(path, &silent, 1);
    outcome = exchange_with(path, (unsigned)timeout, &patience);
    CHECK(!outcome.done && strcmp(outcome.reason, "timeout ETIMEDOUT") == 0 && !outcome.failure.own);
    CHECK(outcome.took_ms >= timeout - 1);
    CHECK_IS(asked.times, 1);
    (void)fake_daemon_stop(daemon);
    fake_daemon_free(daemon);

    rig_promise("a patient one gets the late reply");
    daemon = fake_daemon_start(path, &late, 1);
    outcome = exchange_with(path, (unsigned)timeout, &patience);
    CHECK(outcome.done);
    (void)fake_daemon_stop(daemon);
    fake_daemon_free(daemon);

    rig_promise("a short deadline asks nobody");
    asked = (struct asked){0};
    daemon = fake_daemon_start(path, &silent, 1);
    outcome = exchange_with(path, 60 * (unsigned)slowness, &patience);
    CHECK(strcmp(outcome.reason, "timeout ETIMEDOUT") == 0);
    CHECK_IS(asked.times, 0);
    (void)fake_daemon_stop(daemon);
    fake_daemon_free(daemon);
}

int main(void) {
    (void)snprintf(folder, sizeof folder, "%s", rig_make_folder());
    (void)snprintf(path, sizeof path, "%s/sock", folder);
    int before = rig_count_descriptors();
    test_replies();
    test_time();
    test_patience();
    test_absence();
    test_signals();
    test_own();
    test_stdio();
    test_spool();
    rig_promise("no descriptor is left");
    CHECK_IS(rig_count_descriptors(), before);
    rig_remove_folder(folder);
    return rig_finish();
}
