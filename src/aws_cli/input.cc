#include "aws_cli/input.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <sys/stat.h>

#include "aws_cli/asked.h"
#include "base/limits.h"
#include "json/parse.h"

namespace aws_cli {
namespace {

aws::Failure refused(std::string message) {
  aws::Failure failure;
  failure.kind = aws::Failure::Kind::kInput;
  failure.code = "InvalidInput";
  failure.message = std::move(message);
  return failure;
}

base::Result<std::string> read_file(const std::string& name) {
  struct stat about{};
  if (::stat(name.c_str(), &about) != 0)
    return base::fail(base::Code::kInvalid,
                      fmt::format("There is no file {} (JSON itself begins with a brace, stdin is \"-\").", name));
  std::ifstream stream(name, std::ios::binary);
  if (!stream || S_ISDIR(about.st_mode))
    return base::fail(base::Code::kInvalid, fmt::format("{} cannot be read.", name));
  std::string text;
  std::string part(64 * 1024, '\0');
  while (stream) {
    stream.read(part.data(), static_cast<std::streamsize>(part.size()));
    text.append(part, 0, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > base::limits::kAwsInputBytesMax) break;
  }
  if (stream.bad()) return base::fail(base::Code::kInvalid, fmt::format("{} cannot be read.", name));
  return text;
}

}  // namespace

std::string path_of_pointer(std::string_view pointer) {
  std::string path;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    std::string segment(pointer.substr(0, pointer.find('/')));
    pointer.remove_prefix(segment.size());
    for (std::size_t at = 0; (at = segment.find('~', at)) != std::string::npos; ++at)
      segment.replace(at, 2, segment.compare(at, 2, "~1") == 0 ? "/" : "~");
    const bool index =
        !segment.empty() && std::all_of(segment.begin(), segment.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (index)
      path += "[" + segment + "]";
    else
      path += (path.empty() ? "" : ".") + segment;
  }
  return path;
}

aws::Result<json::Value> parse_input(std::string_view text, std::string_view source) {
  if (text.size() > base::limits::kAwsInputBytesMax)
    return tl::unexpected(
        refused(fmt::format("The input ({}) is longer than {} bytes.", source, base::limits::kAwsInputBytesMax)));
  base::Result<json::Value> value = json::parse(text, base::limits::kAwsDepthMax);
  if (!value) {
    aws::Failure failure = refused(fmt::format("The input ({}) cannot be read: {}", source, value.error().message));
    for (const base::FieldError& each : value.error().fields)
      failure.problems.push_back({path_of_pointer(each.pointer), each.message});
    return tl::unexpected(std::move(failure));
  }
  if (value->is_null()) return json::Value(json::Object{});
  if (!value->is_object())
    return tl::unexpected(
        refused(fmt::format("The input ({}) must be a JSON object with the operation's members.", source)));
  return std::move(*value);
}

aws::Result<json::Value> read_input(const std::optional<std::string>& named, const ReadInput& read_stdin) {
  if (!named) return json::Value(json::Object{});
  const std::size_t first = named->find_first_not_of(" \t\r\n");
  if (first != std::string::npos && (*named)[first] == '{') return parse_input(*named, "--input");
  if (named->empty()) return tl::unexpected(refused("--input is empty: give JSON, a file, or \"-\" for stdin."));
  const bool from_stdin = *named == "-";
  const base::Result<std::string> text = from_stdin ? read_stdin() : read_file(*named);
  if (!text) return tl::unexpected(refused(text.error().message));
  return parse_input(*text, from_stdin ? "stdin" : *named);
}

}  // namespace aws_cli
