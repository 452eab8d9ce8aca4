#include "table.h"

#include <string.h>

// What a value has to look like. A form is checked here, before anybody acts on a value.
enum form {
    FORM_TEXT,       // any bytes
    FORM_WORD,       // one of `words`
    FORM_HEX,        // pairs of lower-case hex digits, at least `least` of them
    FORM_DECIMAL,    // 1 … limit digits
    FORM_TOKEN,      // 1 … limit printable ASCII bytes, no blank
    FORM_NAME,       // [a-z] *[a-z0-9_]
    FORM_METHODS,    // words of [a-z-], separated by commas
    FORM_ATTRIBUTES, // NAME:HEX, separated by commas
    FORM_RANGE,      // two decimals of 1 … 4 digits, separated by a comma
    FORM_PROMPT,     // text without control characters but line feed: it goes to a terminal
};

struct key {
    const char *name;
    enum form form;
    size_t least;
    size_t limit;
    const char *words; // separated by blanks
};

#define TEXT 8192

static const struct key keys[STEPUP_WIRE_KEY_COUNT] = {
    [STEPUP_WIRE_KEY_ACCOUNT] = {"account", FORM_WORD, 1, TEXT, "enforce record"},
    [STEPUP_WIRE_KEY_ANSWER] = {"answer", FORM_TEXT, 0, TEXT, NULL},
    [STEPUP_WIRE_KEY_ATTEMPT] = {"attempt", FORM_TOKEN, 1, 128, NULL},
    [STEPUP_WIRE_KEY_ATTRIBUTES] = {"attributes", FORM_ATTRIBUTES, 0, 16384, NULL},
    [STEPUP_WIRE_KEY_BODY] = {"body", FORM_TEXT, 0, 61440, NULL},
    [STEPUP_WIRE_KEY_BOOT_ID] = {"boot_id", FORM_TOKEN, 1, 64, NULL},
    [STEPUP_WIRE_KEY_BOOTTIME] = {"boottime", FORM_DECIMAL, 1, 18, NULL},
    [STEPUP_WIRE_KEY_CHANNEL] = {"channel", FORM_WORD, 1, TEXT, "pam radius"},
    [STEPUP_WIRE_KEY_CLIENT] = {"client", FORM_TOKEN, 1, 64, NULL},
    [STEPUP_WIRE_KEY_CODE] = {"code", FORM_NAME, 1, 64, NULL},
    [STEPUP_WIRE_KEY_COMMAND] = {"command", FORM_TEXT, 0, 1024, NULL},
    [STEPUP_WIRE_KEY_ECHO] = {"echo", FORM_WORD, 1, TEXT, "on off"},
    [STEPUP_WIRE_KEY_EVENT] = {"event", FORM_WORD, 1, TEXT,
                               "first_factor_failed session_opened session_alive session_closed cancelled user_gone"},
    [STEPUP_WIRE_KEY_FALLBACK] = {"fallback", FORM_WORD, 1, TEXT, "ignore deny"},
    [STEPUP_WIRE_KEY_FIRST_FACTOR] = {"first_factor", FORM_WORD, 1, TEXT, "ssh stack radius"},
    [STEPUP_WIRE_KEY_MESSAGE] = {"message", FORM_TEXT, 0, TEXT, NULL},
    [STEPUP_WIRE_KEY_PHASE] = {"phase", FORM_WORD, 1, TEXT, "auth account split"},
    [STEPUP_WIRE_KEY_PROMPT] = {"prompt", FORM_PROMPT, 1, 511, NULL},
    [STEPUP_WIRE_KEY_REASON] = {"reason", FORM_TEXT, 0, TEXT, NULL},
    [STEPUP_WIRE_KEY_REQUEST] = {"request", FORM_HEX, 32, 32, NULL},
    [STEPUP_WIRE_KEY_RHOST] = {"rhost", FORM_TEXT, 0, TEXT, NULL},
    [STEPUP_WIRE_KEY_RUSER] = {"ruser", FORM_TEXT, 0, TEXT, NULL},
    [STEPUP_WIRE_KEY_SERVICE] = {"service", FORM_TEXT, 0, TEXT, NULL},
    [STEPUP_WIRE_KEY_SPLIT] = {"split", FORM_RANGE, 3, 9, NULL},
    [STEPUP_WIRE_KEY_SSH_AUTH_INFO] = {"ssh_auth_info", FORM_TEXT, 0, TEXT, NULL},
    [STEPUP_WIRE_KEY_SSH_CONNECTION] = {"ssh_connection", FORM_TEXT, 0, TEXT, NULL},
    [STEPUP_WIRE_KEY_SSH_METHODS] = {"ssh_methods", FORM_METHODS, 1, 256, NULL},
    [STEPUP_WIRE_KEY_STATE] = {"state", FORM_HEX, 2, 256, NULL},
    [STEPUP_WIRE_KEY_STATUS] = {"status", FORM_WORD, 1, TEXT, "ok error"},
    [STEPUP_WIRE_KEY_TIME] = {"time", FORM_DECIMAL, 1, 18, NULL},
    [STEPUP_WIRE_KEY_TTY] = {"tty", FORM_TEXT, 0, TEXT, NULL},
    [STEPUP_WIRE_KEY_UID] = {"uid", FORM_DECIMAL, 1, 10, NULL},
    [STEPUP_WIRE_KEY_USER] = {"user", FORM_TEXT, 0, TEXT, NULL},
    [STEPUP_WIRE_KEY_VERDICT] = {"verdict", FORM_WORD, 1, TEXT, "allow deny ignore challenge"},
};

