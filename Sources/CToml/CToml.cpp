#include "CToml.h"

#define TOML_EXCEPTIONS 0
#include <new>
#include <string>
#include <toml++/toml.h>

struct ctoml_document {
    toml::parse_result result;
    std::string error;
};

namespace {

const toml::node *node_of(const ctoml_node *node) {
    return reinterpret_cast<const toml::node *>(node);
}

const ctoml_node *opaque(const toml::node *node) {
    return reinterpret_cast<const ctoml_node *>(node);
}

ctoml_position position_of(const toml::source_region &region) {
    return {region.begin.line, region.begin.column};
}

} // namespace

extern "C" {

ctoml_document *ctoml_parse(const char *text, size_t length) {
    auto *document = new (std::nothrow) ctoml_document{toml::parse(std::string_view(text, length)), {}};
    if (document != nullptr && document->result.failed()) {
        document->error = std::string(document->result.error().description());
    }
    return document;
}

void ctoml_free(ctoml_document *document) {
    delete document;
}

const char *ctoml_error(const ctoml_document *document, ctoml_position *position) {
    if (!document->result.failed()) {
        return nullptr;
    }
    *position = position_of(document->result.error().source());
    return document->error.c_str();
}

const ctoml_node *ctoml_root(const ctoml_document *document) {
    return document->result.failed() ? nullptr : opaque(&document->result.table());
}

ctoml_kind ctoml_kind_of(const ctoml_node *node) {
    switch (node_of(node)->type()) {
    case toml::node_type::table:
        return CTOML_TABLE;
    case toml::node_type::array:
        return CTOML_ARRAY;
    case toml::node_type::string:
        return CTOML_STRING;
    case toml::node_type::integer:
        return CTOML_INTEGER;
    case toml::node_type::boolean:
        return CTOML_BOOLEAN;
    case toml::node_type::floating_point:
        return CTOML_FLOAT;
    default:
        return CTOML_DATE_OR_TIME;
    }
}

ctoml_position ctoml_position_of(const ctoml_node *node) {
    return position_of(node_of(node)->source());
}

size_t ctoml_count(const ctoml_node *node) {
    if (const auto *table = node_of(node)->as_table()) {
        return table->size();
    }
    const auto *array = node_of(node)->as_array();
    return array == nullptr ? 0 : array->size();
}

const ctoml_node *ctoml_child(const ctoml_node *node, size_t index) {
    if (index >= ctoml_count(node)) {
        return nullptr;
    }
    if (const auto *table = node_of(node)->as_table()) {
        return opaque(&std::next(table->begin(), static_cast<ptrdiff_t>(index))->second);
    }
    return opaque(node_of(node)->as_array()->get(index));
}

const char *ctoml_key(const ctoml_node *node, size_t index, size_t *length, ctoml_position *position) {
    const auto *table = node_of(node)->as_table();
    if (table == nullptr || index >= table->size()) {
        return nullptr;
    }
    const toml::key &key = std::next(table->begin(), static_cast<ptrdiff_t>(index))->first;
    *length = key.str().size();
    *position = position_of(key.source());
    return key.str().data();
}

const char *ctoml_string(const ctoml_node *node, size_t *length) {
    const auto *value = node_of(node)->as_string();
    if (value == nullptr) {
        return nullptr;
    }
    *length = value->get().size();
    return value->get().data();
}

int64_t ctoml_integer(const ctoml_node *node) {
    const auto *value = node_of(node)->as_integer();
    return value == nullptr ? 0 : value->get();
}

bool ctoml_boolean(const ctoml_node *node) {
    const auto *value = node_of(node)->as_boolean();
    return value != nullptr && value->get();
}
}
