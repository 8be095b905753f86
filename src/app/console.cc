#include "app/console.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>

#include <langinfo.h>
#include <poll.h>
#include <stdio_ext.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "app/data_folder.h"
#include "base/clock.h"
#include "base/ids.h"
#include "identity/local_issuer.h"

namespace app {
namespace {

using base::Code;

constexpr std::size_t kInputBytesMax = 512 * 1024;
constexpr std::chrono::hours kDevelopmentToken{12};
constexpr std::size_t kColumnsMax = 10'000;

std::optional<std::string> variable(const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program changes the environment
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::size_t columns() {
  const std::string told = variable("COLUMNS").value_or("");
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(told.data(), told.data() + told.size(), count);
  if (!told.empty() && error == std::errc() && end == told.data() + told.size() && count > 0 && count <= kColumnsMax)
    return count;
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) return size.ws_col;
  return 0;
}

cli::Screen screen() {
  cli::Screen made;
  made.columns = columns();
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  made.colour = terminal && variable("NO_COLOR").value_or("").empty() && variable("TERM").value_or("dumb") != "dumb";
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread is there
  std::setlocale(LC_CTYPE, "");
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the same
  made.unicode = std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0;
  return made;
}

// Switches the echo of the terminal off for as long as it lives; Ctrl-C ends the reading meanwhile, not the program, so
// that the echo comes back.
class Silence {
 public:
  explicit Silence(bool wanted) : on_(wanted && ::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!on_) return;
    struct sigaction noted{};
    noted.sa_handler = [](int) {};
    ::sigaction(SIGINT, &noted, &interrupt_before_);
    sigset_t interrupts;
    ::sigemptyset(&interrupts);
    ::sigaddset(&interrupts, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &interrupts, &mask_before_);
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~Silence() {
    if (!on_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    ::sigaction(SIGINT, &interrupt_before_, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    std::fputc('\n', stderr);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

  // Until something was typed; false: Ctrl-C was, whether before or meanwhile.
  [[nodiscard]] bool wait() const {
    pollfd one{STDIN_FILENO, POLLIN, 0};
    return !on_ || ::ppoll(&one, 1, nullptr, &mask_before_) > 0;
  }

 private:
  termios before_{};
  struct sigaction interrupt_before_{};
  sigset_t mask_before_{};
  bool on_;
};

base::Result<std::string> read_input(std::string_view prompt, bool secret) {
  const bool person = ::isatty(STDIN_FILENO) == 1;
  const Silence silence(person && secret);  // before the prompt: who answers it at once is not shown either
  if (person) std::fwrite(prompt.data(), 1, prompt.size(), stderr);
  std::string text;
  char buffer[4096];
  while (true) {
    if (!silence.wait()) return base::fail(Code::kInvalid, "Interrupted; nothing was done.");
    const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail(Code::kUnavailable, "stdin cannot be read.");
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kInputBytesMax) return base::fail(Code::kInvalid, "That is too long.");
    if (got == 0 || (person && text.find('\n') != std::string::npos)) return text;
  }
}

base::Result<base::Secret> issue(const std::string& data, const std::string& user) {
  const std::optional<std::string> user_id = base::parse_id(base::IdKind::kUser, user);
  if (!user_id) return base::fail(Code::kInvalid, "--development-user must be a user id, N:user:<uuid>.");
  TRY(make_data_folder(data));
  base::SystemEntropy entropy;
  const std::unique_ptr<identity::LocalIssuer> issuer = TRY(identity::LocalIssuer::open(data, entropy));
  return base::Secret(TRY(issuer->issue(*user_id, std::nullopt, base::SystemClock().now(), kDevelopmentToken)));
}

}  // namespace

cli::World console() {
  cli::World world;
  world.environment = variable;
  world.out = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); };
  world.err = [](std::string_view text) {
    std::fflush(stdout);  // in the order in which they were said
    std::fwrite(text.data(), 1, text.size(), stderr);
  };
  world.screen = screen();
  world.asks_a_person = ::isatty(STDIN_FILENO) == 1;
  world.read_input = read_input;
  world.issue_token = issue;
  return world;
}

bool flush_console() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  ::__fpurge(stdout);
  std::clearerr(stdout);
  return false;
}

}  // namespace app
