// Files that items are written to.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>

#include "larderctl/transfer/endpoint.h"
#include "larderctl/transfer/file_format.h"
#include "snapshot/format.h"
#include "snapshot/key_ring.h"

namespace larder::ctl {

// The file appears under its name when it is finished.  "-", for lines only, is standard output.
base::Result<std::unique_ptr<Sink>> open_lines_sink(const std::string& path, FileFormat format);

// `header` has what is known of the source.
base::Result<std::unique_ptr<Sink>> open_snapshot_sink(const std::string& path,
                                                       const snapshot::FileHeader& header,
                                                       bool compresses,
                                                       const snapshot::KeyRing& keys);

}  // namespace larder::ctl
