// Profiles: privileges by name, for a schema, what is in it and what will be.

#include <fmt/format.h>

#include "pg_spec/reader.h"

namespace pg_spec::internal {
namespace {

using pg_model::Kind;

// Sections of a profile, and what default privileges call the same.
constexpr std::pair<std::string_view, Kind> kSections[] = {
    {"tables", Kind::kTable}, {"sequences", Kind::kSequence}, {"routines", Kind::kFunction}, {"types", Kind::kType}};

Selector everything(Kind kind) {
  Selector selector;
  selector.kind = kind;
  selector.wide = kind != Kind::kSequence;
  selector.name = "*";
  return selector;
}

Rights just(pg_model::Privileges privileges) {
  Rights rights;
  rights.has = privileges;
  return rights;
}

Profile read_profile(Reader& in, const Node& node) {
  Profile profile;
  auto section = [&](std::size_t index) {
    const auto& [key, kind] = kSections[index];
    return std::pair<std::string_view, Handler>{key, [&in, &profile, kind](const Node& each) {
                                                  profile.sections.emplace_back(everything(kind),
                                                                                in.rights(each, kind, false));
                                                }};
  };
  in.members(node, "a profile",
             {{"schema", [&](const Node& each) { profile.schema = in.rights(each, Kind::kSchema, false); }},
              section(0),
              section(1),
              section(2),
              section(3)});
  return profile;
}

}  // namespace

void add_built_in_profiles(Reader& in) {
  using namespace pg_model;
  Profile& readonly = in.profiles["readonly"];
  readonly.schema = just(kUsage);
  readonly.sections = {{everything(Kind::kTable), just(kSelect)}, {everything(Kind::kSequence), just(kSelect)}};
  Profile& readwrite = in.profiles["readwrite"];
  readwrite.schema = just(kUsage);
  readwrite.sections = {{everything(Kind::kTable), just(kSelect | kInsert | kUpdate | kDelete)},
                        {everything(Kind::kSequence), just(kUsage | kSelect)},
                        {everything(Kind::kFunction), just(kExecute)},
                        {everything(Kind::kType), just(kUsage)}};
}

void read_profiles(Reader& in, const Node& node) {
  in.each_member(node, "profiles", [&](const Member& member) {
    if (member.key == "readonly" || member.key == "readwrite") {
      return in.problem(member.at, fmt::format("the profile {} is built in: give this one another name", member.key));
    }
    in.profiles[member.key] = read_profile(in, member.value);
  });
}

void apply_profile(Reader& in, const Profile& profile, const std::string& role, const std::string& database,
                   const std::string& schema, const std::vector<std::string>& creators, Position at) {
  if (!in.room(at)) return;
  Selector of_schema{.kind = Kind::kSchema, .database = database, .name = schema};
  in.add_object(of_schema);
  in.add_rights(role, of_schema, profile.schema);
  for (const auto& [everything_of, rights] : profile.sections) {
    Selector selector = everything_of;
    selector.database = database;
    selector.schema = schema;
    in.add_object(selector);
    in.add_rights(role, selector, rights);
    for (const std::string& creator : creators) {
      in.add_defaults({.creator = creator, .database = database, .schema = schema, .kind = selector.kind, .role = role},
                      rights);
    }
  }
}

}  // namespace pg_spec::internal