#define BIT(name) (UINT64_C(1) << STEPUP_WIRE_KEY_##name)
#define WHO       (BIT(CHANNEL) | BIT(REQUEST) | BIT(SERVICE) | BIT(USER))
#define RADIUS    (BIT(CLIENT) | BIT(ATTRIBUTES))
#define SOURCE    (RADIUS | BIT(RUSER) | BIT(RHOST) | BIT(TTY) | BIT(UID) | BIT(SSH_CONNECTION) | BIT(SSH_AUTH_INFO))

static const struct {
    const char *name;
    uint64_t required, optional;
} ops[] = {
    [STEPUP_WIRE_OP_BEGIN] = {"begin", WHO | BIT(PHASE) | BIT(FIRST_FACTOR),
                              SOURCE | BIT(SSH_METHODS) | BIT(ACCOUNT) | BIT(COMMAND) | BIT(ANSWER)},
    [STEPUP_WIRE_OP_ANSWER] = {"answer", WHO | BIT(STATE) | BIT(ANSWER), RADIUS},
    [STEPUP_WIRE_OP_REPORT] = {"report", WHO | BIT(EVENT), SOURCE | BIT(ATTEMPT) | BIT(STATE)},
    [STEPUP_WIRE_OP_REPLY] = {"reply", BIT(VERDICT),
                              BIT(ATTEMPT) | BIT(CODE) | BIT(MESSAGE) | BIT(PROMPT) | BIT(ECHO) | BIT(STATE) |
                                  BIT(ATTRIBUTES) | BIT(SPLIT)},
    [STEPUP_WIRE_OP_SPOOL] = {"spool",
                              WHO | BIT(PHASE) | BIT(FALLBACK) | BIT(REASON) | BIT(TIME) | BIT(BOOT_ID) | BIT(BOOTTIME),
                              SOURCE},
    [STEPUP_WIRE_OP_ADMIN] = {NULL, BIT(BODY), 0},
    [STEPUP_WIRE_OP_ADMIN_REPLY] = {"admin.reply", BIT(STATUS), BIT(BODY) | BIT(MESSAGE)},
};

static bool same(const uint8_t *bytes, size_t length, const char *text) {
    return strlen(text) == length && memcmp(bytes, text, length) == 0;
}

static bool is_lower(uint8_t byte) {
    return byte >= 'a' && byte <= 'z';
}

static bool is_digit(uint8_t byte) {
    return byte >= '0' && byte <= '9';
}

static bool is_admin(const uint8_t *name, size_t length) {
    const size_t prefix = sizeof "admin." - 1;
    if (length <= prefix || length > STEPUP_WIRE_MAX_OP || memcmp(name, "admin.", prefix) != 0) {
        return false;
    }
    if (!is_lower(name[prefix])) {
        return false;
    }
    for (size_t i = prefix; i < length; i++) {
        uint8_t byte = name[i];
        if (!is_lower(byte) && !is_digit(byte) && byte != '_' && byte != '.' && byte != '-') {
            return false;
        }
    }
    return true;
}

