#include "pg_plan/names.h"

#include "pg_model/quote.h"

namespace pg_plan {

using pg_model::identifier;
using pg_model::Kind;
using pg_model::Object;
using pg_model::Oid;
using pg_model::Role;

Names::Names(const std::vector<Role>& roles) : roles_(roles) {
  by_oid_.reserve(roles.size());
  by_name_.reserve(roles.size());
  for (std::size_t index = 0; index < roles.size(); ++index) add(index);
}

void Names::add(std::size_t index) {
  by_oid_[roles_[index].oid] = index;
  by_name_[roles_[index].name] = index;
}

const Role* Names::role(Oid oid) const {
  auto found = by_oid_.find(oid);
  return found == by_oid_.end() ? nullptr : &roles_[found->second];
}

const Role* Names::role(std::string_view name) const {
  auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? nullptr : &roles_[found->second];
}

std::string Names::plain(Oid oid) const {
  if (oid == pg_model::kPublic) return "PUBLIC";
  const Role* found = role(oid);
  return found ? found->name : "role " + std::to_string(oid);
}

std::string Names::quoted(Oid oid) const { return oid == pg_model::kPublic ? "PUBLIC" : identifier(plain(oid)); }

bool is_relation(Kind kind) {
  return kind == Kind::kTable || kind == Kind::kView || kind == Kind::kMaterializedView ||
         kind == Kind::kForeignTable || kind == Kind::kSequence;
}

bool is_routine(Kind kind) { return kind == Kind::kFunction || kind == Kind::kProcedure; }

namespace {

// Where the types of a routine's arguments begin: at the parenthesis that the last one closes. Types may have quoted
// names with parentheses in them, and so may the routine.
std::size_t arguments_begin(std::string_view name) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = name.size(); at-- > 0;) {
    if (name[at] == '"') quoted = !quoted;
    if (quoted) continue;
    if (name[at] == ')') ++depth;
    if (name[at] == '(' && --depth == 0) return at;
  }
  return name.size();
}

}  // namespace

std::string reference(const Object& object) {
  if (object.kind == Kind::kLargeObject) return object.name.empty() ? std::to_string(object.oid) : object.name;
  // A parameter's name may have a dot, which is a part of it: pgaudit.log.
  std::string text = object.schema.empty() ? std::string() : identifier(object.schema) + ".";
  if (!is_routine(object.kind)) return text + identifier(object.name);
  std::size_t arguments = arguments_begin(object.name);
  text += identifier(std::string_view(object.name).substr(0, arguments));
  return arguments == object.name.size() ? text + "()" : text + object.name.substr(arguments);
}

std::string plain(const Object& object) {
  std::string text = object.schema.empty() ? std::string() : object.schema + ".";
  text += object.name;
  if (!object.column.empty()) text += "." + object.column;
  return text;
}

std::string_view grant_word(Kind kind) {
  switch (kind) {
    case Kind::kDatabase:
      return "DATABASE";
    case Kind::kTablespace:
      return "TABLESPACE";
    case Kind::kParameter:
      return "PARAMETER";
    case Kind::kSchema:
      return "SCHEMA";
    case Kind::kSequence:
      return "SEQUENCE";
    case Kind::kFunction:
      return "FUNCTION";
    case Kind::kProcedure:
      return "PROCEDURE";
    case Kind::kType:
    case Kind::kDomain:
      return "TYPE";
    case Kind::kLanguage:
      return "LANGUAGE";
    case Kind::kForeignDataWrapper:
      return "FOREIGN DATA WRAPPER";
    case Kind::kForeignServer:
      return "FOREIGN SERVER";
    case Kind::kLargeObject:
      return "LARGE OBJECT";
    default:
      return "TABLE";
  }
}

std::string_view alter_word(Kind kind) {
  switch (kind) {
    case Kind::kView:
      return "VIEW";
    case Kind::kMaterializedView:
      return "MATERIALIZED VIEW";
    case Kind::kForeignTable:
      return "FOREIGN TABLE";
    case Kind::kFunction:  // may be an aggregate, which ALTER FUNCTION refuses
    case Kind::kProcedure:
      return "ROUTINE";
    case Kind::kDomain:
      return "DOMAIN";
    case Kind::kForeignServer:
      return "SERVER";
    default:
      return grant_word(kind);
  }
}

std::string_view default_word(Kind kind) {
  switch (kind) {
    case Kind::kSequence:
      return "SEQUENCES";
    case Kind::kFunction:
    case Kind::kProcedure:
      return "ROUTINES";
    case Kind::kType:
    case Kind::kDomain:
      return "TYPES";
    case Kind::kSchema:
      return "SCHEMAS";
    case Kind::kLargeObject:
      return "LARGE OBJECTS";
    default:
      return "TABLES";
  }
}

std::string list(pg_model::Privileges privileges) { return join(pg_model::names_of(privileges)); }

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::size_t length = 0;
  for (const std::string& part : parts) length += part.size() + between.size();
  std::string text;
  text.reserve(length);
  for (const std::string& part : parts) {
    if (&part != parts.data()) text += between;
    text += part;
  }
  return text;
}

}  // namespace pg_plan
