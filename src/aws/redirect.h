// Where S3 sends a request that met the wrong region: out of the refusal alone. Pure; any thread.
//
// Source: botocore 1.44.8, utils.py, S3RegionRedirectorv2.

#pragma once

#include <string>
#include <string_view>

#include "aws_wire/wire.h"

namespace aws {

enum class Redirect : std::uint8_t {
  kNo,
  kTo,        // the region is known
  kElsewhere  // it is in another region, but the refusal does not say in which: ask for the bucket
};

struct RedirectDecision {
  Redirect redirect = Redirect::kNo;
  std::string region;
};

// `code` of the error; `present` is the region that it was sent to.
RedirectDecision redirect_of(std::string_view operation, std::string_view code, const aws_wire::Reply& reply,
                             std::string_view present);

// From a header of any answer about a bucket, or from the text of an error; empty: neither says it.
std::string bucket_region_in(const aws_wire::Reply& reply);

}  // namespace aws
