#pragma once

// Which attributes of a request the daemon hears of. What they mean is the daemon's to say.

#include "server.h"

/// More text than this, or more attributes, is left out.
#define STEPUP_FACTS_MAX_TEXT  12288
#define STEPUP_FACTS_MAX_COUNT 64

#define STEPUP_FACTS_NAMES 35

/// The allow-list, looked up in the server's dictionaries; NULL for a name that they do not know.
struct stepup_fact_table {
    DICT_ATTR const *attributes[STEPUP_FACTS_NAMES];
};

void stepup_facts_look_up(struct stepup_fact_table *table);

/// Writes `NAME:HEX,NAME:HEX` at `text` (STEPUP_FACTS_MAX_TEXT bytes) and returns its length. All of it is what the
/// outermost request says, the one that came over the network; of requests within a tunnel, whose attributes the
/// supplicant chooses, only the server's own words count.
size_t stepup_facts_write(const struct stepup_fact_table *table, REQUEST *request, char *text);

/// The address that the outermost request came from, the one that came over the network. False where it has none.
bool stepup_facts_client(REQUEST *request, char text[INET6_ADDRSTRLEN]);
