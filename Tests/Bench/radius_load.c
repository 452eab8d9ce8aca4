// Logs in as the clients of many NAS would: radius_load PORT SECRET IN-FLIGHT COUNT MODE < LOGINS
//
// A line is `USER PASSWORD STATION CODE`; CODE is asked for in `challenge` alone. MODE:
//
//   plain      one Access-Request each, answered by Access-Accept: a server without StepUp
//   pap        the same with StepUp: the reply has Message-Authenticator, and has it first
//   challenge  two rounds: Access-Challenge, then its State with CODE, then Access-Accept
//
// Lines are taken in turn; in `challenge` each is good once. Each login in flight has a source port of its own, so that
// more than the 256 that one port has ids for can be under way. Requests have what a NAS sends, another NAS-Port and
// Acct-Session-Id in each login; STATION is the Calling-Station-Id. Nothing is sent twice: a reply that does not come
// within 5 s is none.
//
// Prints logins a second, then the median, the 99th percentile and the longest of a login in microseconds (of both
// rounds together), and how many logins did not go as they should. The first of those are told on stderr.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_IN_FLIGHT 1024
#define MAX_PACKET    4096
#define MAX_STATE     253
#define HEAD          20
#define DIGEST        16
#define TIMEOUT_US    5e6
#define MAX_TOLD      5

enum {
    REQUEST = 1,
    ACCEPT = 2,
    CHALLENGE = 11
};
enum {
    USER_NAME = 1,
    USER_PASSWORD = 2,
    NAS_IP_ADDRESS = 4,
    NAS_PORT = 5,
    SERVICE_TYPE = 6,
    STATE = 24,
    CALLED_STATION_ID = 30,
    CALLING_STATION_ID = 31,
    NAS_IDENTIFIER = 32,
    ACCT_SESSION_ID = 44,
    NAS_PORT_TYPE = 61,
    SIGNATURE = 80,
};

struct login {
    char user[64];
    char password[64];
    char station[64];
    char code[64];
};

// One login under way.
struct slot {
    int peer;
    bool busy;
    const struct login *login;
    unsigned long number;
    double started;
    double sent;
    uint8_t id;
    bool answering; // the second round
    uint8_t authenticator[DIGEST];
};

struct load {
    int poll;
    struct sockaddr_in server;
    const char *secret;
    size_t secret_length;
    bool is_signed; // replies have to be
    bool challenges;
    EVP_MD *md5;
    EVP_MD_CTX *digest;
    EVP_MAC_CTX *mac;
    struct login *logins;
    size_t login_count;
    unsigned long wanted;
    unsigned long begun;
    unsigned long done;
    unsigned long unexpected;
    double *took;
    struct slot slots[MAX_IN_FLIGHT];
};

static int fail(const char *what) {
    perror(what);
    exit(1);
}

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

struct part {
    const void *bytes;
    size_t length;
};

static void md5(const struct load *load, const struct part *parts, size_t count, uint8_t out[DIGEST]) {
    bool good = EVP_DigestInit_ex2(load->digest, load->md5, NULL) == 1;
    for (size_t index = 0; index < count; index++) {
        good = good && EVP_DigestUpdate(load->digest, parts[index].bytes, parts[index].length) == 1;
    }
    if (!good || EVP_DigestFinal_ex(load->digest, out, NULL) != 1) {
        (void)fail("MD5");
    }
}

static void hmac(const struct load *load, const uint8_t *bytes, size_t length, uint8_t out[DIGEST]) {
    size_t size = 0;
    if (EVP_MAC_init(load->mac, NULL, 0, NULL) != 1 || EVP_MAC_update(load->mac, bytes, length) != 1 ||
        EVP_MAC_final(load->mac, out, &size, DIGEST) != 1) {
        (void)fail("HMAC");
    }
}

struct packet {
    uint8_t bytes[MAX_PACKET];
    size_t length;
};

static void put(struct packet *packet, uint8_t type, const void *value, size_t length) {
    if (length > 253 || packet->length + length + 2 > sizeof packet->bytes) {
        (void)fail("an attribute is too long");
    }
    packet->bytes[packet->length] = type;
    packet->bytes[packet->length + 1] = (uint8_t)(length + 2);
    memcpy(packet->bytes + packet->length + 2, value, length);
    packet->length += length + 2;
}

static void put_text(struct packet *packet, uint8_t type, const char *text) {
    put(packet, type, text, strlen(text));
}

static void put_integer(struct packet *packet, uint8_t type, uint32_t value) {
    uint32_t network = htonl(value);
    put(packet, type, &network, sizeof network);
}

// User-Password (RFC 2865, 5.2).
static void put_password(const struct load *load, struct packet *packet, const uint8_t *authenticator,
                         const char *text) {
    uint8_t hidden[128] = {0};
    uint8_t pad[DIGEST];
    size_t length = strlen(text);
    size_t padded = length == 0 ? DIGEST : (length + DIGEST - 1) / DIGEST * DIGEST;
    const uint8_t *last = authenticator;
    memcpy(hidden, text, length); // at most 63 bytes, struct login says
    for (size_t start = 0; start < padded; start += DIGEST) {
        md5(load, (struct part[]){{load->secret, load->secret_length}, {last, DIGEST}}, 2, pad);
        for (size_t index = 0; index < DIGEST; index++) {
            hidden[start + index] ^= pad[index];
        }
        last = hidden + start;
    }
    put(packet, USER_PASSWORD, hidden, padded);
}

