// A real PostgreSQL for tests, of any major from 13 to 18: a cluster of its own in a temporary folder, on a free port
// of 127.0.0.1 and on a Unix socket in that folder, without fsync. It can be stopped, killed, started again, and made
// to hang. The programs are what tools/servers gives (15 is Debian's, the others are fetched once), and so is the empty
// cluster, which is copied: all servers of a major have the same system identifier, unless one is asked to have its
// own.
//
// PostgreSQL refuses to run as root, so a root test gives the cluster to the user postgres, or nobody. The server dies
// with the thread that started it (PR_SET_PDEATHSIG): start it from the thread that lives longest. The folder goes with
// the object; folders that killed tests left behind go with the next server that is made.
//
// One thread at a time. Whatever cannot be done ends the program with the server's log: a test cannot go on without it.

#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/types.h>

struct pg_conn;

namespace test_support {

inline constexpr std::array kPostgresMajors{13, 14, 15, 16, 17, 18};

struct PostgresOptions {
  int major = 15;
  bool tls = false;  // on TCP too; its certificate is for localhost and 127.0.0.1, by ca_file()
  // As on RDS, as far as a stock server can: TLS and SCRAM passwords only on TCP, roles `rds_superuser` (which holds
  // the predefined roles), `rds_iam` and `rds_password`, and an administrator who is no superuser. Members of rds_iam,
  // by any path, cannot log in with a password, nor at all, because a stock server knows no tokens; and so the
  // administrator holds no ADMIN on it, which would be such a path: from 16 on only the superuser grants rds_iam here.
  // The superuser `postgres` comes in by the socket.
  bool like_rds = false;
  bool own_identity = false;  // a system identifier of its own, at the price of an initdb
  std::string hba;            // lines of pg_hba.conf in place of the usual ones, which trust everybody
};

class PostgresServer {
 public:
  static constexpr std::string_view kAdministrator = "administrator";    // like_rds
  static constexpr std::string_view kPassword = "not a secret, 1 test";  // the administrator's

  explicit PostgresServer(PostgresOptions options = {});  // makes the cluster and starts it
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // libpq's connection string, over TCP; as the superuser unless a role is named.
  [[nodiscard]] std::string conninfo(std::string_view role = "postgres") const;
  // The same over the Unix socket, where everybody is trusted.
  [[nodiscard]] std::string socket_conninfo(std::string_view role = "postgres",
                                            std::string_view database = "postgres") const;
  // As the administrator, with the password and the server's certificate verified (like_rds).
  [[nodiscard]] std::string administrator_conninfo() const;
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int major() const { return options_.major; }
  [[nodiscard]] std::filesystem::path ca_file() const { return programs_ / "tls" / "ca.pem"; }
  [[nodiscard]] std::filesystem::path other_ca_file() const { return programs_ / "tls" / "other-ca.pem"; }
  [[nodiscard]] const std::filesystem::path& socket_folder() const { return folder_; }

  // Runs one or more statements as the superuser, and gives the first column of the last answer.
  std::vector<std::string> sql(const std::string& statements, const std::string& database = "postgres");

  // The tables of schema `pennsieve` that the directory reads, empty, with the platform's column types and keys; and a
  // role `stewardry_reader` that may read what the directory asks for and no more. What was there before is dropped.
  void make_platform_schema();

  void start();  // and waits until it answers
  void stop();   // breaks all connections off (fast shutdown), and waits
  void kill();   // as a crash would
  void hang();   // every process of the server stands still; the kernel still takes connections
  void resume();
  [[nodiscard]] bool running() const { return postmaster_ > 0; }

 private:
  void make_cluster();
  void make_rds();
  void wait_until_ready();
  void run(const std::vector<std::string>& command, const std::string& what) const;
  [[nodiscard]] std::vector<std::string> command() const;
  void signal_children(int signal) const;
  void disconnect();
  [[noreturn]] void give_up(const std::string& story) const;
  [[nodiscard]] pid_t spawn(const std::vector<std::string>& command) const;

  PostgresOptions options_;
  std::filesystem::path programs_;  // with bin, template and tls
  std::filesystem::path folder_;
  int port_ = 0;
  uid_t user_ = 0;
  gid_t group_ = 0;
  pid_t postmaster_ = 0;
  bool hangs_ = false;
  pg_conn* connection_ = nullptr;
  std::string connected_to_;
};

// One server of this major for the whole test program; made by the first that asks, on the main thread.
PostgresServer& postgres_of(int major);

// Whether the condition comes to hold within a time that is long for any machine. For what another process does, which
// tells nobody when it is done.
template <class Condition>
bool eventually(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace test_support
