#include "table.h"

#include <string.h>

static void append(struct stepup_wire_writer *writer, const void *bytes, size_t length) {
    if (writer->error != STEPUP_WIRE_OK) {
        return;
    }
    if (length > writer->capacity - writer->length) {
        writer->error = STEPUP_WIRE_LENGTH;
        return;
    }
    if (length > 0) {
        memcpy(writer->buffer + writer->length, bytes, length);
        writer->length += length;
    }
}

static void field(struct stepup_wire_writer *writer, const char *key, const void *value, size_t length) {
    append(writer, key, strlen(key));
    append(writer, "=", 1);
    append(writer, value, length);
    append(writer, "", 1);
}

void stepup_wire_start(struct stepup_wire_writer *writer, uint8_t *buffer, size_t capacity, const char *op) {
    static const uint8_t header[STEPUP_WIRE_HEADER_LENGTH] = {0};
    memset(writer, 0, sizeof *writer);
    writer->buffer = buffer;
    writer->capacity = capacity < STEPUP_WIRE_MAX_FRAME ? capacity : STEPUP_WIRE_MAX_FRAME;
    writer->row.op = stepup_wire_op_find((const uint8_t *)op, strlen(op));
    if (writer->row.op == STEPUP_WIRE_OP_NONE) {
        writer->error = STEPUP_WIRE_UNKNOWN_OP;
    }
    append(writer, header, sizeof header);
    field(writer, "stepup", "1", 1);
    field(writer, "op", op, strlen(op));
}

void stepup_wire_put(struct stepup_wire_writer *writer, enum stepup_wire_key key, const void *value, size_t length) {
    if (writer->error != STEPUP_WIRE_OK) {
        return;
    }
    if (length > 0 && memchr(value, '\0', length) != NULL) {
        writer->error = STEPUP_WIRE_NUL_IN_VALUE;
        return;
    }
    writer->error = stepup_wire_row_admit(&writer->row, key, value, length);
    field(writer, stepup_wire_key_name(key), value, length);
}

void stepup_wire_put_text(struct stepup_wire_writer *writer, enum stepup_wire_key key, const char *text) {
    if (text != NULL) {
        stepup_wire_put(writer, key, text, strlen(text));
    }
}

enum stepup_wire_error stepup_wire_finish(struct stepup_wire_writer *writer, size_t *length) {
    *length = 0;
    if (writer->error == STEPUP_WIRE_OK) {
        writer->error = stepup_wire_row_finish(&writer->row);
    }
    if (writer->error != STEPUP_WIRE_OK) {
        return writer->error;
    }
    size_t payload = writer->length - STEPUP_WIRE_HEADER_LENGTH;
    writer->buffer[0] = (uint8_t)(payload >> 24);
    writer->buffer[1] = (uint8_t)(payload >> 16);
    writer->buffer[2] = (uint8_t)(payload >> 8);
    writer->buffer[3] = (uint8_t)payload;
    *length = writer->length;
    return STEPUP_WIRE_OK;
}
