// What carries out runs on databases: pg_run, with passwords that are read from, and put into, Secrets Manager and SSM
// with the server's own credentials of AWS, and tokens of IAM that are signed with them. Any thread.

#pragma once

#include <memory>

#include "app/config.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "databases/runner.h"

namespace app {

std::unique_ptr<databases::Runner> make_database_runner(const Config& config, const base::Clock& clock,
                                                        base::Entropy& entropy);

// "eu-west-1" of "shop.abc.eu-west-1.rds.amazonaws.com"; empty: the host does not say.
std::string region_of(std::string_view host);

}  // namespace app
