#include "table.h"

#include <string.h>

enum stepup_wire_error stepup_wire_read_header(const uint8_t header[STEPUP_WIRE_HEADER_LENGTH], size_t *length) {
    uint32_t value =
        (uint32_t)header[0] << 24 | (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 | (uint32_t)header[3];
    if (value == 0 || value > STEPUP_WIRE_MAX_PAYLOAD) {
        *length = 0;
        return STEPUP_WIRE_LENGTH;
    }
    *length = value;
    return STEPUP_WIRE_OK;
}

static bool is_key(const uint8_t *key, size_t length) {
    if (length == 0 || length > STEPUP_WIRE_MAX_KEY || key[0] < 'a' || key[0] > 'z') {
        return false;
    }
    for (size_t i = 1; i < length; i++) {
        bool letter = key[i] >= 'a' && key[i] <= 'z';
        bool digit = key[i] >= '0' && key[i] <= '9';
        if (!letter && !digit && key[i] != '_' && key[i] != '.') {
            return false;
        }
    }
    return true;
}

static bool is(const uint8_t *bytes, size_t length, const char *text) {
    return length == strlen(text) && memcmp(bytes, text, length) == 0;
}

// Takes the field at `position` (0 is `stepup`) into the frame.
static enum stepup_wire_error take(struct stepup_wire_frame *frame, struct stepup_wire_row *row, size_t position,
                                   const uint8_t *key, size_t key_length, const uint8_t *value, size_t length) {
    if (!is_key(key, key_length)) {
        return STEPUP_WIRE_BAD_KEY;
    }
    if (position == 0) {
        return is(key, key_length, "stepup") && is(value, length, "1") ? STEPUP_WIRE_OK : STEPUP_WIRE_VERSION;
    }
    if (position == 1) {
        if (!is(key, key_length, "op")) {
            return STEPUP_WIRE_NO_OP;
        }
        frame->op = row->op = stepup_wire_op_find(value, length);
        frame->op_name = (struct stepup_wire_span){value, length};
        return row->op == STEPUP_WIRE_OP_NONE ? STEPUP_WIRE_UNKNOWN_OP : STEPUP_WIRE_OK;
    }
    if (is(key, key_length, "stepup") || is(key, key_length, "op")) {
        return STEPUP_WIRE_DUPLICATE_KEY;
    }
    enum stepup_wire_key name = stepup_wire_key_find(key, key_length);
    enum stepup_wire_error error = stepup_wire_row_admit(row, name, value, length);
    if (error == STEPUP_WIRE_OK) {
        frame->values[name] = (struct stepup_wire_span){value, length};
        frame->order[frame->count++] = name; // no key is admitted twice: it always fits
    }
    return error;
}

static enum stepup_wire_error decode(const uint8_t *payload, size_t length, struct stepup_wire_frame *frame) {
    struct stepup_wire_row row = {0};
    if (length == 0 || length > STEPUP_WIRE_MAX_PAYLOAD) {
        return STEPUP_WIRE_LENGTH;
    }
    size_t position = 0;
    for (size_t at = 0; at < length; position++) {
        const uint8_t *field = payload + at;
        const uint8_t *end = memchr(field, '\0', length - at);
        if (end == NULL) {
            return STEPUP_WIRE_UNTERMINATED;
        }
        size_t size = (size_t)(end - field);
        const uint8_t *equals = memchr(field, '=', size);
        if (equals == NULL) {
            return STEPUP_WIRE_NO_EQUALS;
        }
        enum stepup_wire_error error =
            take(frame, &row, position, field, (size_t)(equals - field), equals + 1, (size_t)(end - equals - 1));
        if (error != STEPUP_WIRE_OK) {
            return error;
        }
        at += size + 1;
    }
    return position < 2 ? STEPUP_WIRE_NO_OP : stepup_wire_row_finish(&row);
}

enum stepup_wire_error stepup_wire_decode(const uint8_t *payload, size_t length, struct stepup_wire_frame *frame) {
    memset(frame, 0, sizeof *frame);
    enum stepup_wire_error error = decode(payload, length, frame);
    if (error != STEPUP_WIRE_OK) {
        memset(frame, 0, sizeof *frame);
    }
    return error;
}
