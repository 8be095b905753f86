// The commands of the program that work on this machine: what each does, without the parsing of its flags. Each prints
// to stdout what is asked for, to stderr what went wrong, and gives the exit code (docs/reference/exit-codes.md).

#pragma once

#include <map>
#include <string>

#include "audit/verify.h"
#include "base/result.h"

namespace app {

struct ServeArguments {
  std::string data, config_file;
  bool development = false;
  std::map<std::string, std::string> flags;  // settings by name
};

int serve(const ServeArguments& arguments);
int import_directory(const std::string& data, const std::string& file);
int issue_token(const std::string& data, const std::string& user, const std::string& workspace,
                const std::string& lifetime);
int store_backup(const std::string& data, const std::string& file);
int store_restore(const std::string& data, const std::string& file, bool force);
int store_check(const std::string& data, bool rebuild, bool as_json);
// app/audit_commands.cc; times are RFC 3339, and may be empty.
int audit_verify(const std::string& data, const std::string& heads_file, bool as_json);
int audit_export(const std::string& data, const std::string& since, const std::string& until);
int audit_heads(const std::string& data);
int audit_new_key(const std::string& data, const std::string& heads_file, bool force);
// By the key of the kept heads; without them all is looked at but the signatures.
base::Result<audit::Verification> verify_before_new_key(const std::string& data, const std::string& heads_file);
int config_check(const ServeArguments& arguments);
int config_reference();
int print_openapi();

}  // namespace app
