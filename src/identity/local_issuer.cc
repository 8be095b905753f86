// The private key becomes visible under its name in one step: it is written to a file of another name, flushed, and
// linked, which fails where the name is taken. So of two processes that begin together one wins, both read the winner's
// key, and nobody ever reads half of one.

#include "identity/local_issuer.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/ids.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/keys.h"
#include "json/encode.h"

namespace identity {
namespace {

using std::filesystem::path;

constexpr std::size_t kFileBytesMax = 16 * 1024;

tl::unexpected<base::Error> failed(const char* what, const path& file) {
  const std::string why = std::generic_category().message(errno);
  return base::fail(base::Code::kUnavailable, fmt::format("{} {}: {}.", file.string(), what, why));
}

tl::unexpected<base::Error> refused(const path& file, const std::string& why) {
  return base::fail(base::Code::kInvalid, fmt::format("{} {}", file.string(), why));
}

base::Result<void> make_folder(const path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return failed("cannot be made", folder);
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0) return failed("cannot be looked at", folder);
  if (!S_ISDIR(status.st_mode)) return refused(folder, "is not a folder.");
  if (status.st_uid != ::geteuid()) return refused(folder, "belongs to another user.");
  if ((status.st_mode & 022) != 0) return refused(folder, "can be written to by others; run: chmod 700 on it.");
  return {};
}

base::Result<void> write_all(const base::Descriptor& file, std::string_view text, const path& name) {
  while (!text.empty()) {
    const ssize_t written = ::write(file.number(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("cannot be written", name);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.number()) != 0) return failed("cannot be flushed", name);
  return {};
}

// None where there is no such file. `is_private`: refuses one that anybody else may touch.
base::Result<std::optional<base::Secret>> read_file(const path& name, bool is_private) {
  const base::Descriptor file(::open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open() && errno == ENOENT) return std::optional<base::Secret>();
  if (!file.is_open()) return failed("cannot be opened", name);
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) return failed("cannot be looked at", name);
  if (!S_ISREG(status.st_mode)) return refused(name, "is not a file.");
  if (is_private && status.st_uid != ::geteuid()) return refused(name, "belongs to another user.");
  if (is_private && (status.st_mode & 077) != 0) {
    return refused(name, fmt::format("may be read by others (mode {:o}). If nobody has seen it, run: chmod 600 on it; "
                                     "else delete it, and a new key is made.",
                                     status.st_mode & 0777));
  }
  std::string text(kFileBytesMax, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.number(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("cannot be read", name);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return std::optional<base::Secret>(base::Secret(std::move(text)));
}

// Writes `text` to a new file beside `name` and calls `publish` with its path, which brings it under its name.
template <class Publish>
base::Result<void> write_beside(const path& name, mode_t mode, std::string_view text, base::Entropy& entropy,
                                Publish publish) {
  const path draft = name.string() + fmt::format(".{}.{}", ::getpid(), entropy.alphanumeric(16));
  base::Result<void> done = [&]() -> base::Result<void> {
    const base::Descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file.is_open()) return failed("cannot be made", draft);
    TRY(write_all(file, text, draft));
    return publish(draft);
  }();
  ::unlink(draft.c_str());
  TRY(std::move(done));
  const base::Descriptor folder(::open(name.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::fsync(folder.number()) != 0) return failed("cannot be flushed", name.parent_path());
  return {};
}

base::Result<crypto::PrivateKey> open_key(const path& name, base::Entropy& entropy) {
  std::optional<base::Secret> pem = TRY(read_file(name, true));
  if (!pem) {
    const base::Secret made = crypto::PrivateKey::generate(entropy).to_pem();
    TRY(write_beside(name, 0600, made.reveal(), entropy, [&](const path& draft) -> base::Result<void> {
      if (::link(draft.c_str(), name.c_str()) != 0 && errno != EEXIST) return failed("cannot be made", name);
      return {};
    }));
    pem = TRY(read_file(name, true));
    if (!pem) return base::fail(base::Code::kUnavailable, name.string() + " was deleted while it was made; try again.");
  }
  base::Result<crypto::PrivateKey> key = crypto::PrivateKey::from_pem(*pem);
  if (!key) return refused(name, "holds no Ed25519 key in PEM; delete it, and a new one is made.");
  return key;
}

base::Result<void> write_key_set(const path& name, const std::string& text, base::Entropy& entropy) {
  const base::Result<std::optional<base::Secret>> present = read_file(name, false);
  if (present && *present && (*present)->reveal() == text) return {};
  return write_beside(name, 0644, text, entropy, [&](const path& draft) -> base::Result<void> {
    if (::rename(draft.c_str(), name.c_str()) != 0) return failed("cannot be written", name);
    return {};
  });
}

std::int64_t seconds_of(base::Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

class IssuerInFolder final : public LocalIssuer {
 public:
  IssuerInFolder(path key_set, std::string key_id, crypto::PrivateKey key, base::Entropy& entropy)
      : key_set_(std::move(key_set)), key_id_(std::move(key_id)), key_(std::move(key)), entropy_(entropy) {}

  base::Result<std::string> issue(std::string_view user_id, std::optional<std::string_view> workspace_id,
                                  base::Time now, std::chrono::seconds lifetime) override {
    const std::optional<std::string> user = base::parse_id(base::IdKind::kUser, user_id);
    if (!user) return base::fail(base::Code::kInvalid, "The user must be N:user:<uuid>.");
    if (lifetime.count() <= 0 || lifetime > kLifetimeMax) {
      return base::fail(base::Code::kInvalid, "A token's lifetime must be more than nothing, and a year at most.");
    }
    json::Object claims;
    claims["iss"] = kLocalIssuerName;
    claims["aud"] = kLocalAudience;
    claims["sub"] = *user;
    if (workspace_id) {
      const std::optional<std::string> workspace = base::parse_id(base::IdKind::kWorkspace, *workspace_id);
      if (!workspace) return base::fail(base::Code::kInvalid, "The workspace must be N:organization:<uuid>.");
      claims["organization_id"] = *workspace;
    }
    claims["iat"] = seconds_of(now);
    claims["nbf"] = seconds_of(now);
    claims["exp"] = seconds_of(now) + lifetime.count();
    claims["jti"] = base::new_uuid(entropy_);

    std::string payload;
    json::append(payload, json::Value(std::move(claims)));
    const std::string header = R"({"alg":"EdDSA","typ":"JWT","kid":")" + key_id_ + "\"}";
    std::string token = base::base64url(header) + '.' + base::base64url(payload);
    const std::string signature = key_.sign(token);
    return token + '.' + base::base64url(signature);
  }

  [[nodiscard]] Issuer as_issuer() const override {
    Issuer issuer;
    issuer.name = kLocalIssuerName;
    issuer.audiences = {std::string(kLocalAudience)};
    issuer.algorithms = {"EdDSA"};
    issuer.jwks_file = key_set_.string();
    return issuer;
  }

 private:
  path key_set_;
  std::string key_id_;
  crypto::PrivateKey key_;
  base::Entropy& entropy_;
};

}  // namespace

base::Result<std::unique_ptr<LocalIssuer>> LocalIssuer::open(const path& data_folder, base::Entropy& entropy) {
  const path folder = data_folder / "issuer";
  TRY(make_folder(folder));
  crypto::PrivateKey key = TRY(open_key(folder / "private.pem", entropy));
  // RFC 7638: the members that make the key, in order, without spaces.
  const std::string members = R"("crv":"Ed25519","kty":"OKP","x":")" + base::base64url(key.public_bytes()) + '"';
  std::string key_id = base::base64url(crypto::sha256("{" + members + "}"));
  const std::string key_set = R"({"keys":[{)" + members + R"(,"use":"sig","alg":"EdDSA","kid":")" + key_id + "\"}]}\n";
  TRY(write_key_set(folder / "jwks.json", key_set, entropy));
  return std::unique_ptr<LocalIssuer>(
      std::make_unique<IssuerInFolder>(folder / "jwks.json", std::move(key_id), std::move(key), entropy));
}

}  // namespace identity
