// Sessions with directory buckets (S3 Express). What signs a request to such a bucket is not the caller's key, but one
// that the bucket gives for it: CreateSession, signed by the caller's. It holds for five minutes, for every object of
// the bucket, and is fetched anew before it ends.
//
// Any thread; one mutex, which is not held while a session is fetched.
//
//   Source   Amazon S3 User Guide, "CreateSession API"; botocore 1.44.8, auth.py (S3ExpressAuth) and utils.py.

#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "aws/refreshing.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "json/value.h"

namespace aws {

class Sessions {
 public:
  Sessions(const base::Clock& clock, base::Entropy& entropy) : clock_(clock), entropy_(entropy) {}

  // Of one bucket, as `origin` names it. `fetch` asks for a session, and is kept where the bucket is a new one.
  std::shared_ptr<CredentialsProvider> of(std::string_view bucket, std::string_view origin, Fetch fetch);

 private:
  const base::Clock& clock_;
  base::Entropy& entropy_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<CredentialsProvider>> providers_;
};

// What CreateSession answered. Errors: kTransport.
Result<Credentials> session_in(const json::Value& output);

}  // namespace aws
