// Every limit that a caller can meet, in one place; docs/reference/limits.md says the same to the reader. Limits of the
// state table stand with its port (store/table.h), because they are the port's promise.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace base::limits {

// HTTP
inline constexpr std::size_t kHeaderBytesMax = 16 * 1024;
inline constexpr std::size_t kTargetBytesMax = 8 * 1024;
inline constexpr std::size_t kBodyBytesMax = 1024 * 1024;
inline constexpr std::size_t kPipelinedMax = 32;  // requests of one connection that wait for their answer

// JSON
inline constexpr std::size_t kJsonDepthMax = 32;
inline constexpr std::size_t kFieldErrorsMax = 100;

// JMESPath: of an expression; and the values that one evaluation may make, beyond a multiple of its document's own
inline constexpr std::size_t kJmespathBytesMax = 64 * 1024;
inline constexpr std::size_t kJmespathDepthMax = 256;
inline constexpr std::size_t kJmespathValuesMax = 1'000'000;

// Inputs and answers of AWS. DynamoDB nests an item 32 deep, each level of it two values of JSON.
inline constexpr std::size_t kAwsDepthMax = 128;
inline constexpr std::size_t kAwsXmlElementsMax = 2'000'000;        // of one answer
inline constexpr std::size_t kAwsProblemsMax = 1000;                // of one input
inline constexpr std::size_t kAwsInputBytesMax = 64 * 1024 * 1024;  // of `stewardry aws --input`

// Endpoint rule sets: rules within rules, and functions within functions
inline constexpr std::size_t kEndpointRuleDepthMax = 64;

// Lists
inline constexpr std::uint32_t kPageDefault = 100;
inline constexpr std::uint32_t kPageMax = 1000;
inline constexpr std::size_t kCursorBytesMax = 4096;

// Names and texts, in Unicode code points
inline constexpr std::size_t kNameCharsMax = 128;
inline constexpr std::size_t kDescriptionCharsMax = 2000;
inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;

// Things per thing
inline constexpr std::size_t kGrantsPerNodeMax = 1000;
inline constexpr std::size_t kEvaluationsMax = 1000;  // of one AuthZEN request

// Databases. A report is what a run on a database says of itself (databases/runner.h).
inline constexpr std::size_t kDatabasesPerWorkspaceMax = 500;
inline constexpr std::size_t kSpecBytesMax = 256 * 1024;
inline constexpr std::size_t kReportBytesMax = 2 * 1024 * 1024;
inline constexpr int kRunAttemptsMax = 3;  // how often a run is begun again after the server was cut off in it
inline constexpr std::chrono::seconds kCheckEveryMin{60};
inline constexpr std::chrono::seconds kCheckEveryMax{7 * 24 * 3600};
inline constexpr std::chrono::seconds kCheckEveryDefault{3600};

// Service models of AWS, of a directory that somebody gave; botocore's own are at most 4.4 MB and 41 levels
inline constexpr std::size_t kModelFileBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kModelDepthMax = 128;

// Specs of databases; facts: what a document comes to when its presets and profiles are written out
inline constexpr std::size_t kDatabaseSpecBytesMax = 16 * 1024 * 1024;
inline constexpr std::size_t kDatabaseSpecDepthMax = 16;
inline constexpr std::size_t kDatabaseSpecFactsMax = 500'000;

inline constexpr std::chrono::hours kIdempotencyKept{48};

}  // namespace base::limits
