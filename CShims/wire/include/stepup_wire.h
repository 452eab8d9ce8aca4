#pragma once

/// The frames that modules and daemon exchange. Specification: Docs/Protocol.md; vectors: Tests/Vectors/wire.
///
/// Nothing here allocates, blocks or keeps state of its own: any thread may use it.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEPUP_WIRE_HEADER_LENGTH 4
#define STEPUP_WIRE_MAX_PAYLOAD   65536
#define STEPUP_WIRE_MAX_FRAME     (STEPUP_WIRE_HEADER_LENGTH + STEPUP_WIRE_MAX_PAYLOAD)
#define STEPUP_WIRE_MAX_KEY       32
#define STEPUP_WIRE_MAX_OP        64

/// Why a frame was refused; `stepup_wire_error_name` gives the name that the vectors use.
enum stepup_wire_error {
    STEPUP_WIRE_OK = 0,
    STEPUP_WIRE_LENGTH,          ///< a payload of 0 or more than 65536 bytes, or more than the buffer holds
    STEPUP_WIRE_UNTERMINATED,    ///< the last field is not ended by NUL
    STEPUP_WIRE_NO_EQUALS,       ///< a field without `=`
    STEPUP_WIRE_BAD_KEY,         ///< a key that is empty, too long or holds a byte that no key may hold
    STEPUP_WIRE_VERSION,         ///< the first field is not `stepup=1`
    STEPUP_WIRE_NO_OP,           ///< the second field is not `op=`
    STEPUP_WIRE_UNKNOWN_OP,      ///< an op that is not in the table
    STEPUP_WIRE_KEY_NOT_ALLOWED, ///< a key that is unknown or not in the row of this op
    STEPUP_WIRE_DUPLICATE_KEY,   ///< a key that stood before (S14)
    STEPUP_WIRE_VALUE_TOO_LONG,  ///< a value beyond the limit of its key
    STEPUP_WIRE_BAD_VALUE,       ///< a value that has not the form of its key
    STEPUP_WIRE_MISSING_KEY,     ///< a required key is missing
    STEPUP_WIRE_NUL_IN_VALUE,    ///< a value to be sent holds a NUL (S14)
};

enum stepup_wire_op {
    STEPUP_WIRE_OP_NONE = 0,
    STEPUP_WIRE_OP_BEGIN,
    STEPUP_WIRE_OP_ANSWER,
    STEPUP_WIRE_OP_REPORT,
    STEPUP_WIRE_OP_REPLY,
    STEPUP_WIRE_OP_SPOOL,
    STEPUP_WIRE_OP_ADMIN,       ///< any `admin.<word>` but `admin.reply`
    STEPUP_WIRE_OP_ADMIN_REPLY, ///< `admin.reply`
};

enum stepup_wire_key {
    STEPUP_WIRE_KEY_ACCOUNT,
    STEPUP_WIRE_KEY_ANSWER,
    STEPUP_WIRE_KEY_ATTEMPT,
    STEPUP_WIRE_KEY_ATTRIBUTES,
    STEPUP_WIRE_KEY_BODY,
    STEPUP_WIRE_KEY_BOOT_ID,
    STEPUP_WIRE_KEY_BOOTTIME,
    STEPUP_WIRE_KEY_CHANNEL,
    STEPUP_WIRE_KEY_CLIENT,
    STEPUP_WIRE_KEY_CODE,
    STEPUP_WIRE_KEY_COMMAND,
    STEPUP_WIRE_KEY_ECHO,
    STEPUP_WIRE_KEY_EVENT,
    STEPUP_WIRE_KEY_FALLBACK,
    STEPUP_WIRE_KEY_FIRST_FACTOR,
    STEPUP_WIRE_KEY_MESSAGE,
    STEPUP_WIRE_KEY_PHASE,
    STEPUP_WIRE_KEY_PROMPT,
    STEPUP_WIRE_KEY_REASON,
    STEPUP_WIRE_KEY_REQUEST,
    STEPUP_WIRE_KEY_RHOST,
    STEPUP_WIRE_KEY_RUSER,
    STEPUP_WIRE_KEY_SERVICE,
    STEPUP_WIRE_KEY_SPLIT,
    STEPUP_WIRE_KEY_SSH_AUTH_INFO,
    STEPUP_WIRE_KEY_SSH_CONNECTION,
    STEPUP_WIRE_KEY_SSH_METHODS,
    STEPUP_WIRE_KEY_STATE,
    STEPUP_WIRE_KEY_STATUS,
    STEPUP_WIRE_KEY_TIME,
    STEPUP_WIRE_KEY_TTY,
    STEPUP_WIRE_KEY_UID,
    STEPUP_WIRE_KEY_USER,
    STEPUP_WIRE_KEY_VERDICT,
    STEPUP_WIRE_KEY_COUNT
};

