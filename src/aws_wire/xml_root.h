// The root of an XML body, for answers whose body is not what the model says: S3's GetBucketLocation, whose root is the
// value itself, and S3's errors in answers of status 200. Pure; any thread.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace aws_wire {

// Its name without prefix, from the first bytes alone; empty: there is none. Whether the rest is XML is not looked at.
std::string_view xml_root_name(std::string_view body);

// The text of the root (before any child), of a whole document. Errors: kUnavailable (not well-formed).
base::Result<std::string> xml_root_text(std::string_view body);

}  // namespace aws_wire
