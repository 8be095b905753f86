// A token issuer for development: one Ed25519 key in the data directory, made at first use with mode 600. The server
// accepts its tokens only when it was started with --development; production refuses them, because it does not list
// this issuer. Any thread; open() writes the files once, safely against another process doing the same.
//
// Files: DIR/issuer/private.pem (600), DIR/issuer/jwks.json; DIR/issuer is 700. The key set is written again from the
// key where it is missing or says otherwise; the name of the key is its thumbprint (RFC 7638).
//
// Errors: kInvalid: a private key that others may read, a folder that others may write to, what is no key, and from
// issue() an id or a lifetime that cannot be; kUnavailable: the files cannot be read or written.

#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/result.h"
#include "identity/verifier.h"

namespace identity {

inline constexpr std::string_view kLocalIssuerName = "urn:stewardry:development";
inline constexpr std::string_view kLocalAudience = "stewardry";

class LocalIssuer {
 public:
  static constexpr std::chrono::hours kLifetimeMax{24 * 366};

  // `entropy` must outlive it.
  static base::Result<std::unique_ptr<LocalIssuer>> open(const std::filesystem::path& data_folder,
                                                         base::Entropy& entropy);
  virtual ~LocalIssuer() = default;
  // A signed token: iss, aud, sub, iat, nbf, exp, jti, and organization_id where a workspace is given.
  virtual base::Result<std::string> issue(std::string_view user_id, std::optional<std::string_view> workspace_id,
                                          base::Time now, std::chrono::seconds lifetime) = 0;
  // How a Verifier trusts it.
  [[nodiscard]] virtual Issuer as_issuer() const = 0;
};

}  // namespace identity
