#include "support/postgres.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace test_support {
namespace {

constexpr const char* kFolderPrefix = "stewardry-postgres-";
constexpr std::chrono::seconds kPatience{60};

constexpr const char* kPlatformSchema = R"sql(
DROP SCHEMA IF EXISTS pennsieve CASCADE;
CREATE SCHEMA pennsieve;
CREATE TABLE pennsieve.organizations (
  id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, slug VARCHAR(255), node_id VARCHAR(255) UNIQUE);
CREATE TABLE pennsieve.users (
  id SERIAL PRIMARY KEY, email VARCHAR(255), first_name VARCHAR(255), last_name VARCHAR(255),
  node_id VARCHAR(255) UNIQUE);
CREATE TABLE pennsieve.organization_user (
  organization_id INTEGER NOT NULL REFERENCES pennsieve.organizations (id),
  user_id INTEGER NOT NULL REFERENCES pennsieve.users (id),
  permission_bit INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (organization_id, user_id));
CREATE INDEX ON pennsieve.organization_user (user_id);
CREATE TABLE pennsieve.teams (id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, node_id VARCHAR(255) UNIQUE);
CREATE TABLE pennsieve.organization_team (
  organization_id INTEGER NOT NULL REFERENCES pennsieve.organizations (id),
  team_id INTEGER NOT NULL REFERENCES pennsieve.teams (id),
  permission_bit INTEGER NOT NULL DEFAULT 0, system_team_type VARCHAR(255), PRIMARY KEY (organization_id, team_id));
CREATE INDEX ON pennsieve.organization_team (team_id);
CREATE TABLE pennsieve.team_user (
  team_id INTEGER NOT NULL REFERENCES pennsieve.teams (id),
  user_id INTEGER NOT NULL REFERENCES pennsieve.users (id),
  permission_bit INTEGER NOT NULL DEFAULT 8, PRIMARY KEY (team_id, user_id));
CREATE INDEX ON pennsieve.team_user (user_id);
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stewardry_reader') THEN
    CREATE ROLE stewardry_reader LOGIN;
  END IF;
END $$;
GRANT USAGE ON SCHEMA pennsieve TO stewardry_reader;
GRANT SELECT ON pennsieve.organizations, pennsieve.users, pennsieve.organization_user, pennsieve.teams,
  pennsieve.organization_team, pennsieve.team_user TO stewardry_reader;
)sql";

// Who is a member of rds_iam by any path matches the rule about it; the administrator does not, see PostgresOptions.
constexpr const char* kRdsHba = R"(local all all trust
hostssl all +rds_iam 127.0.0.1/32 reject
hostssl all all 127.0.0.1/32 scram-sha-256
)";

constexpr const char* kRdsRoles = R"sql(
CREATE ROLE rds_iam;
CREATE ROLE rds_password;
CREATE ROLE rds_superuser;
DO $$ DECLARE predefined text; BEGIN
  FOR predefined IN SELECT rolname FROM pg_roles WHERE rolname IN ('pg_monitor', 'pg_signal_backend', 'pg_checkpoint',
      'pg_read_all_data', 'pg_write_all_data', 'pg_use_reserved_connections', 'pg_create_subscription', 'pg_maintain')
  LOOP EXECUTE format('GRANT %I TO rds_superuser WITH ADMIN OPTION', predefined); END LOOP;
END $$;
SET password_encryption = 'scram-sha-256';
CREATE ROLE administrator LOGIN CREATEROLE CREATEDB PASSWORD 'not a secret, 1 test' IN ROLE rds_superuser;
)sql";

// The folder that tools/servers gives for this major.
std::filesystem::path programs_of(int major) {
  const std::string command = fmt::format("'{}/tools/servers' postgres {}", STEWARDRY_SOURCE_FOLDER, major);
  FILE* const output = ::popen(command.c_str(), "r");
  CHECK(output != nullptr, "a test can start a process");
  std::string folder;
  std::array<char, 4096> part{};
  while (std::fgets(part.data(), static_cast<int>(part.size()), output) != nullptr) folder += part.data();
  const int status = ::pclose(output);
  while (!folder.empty() && folder.back() == '\n') folder.pop_back();
  if (status != 0 || folder.empty()) {
    fmt::print(stderr, "PostgreSQL {} for tests is not to be had: see what tools/servers says above\n", major);
    std::abort();
  }
  return folder;
}

// The number that the text begins with, or 0.
pid_t leading_number(std::string_view text) {
  pid_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  CHECK(::bind(socket, generic, size) == 0 && ::getsockname(socket, generic, &size) == 0, "127.0.0.1 has a free port");
  ::close(socket);
  return ntohs(address.sin_port);
}

