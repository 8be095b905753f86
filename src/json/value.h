// JSON values (RFC 8259): Boost.JSON's value type, under the names that the rest of the house uses.

#pragma once

#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

inline std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

}  // namespace json
