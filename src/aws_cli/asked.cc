#include "aws_cli/asked.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace aws_cli {
namespace {

struct Pair {
  std::string_view one, other;
  bool both;
};

// What does not go together. A URL is made without a call, so that nothing comes back that could be queried or kept.
aws::Result<void> check_together(const Asked& asked) {
  const bool url = asked.presign;
  const std::array<Pair, 11> pairs{
      {{"--presign", "--dry-run", url && asked.dry_run},
       {"--presign", "--all-pages", url && asked.all_pages},
       {"--presign", "--wait", url && asked.wait.has_value()},
       {"--presign", "--query", url && asked.query.has_value()},
       {"--presign", "--body", url && asked.body.has_value()},
       {"--presign", "--output-body", url && asked.output_body.has_value()},
       {"--presign", "--no-sign-request", url && asked.no_sign_request},
       {"--dry-run", "--all-pages", asked.dry_run && asked.all_pages},
       {"--dry-run", "--wait", asked.dry_run && asked.wait.has_value()},
       {"--all-pages", "--wait", asked.all_pages && asked.wait.has_value()},
       {"--all-pages", "--output-body", asked.all_pages && asked.output_body.has_value()}}};
  for (const Pair& each : pairs) {
    if (each.both)
      return tl::unexpected(
          usage(fmt::format("{} and {} do not go together: give one of them.", each.one, each.other)));
  }
  if (asked.expires_in && !asked.presign)
    return tl::unexpected(usage("--expires-in says how long a URL of --presign holds; give --presign too."));
  return {};
}

template <class Number>
std::optional<Number> number_of(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

aws::Failure usage(std::string message) {
  aws::Failure failure;
  failure.kind = aws::Failure::Kind::kInput;
  failure.code = "Usage";
  failure.message = std::move(message);
  return failure;
}

aws::Result<Meant> meaning_of(const Asked& asked) {
  if (const aws::Result<void> together = check_together(asked); !together) return tl::unexpected(together.error());
  Meant meant;
  if (asked.timeout) {
    const std::optional<double> seconds = number_of<double>(*asked.timeout);
    if (!seconds || !std::isfinite(*seconds) || *seconds < 0.001 || *seconds > static_cast<double>(kTimeoutMax.count()))
      return tl::unexpected(
          usage(fmt::format("--timeout takes seconds, such as 30 or 0.5, up to {}.", kTimeoutMax.count())));
    meant.timeout = std::chrono::milliseconds(std::llround(*seconds * 1000));
  }
  if (asked.expires_in) {
    const std::optional<std::int64_t> seconds = number_of<std::int64_t>(*asked.expires_in);
    if (!seconds || *seconds < 1 || *seconds > kExpiresMax.count())
      return tl::unexpected(usage(fmt::format("--expires-in takes whole seconds from 1 to {}.", kExpiresMax.count())));
    meant.expires = std::chrono::seconds(*seconds);
  }
  if (asked.query) {
    base::Result<jmespath::Expression> query = jmespath::Expression::compile(*asked.query);
    if (!query) return tl::unexpected(usage("--query: " + query.error().message));
    meant.query = std::move(*query);
  }
  return meant;
}

}  // namespace aws_cli