static void send_request(struct load *load, struct slot *slot, const uint8_t *state, size_t state_length) {
    struct packet packet = {.length = HEAD};
    char session[40];
    uint8_t zeros[DIGEST] = {0};
    if (getrandom(slot->authenticator, DIGEST, 0) != DIGEST) {
        (void)fail("getrandom");
    }
    slot->id++;
    slot->answering = state_length > 0;
    put(&packet, SIGNATURE, zeros, DIGEST);
    put_text(&packet, USER_NAME, slot->login->user);
    put_password(load, &packet, slot->authenticator, slot->answering ? slot->login->code : slot->login->password);
    put_integer(&packet, NAS_IP_ADDRESS, INADDR_LOOPBACK);
    put_text(&packet, NAS_IDENTIFIER, "vpn.example");
    put_integer(&packet, NAS_PORT, (uint32_t)(slot->number % 65536));
    put_integer(&packet, NAS_PORT_TYPE, 5); // Virtual
    put_integer(&packet, SERVICE_TYPE, 1);  // Login-User
    put_text(&packet, CALLED_STATION_ID, "192.0.2.1");
    put_text(&packet, CALLING_STATION_ID, slot->login->station);
    (void)snprintf(session, sizeof session, "%08x-%lx", (unsigned)getpid(), slot->number);
    put_text(&packet, ACCT_SESSION_ID, session);
    if (slot->answering) {
        put(&packet, STATE, state, state_length);
    }
    packet.bytes[0] = REQUEST;
    packet.bytes[1] = slot->id;
    packet.bytes[2] = (uint8_t)(packet.length >> 8);
    packet.bytes[3] = (uint8_t)packet.length;
    memcpy(packet.bytes + 4, slot->authenticator, DIGEST);
    hmac(load, packet.bytes, packet.length, packet.bytes + HEAD + 2);
    slot->sent = now_us();
    if (send(slot->peer, packet.bytes, packet.length, MSG_DONTWAIT) != (ssize_t)packet.length) {
        (void)fail("send");
    }
}

static void begin(struct load *load, struct slot *slot) {
    slot->busy = load->begun < load->wanted;
    if (slot->busy) {
        slot->number = load->begun++;
        slot->login = &load->logins[slot->number % load->login_count];
        send_request(load, slot, NULL, 0);
        slot->started = slot->sent;
    }
}

static void end(struct load *load, struct slot *slot, const char *objection) {
    load->took[load->done++] = now_us() - slot->started;
    if (objection != NULL && load->unexpected++ < MAX_TOLD) {
        (void)fprintf(stderr, "login %lu, %s: %s\n", slot->number, slot->login->user, objection);
    }
    begin(load, slot);
}

// What is wrong with a reply's form and signatures; NULL if nothing. Its attributes are checked and walked here, and
// its State found.
static const char *read_reply(const struct load *load, const struct slot *slot, uint8_t *bytes, size_t length,
                              const uint8_t **state, size_t *state_length) {
    uint8_t sent[DIGEST];
    uint8_t own[DIGEST];
    size_t signature = 0;
    *state_length = 0;
    memcpy(sent, bytes + 4, DIGEST);
    memcpy(bytes + 4, slot->authenticator, DIGEST);
    md5(load, (struct part[]){{bytes, length}, {load->secret, load->secret_length}}, 2, own);
    if (memcmp(sent, own, DIGEST) != 0) {
        return "the Response Authenticator is wrong";
    }
    for (size_t at = HEAD; at < length; at += bytes[at + 1]) {
        if (at + 2 > length || bytes[at + 1] < 2 || at + bytes[at + 1] > length) {
            return "a broken attribute";
        }
        if (bytes[at] == SIGNATURE && bytes[at + 1] == DIGEST + 2 && signature == 0) {
            signature = at + 2;
        } else if (bytes[at] == STATE) {
            *state = bytes + at + 2;
            *state_length = bytes[at + 1] - 2U;
        }
    }
    if (load->is_signed && signature != HEAD + 2) {
        return "Message-Authenticator is not the first attribute";
    }
    if (signature != 0) {
        memcpy(sent, bytes + signature, DIGEST);
        memset(bytes + signature, 0, DIGEST);
        hmac(load, bytes, length, own);
        if (memcmp(sent, own, DIGEST) != 0) {
            return "Message-Authenticator is wrong";
        }
    }
    return NULL;
}

