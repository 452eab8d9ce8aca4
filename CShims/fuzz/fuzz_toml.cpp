// Any text as TOML: it is parsed or refused with a place, and every node can be looked at.

#include "CToml.h"

#include <cstdlib>

static void walk(const ctoml_node *node) {
    size_t length = 0;
    ctoml_position position = ctoml_position_of(node);
    (void)ctoml_string(node, &length);
    (void)ctoml_integer(node);
    (void)ctoml_boolean(node);
    for (size_t index = 0; index < ctoml_count(node); index++) {
        (void)ctoml_key(node, index, &length, &position);
        walk(ctoml_child(node, index));
    }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ctoml_document *document = ctoml_parse(reinterpret_cast<const char *>(data), size);
    ctoml_position position = {0, 0};
    if (ctoml_error(document, &position) == nullptr) {
        walk(ctoml_root(document));
    } else if (position.line == 0) {
        abort();
    }
    ctoml_free(document);
    return 0;
}
