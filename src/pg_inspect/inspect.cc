#include "pg_inspect/inspect.h"

#include <chrono>
#include <utility>
#include <vector>

#include "pg_inspect/queries.h"
#include "pg_inspect/reader.h"

namespace pg_inspect {
namespace {

constexpr int kAttemptsMax = 3;  // where roles are renamed while they are read
constexpr std::chrono::seconds kUndoPatience{5};
constexpr const char* kUndo = "ROLLBACK TO SAVEPOINT stewardry_inspection";
constexpr const char* kForget = "RELEASE SAVEPOINT stewardry_inspection";

// The questions between what begins and ends one view of the catalogs: a transaction of their own, or a savepoint of
// the caller's, which takes the session's settings back.
std::vector<Question> framed(std::vector<Question> questions, bool in_transaction) {
  std::vector<Question> framed;
  framed.push_back({Part::kFrame, in_transaction ? "SAVEPOINT stewardry_inspection"
                                                 : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"});
  framed.push_back(settings_question());
  for (Question& question : questions) framed.push_back(std::move(question));
  if (in_transaction) framed.push_back({Part::kFrame, kUndo});
  framed.push_back({Part::kFrame, in_transaction ? kForget : "COMMIT"});
  return framed;
}

// All in one round trip; after a failure the session is as it was before.
base::Result<void> ask(pg::Connection& connection, std::vector<Question> questions,
                       const std::function<base::Result<void>(Part, const pg::Rows&)>& taker, base::Deadline deadline) {
  const bool in_transaction = connection.in_transaction();
  questions = framed(std::move(questions), in_transaction);
  std::vector<std::string> statements;
  statements.reserve(questions.size());
  for (const Question& question : questions) statements.push_back(question.sql);
  base::Result<void> done = connection.stream(
      statements, [&](std::size_t statement, const pg::Rows& row) { return taker(questions[statement].part, row); },
      deadline);
  if (done || !connection.in_transaction()) return done;
  // What went wrong is what the caller hears, not what goes wrong after it; it may have been the deadline.
  const base::Deadline patience = base::Deadline::after(kUndoPatience);
  if (!in_transaction) {
    (void)connection.query("ROLLBACK", patience);
  } else {
    (void)connection.query(kUndo, patience);
    (void)connection.query(kForget, patience);
  }
  return done;
}

base::Result<void> read_into(pg_model::Cluster& cluster, pg::Connection& connection, std::vector<Question> questions,
                             base::Deadline deadline) {
  Reader reader(cluster);
  TRY(ask(
      connection, std::move(questions), [&](Part part, const pg::Rows& row) { return reader.take(part, row); },
      deadline));
  return reader.finish();
}

std::vector<Question> all_questions(pg::Connection& connection) {
  std::vector<Question> questions = cluster_questions(connection.server_version() / 10'000);
  for (Question& question : database_questions()) questions.push_back(std::move(question));
  return questions;
}

}  // namespace

base::Result<pg_model::Cluster> inspect(pg::Connection& connection, base::Deadline deadline) {
  for (int attempt = 1;; ++attempt) {
    pg_model::Cluster cluster;
    std::vector<Question> questions = all_questions(connection);
    questions.insert(questions.begin(), server_question());
    base::Result<void> done = read_into(cluster, connection, std::move(questions), deadline);
    if (done) return cluster;
    if (done.error().code != base::Code::kConflict || attempt == kAttemptsMax)
      return base::fail(std::move(done).error());
  }
}

base::Result<void> add_database(pg_model::Cluster& cluster, pg::Connection& connection, base::Deadline deadline) {
  std::vector<Question> questions = database_questions();
  questions.insert(questions.begin(), server_question());
  return read_into(cluster, connection, std::move(questions), deadline);
}

base::Result<std::string> digest(pg::Connection& connection, base::Deadline deadline) {
  std::vector<Question> questions = all_questions(connection);
  questions.push_back({Part::kServer, "SELECT system_identifier, current_database() FROM pg_control_system()"});
  std::string digest;
  TRY(ask(
      connection, {{Part::kServer, digest_of(questions)}},
      [&](Part part, const pg::Rows& row) -> base::Result<void> {
        if (part == Part::kServer) digest = row.text(0, 0);
        return {};
      },
      deadline));
  return digest;
}

}  // namespace pg_inspect
