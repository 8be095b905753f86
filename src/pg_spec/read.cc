// The document as a whole.

#include "pg_spec/reader.h"
#include "pg_spec/spec.h"

namespace pg_spec {
namespace {

using namespace internal;

void read_document(Reader& in, const Node& root) {
  add_built_in_profiles(in);
  std::optional<Mode> mode;
  // Profiles before what uses them, presets after what they add to.
  in.members(root, "a database spec",
             {{"mode", [&](const Node& node) { in.mode(node, mode); }},
              {"maintenance_database",
               [&](const Node& node) {
                 if (in.text(node, "maintenance_database", in.spec.maintenance_database)) {
                   in.name(in.spec.maintenance_database, node.at, "the maintenance database");
                 }
               }},
              {"external_roles",
               [&](const Node& node) {
                 in.each_text(node, "external_roles", [&](const Node& role) {
                   if (in.declare(role.text, role.at)) in.spec.external_roles.push_back(role.text);
                 });
               }},
              {"owners", [&](const Node& node) { read_roles(in, node, RoleKind::kOwner); }},
              {"groups", [&](const Node& node) { read_roles(in, node, RoleKind::kGroup); }},
              {"logins", [&](const Node& node) { read_roles(in, node, RoleKind::kLogin); }},
              {"absent", [&](const Node& node) { read_absent(in, node); }},
              {"profiles", [&](const Node& node) { read_profiles(in, node); }},
              {"databases", [&](const Node& node) { read_databases(in, node); }},
              {"parameters", [&](const Node& node) { read_parameters(in, node); }},
              {"tablespaces", [&](const Node& node) { read_tablespaces(in, node); }},
              {"presets", [&](const Node& node) { read_presets(in, node); }}});
  in.spec.mode = mode.value_or(Mode::kAtLeast);
  in.check_roles();
}

}  // namespace

base::Result<Spec> read(std::string_view text, std::string_view file_name) {
  Problems problems;
  Node root;
  // What follows a place where the text is no YAML is not there: to report it as missing would mislead.
  if (!parse_yaml(text, root, problems)) return base::fail(problems.error(file_name, root));
  Spec spec;
  if (root.is_null()) problems.add(root.at, "the document is empty");
  Reader in(spec, problems);
  read_document(in, root);
  if (!problems.empty()) return base::fail(problems.error(file_name, root));
  return spec;
}

}  // namespace pg_spec
