// All options of the server.
//
// A file that needs some of them includes the header of those and takes that struct: a function
// that takes `const TlsOptions&` can be given the Options.  A new option then compiles again only
// what deals with its kind.
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

// Their members have one namespace: no two of these structs may have a member of the same name.
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
