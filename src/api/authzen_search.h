// AuthZEN's searches: who may, on what, and what. Pages end with a token that is bound to the question, the limit and
// the caller. Results are exactly those of which an evaluation says yes.
//
// Errors: kForbidden where the asker may not ask that (inquiry.h); kInvalid for a token of another question. What the
// asker may not know of has no results, as what is not there.

#pragma once

#include "api/access_metrics.h"
#include "api/authzen.h"
#include "api/authzen_types.h"
#include "http/call.h"

namespace api::authzen {

base::Result<http::Reply> search_subjects(const Context& context, const http::Call& call, const AccessMetrics& metrics,
                                          const SubjectSearchBody& body);
base::Result<http::Reply> search_resources(const Context& context, const http::Call& call, const AccessMetrics& metrics,
                                           const ResourceSearchBody& body);
base::Result<http::Reply> search_actions(const Context& context, const http::Call& call, const AccessMetrics& metrics,
                                         const ActionSearchBody& body);

// Views of what was sent, which must outlive the question.
Question question_of(const Subject& subject, const Action& action, const Resource& resource,
                     const std::optional<AskedContext>& context);
void take_context(Question& question, const std::optional<AskedContext>& context);

}  // namespace api::authzen
