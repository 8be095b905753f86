// AuthZEN's searches: who may, on what, and what. Pages end with a token that is bound to the question and the caller.
// Errors: kForbidden where the asker may not ask that (inquiry.h); kInvalid for a token of another question.

#pragma once

#include "api/authzen.h"
#include "api/authzen_types.h"
#include "http/call.h"

namespace api::authzen {

base::Result<http::Reply> search_subjects(const Context& context, const http::Call& call,
                                          const SubjectSearchBody& body);
base::Result<http::Reply> search_resources(const Context& context, const http::Call& call,
                                           const ResourceSearchBody& body);
base::Result<http::Reply> search_actions(const Context& context, const http::Call& call, const ActionSearchBody& body);

// What a context says that a question takes from it.
Question question_of(const Subject& subject, const Action& action, const Resource& resource,
                     const std::optional<json::Object>& context);

}  // namespace api::authzen
