#include "identity/key_set.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "identity/claims.h"
#include "identity/jwt.h"
#include "json/parse.h"

namespace identity {
namespace {

// The bytes of a member in base64url; empty where it is absent or not that, which no key takes.
std::string bytes_of(const json::Object& jwk, std::string_view name) {
  const std::optional<std::string_view> text = text_claim(jwk, name);
  return text ? base::parse_base64url(*text).value_or("") : "";
}

bool is_for_verifying(const json::Object& jwk) {
  if (jwk.contains("d")) return false;  // the private part of any of these keys
  if (jwk.contains("use") && text_claim(jwk, "use") != "sig") return false;
  const json::Value* operations = jwk.if_contains("key_ops");
  if (operations == nullptr) return true;
  return operations->is_array() && std::any_of(operations->get_array().begin(), operations->get_array().end(),
                                               [](const json::Value& value) { return value == "verify"; });
}

std::optional<crypto::PublicKey> key_of(const json::Object& jwk) {
  const std::optional<std::string_view> type = text_claim(jwk, "kty"), curve = text_claim(jwk, "crv");
  base::Result<crypto::PublicKey> key = base::fail(base::Code::kInvalid, "unknown type");
  if (type == "RSA") key = crypto::PublicKey::rsa(bytes_of(jwk, "n"), bytes_of(jwk, "e"));
  if (type == "EC" && curve == "P-256") key = crypto::PublicKey::p256(bytes_of(jwk, "x"), bytes_of(jwk, "y"));
  if (type == "OKP" && curve == "Ed25519") key = crypto::PublicKey::ed25519(bytes_of(jwk, "x"));
  if (!key) return std::nullopt;
  if (jwk.contains("alg") && text_claim(jwk, "alg") != crypto::name(key->algorithm())) return std::nullopt;
  return std::move(*key);
}

}  // namespace

base::Result<KeySet> KeySet::parse(std::string_view text) {
  const auto bad = [](std::string why) { return base::fail(base::Code::kInvalid, std::move(why)); };
  if (text.size() > kBytesMax) return bad("The key set is larger than 256 KB.");
  const json::Value document = TRY(json::parse(text));
  const json::Value* list = document.is_object() ? document.get_object().if_contains("keys") : nullptr;
  if (list == nullptr || !list->is_array()) return bad("A key set is an object with an array `keys` (RFC 7517).");
  if (list->get_array().size() > kKeysMax) return bad("The key set has more than 100 keys.");

  KeySet set;
  for (const json::Value& entry : list->get_array()) {
    if (!entry.is_object()) return bad("Every key of a key set is an object (RFC 7517).");
    const json::Object& jwk = entry.get_object();
    const std::optional<std::string_view> id = text_claim(jwk, "kid");
    std::optional<crypto::PublicKey> key;
    if (id && !id->empty() && id->size() <= kKeyIdBytesMax && is_for_verifying(jwk)) key = key_of(jwk);
    if (!key) {
      ++set.skipped_;
    } else if (!set.keys_.emplace(std::string(*id), std::move(*key)).second) {
      return bad("Two keys of the key set have the `kid` \"" + std::string(*id) + "\".");
    }
  }
  return set;
}

const crypto::PublicKey* KeySet::find(std::string_view key_id) const {
  const auto found = keys_.find(key_id);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace identity
