#include "base/error_table.h"

#include <set>

#include <gtest/gtest.h>

namespace base {
namespace {

struct Row {
  Code code;
  int http_status;
  int exit_code;
};

// Said a second time on purpose: clients and scripts rely on these numbers.
const std::vector<Row> kRows = {
    {Code::kInvalid, 400, 2},          {Code::kUnauthenticated, 401, 4},
    {Code::kForbidden, 403, 5},        {Code::kNotFound, 404, 6},
    {Code::kMethodNotAllowed, 405, 2}, {Code::kNotAcceptable, 406, 2},
    {Code::kRequestTimeout, 408, 9},   {Code::kConflict, 409, 7},
    {Code::kLengthRequired, 411, 2},   {Code::kPreconditionFailed, 412, 7},
    {Code::kTooLarge, 413, 2},         {Code::kUriTooLong, 414, 2},
    {Code::kUnsupportedMedia, 415, 2}, {Code::kImpossible, 422, 8},
    {Code::kHeadersTooLarge, 431, 2},  {Code::kTooManyRequests, 429, 9},
    {Code::kInternal, 500, 70},        {Code::kUnavailable, 503, 9},
    {Code::kDeadline, 503, 9},         {Code::kCorrupt, 500, 1},
    {Code::kAmbiguous, 409, 3},
};

TEST(ErrorTable, EveryCodeHasItsStatusAndExitCode) {
  for (const Row& row : kRows) {
    EXPECT_EQ(face(row.code).http_status, row.http_status) << face(row.code).slug;
    EXPECT_EQ(face(row.code).exit_code, row.exit_code) << face(row.code).slug;
  }
}

TEST(ErrorTable, NoCodeIsForgotten) {
  ASSERT_EQ(kRows.size(), static_cast<std::size_t>(Code::kCorrupt) + 1) << "a new code needs a row here";
  std::set<Code> seen;
  for (const Row& row : kRows) seen.insert(row.code);
  EXPECT_EQ(seen.size(), kRows.size());
}

TEST(ErrorTable, SlugsAreUniqueAndFitIntoAUrl) {
  std::set<std::string_view> slugs;
  for (const Row& row : kRows) {
    const ErrorFace shown = face(row.code);
    EXPECT_TRUE(slugs.insert(shown.slug).second) << shown.slug;
    EXPECT_EQ(shown.slug.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << shown.slug;
    EXPECT_FALSE(shown.title.empty());
  }
}

}  // namespace
}  // namespace base
