#pragma once

// FreeRADIUS, as far as its headers reach: Debian's own, and ours in freeradius/ for those that it leaves out.

#include <freeradius/libradius.h>

#include <freeradius/radiusd.h>

#include <freeradius/modules.h>

#include <stdbool.h>

/// A line in the server's log. Never an answer, a State or a password; text from outside is escaped before (S29).
#define STEPUP_ERROR(request, ...) radlog_request(L_ERR, L_DBG_LVL_OFF, request, __VA_ARGS__)
#define STEPUP_WARN(request, ...)  radlog_request(L_WARN, L_DBG_LVL_OFF, request, __VA_ARGS__)
#define STEPUP_INFO(request, ...)  radlog_request(L_INFO, L_DBG_LVL_OFF, request, __VA_ARGS__)
#define STEPUP_DEBUG(request, ...) radlog_request(L_DBG, L_DBG_LVL_1, request, __VA_ARGS__)

/// The request that came over the network: the one itself, or the one that carries its tunnel.
static inline REQUEST *stepup_outermost(REQUEST *request) {
    while (request->parent != NULL) {
        request = request->parent;
    }
    return request;
}
