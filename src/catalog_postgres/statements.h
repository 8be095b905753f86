// The SQL of PostgresDirectory: one statement for each question, by its place in catalog::Question. Where rows are
// filtered for canonical ids, and where bytes are compared, is here for what comes in pages (a page that is filtered
// afterwards would not be full), and with the caller for the rest.

#pragma once

#include <span>
#include <string_view>

namespace catalog_postgres {

// Lives as long as the program.
std::span<const std::string_view> question_statements();

}  // namespace catalog_postgres
