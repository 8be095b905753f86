// A PostgreSQL for tests in other languages (tests/support/postgres.py): PostgresServer as a program.
//
//   postgres_server MAJOR [--tls] [--like-rds] [--own-identity]
//
// Says in one line of JSON how to connect, then does what it is told by lines (stop, start, kill, hang, resume), each
// answered with "ok", until its standard input ends; so the server is gone with whoever started it.

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include <fmt/format.h>

#include "support/postgres.h"

int main(int argc, char** argv) {
  test_support::PostgresOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--tls") {
      options.tls = true;
    } else if (word == "--like-rds") {
      options.like_rds = true;
    } else if (word == "--own-identity") {
      options.own_identity = true;
    } else {
      options.major = std::atoi(word.c_str());
    }
  }
  test_support::PostgresServer server(options);
  fmt::print(R"({{"major":{},"port":{},"socket":"{}","ca":"{}","other_ca":"{}","superuser":"{}","administrator":"{}"}})"
             "\n",
             server.major(), server.port(), server.socket_folder().string(), server.ca_file().string(),
             server.other_ca_file().string(), server.socket_conninfo(),
             options.like_rds ? server.administrator_conninfo() : "");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "stop") server.stop();
    if (line == "start") server.start();
    if (line == "kill") server.kill();
    if (line == "hang") server.hang();
    if (line == "resume") server.resume();
    fmt::print("ok\n");
    std::fflush(stdout);
  }
}
