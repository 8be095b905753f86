#include "cli/profile.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "json/decode.h"
#include "json/encode.h"

namespace cli {
namespace {

using base::Code;
namespace fs = std::filesystem;

constexpr std::size_t kFileBytesMax = 64 * 1024;

struct Stored {
  static constexpr std::string_view kTypeName = "Profile";
  std::string url, token, trust_file, user_id, user_name;
  template <class V>
  static void describe(V& field) {
    field("url", &Stored::url);
    field("token", &Stored::token);
    field("trustFile", &Stored::trust_file, {.may_miss = true});
    field("userId", &Stored::user_id, {.may_miss = true});
    field("userName", &Stored::user_name, {.may_miss = true});
  }
};

std::string reason(int error) { return std::generic_category().message(error); }

base::Result<void> make_folder(const fs::path& folder) {
  std::error_code error;
  if (folder.has_parent_path()) fs::create_directories(folder.parent_path().parent_path(), error);
  for (const fs::path& each : {folder.parent_path(), folder}) {
    if (::mkdir(each.c_str(), 0700) != 0 && errno != EEXIST)
      return base::fail(Code::kUnavailable, fmt::format("{} cannot be made: {}.", each.string(), reason(errno)));
    struct stat facts{};
    if (::stat(each.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode))
      return base::fail(Code::kUnavailable, fmt::format("{} is not a folder.", each.string()));
    if (facts.st_uid != ::geteuid())
      return base::fail(Code::kForbidden,
                        fmt::format("{} belongs to somebody else; no token is kept there.", each.string()));
    if ((facts.st_mode & 077U) != 0 && ::chmod(each.c_str(), 0700) != 0)
      return base::fail(Code::kUnavailable,
                        fmt::format("{} cannot be closed to others: {}.", each.string(), reason(errno)));
  }
  return {};
}

base::Result<void> check_private(const fs::path& file, int descriptor) {
  struct stat facts{};
  if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode))
    return base::fail(Code::kInvalid, fmt::format("{} is not a file.", file.string()));
  if (facts.st_uid != ::geteuid())
    return base::fail(Code::kForbidden, fmt::format("{} belongs to somebody else: log in again.", file.string()));
  if ((facts.st_mode & 077U) == 0) return {};
  return base::fail(
      Code::kForbidden,
      fmt::format("{0} holds a token, and others may read or change it (mode {1:o}). If that is no matter: "
                  "chmod 600 {0}. Else log in again, after the old token has ended.",
                  file.string(), facts.st_mode & 07777U));
}

base::Result<std::string> read_private(const fs::path& file, bool& absent) {
  const base::Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  absent = descriptor.number() < 0 && errno == ENOENT;
  if (absent) return std::string();
  if (descriptor.number() < 0)
    return base::fail(Code::kUnavailable, fmt::format("{} cannot be read: {}.", file.string(), reason(errno)));
  TRY(check_private(file, descriptor.number()));
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t got = ::read(descriptor.number(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return base::fail(Code::kUnavailable, fmt::format("{} cannot be read: {}.", file.string(), reason(errno)));
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > kFileBytesMax)
      return base::fail(Code::kInvalid, fmt::format("{} is too long for a profile.", file.string()));
  }
}

base::Result<void> write_whole(const fs::path& file, std::string_view text) {
  std::string temporary = file.string() + ".XXXXXX";
  const auto failed = [&](const char* what) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return base::fail(Code::kUnavailable, fmt::format("{} cannot be {}: {}.", file.string(), what, reason(error)));
  };
  const base::Descriptor descriptor(::mkostemp(temporary.data(), O_CLOEXEC));  // of mode 600
  if (descriptor.number() < 0) return failed("made");
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor.number(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed("written");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(descriptor.number()) != 0) return failed("written");
  if (::rename(temporary.c_str(), file.c_str()) != 0) return failed("put in its place");
  return {};
}

}  // namespace

base::Result<void> check_profile_name(const std::string& name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  const bool holds =
      !name.empty() && name.size() <= 64 && plain(name.front()) &&
      std::all_of(name.begin(), name.end(), [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
  if (holds) return {};
  return base::fail(
      Code::kInvalid,
      "A profile's name is 1 to 64 letters, digits, '.', '_' and '-', and begins with a letter or digit.");
}

base::Result<Profiles> Profiles::of(const std::function<std::optional<std::string>(const std::string&)>& environment) {
  fs::path base_folder = environment("XDG_CONFIG_HOME").value_or("");
  if (!base_folder.is_absolute()) {  // as the XDG specification says: a relative one is to be ignored
    const std::string home = environment("HOME").value_or("");
    if (home.empty())
      return base::fail(Code::kInvalid, "Neither HOME nor XDG_CONFIG_HOME says where profiles are kept: set one.");
    base_folder = fs::path(home) / ".config";
  }
  return Profiles(base_folder / "stewardry" / "profiles");
}

fs::path Profiles::file(const std::string& name) const { return folder_ / (name + ".json"); }

base::Result<std::optional<Profile>> Profiles::read(const std::string& name) const {
  TRY(check_profile_name(name));
  bool absent = false;
  const std::string text = TRY(read_private(file(name), absent));
  if (absent) return std::optional<Profile>();
  const base::Result<Stored> stored = json::decode<Stored>(text);
  if (!stored)
    return base::fail(Code::kInvalid,
                      fmt::format("{} is damaged: log in again. ({})", file(name).string(), stored.error().message));
  return std::optional<Profile>(
      {stored->url, base::Secret(stored->token), stored->trust_file, stored->user_id, stored->user_name});
}

base::Result<void> Profiles::write(const std::string& name, const Profile& profile) const {
  TRY(check_profile_name(name));
  TRY(make_folder(folder_));
  const Stored stored{profile.url, profile.token.reveal(), profile.trust_file, profile.user_id, profile.user_name};
  return write_whole(file(name), json::encode(stored) + "\n");
}

base::Result<bool> Profiles::remove(const std::string& name) const {
  TRY(check_profile_name(name));
  if (::unlink(file(name).c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return base::fail(Code::kUnavailable, fmt::format("{} cannot be removed: {}.", file(name).string(), reason(errno)));
}

std::vector<std::string> Profiles::names() const {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator each(folder_, error), end; !error && each != end; each.increment(error)) {
    const std::string name = each->path().stem().string();
    if (each->path().extension() == ".json" && check_profile_name(name)) found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace cli
