#include "server/worker/turn_cut.h"

#include <utility>

#include "server/worker/turn_latency.h"

namespace larder::server {

void TurnCut::keep(const TurnPart& part, const protocol::Request& request, base::Time now) {
  std::unique_ptr<CutRequest> cut = std::move(resumed_);
  const bool has_its_keys = cut != nullptr;
  if (cut == nullptr) cut = std::make_unique<CutRequest>();
  cut->request = request;
  cut->moved_at = now;
  auto* get = std::get_if<protocol::Get>(&cut->request.command);
  if (get != nullptr && !has_its_keys) {
    cut->first_key = TurnLatency::first_key_of(part);
    cut->keys.append(get->key).append(" ").append(get->more_keys);
    get->more_keys = cut->keys;
    get->key = protocol::next_key(get->more_keys);
  }
  part.connection->cut_request = std::move(cut);
}

}  // namespace larder::server
