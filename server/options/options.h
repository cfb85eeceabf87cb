// All options of the server.
//
// A file that needs some of them includes the header of that group and takes its struct: an Options
// can be passed as a `const TlsOptions&`.  So a new option recompiles only the files that use its
// group.
//
// Threads: const once the server runs.
#pragma once

#include "server/options/access_options.h"
#include "server/options/cluster_options.h"
#include "server/options/listen_options.h"
#include "server/options/log_options.h"
#include "server/options/memory_options.h"
#include "server/options/process_options.h"
#include "server/options/tls_options.h"
#include "server/options/tuning_options.h"
#include "server/options/worker_options.h"

namespace larder::server {

// The groups share one namespace: their members must have different names.
struct Options : ListenOptions,
                 WorkerOptions,
                 ProcessOptions,
                 LogOptions,
                 ClusterOptions,
                 AccessOptions,
                 TlsOptions,
                 MemoryOptions,
                 TuningOptions {};

}  // namespace larder::server