/// Bytes of somebody else's buffer.
struct stepup_wire_span {
    const uint8_t *bytes; ///< NULL when the key was not there; an empty value is not NULL
    size_t length;
};

/// A payload that passed every rule; its spans point into that payload and live as long as it does.
struct stepup_wire_frame {
    enum stepup_wire_op op;
    struct stepup_wire_span op_name;
    size_t count;                                      ///< fields after `stepup` and `op`
    enum stepup_wire_key order[STEPUP_WIRE_KEY_COUNT]; ///< their keys, in the order they came
    /// Values by key. Inside the payload a NUL follows each one, so that `bytes` is also a C string.
    struct stepup_wire_span values[STEPUP_WIRE_KEY_COUNT];
};

/// What is known of a frame while its fields pass, one after the other; not for callers.
struct stepup_wire_row {
    enum stepup_wire_op op;
    uint64_t seen;
    bool account_phase; ///< `phase=account` stood
    bool challenge;     ///< `verdict=challenge` stood
};

/// A frame that is being written; the fields are not for callers.
struct stepup_wire_writer {
    uint8_t *buffer;
    size_t capacity;
    size_t length;
    struct stepup_wire_row row;
    enum stepup_wire_error error;
};

/// Reads the length of the payload from a header: 1 … 65536, else STEPUP_WIRE_LENGTH.
enum stepup_wire_error stepup_wire_read_header(const uint8_t header[STEPUP_WIRE_HEADER_LENGTH], size_t *length);

/// Checks a payload (without header) against every rule of the table and finds its fields.
/// On an error `*frame` is empty.
enum stepup_wire_error stepup_wire_decode(const uint8_t *payload, size_t length, struct stepup_wire_frame *frame);

/// Starts a frame of `op` (its name, as in the table) in a buffer of `capacity` bytes.
/// An error sticks: it comes back from `stepup_wire_finish`, so that callers may check there alone.
void stepup_wire_start(struct stepup_wire_writer *writer, uint8_t *buffer, size_t capacity, const char *op);

/// Adds one field. The value is checked as the receiver will check it, and must not hold a NUL.
void stepup_wire_put(struct stepup_wire_writer *writer, enum stepup_wire_key key, const void *value, size_t length);

/// Adds one field from a C string; NULL adds nothing.
void stepup_wire_put_text(struct stepup_wire_writer *writer, enum stepup_wire_key key, const char *text);

/// Writes the header. On STEPUP_WIRE_OK `*length` bytes of the buffer are the frame; else it must not be sent.
enum stepup_wire_error stepup_wire_finish(struct stepup_wire_writer *writer, size_t *length);

/// The key with this name, or STEPUP_WIRE_KEY_COUNT.
enum stepup_wire_key stepup_wire_key_find(const void *name, size_t length);

/// The name of a key; "?" for what is none.
const char *stepup_wire_key_name(enum stepup_wire_key key);

/// The name of an error: `duplicate_key`.
const char *stepup_wire_error_name(enum stepup_wire_error error);

/// Whether `span` is there and holds exactly the bytes of `text`.
bool stepup_wire_span_is(struct stepup_wire_span span, const char *text);