static void take(struct load *load, struct slot *slot) {
    uint8_t bytes[MAX_PACKET];
    const uint8_t *state = NULL;
    size_t state_length = 0;
    ssize_t received = recv(slot->peer, bytes, sizeof bytes, MSG_DONTWAIT);
    if (received < 0 && (errno == EAGAIN || errno == ECONNREFUSED)) {
        return;
    }
    size_t length = received < 0 ? 0 : (size_t)received;
    if (!slot->busy || length < HEAD || bytes[1] != slot->id) {
        return; // of one that was given up
    }
    if (length != ((size_t)bytes[2] << 8 | bytes[3])) {
        return end(load, slot, "a broken packet");
    }
    const char *objection = read_reply(load, slot, bytes, length, &state, &state_length);
    bool asks = load->challenges && !slot->answering;
    if (objection == NULL && asks && bytes[0] == CHALLENGE && state_length > 0) {
        return send_request(load, slot, state, state_length);
    }
    if (objection == NULL && (asks || bytes[0] != ACCEPT)) {
        objection = asks              ? "no Access-Challenge"
                    : slot->answering ? "no Access-Accept to the code"
                                      : "no Access-Accept";
    }
    end(load, slot, objection);
}

static void give_up_late(struct load *load, int in_flight) {
    double now = now_us();
    for (int index = 0; index < in_flight; index++) {
        if (load->slots[index].busy && now - load->slots[index].sent > TIMEOUT_US) {
            end(load, &load->slots[index], "no reply within 5 s");
        }
    }
}

static void read_logins(struct load *load) {
    size_t room = 0;
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (load->login_count == room) {
            room = room == 0 ? 1024 : 2 * room;
            load->logins = reallocarray(load->logins, room, sizeof *load->logins);
            if (load->logins == NULL) {
                (void)fail("logins");
            }
        }
        struct login *login = &load->logins[load->login_count];
        *login = (struct login){0};
        int words = sscanf(line, "%63s %63s %63s %63s", login->user, login->password, login->station, login->code);
        load->login_count += words >= (load->challenges ? 4 : 3);
    }
    if (load->login_count == 0 || (load->challenges && load->login_count < load->wanted)) {
        (void)fprintf(stderr, "radius_load: too few lines of `USER PASSWORD STATION CODE`\n");
        exit(64);
    }
}

static void prepare_crypto(struct load *load) {
    char name[] = "MD5";
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", name, 0), OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    load->md5 = EVP_MD_fetch(NULL, "MD5", NULL);
    load->digest = EVP_MD_CTX_new();
    load->mac = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
    if (load->md5 == NULL || load->digest == NULL || load->mac == NULL ||
        EVP_MAC_init(load->mac, (const unsigned char *)load->secret, load->secret_length, parameters) != 1) {
        (void)fail("no MD5");
    }
    EVP_MAC_free(mac);
}

static void open_slot(struct load *load, int index) {
    struct slot *slot = &load->slots[index];
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (unsigned long)index};
    slot->peer = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (slot->peer < 0 || connect(slot->peer, (struct sockaddr *)&load->server, sizeof load->server) != 0 ||
        epoll_ctl(load->poll, EPOLL_CTL_ADD, slot->peer, &event) != 0) {
        (void)fail("socket");
    }
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void run(struct load *load, int in_flight) {
    struct epoll_event events[MAX_IN_FLIGHT];
    double checked = now_us();
    for (int index = 0; index < in_flight; index++) {
        open_slot(load, index);
        begin(load, &load->slots[index]);
    }
    while (load->done < load->wanted) {
        int ready = epoll_wait(load->poll, events, in_flight, 1000);
        if (ready < 0 && errno != EINTR) {
            (void)fail("epoll");
        }
        for (int index = 0; index < ready; index++) {
            take(load, &load->slots[events[index].data.u64]);
        }
        if (now_us() - checked > 1e6) {
            give_up_late(load, in_flight);
            checked = now_us();
        }
    }
}

int main(int argc, char **argv) {
    static struct load load;
    if (argc != 6) {
        (void)fprintf(stderr, "usage: radius_load PORT SECRET IN-FLIGHT COUNT plain|pap|challenge < LOGINS\n");
        return 64;
    }
    load.server = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    load.secret = argv[2];
    load.secret_length = strlen(argv[2]);
    int in_flight = atoi(argv[3]);
    in_flight = in_flight < 1 || in_flight > MAX_IN_FLIGHT ? 1 : in_flight;
    load.wanted = strtoul(argv[4], NULL, 10);
    load.is_signed = strcmp(argv[5], "plain") != 0;
    load.challenges = strcmp(argv[5], "challenge") == 0;
    load.took = calloc(load.wanted + 1, sizeof *load.took);
    load.poll = epoll_create1(EPOLL_CLOEXEC);
    if (load.took == NULL || load.poll < 0 || load.wanted == 0) {
        return fail("no memory");
    }
    prepare_crypto(&load);
    read_logins(&load);
    double start = now_us();
    run(&load, in_flight);
    double seconds = (now_us() - start) / 1e6;
    qsort(load.took, load.done, sizeof *load.took, compare);
    (void)printf("%.0f %.1f %.1f %.1f %lu\n", (double)load.done / seconds, load.took[load.done / 2],
                 load.took[load.done * 99 / 100], load.took[load.done - 1], load.unexpected);
    EVP_MAC_CTX_free(load.mac);
    EVP_MD_CTX_free(load.digest);
    EVP_MD_free(load.md5);
    free(load.took);
    free(load.logins);
    return 0;
}