// Folders carry the process id of their test; those of tests that are no more were left behind by a kill.
void sweep(const std::filesystem::path& parent) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kFolderPrefix)) continue;
    const pid_t owner = leading_number(std::string_view(name).substr(std::string_view(kFolderPrefix).size()));
    if (owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH) std::filesystem::remove_all(entry.path(), ignored);
  }
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const pid_t pid = leading_number(entry.path().filename().string());
    if (pid <= 0) continue;
    std::ifstream file(entry.path() / "stat");
    std::string stat((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    // "pid (name) state ppid ...", where the name may hold anything.
    const std::size_t after_name = stat.rfind(')');
    if (after_name == std::string::npos || after_name + 4 >= stat.size()) continue;
    if (leading_number(std::string_view(stat).substr(after_name + 4)) == parent) children.push_back(pid);
  }
  return children;
}

}  // namespace

PostgresServer::PostgresServer(PostgresOptions options)
    : options_(std::move(options)), programs_(programs_of(options_.major)) {
  // The children of a postmaster that is killed become ours, to be waited for, and not those of an init that may not
  // care.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::filesystem::path parent = std::filesystem::temp_directory_path();
  sweep(parent);
  std::string pattern = (parent / fmt::format("{}{}-XXXXXX", kFolderPrefix, ::getpid())).string();
  CHECK(::mkdtemp(pattern.data()) != nullptr, "a test needs a folder of its own");
  folder_ = pattern;
  struct stat owner{};
  CHECK(::stat((programs_ / "template").c_str(), &owner) == 0, "tools/servers makes a template");
  user_ = owner.st_uid;
  group_ = owner.st_gid;
  if (::geteuid() == 0) CHECK(::chown(folder_.c_str(), user_, group_) == 0, "the folder is given to the server's user");
  make_cluster();
  start();
  if (options_.like_rds) make_rds();
}

void PostgresServer::make_cluster() {
  const std::string data = folder_ / "data";
  if (options_.own_identity) {
    run({programs_ / "bin/initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8",
         "--no-locale", "--no-sync"},
        "initdb");
  } else {
    run({"/bin/cp", "-a", programs_ / "template", data}, "a copy of the template");
  }
  if (options_.like_rds) {
    options_.tls = true;
    if (options_.hba.empty()) options_.hba = kRdsHba;
  }
  if (!options_.hba.empty()) std::ofstream(folder_ / "data" / "pg_hba.conf") << options_.hba;
  if (options_.tls) {
    run({"/bin/cp", programs_ / "tls/server.pem", programs_ / "tls/server.key", data}, "a copy of the certificate");
    run({"/bin/chmod", "600", data + "/server.key"}, "the key's mode");
  }
}

void PostgresServer::make_rds() { sql(kRdsRoles); }

void PostgresServer::run(const std::vector<std::string>& command, const std::string& what) const {
  int status = 0;
  ::waitpid(spawn(command), &status, 0);
  if (status != 0) give_up(what + " failed");
}

PostgresServer::~PostgresServer() {
  disconnect();
  if (running()) kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string PostgresServer::conninfo(std::string_view role) const {
  return fmt::format("host=127.0.0.1 port={} dbname=postgres user={}", port_, role);
}

std::string PostgresServer::socket_conninfo(std::string_view role, std::string_view database) const {
  return fmt::format("host={} port={} dbname={} user={}", folder_.string(), port_, database, role);
}

std::string PostgresServer::administrator_conninfo() const {
  return fmt::format("{} password='{}' sslmode=verify-full sslrootcert={}", conninfo(kAdministrator), kPassword,
                     ca_file().string());
}

pid_t PostgresServer::spawn(const std::vector<std::string>& command) const {
  // Everything is made before the fork: after it, in a program with threads, little is allowed.
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const char* const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", nullptr};
  const std::string log = folder_ / "log";
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  const pid_t self = ::getpid();
  const bool is_root = ::geteuid() == 0;
  const pid_t child = ::fork();
  if (child == 0) {
    // The session of its own keeps a Ctrl-C of the terminal with the test; the death signal is lost when the user
    // changes.
    ::setsid();
    if (is_root && (::setgroups(0, nullptr) != 0 || ::setgid(group_) != 0 || ::setuid(user_) != 0)) ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != self) ::_exit(126);
    if (::chdir("/") != 0) ::_exit(126);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execve(arguments[0], arguments.data(), const_cast<char* const*>(environment));
    ::_exit(127);
  }
  ::close(output);
  CHECK(child > 0, "a test can start a process");
  return child;
}

