// For this module's tests: certificates made on the spot, in a folder that goes with the object, and a TLS client that
// is OpenSSL's own.

#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "net/testing.h"

namespace net::testing {

struct TestCertificate {
  std::filesystem::path folder;
  std::string chain_file;
  std::string key_file;

  explicit TestCertificate(const std::string& names = "DNS:localhost,IP:127.0.0.1", long valid_s = 3600) {
    std::string pattern = (std::filesystem::temp_directory_path() / "stewardry-net-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    chain_file = folder / "chain.pem";
    key_file = folder / "key.pem";
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_s);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    const std::string name = "stewardry test";
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                               -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    std::FILE* file = std::fopen(chain_file.c_str(), "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
    file = std::fopen(key_file.c_str(), "w");
    PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  ~TestCertificate() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  [[nodiscard]] ServerOptions options() const {
    ServerOptions options;
    options.tls = {chain_file, key_file};
    return options;
  }
};

// One client that remembers its session between connections.
class TlsClient {
 public:
  explicit TlsClient(int version = 0) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT);
    if (version != 0) {
      SSL_CTX_set_min_proto_version(context_, version);
      SSL_CTX_set_max_proto_version(context_, version);
    }
  }
  ~TlsClient() {
    SSL_SESSION_free(session_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  struct Result {
    bool connected = false;
    bool resumed = false;
    std::string protocol;  // by ALPN
    std::string received;  // to the end
  };

  Result ask(std::uint16_t port, std::string_view request, const std::string& alpn = "") {
    RawClient raw(port);
    SSL* tls = SSL_new(context_);
    SSL_set_fd(tls, raw.socket());
    if (session_ != nullptr) SSL_set_session(tls, session_);
    if (!alpn.empty())
      SSL_set_alpn_protos(tls, reinterpret_cast<const unsigned char*>(alpn.data()), static_cast<unsigned>(alpn.size()));
    Result result;
    ERR_clear_error();
    result.connected = SSL_connect(tls) == 1;
    if (result.connected) {
      result.resumed = SSL_session_reused(tls) == 1;
      const unsigned char* protocol = nullptr;
      unsigned size = 0;
      SSL_get0_alpn_selected(tls, &protocol, &size);
      if (size > 0) result.protocol.assign(reinterpret_cast<const char*>(protocol), size);
      SSL_write(tls, request.data(), static_cast<int>(request.size()));
      char buffer[4096];
      int got = 0;
      while ((got = SSL_read(tls, buffer, sizeof(buffer))) > 0)
        result.received.append(buffer, static_cast<std::size_t>(got));
      SSL_SESSION_free(session_);
      session_ = SSL_get1_session(tls);
      SSL_shutdown(tls);
    }
    SSL_free(tls);
    return result;
  }

 private:
  SSL_CTX* context_;
  SSL_SESSION* session_ = nullptr;
};

}  // namespace net::testing
