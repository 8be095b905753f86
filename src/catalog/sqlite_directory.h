// The directory in a SQLite file, `directory.db` of the data folder: the embedded default, filled by import
// (catalog/snapshot.h) from the command line or through the API.
//
// The server and an import of another process have the file open at the same time. Nothing is cached between questions,
// so whatever has been committed counts for the next question. Each question is one statement or one transaction, that
// is one snapshot. How the audience is read: catalog/sqlite_audience.h.
//
//   Owns       its connections: up to `readers_max` for questions, kept with their statements prepared; one for each
//   write,
//              closed after it. The file's path must stay.
//   Threads    every method from any thread. A question waits for a free reader, at most until its deadline.
//   Durable    what write() has acknowledged survives the loss of power (WAL, synchronous=FULL).
//   Errors     open(): kImpossible where a newer program wrote the file, or the file is not a directory; kCorrupt where
//   it
//              is damaged. Questions: as catalog/directory.h says.
//   Limits     Memory: a reader's page cache is kReaderCache_kib at most, the rest is the kernel's.

#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/metrics.h"
#include "catalog/directory.h"
#include "catalog/question_metrics.h"
#include "catalog/sqlite_connection.h"

namespace catalog {

class SqliteDirectory final : public Directory {
 public:
  static constexpr const char* kFileName = "directory.db";
  static constexpr int kSchemaVersion = 2;
  static constexpr int kReaderCache_kib = 512;

  struct Options {
    std::size_t readers_max = 8;
    base::Registry* registry = nullptr;  // may be absent; must outlive the directory
  };

  // Opens `directory.db` in the folder, making it where there is none. The folder must exist.
  static base::Result<std::unique_ptr<SqliteDirectory>> open(const std::filesystem::path& folder, Options options,
                                                             base::Deadline deadline);
  ~SqliteDirectory() override;

  base::Result<std::optional<User>> user(std::string_view user_id, base::Deadline deadline) override;
  base::Result<std::optional<Team>> team(std::string_view team_id, base::Deadline deadline) override;
  base::Result<Membership> membership(std::string_view user_id, std::string_view workspace_id,
                                      base::Deadline deadline) override;
  base::Result<std::vector<WorkspaceMembership>> workspaces_of(std::string_view user_id,
                                                               base::Deadline deadline) override;
  base::Result<std::vector<AudienceMember>> audience(const AudienceQuery& query, base::Deadline deadline) override;
  base::Result<std::vector<Member>> members(std::string_view workspace_id, std::string_view team_id,
                                            std::string_view after, std::size_t members_max,
                                            base::Deadline deadline) override;
  base::Result<std::vector<Team>> teams(std::string_view workspace_id, base::Deadline deadline) override;
  base::Result<bool> is_operator(std::string_view user_id, base::Deadline deadline) override;
  base::Result<void> ping(base::Deadline deadline) override;

  // Runs `change` in one write transaction, which is undone where it fails. Writers take turns, across processes too.
  base::Result<void> write(const std::function<base::Result<void>(SqliteConnection&)>& change, base::Deadline deadline);

 private:
  struct Reader;
  SqliteDirectory(std::filesystem::path file, Options options);
  base::Result<std::unique_ptr<Reader>> take(base::Deadline deadline);
  void give_back(std::unique_ptr<Reader> reader);
  template <class T, class Answer>
  base::Result<T> with_reader(Question question, base::Deadline deadline, Answer answer);
  template <class T, class Read>
  base::Result<T> ask(Question question, std::size_t sql, base::Deadline deadline, Read read);

  const std::filesystem::path file_;
  const Options options_;
  const QuestionMetrics metrics_;
  base::Gauge* readers_in_use_ = nullptr;

  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t readers_open_ = 0;               // guarded by mutex_
  std::vector<std::unique_ptr<Reader>> idle_;  // guarded by mutex_; the last used is taken first
};

}  // namespace catalog
