// The program: the words of its command line, the table of its commands, and the exit code.

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "app/aws_command.h"
#include "app/command_table.h"
#include "app/console.h"
#include "cli/program.h"

namespace {

constexpr int kNotWritten = 9;
constexpr int kOurMistake = 70;

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    cli::Table table = cli::make_table("stewardry 0.1.0", app::local_groups(), app::local_commands());
    table.local_names = app::aws_names;
    cli::World world = app::console();
    const int code = cli::run(table, world, words);
    if (app::flush_console()) return code;
    std::fputs("stewardry: stdout took not all of it.\n", stderr);
    return code == 0 ? kNotWritten : code;
  } catch (const std::exception& thrown) {  // no memory; our code throws nothing
    std::fprintf(stderr, "stewardry: %s\n", thrown.what());
    return kOurMistake;
  }
}