std::vector<std::string> PostgresServer::command() const {
  std::vector<std::string> words{programs_ / "bin/postgres", "-D", folder_ / "data", "-p",
                                 std::to_string(port_),      "-k", folder_};
  std::vector<std::string> settings{"listen_addresses=127.0.0.1",
                                    "fsync=off",
                                    "full_page_writes=off",
                                    "shared_buffers=16MB",
                                    "max_connections=40",
                                    "autovacuum=off",
                                    "jit=off"};
  if (options_.tls) settings.insert(settings.end(), {"ssl=on", "ssl_cert_file=server.pem", "ssl_key_file=server.key"});
  if (options_.major >= 18) settings.emplace_back("io_method=sync");  // three processes less
  for (const std::string& setting : settings) words.insert(words.end(), {"-c", setting});
  return words;
}

void PostgresServer::start() {
  CHECK(!running(), "the server is not running yet");
  // The port stays the same over the server's life, so that its clients find it again; another program may take the
  // port between two starts of the first, and then a new one is tried.
  const bool first = port_ == 0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (first) port_ = free_port();
    postmaster_ = spawn(command());
    wait_until_ready();
    if (running()) return;
  }
  give_up("the server does not start");
}

void PostgresServer::wait_until_ready() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  const std::string target = conninfo();
  while (PQping(target.c_str()) != PQPING_OK) {
    int status = 0;
    if (::waitpid(postmaster_, &status, WNOHANG) == postmaster_) {
      postmaster_ = 0;
      return;
    }
    if (std::chrono::steady_clock::now() > until) give_up("the server does not answer");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void PostgresServer::stop() {
  CHECK(running() && !hangs_, "the server is running");
  disconnect();
  ::kill(postmaster_, SIGINT);
  int status = 0;
  ::waitpid(postmaster_, &status, 0);
  postmaster_ = 0;
}

void PostgresServer::kill() {
  CHECK(running(), "the server is running");
  disconnect();
  // Children first: without their parent they could not be found.
  ::kill(postmaster_, SIGSTOP);
  const std::vector<pid_t> children = children_of(postmaster_);
  for (const pid_t child : children) ::kill(child, SIGKILL);
  ::kill(postmaster_, SIGKILL);
  int status = 0;
  ::waitpid(postmaster_, &status, 0);
  for (const pid_t child : children) ::waitpid(child, &status, 0);  // ours now, see the constructor
  postmaster_ = 0;
  hangs_ = false;
}

void PostgresServer::hang() {
  CHECK(running(), "the server is running");
  ::kill(postmaster_, SIGSTOP);  // first, so that no child is born unseen
  signal_children(SIGSTOP);
  hangs_ = true;
}

void PostgresServer::resume() {
  signal_children(SIGCONT);
  ::kill(postmaster_, SIGCONT);
  hangs_ = false;
}

void PostgresServer::signal_children(int signal) const {
  for (const pid_t child : children_of(postmaster_)) ::kill(child, signal);
}

void PostgresServer::disconnect() {
  PQfinish(connection_);
  connection_ = nullptr;
}

std::vector<std::string> PostgresServer::sql(const std::string& statements, const std::string& database) {
  if (connection_ != nullptr && (PQstatus(connection_) != CONNECTION_OK || connected_to_ != database)) disconnect();
  if (connection_ == nullptr) {
    connected_to_ = database;
    connection_ = PQconnectdb(socket_conninfo("postgres", database).c_str());
    if (PQstatus(connection_) != CONNECTION_OK) give_up(PQerrorMessage(connection_));
    PQclear(PQexec(connection_, "SET client_min_messages = warning"));
  }
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_, statements.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    give_up(fmt::format("{} in: {}", PQerrorMessage(connection_), statements));
  }
  std::vector<std::string> column;
  for (int row = 0; row < PQntuples(result.get()); ++row) column.emplace_back(PQgetvalue(result.get(), row, 0));
  return column;
}

PostgresServer& postgres_of(int major) {
  static std::map<int, std::unique_ptr<PostgresServer>> servers;
  std::unique_ptr<PostgresServer>& server = servers[major];
  if (server == nullptr) server = std::make_unique<PostgresServer>(PostgresOptions{.major = major});
  return *server;
}

void PostgresServer::make_platform_schema() { sql(kPlatformSchema); }

void PostgresServer::give_up(const std::string& story) const {
  std::ifstream file(folder_ / "log");
  std::ostringstream log;
  log << file.rdbuf();
  fmt::print(stderr, "PostgreSQL for tests: {}\n{}\n", story, log.str());
  std::abort();
}

}  // namespace test_support
