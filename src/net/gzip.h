// Compression of a request's body (RFC 1952, gzip). Pure; any thread.

#pragma once

#include <string>
#include <string_view>

namespace net {

std::string gzip(std::string_view bytes);

}  // namespace net
