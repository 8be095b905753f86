// What a client remembers of each service from one call to the next: model, settings, endpoint rules with what they
// gave, the bucket of retries, the clock's offset, and where buckets of S3 and cells of Timestream turned out to be.
// Any thread; one mutex each for the shelf and for a book.

#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aws/customs.h"
#include "aws/failure.h"
#include "aws/retry.h"
#include "aws_config/config.h"
#include "aws_endpoint/endpoint.h"
#include "aws_model/library.h"
#include "base/metrics.h"

namespace aws {

struct OperationNotes {
  std::vector<const Rule*> rules;
  bool without_signature = false;
  std::string_view cross_region_url;
  bool answer_streams = false;
};

struct ServiceMetrics {
  explicit ServiceMetrics(base::Registry& registry, std::string_view service);
  base::Counter &calls, &attempts, &service_errors, &transport_errors, &refusals;
  base::Histogram& duration;
};

class Book {
 public:
  Book(const aws_model::Service& service, aws_config::Settings settings,
       std::shared_ptr<const aws_endpoint::Rules> rules, base::Registry* metrics);

  const aws_model::Service& service;
  const aws_config::Settings settings;
  const std::shared_ptr<const aws_endpoint::Rules> rules;  // shared: with whoever evaluates them meanwhile
  RetryBucket retries;
  std::atomic<std::int64_t> clock_offset_ms{0};
  std::unique_ptr<ServiceMetrics> metrics;  // null: nobody counts

  const OperationNotes& notes(const aws_model::Operation& operation);
  Result<std::shared_ptr<const aws_endpoint::Endpoint>> endpoint(const aws_endpoint::Parameters& parameters);

  void remember_region(const std::string& of_bucket, const std::string& region);
  [[nodiscard]] std::string region_of(const std::string& of_bucket) const;  // empty: not known to be elsewhere

  // Where a region's cell is, of services that are asked for it first; until when that holds.
  void remember_cell(const std::string& region, const std::string& address, base::Time until);
  void forget_cell(const std::string& region);
  [[nodiscard]] std::string cell_of(const std::string& region, base::Time now) const;  // empty: not known, or no more

 private:
  mutable std::mutex mutex_;
  std::unordered_map<const aws_model::Operation*, std::unique_ptr<OperationNotes>> notes_;
  std::unordered_map<std::string, std::shared_ptr<const aws_endpoint::Endpoint>> endpoints_;
  std::unordered_map<std::string, std::string> regions_;
  std::map<std::string, std::pair<std::string, base::Time>> cells_;
};

class Shelf {
 public:
  Shelf(aws_model::Library& models, const aws_config::Config& config, base::Registry* metrics)
      : models_(models), config_(config), metrics_(metrics) {}

  // The book lives as long as the shelf.
  Result<Book*> book(std::string_view service);

 private:
  Result<std::unique_ptr<Book>> make(const aws_model::Service& service);
  Result<std::shared_ptr<const aws_endpoint::Partitions>> partitions();

  aws_model::Library& models_;
  const aws_config::Config& config_;
  base::Registry* metrics_;
  std::mutex mutex_;
  std::map<std::string, Book*, std::less<>> by_name_;  // under every name that was asked for
  std::map<const aws_model::Service*, std::unique_ptr<Book>> books_;
  std::shared_ptr<const aws_endpoint::Partitions> partitions_;
};

}  // namespace aws
