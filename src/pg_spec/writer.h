// What every part of the writer of a spec stands on: the cluster by OID, the tree that grows, and the list of what a
// spec cannot say.

#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pg_model/state.h"
#include "pg_spec/yaml_text.h"

namespace pg_spec::internal {

// What one role has on one thing, whoever gave it.
struct Held {
  pg_model::Privileges has = 0, with_option = 0;  // the second are among the first
  pg_model::Privileges has_not = 0;               // of what it would have by PostgreSQL's own default
  bool operator==(const Held&) const = default;
  [[nodiscard]] bool nothing() const { return has == 0 && has_not == 0; }
};
using HeldByRole = std::map<std::string, Held, std::less<>>;

class Writer {
 public:
  explicit Writer(const pg_model::Cluster& of);

  // The role's name; empty: nobody has this OID, or the name cannot be written. kPublic is PUBLIC.
  [[nodiscard]] const std::string& name(pg_model::Oid role) const;
  [[nodiscard]] const pg_model::Role* role(pg_model::Oid oid) const;
  // Superusers and the provider's roles: named, and not declared.
  [[nodiscard]] bool is_external(const pg_model::Role& role) const;
  void cannot_say(std::string what) { unsaid_.insert(std::move(what)); }

  // By role, with the owner's own rights left out where they are whole.
  HeldByRole held(const pg_model::Object& object);
  // Of default privileges: `global` ones stand in place of the built-in ones, a schema's are added.
  HeldByRole held(const pg_model::DefaultPrivileges& defaults);
  static Node rights(const Held& held, pg_model::Kind kind, int major, bool of_everybody);
  static Node privileges(const HeldByRole& held, pg_model::Kind kind, int major);

  void write_roles(Node& root);
  void write_shared(Node& root);
  void write_databases(Node& root);
  [[nodiscard]] std::string header() const;

  const pg_model::Cluster& cluster;
  [[nodiscard]] int major() const { return cluster.server.major(); }

 private:
  void add_grants(const std::vector<pg_model::Grant>& grants, const std::string& where, HeldByRole& held);

  std::unordered_map<pg_model::Oid, const pg_model::Role*> roles_;
  std::set<std::string> unsaid_;
};

// Sections of objects of one kind, in one schema or database.
void write_section(Writer& out, Node& parent, const std::string& key,
                   const std::vector<const pg_model::Object*>& objects,
                   const std::vector<const pg_model::Object*>& columns,
                   const std::vector<const pg_model::Policy*>& policies);

}  // namespace pg_spec::internal
