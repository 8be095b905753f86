// Notes requests that were refused in the audit trail, where the setting audit.refusals asks for it: action
// `access.refused`, with method, path template and reason. Each is a durable write, so whoever uses this serves no
// endpoint on an event loop. A note that fails is logged; the caller has had the answer that they would have.
// Any thread.

#pragma once

#include <functional>

#include "audit/trail.h"
#include "base/log.h"
#include "http/service.h"

namespace api {

// For http::ServiceOptions::on_refused. Both must outlive it.
std::function<void(const http::Refusal&)> note_refusals(const audit::Trail& trail, base::Logger& log);

}  // namespace api