enum stepup_wire_op stepup_wire_op_find(const uint8_t *name, size_t length) {
    for (size_t op = STEPUP_WIRE_OP_NONE + 1; op < sizeof ops / sizeof *ops; op++) {
        if (ops[op].name != NULL && same(name, length, ops[op].name)) {
            return (enum stepup_wire_op)op;
        }
    }
    return is_admin(name, length) ? STEPUP_WIRE_OP_ADMIN : STEPUP_WIRE_OP_NONE;
}

enum stepup_wire_key stepup_wire_key_find(const void *name, size_t length) {
    for (size_t key = 0; key < STEPUP_WIRE_KEY_COUNT; key++) {
        if (same(name, length, keys[key].name)) {
            return (enum stepup_wire_key)key;
        }
    }
    return STEPUP_WIRE_KEY_COUNT;
}

const char *stepup_wire_key_name(enum stepup_wire_key key) {
    return (size_t)key < STEPUP_WIRE_KEY_COUNT ? keys[key].name : "?";
}

static bool is_word(const uint8_t *value, size_t length, const char *words) {
    for (const char *word = words; *word != '\0';) {
        size_t size = strcspn(word, " ");
        if (size == length && memcmp(word, value, size) == 0) {
            return true;
        }
        word += size;
        word += strspn(word, " ");
    }
    return false;
}

static bool fits_methods(const uint8_t *value, size_t length) {
    bool in_word = false; // an empty word, and so an empty list, is refused
    for (size_t i = 0; i < length; i++) {
        if (value[i] == ',') {
            if (!in_word) {
                return false;
            }
            in_word = false;
        } else if (is_lower(value[i]) || value[i] == '-') {
            in_word = true;
        } else {
            return false;
        }
    }
    return in_word;
}

static bool is_name(uint8_t byte) {
    return is_lower(byte) || is_digit(byte) || byte == '-' || (byte >= 'A' && byte <= 'Z');
}

static bool is_hex(uint8_t byte) {
    return is_digit(byte) || (byte >= 'a' && byte <= 'f');
}

// One NAME:HEX from `*at` on, which moves behind it.
static bool takes_attribute(const uint8_t *value, size_t length, size_t *at) {
    size_t name = *at;
    while (*at < length && is_name(value[*at])) {
        (*at)++;
    }
    if (*at == name || *at - name > 64 || *at == length || value[*at] != ':') {
        return false;
    }
    size_t hex = ++*at;
    while (*at < length && is_hex(value[*at])) {
        (*at)++;
    }
    return (*at - hex) % 2 == 0;
}

static bool fits_attributes(const uint8_t *value, size_t length) {
    for (size_t at = 0; at < length;) {
        if (!takes_attribute(value, length, &at)) {
            return false;
        }
        // A comma has an attribute behind it.
        if (at < length && (value[at] != ',' || ++at == length)) {
            return false;
        }
    }
    return true;
}

static bool fits_range(const uint8_t *value, size_t length) {
    size_t digits = 0;
    size_t numbers = 1;
    for (size_t i = 0; i < length; i++) {
        if (value[i] == ',' && digits > 0) {
            numbers++;
            digits = 0;
        } else if (!is_digit(value[i]) || ++digits > 4) {
            return false;
        }
    }
    return numbers == 2 && digits > 0;
}

static bool byte_fits(enum form form, uint8_t byte, size_t position) {
    switch (form) {
    case FORM_HEX:
        return is_hex(byte);
    case FORM_DECIMAL:
        return is_digit(byte);
    case FORM_TOKEN:
        return byte > ' ' && byte < 0x7f;
    case FORM_NAME:
        return is_lower(byte) || (position > 0 && (is_digit(byte) || byte == '_'));
    case FORM_PROMPT:
        return (byte >= ' ' && byte != 0x7f) || byte == '\n';
    case FORM_TEXT:
    case FORM_WORD:
    case FORM_METHODS:
    case FORM_ATTRIBUTES:
    case FORM_RANGE:
        break;
    }
    return true;
}

