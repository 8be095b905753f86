// For tests: a table over another one that lets something happen just before a write or a read of several keys, dies at
// a write, and counts. What happens goes straight to the table below, as another server's request would. Any thread,
// but set up before the first call.

#pragma once

#include <atomic>
#include <functional>

#include "store/table.h"

namespace accounts {

class TableProbe final : public store::Table {
 public:
  enum class Death {
    kBefore,  // the n-th write and all after it are not done
    kAfter,   // the n-th write is done, and its answer is lost; those after it are not done
  };

  explicit TableProbe(store::Table& below) : below_(below) {}

  // Calls it before each write, with the number of that write, from 1.
  void before_each_write(std::function<void(int)> happens) { happens_ = std::move(happens); }
  // Calls it before each get_many, with the number of that read among all reads, from 1.
  void before_each_get_many(std::function<void(int)> happens) { reading_ = std::move(happens); }
  void die_at(int write, Death death) {
    dies_at_ = write;
    death_ = death;
  }
  [[nodiscard]] int writes() const { return writes_; }
  [[nodiscard]] int reads() const { return reads_; }
  [[nodiscard]] bool died() const { return dies_at_ > 0 && writes_ >= dies_at_; }

  base::Result<std::optional<store::Item>> get(const store::Key& key, base::Deadline deadline) override {
    if (died()) return gone();
    ++reads_;
    return below_.get(key, deadline);
  }
  base::Result<std::vector<std::optional<store::Item>>> get_many(std::span<const store::Key> keys,
                                                                 base::Deadline deadline) override {
    if (died()) return gone();
    const int number = ++reads_;
    if (reading_) reading_(number);
    return below_.get_many(keys, deadline);
  }
  base::Result<store::Page> query(const store::Query& query, base::Deadline deadline) override {
    if (died()) return gone();
    ++reads_;
    return below_.query(query, deadline);
  }
  base::Result<store::ListedPage> select(const store::Selection& selection, base::Deadline deadline) override {
    if (died()) return gone();
    ++reads_;
    return below_.select(selection, deadline);
  }
  base::Result<std::uint64_t> count(const store::Selection& selection, base::Deadline deadline) override {
    if (died()) return gone();
    ++reads_;
    return below_.count(selection, deadline);
  }
  base::Result<std::vector<store::Version>> write(std::span<const store::Write> writes,
                                                  base::Deadline deadline) override {
    if (died()) return gone();
    const int number = ++writes_;
    if (happens_) happens_(number);
    if (number == dies_at_) {
      if (death_ == Death::kAfter) {
        const base::Result<std::vector<store::Version>> done = below_.write(writes, deadline);
        if (!done) return base::fail(done.error());
      }
      return gone();
    }
    return below_.write(writes, deadline);
  }

 private:
  static tl::unexpected<base::Error> gone() {
    return base::fail(base::Code::kUnavailable, "The state cannot be written now.", "the process died here");
  }

  store::Table& below_;
  std::function<void(int)> happens_, reading_;
  std::atomic<int> writes_{0}, reads_{0};
  int dies_at_ = 0;
  Death death_ = Death::kBefore;
};

}  // namespace accounts
