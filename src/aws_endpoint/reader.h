// How a rule set's JSON is read: each thing is there, and of its kind, or refused with the place where it should be. Of
// this module only; pure.

#pragma once

#include <string_view>

#include "base/result.h"
#include "json/pointer.h"
#include "json/value.h"

namespace aws_endpoint {

// kInvalid: "The endpoint rule set, at /rules/0/type: ..."
tl::unexpected<base::Error> refuse(const json::Path& at, std::string_view what);

const json::Value* find(const json::Object& object, std::string_view name);
base::Result<const json::Object*> object_at(const json::Value& value, const json::Path& at);
base::Result<const json::Array*> array_of(const json::Object& object, std::string_view name, const json::Path& at);
base::Result<std::string_view> text_of(const json::Object& object, std::string_view name, const json::Path& at);

}  // namespace aws_endpoint