static bool fits(const struct key *key, const uint8_t *value, size_t length) {
    if (length < key->least) {
        return false;
    }
    switch (key->form) {
    case FORM_TEXT:
        return true;
    case FORM_WORD:
        return is_word(value, length, key->words);
    case FORM_METHODS:
        return fits_methods(value, length);
    case FORM_ATTRIBUTES:
        return fits_attributes(value, length);
    case FORM_RANGE:
        return fits_range(value, length);
    case FORM_HEX:
    case FORM_DECIMAL:
    case FORM_TOKEN:
    case FORM_NAME:
    case FORM_PROMPT:
        break;
    }
    for (size_t i = 0; i < length; i++) {
        if (!byte_fits(key->form, value[i], i)) {
            return false;
        }
    }
    return key->form != FORM_HEX || length % 2 == 0;
}

enum stepup_wire_error stepup_wire_row_admit(struct stepup_wire_row *row, enum stepup_wire_key key,
                                             const uint8_t *value, size_t length) {
    if (row->op == STEPUP_WIRE_OP_NONE) {
        return STEPUP_WIRE_UNKNOWN_OP;
    }
    if ((size_t)key >= STEPUP_WIRE_KEY_COUNT) {
        return STEPUP_WIRE_KEY_NOT_ALLOWED;
    }
    uint64_t bit = UINT64_C(1) << key;
    if (((ops[row->op].required | ops[row->op].optional) & bit) == 0) {
        return STEPUP_WIRE_KEY_NOT_ALLOWED;
    }
    if ((row->seen & bit) != 0) {
        return STEPUP_WIRE_DUPLICATE_KEY;
    }
    if (length > keys[key].limit) {
        return STEPUP_WIRE_VALUE_TOO_LONG;
    }
    if (!fits(&keys[key], value, length)) {
        return STEPUP_WIRE_BAD_VALUE;
    }
    row->seen |= bit;
    if (key == STEPUP_WIRE_KEY_PHASE) {
        row->account_phase = same(value, length, "account");
    } else if (key == STEPUP_WIRE_KEY_VERDICT) {
        row->challenge = same(value, length, "challenge");
    }
    return STEPUP_WIRE_OK;
}

enum stepup_wire_error stepup_wire_row_finish(const struct stepup_wire_row *row) {
    uint64_t required = ops[row->op].required;
    const uint64_t challenge = BIT(PROMPT) | BIT(ECHO) | BIT(STATE);
    if (row->op == STEPUP_WIRE_OP_BEGIN && row->account_phase) {
        required |= BIT(ACCOUNT);
    }
    if (row->op == STEPUP_WIRE_OP_REPLY && row->challenge) {
        required |= challenge;
    }
    if ((row->seen & required) != required) {
        return STEPUP_WIRE_MISSING_KEY;
    }
    if (row->op == STEPUP_WIRE_OP_REPLY && !row->challenge && (row->seen & challenge) != 0) {
        return STEPUP_WIRE_KEY_NOT_ALLOWED;
    }
    return STEPUP_WIRE_OK;
}

const char *stepup_wire_error_name(enum stepup_wire_error error) {
    switch (error) {
    case STEPUP_WIRE_OK:
        return "ok";
    case STEPUP_WIRE_LENGTH:
        return "length";
    case STEPUP_WIRE_UNTERMINATED:
        return "unterminated";
    case STEPUP_WIRE_NO_EQUALS:
        return "no_equals";
    case STEPUP_WIRE_BAD_KEY:
        return "bad_key";
    case STEPUP_WIRE_VERSION:
        return "version";
    case STEPUP_WIRE_NO_OP:
        return "no_op";
    case STEPUP_WIRE_UNKNOWN_OP:
        return "unknown_op";
    case STEPUP_WIRE_KEY_NOT_ALLOWED:
        return "key_not_allowed";
    case STEPUP_WIRE_DUPLICATE_KEY:
        return "duplicate_key";
    case STEPUP_WIRE_VALUE_TOO_LONG:
        return "value_too_long";
    case STEPUP_WIRE_BAD_VALUE:
        return "bad_value";
    case STEPUP_WIRE_MISSING_KEY:
        return "missing_key";
    case STEPUP_WIRE_NUL_IN_VALUE:
        return "nul_in_value";
    }
    return "?";
}

bool stepup_wire_span_is(struct stepup_wire_span span, const char *text) {
    return span.bytes != NULL && same(span.bytes, span.length, text);
}
