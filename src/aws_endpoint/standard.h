// The functions on texts of the rules engine's standard library (Smithy 2.0, "Rules engine standard library", and AWS's
// additions to it). Where the specification leaves something open, this answers as botocore does. Of this module only;
// pure, any thread. What comes out holds views into what went in, unless it is a string.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aws_endpoint {

struct Arn {
  std::string_view partition, service, region, account_id;
  std::vector<std::string_view> resource_id;  // split at every : and /
};

struct Url {
  std::string_view scheme, authority, path;
  std::string normalized_path;  // begins and ends with a /, has no dot segments and no empty ones
  bool is_ip = false;
};

std::optional<Arn> parse_arn(std::string_view text);
std::optional<Url> parse_url(std::string_view text);  // http and https, without query and fragment
// RFC 1123; with dots where `subdomains`.
bool is_host_label(std::string_view text, bool subdomains);
bool is_virtual_hostable_bucket(std::string_view text, bool subdomains);
std::optional<std::string_view> substring(std::string_view text, std::int64_t start, std::int64_t stop, bool reverse);
bool is_ipv4(std::string_view host);  // by its look: four groups of up to three digits

}  // namespace aws_endpoint
