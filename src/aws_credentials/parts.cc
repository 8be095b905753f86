#include "aws_credentials/parts.h"

#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

namespace aws_credentials {

namespace {
constexpr std::size_t kSmallFileBytesMax = 64 * 1024;
}

tl::unexpected<aws::Failure> refuse(std::string code, std::string message, std::string detail) {
  aws::Failure failure;
  failure.kind = aws::Failure::Kind::kConfiguration;
  failure.code = std::move(code);
  failure.message = std::move(message);
  failure.detail = std::move(detail);
  return tl::unexpected<aws::Failure>(std::move(failure));
}

tl::unexpected<aws::Failure> refuse_with(std::string_view what, aws::Failure failure) {
  if (failure.kind != aws::Failure::Kind::kTransport) failure.kind = aws::Failure::Kind::kConfiguration;
  failure.message = fmt::format("{}: {}{}{}", what, failure.code, failure.message.empty() ? "" : ": ", failure.message);
  failure.problems.clear();  // of a call that nobody who reads this has made
  failure.members.clear();
  return tl::unexpected<aws::Failure>(std::move(failure));
}

std::optional<std::string> Profile::get(std::string_view key) const {
  const aws_config::Section* const section = config_.section(name_);
  if (section == nullptr) return std::nullopt;
  const auto found = section->find(key);
  if (found == section->end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::string Profile::place(std::string_view key) const {
  return fmt::format("{} of profile \"{}\" ({})", key, name_, config_.place_of(name_, key));
}

aws::Result<std::string> read_small_file(const std::string& path, std::string_view what) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kSmallFileBytesMax + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad() || (file.fail() && !file.eof())) {
    return refuse("FileNotReadable", fmt::format("{}: {} cannot be read.", what, path));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kSmallFileBytesMax) {
    return refuse("FileNotReadable", fmt::format("{}: {} has more than {} bytes.", what, path, kSmallFileBytesMax));
  }
  return text;
}

}  // namespace aws_credentials
