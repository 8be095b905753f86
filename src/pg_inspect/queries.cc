#include "pg_inspect/queries.h"

#include <string_view>

#include <fmt/format.h>

namespace pg_inspect {
namespace {

// One kind of objects. The texts are SQL; what is empty does not apply.
struct Shape {
  std::string_view kind;    // a letter, see reader.cc
  std::string_view table;   // with the alias o
  std::string_view schema;  // column with the schema's OID
  std::string_view name, column = "''", owner, acl, row_security = "false", forced = "false";
  std::string_view joins;
  std::string_view condition = "true";
  std::string_view object = "o.oid", sub_object = "0";
  std::string_view catalog;  // whose comments and initial ACLs these are
};

// Of users' schemas all; of pg_catalog what has another ACL than initdb gave it.
constexpr std::string_view kIsOurs =
    "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_(toast$|temp_|toast_temp_)' AND "
    "(n.nspname <> 'pg_catalog' OR {acl} IS DISTINCT FROM i.initprivs)";

std::string select(const Shape& shape) {
  const bool has_schema = !shape.schema.empty() || shape.catalog == "pg_namespace";
  const std::string ours = has_schema ? fmt::format(fmt::runtime(kIsOurs), fmt::arg("acl", shape.acl)) : "true";
  const std::string in_schema =
      shape.schema.empty() ? "" : fmt::format("JOIN pg_namespace n ON n.oid = {}", shape.schema);
  return fmt::format(
      "SELECT {kind}, {object}, {schema_name}, {name}, {column}, {owner}, {acl}::text, {row_security}, {forced}, "
      "e.objid IS NOT NULL, d.description FROM {table} {in_schema} {joins} "
      "LEFT JOIN pg_init_privs i ON i.classoid = '{catalog}'::regclass AND i.objoid = {object} "
      "AND i.objsubid = {sub_object} "
      "LEFT JOIN (SELECT objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass "
      "AND classid = '{catalog}'::regclass AND deptype = 'e') e ON e.objid = {object} "
      "LEFT JOIN pg_description d ON d.classoid = '{catalog}'::regclass AND d.objoid = {object} "
      "AND d.objsubid = {sub_object} WHERE {condition} AND {ours}",
      fmt::arg("kind", shape.kind), fmt::arg("object", shape.object),
      fmt::arg("schema_name", shape.schema.empty() ? "''" : "n.nspname"), fmt::arg("name", shape.name),
      fmt::arg("column", shape.column), fmt::arg("owner", shape.owner), fmt::arg("acl", shape.acl),
      fmt::arg("row_security", shape.row_security), fmt::arg("forced", shape.forced), fmt::arg("table", shape.table),
      fmt::arg("in_schema", in_schema), fmt::arg("joins", shape.joins), fmt::arg("catalog", shape.catalog),
      fmt::arg("sub_object", shape.sub_object), fmt::arg("condition", shape.condition), fmt::arg("ours", ours));
}

Question of_object(const Shape& shape) { return {Part::kObject, select(shape)}; }

Question schemas() {
  return of_object({.kind = "'n'",
                    .table = "pg_namespace n",
                    .schema = "",
                    .name = "n.nspname",
                    .owner = "n.nspowner",
                    .acl = "n.nspacl",
                    .object = "n.oid",
                    .catalog = "pg_namespace"});
}

Question relations() {
  return of_object({.kind = "o.relkind",
                    .table = "pg_class o",
                    .schema = "o.relnamespace",
                    .name = "o.relname",
                    .owner = "o.relowner",
                    .acl = "o.relacl",
                    .row_security = "o.relrowsecurity",
                    .forced = "o.relforcerowsecurity",
                    .condition = "o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')",
                    .catalog = "pg_class"});
}

Question columns() {
  return of_object({.kind = "'c'",
                    .table = "pg_attribute a JOIN pg_class o ON o.oid = a.attrelid",
                    .schema = "o.relnamespace",
                    .name = "o.relname",
                    .column = "a.attname",
                    .owner = "o.relowner",
                    .acl = "a.attacl",
                    .condition = "a.attacl IS NOT NULL AND NOT a.attisdropped",
                    .sub_object = "a.attnum",
                    .catalog = "pg_class"});
}

Question routines() {
  return of_object({.kind = "CASE o.prokind WHEN 'p' THEN 'P' ELSE 'F' END",
                    .table = "pg_proc o",
                    .schema = "o.pronamespace",
                    .name = "o.proname || '(' || oidvectortypes(o.proargtypes) || ')'",
                    .owner = "o.proowner",
                    .acl = "o.proacl",
                    .catalog = "pg_proc"});
}

Question types() {
  return of_object({.kind = "CASE o.typtype WHEN 'd' THEN 'D' ELSE 'T' END",
                    .table = "pg_type o",
                    .schema = "o.typnamespace",
                    .name = "o.typname",
                    .owner = "o.typowner",
                    .acl = "o.typacl",
                    .joins = "LEFT JOIN pg_class r ON r.oid = o.typrelid",
                    .condition = "o.typtype IN ('b', 'c', 'd', 'e', 'r') AND o.typisdefined AND (o.typrelid = 0 OR "
                                 "r.relkind = 'c') AND NOT (o.typelem <> 0 AND o.typarray = 0 AND o.typlen = -1)",
                    .catalog = "pg_type"});
}

Question languages() {
  return of_object({.kind = "'L'",
                    .table = "pg_language o",
                    .schema = "",
                    .name = "o.lanname",
                    .owner = "o.lanowner",
                    .acl = "o.lanacl",
                    .condition = "o.lanpltrusted OR o.lanacl IS DISTINCT FROM i.initprivs",
                    .catalog = "pg_language"});
}

Question wrappers() {
  return of_object({.kind = "'W'",
                    .table = "pg_foreign_data_wrapper o",
                    .schema = "",
                    .name = "o.fdwname",
                    .owner = "o.fdwowner",
                    .acl = "o.fdwacl",
                    .catalog = "pg_foreign_data_wrapper"});
}

Question servers() {
  return of_object({.kind = "'X'",
                    .table = "pg_foreign_server o",
                    .schema = "",
                    .name = "o.srvname",
                    .owner = "o.srvowner",
                    .acl = "o.srvacl",
                    .catalog = "pg_foreign_server"});
}

Question large_objects() {
  return of_object({.kind = "'O'",
                    .table = "pg_largeobject_metadata o",
                    .schema = "",
                    .name = "o.oid::text",
                    .owner = "o.lomowner",
                    .acl = "o.lomacl",
                    .catalog = "pg_largeobject"});
}

// Across databases: no extension, no initial ACL, and comments elsewhere.
std::string shared(std::string_view kind, std::string_view table, std::string_view name, std::string_view owner,
                   std::string_view acl, std::string_view catalog, std::string_view more = "") {
  return fmt::format(
      "SELECT {}, o.oid, '', {}, '', {}, {}::text, false, false, false, d.description{} FROM {} o LEFT JOIN "
      "pg_shdescription d ON d.classoid = '{}'::regclass AND d.objoid = o.oid",
      kind, name, owner, acl, more, table, catalog);
}

constexpr std::string_view kRoles =
    "SELECT r.oid, r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, "
    "r.rolreplication, r.rolbypassrls, r.rolconnlimit, "
    "CASE WHEN r.rolvaliduntil <> 'infinity' THEN r.rolvaliduntil::text END, d.description "
    "FROM pg_roles r LEFT JOIN pg_shdescription d ON d.classoid = 'pg_authid'::regclass AND d.objoid = r.oid";

// Before 16 membership has no options of its own: whether it inherits is the member's attribute.
constexpr std::string_view kMemberships =
    "SELECT m.roleid, m.member, m.grantor, m.admin_option, {} FROM pg_auth_members m "
    "LEFT JOIN pg_roles r ON r.oid = m.member ORDER BY 1, 2, 3";

constexpr std::string_view kSettings =
    "SELECT s.setrole, s.setdatabase, c.entry FROM pg_db_role_setting s, "
    "unnest(s.setconfig) WITH ORDINALITY c(entry, place) ORDER BY s.setrole, s.setdatabase, c.place";

}  // namespace

std::vector<Question> cluster_questions(int major) {
  std::vector<Question> questions;
  questions.push_back({Part::kRole, std::string(kRoles)});
  questions.push_back(
      {Part::kMembership, fmt::format(fmt::runtime(kMemberships), major >= 16 ? "m.inherit_option, m.set_option"
                                                                              : "coalesce(r.rolinherit, true), "
                                                                                "true")});
  questions.push_back({Part::kSetting, std::string(kSettings)});
  questions.push_back({Part::kDatabase, shared("'d'", "pg_database", "o.datname", "o.datdba", "o.datacl", "pg_database",
                                               ", o.datconnlimit, o.datistemplate, o.datallowconn, "
                                               "o.datname = current_database()")});
  questions.push_back(
      {Part::kObject, shared("'t'", "pg_tablespace", "o.spcname", "o.spcowner", "o.spcacl", "pg_tablespace")});
  if (major >= 15) {
    // A parameter belongs to the role that initdb made.
    questions.push_back(
        {Part::kObject, shared("'g'", "pg_parameter_acl", "o.parname", "10::oid", "o.paracl", "pg_parameter_acl")});
  }
  return questions;
}

std::vector<Question> database_questions() {
  std::vector<Question> questions{schemas(),   relations(), columns(), routines(),     types(),
                                  languages(), wrappers(),  servers(), large_objects()};
  // Sequences of serial and identity columns.
  questions.push_back({Part::kPartOf,
                       "SELECT d.objid, d.refobjid FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = "
                       "'S' WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND "
                       "d.refobjsubid <> 0 AND d.deptype IN ('a', 'i')"});
  questions.push_back(
      {Part::kDefault, "SELECT defaclrole, defaclnamespace, defaclobjtype, defaclacl::text FROM pg_default_acl"});
  questions.push_back({Part::kPolicy,
                       "SELECT polrelid, polname, polcmd, polpermissive, polroles::text, "
                       "pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid) FROM pg_policy"});
  questions.push_back({Part::kExtension,
                       "SELECT e.extname, e.extversion, n.nspname FROM pg_extension e "
                       "JOIN pg_namespace n ON n.oid = e.extnamespace"});
  return questions;
}

Question server_question() {
  return {Part::kServer,
          "SELECT current_setting('server_version_num'), system_identifier, pg_is_in_recovery(), "
          "current_setting('scram_iterations', true), (SELECT oid FROM pg_roles WHERE rolname = current_user), "
          "current_database(), (SELECT oid FROM pg_database WHERE datname = current_database()) "
          "FROM pg_control_system()"};
}

Question settings_question() {
  return {Part::kFrame,
          "SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true), "
          "pg_catalog.set_config('TimeZone', 'UTC', true), pg_catalog.set_config('DateStyle', 'ISO, YMD', true), "
          "pg_catalog.set_config('quote_all_identifiers', 'off', true), pg_catalog.set_config('jit', 'off', true), "
          "pg_catalog.set_config('max_parallel_workers_per_gather', '0', true)"};
}

std::string digest_of(const std::vector<Question>& questions) {
  // Each row with its question, so that a row does not count for one of another question.
  std::string hashes;
  for (const Question& question : questions) {
    if (!hashes.empty()) hashes += " || ";
    hashes += fmt::format(
        "(SELECT coalesce(sha256(convert_to(string_agg(q::text, E'\\n' ORDER BY q::text COLLATE \"C\"), 'UTF8')), '') "
        "|| '\\x00' FROM ({}) q)",
        question.sql);
  }
  return fmt::format("SELECT encode(sha256({}), 'hex')", hashes);
}

}  // namespace pg_inspect
