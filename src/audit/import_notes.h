// The directory is kept in another file than the trail, or in somebody else's database, so its change and the event
// cannot be one transaction. What is noted instead (Trail::note, action `directory.import`): that an import begins, of
// which document, before anything is changed; and then how it ended. These are the details of those notes. Pure.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace audit {

std::string import_begun(std::string_view document);  // {"stage":"begun","bytes":...,"sha256":...}
std::string import_done(std::string_view report);     // {"stage":"done","report":<the report, a JSON object>}
std::string import_failed(
    const base::Error& error);  // {"stage":"failed","reason":...}: nothing was changed, or not known

}  // namespace audit
