#include "aws_credentials/program.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <tl/expected.hpp>
#include <unistd.h>

#include "base/descriptor.h"

namespace aws_credentials {

namespace {

tl::unexpected<base::Error> failed(std::string what) { return base::fail(base::Code::kInvalid, std::move(what)); }
std::string reason(int error) { return std::generic_category().message(error); }

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> made;
  made.reserve(texts.size() + 1);
  for (std::string& text : texts) made.push_back(text.data());
  made.push_back(nullptr);
  return made;
}

// The signals of this process are not the program's: a server ignores SIGPIPE and blocks others.
struct Spawning {
  Spawning() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~Spawning() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;

  bool prepare(int output) {
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    return ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
           ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) == 0 &&
           ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
           ::posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
           ::posix_spawnattr_setsigdefault(&attributes, &all) == 0 &&
           ::posix_spawnattr_setpgroup(&attributes, 0) == 0 &&
           ::posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                                      POSIX_SPAWN_SETSIGDEF)) == 0;
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

// A child that is waited for, killed first where nobody did.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int wait() {
    int status = -1;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_;
};

// False: what stood in the pipe is read, and it is at its end or empty.
base::Result<bool> read_some(int pipe, std::string& output, std::size_t bytes_max) {
  std::array<char, 4096> room{};
  const ssize_t got = ::read(pipe, room.data(), room.size());
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  output.append(room.data(), static_cast<std::size_t>(got));
  if (output.size() > bytes_max) return failed(fmt::format("printed more than {} bytes", bytes_max));
  return true;
}

// Reads until the program is gone: what it left running may hold the pipe open for ever.
base::Result<std::string> output_of(int pipe, int process, base::Deadline deadline, std::size_t bytes_max) {
  std::string output;
  std::array<pollfd, 2> watched{{{process, POLLIN, 0}, {pipe, POLLIN, 0}}};
  while (true) {
    if (deadline.passed()) return failed("did not end in time and was stopped");
    const int ready = ::poll(watched.data(), watched.size(),
                             static_cast<int>(std::min<std::int64_t>(deadline.left().count() + 1, 1000)));
    if (ready < 0 && errno != EINTR) return failed("could not be watched");
    if (ready <= 0) continue;
    if (watched[1].fd >= 0 && watched[1].revents != 0 && !TRY(read_some(pipe, output, bytes_max))) watched[1].fd = -1;
    if (watched[0].revents != 0) break;
  }
  while (watched[1].fd >= 0 && TRY(read_some(pipe, output, bytes_max))) continue;
  return output;
}

}  // namespace

base::Result<std::string> run_program(const std::vector<std::string>& words, const aws_config::Environment& environment,
                                      base::Deadline deadline, std::size_t output_bytes_max) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return failed("could not be started: " + reason(errno));
  const base::Descriptor reading(ends[0]);
  base::Descriptor writing(ends[1]);
  // The program's own end waits, as programs expect.
  ::fcntl(writing.number(), F_SETFL, 0);

  std::vector<std::string> arguments = words, variables;
  for (const auto& [name, value] : environment) variables.push_back(fmt::format("{}={}", name, value));
  Spawning spawning;
  pid_t pid = 0;
  if (!spawning.prepare(writing.number())) return failed("could not be started");
  if (const int error = ::posix_spawnp(&pid, arguments.front().c_str(), &spawning.actions, &spawning.attributes,
                                       pointers(arguments).data(), pointers(variables).data())) {
    return failed("could not be started: " + reason(error));
  }
  Child child(pid);
  writing.close();
  const base::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (process.number() < 0) return failed("could not be watched: " + reason(errno));
  std::string output = TRY(output_of(reading.number(), process.number(), deadline, output_bytes_max));
  const int status = child.wait();
  if (WIFSIGNALED(status)) return failed(fmt::format("was killed by signal {}", WTERMSIG(status)));
  if (!WIFEXITED(status)) return failed("ended in an unknown way");
  if (WEXITSTATUS(status) != 0) return failed(fmt::format("exited with status {}", WEXITSTATUS(status)));
  return output;
}

}  // namespace aws_credentials
