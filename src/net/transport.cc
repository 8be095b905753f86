#include "net/transport.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "base/check.h"

namespace net {

namespace {

constexpr unsigned char kProtocols[] = "\x08http/1.1";  // ALPN's wire form
constexpr std::string_view kSessionContext = "stewardry";

int socket_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int bio_write(BIO* bio, const char* bytes, int count) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(socket_of(bio), bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* bytes, int count) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(socket_of(bio), bytes, static_cast<std::size_t>(count), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long bio_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
  CHECK(method != nullptr, "OpenSSL has memory");
  BIO_meth_set_write(method, bio_write);
  BIO_meth_set_read(method, bio_read);
  BIO_meth_set_ctrl(method, bio_control);
  return method;
}

// The oldest error in the queue is the cause; what follows is what it led to.
std::string take_reason() {
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  if (code == 0) return "unknown reason";
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
  if (const char* reason = ERR_reason_error_string(code)) return reason;
  return "OpenSSL error " + std::to_string(code);
}

int select_protocol(SSL* /*tls*/, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void* /*context*/) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_size, kProtocols, sizeof(kProtocols) - 1, offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Never ask at a terminal: a service has none.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return 0; }

SSL_CTX* make_context(const SSL_METHOD* method) {
  ERR_clear_error();
  SSL_CTX* context = SSL_CTX_new(method);
  CHECK(context != nullptr, "OpenSSL has memory");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");  // of TLS 1.2; all of 1.3 are fit
  SSL_CTX_set_default_passwd_cb(context, no_password);
  return context;
}

base::Result<void> load_certificate(SSL_CTX* context, const std::string& chain_file, const std::string& key_file) {
  if (SSL_CTX_use_certificate_chain_file(context, chain_file.c_str()) != 1) {
    return base::fail(base::Code::kUnavailable,
                      "The certificate chain " + chain_file + " cannot be used: " + take_reason() +
                          ". It must be a readable PEM file, the server's own certificate first.");
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return base::fail(base::Code::kUnavailable,
                      "The private key " + key_file + " cannot be used: " + take_reason() +
                          ". It must be a readable PEM file without a password, and belong to " + chain_file + ".");
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return base::fail(base::Code::kUnavailable, "The private key " + key_file + " does not belong to the certificate " +
                                                    chain_file + ": " + take_reason() + ".");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context))) < 0) {
    return base::fail(base::Code::kUnavailable,
                      "The certificate " + chain_file + " has expired. Renew it and start again.");
  }
  return {};
}

// Reading the system's store takes some 20 ms, so it happens once, at the first call that needs it; read-only from then
// on.
X509_STORE* system_trust() {
  struct Trust {
    X509_STORE* store = X509_STORE_new();
    Trust() { X509_STORE_set_default_paths(store); }
    ~Trust() { X509_STORE_free(store); }
    Trust(const Trust&) = delete;
    Trust& operator=(const Trust&) = delete;
  };
  static const Trust trust;
  return trust.store;
}

}  // namespace

base::Result<std::unique_ptr<TlsContext>> TlsContext::make_server(const std::string& chain_file,
                                                                  const std::string& key_file) {
  std::unique_ptr<TlsContext> made(new TlsContext(make_context(TLS_server_method()), make_method()));
  if (base::Result<void> loaded = load_certificate(made->context_, chain_file, key_file); !loaded) {
    return base::fail(std::move(loaded).error());
  }
  SSL_CTX_set_options(made->context_, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_alpn_select_cb(made->context_, select_protocol, nullptr);
  SSL_CTX_set_session_cache_mode(made->context_, SSL_SESS_CACHE_SERVER);
  SSL_CTX_set_session_id_context(made->context_, reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                 static_cast<unsigned>(kSessionContext.size()));
  return made;
}

base::Result<std::unique_ptr<TlsContext>> TlsContext::make_client(const std::string& trust_file) {
  std::unique_ptr<TlsContext> made(new TlsContext(make_context(TLS_client_method()), make_method()));
  SSL_CTX_set_verify(made->context_, SSL_VERIFY_PEER, nullptr);
  if (trust_file.empty()) {
    SSL_CTX_set1_cert_store(made->context_, system_trust());
  } else if (SSL_CTX_load_verify_locations(made->context_, trust_file.c_str(), nullptr) != 1) {
    return base::fail(base::Code::kUnavailable, "The trusted certificates " + trust_file + " cannot be read: " +
                                                    take_reason() + ". It must be a readable PEM file.");
  }
  SSL_CTX_set_alpn_protos(made->context_, kProtocols, sizeof(kProtocols) - 1);
  return made;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
  BIO_meth_free(method_);
}

void Transport::Free::operator()(ssl_st* tls) const { SSL_free(tls); }

void Transport::start_tls_server(const TlsContext& context) {
  tls_.reset(SSL_new(context.context_));
  BIO* bio = BIO_new(context.method_);
  CHECK(tls_ && bio != nullptr, "OpenSSL has memory");
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket_)));
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_.get(), bio, bio);
  SSL_set_accept_state(tls_.get());
}

