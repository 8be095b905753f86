#include "http/service.h"

namespace http {
std::string openapi(const Router&, const ServiceOptions&) { return "{}"; }
}  // namespace http
