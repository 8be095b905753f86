#include "aws/redirect.h"

#include <algorithm>
#include <cctype>

namespace aws {

namespace {

bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, [](unsigned char c) {
    return std::isdigit(c) != 0 || (c >= 'a' && c <= 'z') || c == '-';
  });
}

}  // namespace

std::string bucket_region_in(const aws_wire::Reply& reply) {
  if (const std::optional<std::string_view> header = reply.headers.get("x-amz-bucket-region");
      header && is_region(*header))
    return std::string(*header);
  constexpr std::string_view kOpen = "<Region>", kClose = "</Region>";
  const std::size_t start = reply.body.find(kOpen);
  if (start == std::string::npos) return {};
  const std::size_t end = reply.body.find(kClose, start);
  if (end == std::string::npos) return {};
  const std::string_view region = std::string_view(reply.body).substr(start + kOpen.size(), end - start - kOpen.size());
  return is_region(region) ? std::string(region) : std::string();
}

RedirectDecision redirect_of(std::string_view operation, std::string_view code, const aws_wire::Reply& reply,
                             std::string_view present) {
  // An answer to HEAD has no body that could say more.
  const bool mute = (reply.status == 301 || reply.status == 400) &&
                    (operation == "HeadObject" ||
                     (operation == "HeadBucket" && reply.headers.get("x-amz-bucket-region").has_value()));
  const std::string region = bucket_region_in(reply);
  const bool wrong_signature = code == "AuthorizationHeaderMalformed" && !region.empty();
  const bool status = reply.status == 301 || reply.status == 302 || reply.status == 307;
  const bool closed_region = code == "IllegalLocationConstraintException" && operation != "CreateBucket";
  if (!mute && !wrong_signature && !status && code != "PermanentRedirect" && !closed_region) return {};
  if (region.empty()) return {Redirect::kElsewhere, {}};
  if (region == present) return {};
  return {Redirect::kTo, region};
}

}  // namespace aws
