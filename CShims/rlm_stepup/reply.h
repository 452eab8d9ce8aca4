#pragma once

// What goes back to the client, and the State by which a challenge is known again.

#include "call.h"

/// Before the daemon's own bytes: tells our States from those of EAP and of others, which are never touched.
#define STEPUP_STATE_PREFIX "SU1"

/// The State of ours in a request, NULL if there is none: it stands once, begins with the prefix and is 4 to 64 bytes
/// long.
const VALUE_PAIR *stepup_reply_state(const REQUEST *request);

/// Makes an Access-Challenge of the daemon's: nothing but State, Reply-Message and Prompt. False without memory.
bool stepup_reply_challenge(const struct stepup_call *call);

/// Adds the attributes that the daemon sent along. What the dictionaries do not know is left out, with a warning.
void stepup_reply_add(const struct stepup_call *call);

/// Puts Message-Authenticator first, so that nobody can forge the reply (S33); the server fills it in.
bool stepup_reply_sign(REQUEST *request);
