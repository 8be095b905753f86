// Bytes in and out of a non-blocking socket, in the clear or through TLS (OpenSSL 3, TLS 1.2 and 1.3). The server
// drives it from its event loop, the client with poll(2); neither sees which of the two it is.
//
// TlsContext holds certificates, session cache and policy, and is shared by all connections of a server (OpenSSL locks
// it); a Transport belongs to one thread at a time. The socket stays with the caller. SIGPIPE is never raised.
// Errors: TlsContext::make_* give kUnavailable with the file and the reason.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;
struct bio_method_st;

namespace net {

class TlsContext {
 public:
  // Sessions are resumed by ticket or from the cache; the protocol offered by ALPN is http/1.1.
  static base::Result<std::unique_ptr<TlsContext>> make_server(const std::string& chain_file,
                                                               const std::string& key_file);
  // Verifies the chain against `trust_file`, or the system's store where that is empty.
  static base::Result<std::unique_ptr<TlsContext>> make_client(const std::string& trust_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class Transport;
  TlsContext(ssl_ctx_st* context, bio_method_st* method) : context_(context), method_(method) {}
  ssl_ctx_st* context_;
  bio_method_st* method_;  // a socket that does not raise SIGPIPE
};

// What a client and a server remember of a connection, so that the next one is quicker. May be given to any number of
// connections, on any threads; only of the same TlsContext.
class TlsSession {
 public:
  explicit TlsSession(ssl_session_st* session) : session_(session) {}
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

 private:
  friend class Transport;
  ssl_session_st* session_;
};

class Transport {
 public:
  enum class Outcome : std::uint8_t {
    kDone,       // `bytes` were moved, or the handshake is over
    kWantRead,   // again when the socket can be read
    kWantWrite,  // again when it can be written
    kEnd,        // the other end is done sending
    kFailed,     // reset, or a TLS error
    kPlainText,  // the handshake met an HTTP request: the transport is a clear one from now on, the request is lost
  };
  struct Moved {
    Outcome outcome;
    std::size_t bytes = 0;
  };

  explicit Transport(int socket) : socket_(socket) {}

  void start_tls_server(const TlsContext& context);
  // Checks the certificate's name. `session` null: none is resumed.
  void start_tls_client(const TlsContext& context, const std::string& host, const TlsSession* session = nullptr);

  [[nodiscard]] bool is_tls() const { return tls_ != nullptr; }
  [[nodiscard]] bool resumed() const;
  [[nodiscard]] std::unique_ptr<TlsSession> session() const;  // null: there is none that can be resumed
  [[nodiscard]] bool is_broken() const { return broken_; }    // TLS ended without saying so: what came may be cut off
  [[nodiscard]] bool has_buffered() const;    // bytes are here that no readiness of the socket will tell of
  [[nodiscard]] std::string failure() const;  // of the client's handshake, in words

  Outcome handshake();
  Moved read(std::span<char> buffer);
  Moved write(std::string_view bytes);
  void finish();  // tells the other end that no more is sent (close_notify, FIN)
  // Reads and drops what arrives, below TLS; kDone: there may be more.
  Outcome discard(std::span<char> buffer);

 private:
  struct Free {
    void operator()(ssl_st* tls) const;
  };
  Outcome outcome_of(int result);

  int socket_;
  bool broken_ = false;  // after a fatal TLS error no close_notify may be sent
  std::unique_ptr<ssl_st, Free> tls_;
};

}  // namespace net
