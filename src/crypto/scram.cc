#include "crypto/scram.h"

#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/saslprep.h"

namespace crypto {
namespace {

constexpr std::string_view kMechanism = "SCRAM-SHA-256$";
constexpr std::size_t kPasswordBytesMax = 1024;
constexpr int kIterationsMax = 10'000'000;
constexpr std::size_t kKeyBytes = 32;

struct Keys {
  std::string stored, server;
};

// RFC 5802, section 3.
Keys keys_of(const base::Secret& password, std::string_view salt, int iterations) {
  const base::Secret prepared = saslprep(password.reveal());
  std::string salted(kKeyBytes, '\0');
  PKCS5_PBKDF2_HMAC(prepared.reveal().data(), static_cast<int>(prepared.reveal().size()),
                    reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()), iterations,
                    EVP_sha256(), static_cast<int>(kKeyBytes), reinterpret_cast<unsigned char*>(salted.data()));
  const base::Secret salted_password(std::move(salted));
  const base::Secret client_key(hmac_sha256(salted_password, "Client Key"));
  return {sha256(client_key.reveal()), hmac_sha256(salted_password, "Server Key")};
}

struct Verifier {
  int iterations = 0;
  std::string salt;
  Keys keys;
};

// The text before `end`, which is taken away with it; none where there is no `end`.
std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const std::size_t length = text.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, length);
  text.remove_prefix(length + 1);
  return part;
}

std::optional<Verifier> parse(std::string_view text) {
  if (!text.starts_with(kMechanism)) return std::nullopt;
  text.remove_prefix(kMechanism.size());
  const auto iterations = take_until(text, ':');
  const auto salt = take_until(text, '$');
  const auto stored = take_until(text, ':');
  if (!iterations || !salt || !stored) return std::nullopt;
  Verifier verifier;
  const char* const end = iterations->data() + iterations->size();
  const auto [read, error] = std::from_chars(iterations->data(), end, verifier.iterations);
  if (error != std::errc() || read != end || verifier.iterations < 1 || verifier.iterations > kIterationsMax) {
    return std::nullopt;
  }
  const auto salt_bytes = base::parse_base64(*salt);
  const auto stored_key = base::parse_base64(*stored);
  const auto server_key = base::parse_base64(text);
  if (!salt_bytes || salt_bytes->empty() || !stored_key || stored_key->size() != kKeyBytes || !server_key ||
      server_key->size() != kKeyBytes) {
    return std::nullopt;
  }
  verifier.salt = *salt_bytes;
  verifier.keys = {*stored_key, *server_key};
  return verifier;
}

base::Result<void> check(const base::Secret& password) {
  if (password.empty()) return base::fail(base::Code::kInvalid, "A password must not be empty.");
  if (password.reveal().find('\0') != std::string::npos) {
    return base::fail(base::Code::kInvalid, "A password must not hold a NUL.");
  }
  if (password.reveal().size() > kPasswordBytesMax) {
    return base::fail(base::Code::kInvalid, fmt::format("A password has at most {} bytes.", kPasswordBytesMax));
  }
  return {};
}

}  // namespace

base::Result<std::string> scram_verifier(const base::Secret& password, std::string_view salt, int iterations) {
  TRY(check(password));
  if (salt.empty()) return base::fail(base::Code::kInvalid, "A SCRAM verifier needs a salt.");
  if (iterations < 1 || iterations > kIterationsMax) {
    return base::fail(base::Code::kInvalid,
                      fmt::format("A SCRAM verifier has 1 to {} iterations, not {}.", kIterationsMax, iterations));
  }
  const Keys keys = keys_of(password, salt, iterations);
  return fmt::format("{}{}:{}${}:{}", kMechanism, iterations, base::base64(salt), base::base64(keys.stored),
                     base::base64(keys.server));
}

bool scram_matches(std::string_view verifier, const base::Secret& password) {
  const std::optional<Verifier> parsed = parse(verifier);
  if (!parsed || !check(password)) return false;
  const Keys keys = keys_of(password, parsed->salt, parsed->iterations);
  const bool stored_is_equal = base::equal_in_constant_time(keys.stored, parsed->keys.stored);
  return base::equal_in_constant_time(keys.server, parsed->keys.server) && stored_is_equal;
}

}  // namespace crypto