void Transport::start_tls_client(const TlsContext& context, const std::string& host, const TlsSession* session) {
  start_tls_server(context);
  SSL_set_connect_state(tls_.get());
  if (session != nullptr) SSL_set_session(tls_.get(), session->session_);
  unsigned char address[16];
  const bool numeric =
      ::inet_pton(AF_INET, host.c_str(), address) == 1 || ::inet_pton(AF_INET6, host.c_str(), address) == 1;
  if (numeric) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), host.c_str());
  } else {
    // What the macro SSL_set_tlsext_host_name does, without its old-style cast.
    std::string name = host;
    SSL_ctrl(tls_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    SSL_set1_host(tls_.get(), host.c_str());
  }
}

bool Transport::resumed() const { return tls_ && SSL_session_reused(tls_.get()) == 1; }

std::unique_ptr<TlsSession> Transport::session() const {
  SSL_SESSION* session = tls_ ? SSL_get1_session(tls_.get()) : nullptr;
  if (session == nullptr) return nullptr;
  auto kept = std::make_unique<TlsSession>(session);
  return SSL_SESSION_is_resumable(session) == 1 ? std::move(kept) : nullptr;
}

TlsSession::~TlsSession() { SSL_SESSION_free(session_); }

bool Transport::has_buffered() const { return tls_ && SSL_has_pending(tls_.get()) == 1; }

std::string Transport::failure() const {
  const long verified = tls_ ? SSL_get_verify_result(tls_.get()) : X509_V_OK;
  if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
  return take_reason();
}

Transport::Outcome Transport::outcome_of(int result) {
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Outcome::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Outcome::kEnd;
    default:
      break;
  }
  broken_ = true;
  // A connection closed without close_notify is an end too: HTTP's own framing tells whether a message is whole.
  return ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? Outcome::kEnd : Outcome::kFailed;
}

Transport::Outcome Transport::handshake() {
  if (!tls_) return Outcome::kDone;
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_.get());
  if (result == 1) return Outcome::kDone;
  const Outcome outcome = outcome_of(result);
  if (outcome == Outcome::kFailed && ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_HTTP_REQUEST) {
    tls_.reset();
    return Outcome::kPlainText;
  }
  return outcome;
}

Transport::Moved Transport::read(std::span<char> buffer) {
  if (tls_) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(tls_.get(), buffer.data(), buffer.size(), &bytes);
    return result == 1 ? Moved{Outcome::kDone, bytes} : Moved{outcome_of(result)};
  }
  const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (got > 0) return {Outcome::kDone, static_cast<std::size_t>(got)};
  if (got == 0) return {Outcome::kEnd};
  return {errno == EAGAIN || errno == EINTR ? Outcome::kWantRead : Outcome::kFailed};
}

Transport::Moved Transport::write(std::string_view bytes) {
  if (tls_) {
    ERR_clear_error();
    std::size_t moved = 0;
    const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &moved);
    return result == 1 ? Moved{Outcome::kDone, moved} : Moved{outcome_of(result)};
  }
  const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return {Outcome::kDone, static_cast<std::size_t>(sent)};
  return {errno == EAGAIN || errno == EINTR ? Outcome::kWantWrite : Outcome::kFailed};
}

void Transport::finish() {
  if (tls_ && !broken_ && SSL_is_init_finished(tls_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(tls_.get());
  }
  ::shutdown(socket_, SHUT_WR);
}

Transport::Outcome Transport::discard(std::span<char> buffer) {
  const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (got > 0) return Outcome::kDone;
  if (got == 0) return Outcome::kEnd;
  return errno == EAGAIN || errno == EINTR ? Outcome::kWantRead : Outcome::kFailed;
}

}  // namespace net
