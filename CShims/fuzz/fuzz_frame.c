// Any bytes as a payload: the decoder neither crashes nor reads too far, and what it accepts encodes to the same bytes.

#include "stepup_wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t buffer[STEPUP_WIRE_MAX_FRAME];
    struct stepup_wire_frame frame;
    struct stepup_wire_writer writer;
    size_t length = 0;
    if (stepup_wire_decode(data, size, &frame) != STEPUP_WIRE_OK) {
        return 0;
    }
    char op[128] = "";
    if (frame.op_name.length >= sizeof op) {
        abort();
    }
    memcpy(op, frame.op_name.bytes, frame.op_name.length);
    stepup_wire_start(&writer, buffer, sizeof buffer, op);
    for (size_t i = 0; i < frame.count; i++) {
        struct stepup_wire_span value = frame.values[frame.order[i]];
        stepup_wire_put(&writer, frame.order[i], value.bytes, value.length);
    }
    if (stepup_wire_finish(&writer, &length) != STEPUP_WIRE_OK || length != size + STEPUP_WIRE_HEADER_LENGTH ||
        memcmp(buffer + STEPUP_WIRE_HEADER_LENGTH, data, size) != 0) {
        abort();
    }
    return 0;
}
