#include "aws_model/directory.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

#include "base/limits.h"
#include "json/parse.h"

namespace aws_model {

namespace {

namespace fs = std::filesystem;
namespace limits = base::limits;

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr int kEitherForm = 15 + 32;  // zlib: the largest window, gzip or zlib by its head

base::Error bad_file(const std::string& path, std::string_view story) {
  return {base::Code::kInvalid, fmt::format("{}: {}", path, story)};
}

base::Error too_large(const std::string& path) {
  return bad_file(path, fmt::format("The file is too large; {} MB are the limit.", limits::kModelFileBytesMax >> 20));
}

base::Result<std::string> read_file(const std::string& path) {
  std::error_code ec;
  if (!fs::is_regular_file(path, ec)) return base::fail(bad_file(path, "This must be a regular file."));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr)
    return base::fail(bad_file(path, "The file cannot be read: " + std::generic_category().message(errno) + "."));
  std::string bytes;
  while (true) {
    const std::size_t had = bytes.size();
    bytes.resize(had + kPieceBytes);
    const std::size_t got = std::fread(bytes.data() + had, 1, kPieceBytes, file.get());
    bytes.resize(had + got);
    if (bytes.size() > limits::kModelFileBytesMax) return base::fail(too_large(path));
    if (got < kPieceBytes) break;
  }
  if (std::ferror(file.get()) != 0) return base::fail(bad_file(path, "The file cannot be read to its end."));
  return bytes;
}

base::Result<std::string> gunzip(const std::string& path, std::string& bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kEitherForm) != Z_OK) return base::fail(bad_file(path, "There is no memory to unpack it."));
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  int state = Z_OK;
  do {
    const std::size_t had = text.size();
    if (had > limits::kModelFileBytesMax) return base::fail(too_large(path));
    text.resize(had + kPieceBytes);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + had);
    stream.avail_out = static_cast<uInt>(kPieceBytes);
    state = inflate(&stream, Z_NO_FLUSH);
    text.resize(text.size() - stream.avail_out);
    if (state == Z_STREAM_END && stream.avail_in > 0) state = inflateReset(&stream);  // a file may have several parts
  } while (state == Z_OK);
  if (state != Z_STREAM_END) return base::fail(bad_file(path, "This is no gzip file, or it is damaged or cut off."));
  return text;
}

bool exists(const std::string& path) {
  std::error_code ec;
  return fs::exists(path, ec);
}

// The value in `stem`.json or `stem`.json.gz; none where there is neither.
base::Result<std::optional<Directory::File>> read_json(const std::string& stem) {
  std::string path = stem + ".json";
  const bool plain = exists(path);
  if (!plain) path += ".gz";
  if (!plain && !exists(path)) return std::nullopt;
  std::string text = TRY(read_file(path));
  if (!plain) text = TRY(gunzip(path, text));
  base::Result<json::Value> value = json::parse(text, limits::kModelDepthMax);
  if (!value) {
    base::Error error = std::move(value).error();
    error.message = fmt::format("{}: {}", path, error.message);
    return base::fail(std::move(error));
  }
  return Directory::File{std::move(path), *std::move(value)};
}

// Lays `extra` over `base`: objects member by member, anything else instead of what was there. The depth is that of
// the parsed text, and so has its limit.
void merge(json::Object& into, const json::Object& extra) {  // NOLINT(misc-no-recursion)
  for (const auto& [key, value] : extra) {
    json::Value* there = into.if_contains(key);
    if (there != nullptr && there->is_object() && value.is_object())
      merge(there->get_object(), value.get_object());
    else
      into.insert_or_assign(key, value);
  }
}

std::vector<std::string> folders_of(const fs::path& path) {
  std::vector<std::string> names;
  std::error_code ec;
  for (fs::directory_iterator it(path, ec), end; !ec && it != end; it.increment(ec)) {
    std::error_code unreadable;
    if (it->is_directory(unreadable)) names.push_back(it->path().filename().string());
  }
  return names;
}

bool has_file(const std::string& stem) { return exists(stem + ".json") || exists(stem + ".json.gz"); }

}  // namespace

base::Result<Directory> Directory::open(const std::string& path) {
  std::error_code ec;
  if (!fs::is_directory(path, ec)) {
    return base::fail(base::Code::kNotFound, fmt::format("There is no directory of service models at {}.", path));
  }
  Directory directory;
  directory.path_ = path;
  for (std::string& service : folders_of(path)) {
    std::vector<std::string> versions = folders_of(fs::path(path) / service);
    std::sort(versions.begin(), versions.end(), std::greater<>());
    for (const std::string& version : versions) {
      if (!has_file(fmt::format("{}/{}/{}/service-2", path, service, version))) continue;
      directory.services_.emplace(service, version);
      break;
    }
    directory.versions_.emplace(std::move(service), std::move(versions));
  }
  return directory;
}

base::Result<std::optional<Directory::File>> Directory::read(std::string_view service, std::string_view kind) const {
  const auto found = versions_.find(service);
  if (found == versions_.end()) return std::nullopt;
  for (const std::string& version : found->second) {
    const std::string stem = fmt::format("{}/{}/{}/{}", path_, service, version, kind);
    std::optional<File> file = TRY(read_json(stem));
    if (!file) continue;
    std::optional<File> extras = TRY(read_json(stem + ".sdk-extras"));
    if (!extras) return file;
    const auto* whole = extras->value.if_object();
    if (whole == nullptr) return base::fail(bad_file(extras->path, "/: This must be an object."));
    const json::Value* over = whole->if_contains("merge");
    if (over == nullptr) return file;
    if (!over->is_object()) return base::fail(bad_file(extras->path, "/merge: This must be an object."));
    if (!file->value.is_object()) return base::fail(bad_file(file->path, "/: This must be an object."));
    merge(file->value.get_object(), over->get_object());
    return file;
  }
  return std::nullopt;
}

base::Result<std::optional<Directory::File>> Directory::partitions() const { return read_json(path_ + "/partitions"); }

}  // namespace aws_model
