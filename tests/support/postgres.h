// A real PostgreSQL 15 for tests: a cluster of its own in a temporary folder, on a free port of 127.0.0.1 and on a Unix
// socket in that folder, without fsync. It can be stopped, killed, started again, and made to hang.
//
// PostgreSQL refuses to run as root, so a root test gives the cluster to the user postgres, or nobody. The server dies
// with the thread that started it (PR_SET_PDEATHSIG): start it from the thread that lives longest. The folder goes with
// the object; folders that killed tests left behind go with the next server that is made.
//
// One thread at a time. Whatever cannot be done ends the program with the server's log: a test cannot go on without it.

#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/types.h>

struct pg_conn;

namespace test_support {

class PostgresServer {
 public:
  PostgresServer();  // makes the cluster and starts it
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // libpq's connection string, over TCP; as the superuser unless a role is named.
  [[nodiscard]] std::string conninfo(std::string_view role = "postgres") const;
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] const std::filesystem::path& socket_folder() const { return folder_; }

  // Runs one or more statements as the superuser, and gives the first column of the last answer.
  std::vector<std::string> sql(const std::string& statements);

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
  void wait_until_ready();
  void signal_children(int signal) const;
  void disconnect();
  [[noreturn]] void give_up(const std::string& story) const;
  [[nodiscard]] pid_t spawn(const std::vector<std::string>& command) const;

  std::filesystem::path folder_;
  int port_ = 0;
  uid_t user_ = 0;
  gid_t group_ = 0;
  pid_t postmaster_ = 0;
  bool hangs_ = false;
  pg_conn* connection_ = nullptr;
};

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
