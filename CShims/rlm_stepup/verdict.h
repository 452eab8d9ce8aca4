#pragma once

// What StepUp said about a request: StepUp-Verdict and StepUp-Attempt in its control list. No Access-Accept leaves the
// server without a verdict that lets in.

#include "instance.h"

/// Marks a request and those around it. Within EAP a verdict that lets in is kept for the conversation, too, for
/// methods whose accept comes rounds later; any other verdict ends what was kept.
void stepup_verdict_mark(const struct stepup_instance *instance, REQUEST *request, const char *verdict,
                         const char *attempt);

/// A request within a tunnel begins: a verdict about somebody else in the same tunnel counts no more.
void stepup_verdict_renew(const struct stepup_instance *instance, REQUEST *request);

/// Whether the accept that is about to leave was decided.
bool stepup_verdict_lets_in(const struct stepup_instance *instance, REQUEST *request);

/// Makes a reply fit to be rejected of one that was to be an accept, and says in the log what to do about it.
void stepup_verdict_refuse(const struct stepup_instance *instance, REQUEST *request);
