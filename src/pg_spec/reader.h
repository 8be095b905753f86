// What every part of the reader of a spec stands on: typed access to nodes that reports instead of failing, names, and
// the roles that are named and must be declared somewhere.
//
// One reading, one thread. Whatever is wrong becomes a problem, and the value stays what it was.

#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pg_spec/spec.h"
#include "pg_spec/yaml.h"

namespace pg_spec::internal {

using Handler = std::function<void(const Node&)>;
using Handlers = std::initializer_list<std::pair<std::string_view, Handler>>;

// The rights of one role on one thing, as `privileges` says them.
struct Rights {
  pg_model::Privileges has = 0, with_option = 0, has_not = 0;
  bool all = false, all_with_option = false, not_all = false;
};

// What a profile gives: to the schema, and to what is in it.
struct Profile {
  Rights schema;
  std::vector<std::pair<Selector, Rights>> sections;  // selectors of everything of a kind: of schema only kind is set
};

class Reader {
 public:
  Reader(Spec& target, Problems& problems) : spec(target), problems_(problems) {}

  // "; did you mean X?", or nothing.
  [[nodiscard]] std::string meant(std::string_view word, const std::vector<std::string_view>& known) const;
  void problem(Position at, std::string message) { problems_.add(at, std::move(message)); }

  // Calls the handlers of the keys that are there, in the order of the handlers; other keys are problems.
  void members(const Node& node, std::string_view what, const Handlers& handlers);
  // Calls for each member of a mapping that has names for keys; nothing is an empty mapping.
  void each_member(const Node& node, std::string_view what, const std::function<void(const Member&)>& take);
  void each_item(const Node& node, std::string_view what, const std::function<void(const Node&)>& take);
  // A list, or one text in place of a list of one.
  void each_text(const Node& node, std::string_view what, const std::function<void(const Node&)>& take);
  // There must be something.
  void required(bool given, const Node& node, std::string_view key);

  bool text(const Node& node, std::string_view what, std::string& out);
  void text(const Node& node, std::string_view what, std::optional<std::string>& out);
  void boolean(const Node& node, std::string_view what, bool& out);
  void boolean(const Node& node, std::string_view what, std::optional<bool>& out);
  void connection_limit(const Node& node, std::optional<int>& out);
  void mode(const Node& node, std::optional<Mode>& out);

  // Names of what exists in a database: at most 63 bytes, not empty.
  bool name(std::string_view text, Position at, std::string_view what);
  // The name of a role somewhere: it must be declared by the end. `or_public`: may be PUBLIC.
  bool role(std::string_view text, Position at, bool or_public = false);
  bool role(const Node& node, std::string& out, bool or_public = false);
  // A role that the document declares, here.
  bool declare(std::string_view text, Position at);
  // Whether it is declared by now; a preset adds to such a role, and declares others.
  [[nodiscard]] bool is_declared(std::string_view role) const { return declared_.contains(role); }
  // At the end: reports the roles that nobody declared.
  void check_roles();

  Rights rights(const Node& node, pg_model::Kind kind, bool to_public);
  // What is said of a profile that is not there.
  [[nodiscard]] std::string no_profile(std::string_view name) const;

  void add_object(Selector selector);
  void add_rights(const std::string& role, const Selector& on, const Rights& rights);
  void add_defaults(const DefaultGrant& base, const Rights& rights);
  void add_setting(Setting setting, Position at);
  void add_membership(Membership membership, Position at);
  // What a preset says, where the document says nothing else about it.
  void add_setting_if_none(Setting setting, Position at);
  void add_membership_if_none(Membership membership, Position at);

  // Whether there is room for what comes next; reports once when there is not.
  bool room(Position at);

  Spec& spec;
  std::map<std::string, Profile, std::less<>> profiles;

 private:
  void privilege_list(const Node& node, pg_model::Kind kind, bool may_pass_on, Rights& out);
  void privilege(const Node& word, pg_model::Kind kind, bool may_pass_on, Rights& out);

  struct Named {
    std::string role;
    Position at;
  };
  Problems& problems_;
  std::map<std::string, Position, std::less<>> declared_;
  std::vector<Named> named_;
  std::map<std::string, Position, std::less<>> settings_, memberships_;
  std::map<std::string, bool, std::less<>> objects_;
  bool full_ = false;

  [[nodiscard]] static std::string key_of(const Setting& setting);
  [[nodiscard]] static std::string key_of(const Membership& membership);
};

// The parts, each in a file of its own.
void read_roles(Reader& in, const Node& node, RoleKind kind);
void read_absent(Reader& in, const Node& node);
void read_profiles(Reader& in, const Node& node);
void read_presets(Reader& in, const Node& node);
void read_databases(Reader& in, const Node& node);
void read_parameters(Reader& in, const Node& node);
void read_tablespaces(Reader& in, const Node& node);

// `schema` in Selector is a pattern for one or many; `creators` get the default privileges.
void apply_profile(Reader& in, const Profile& profile, const std::string& role, const std::string& database,
                   const std::string& schema, const std::vector<std::string>& creators, Position at);
void add_built_in_profiles(Reader& in);

// The value of a setting as the catalog has it: a list's elements are joined.
std::string setting_value(Reader& in, const Node& node, std::string_view name);
// An element of a list as the catalog has it: quoted unless it is a plain lower-case name. The server also quotes
// reserved words; whoever compares, compares elements.
std::string list_element(std::string_view text);
// "2027-01-31", with a time and offset or not, to UTC as the server writes it; empty: it is none.
std::string utc_time(std::string_view text);
// "total(integer,text )" as the inspection names it: "total(integer, text)". What begins with a quote stays as it is.
std::string tidy_routine(std::string_view text);
// A place for a password: "file:PATH", "secretsmanager:NAME", "ssm:NAME".
void password_place(Reader& in, const Node& node, std::string& out);

}  // namespace pg_spec::internal
