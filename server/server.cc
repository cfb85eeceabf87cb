#include "server/server.h"

#include <sys/random.h>
#include <sysexits.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/assertions.h"
#include "server/admin/stats_snapshot.h"
#include "server/cluster/advertised_node.h"
#include "server/http/http_host.h"
#include "server/http/http_pages.h"
#include "server/server_events.h"

namespace larder::server {

namespace {

uint64_t random_seed() {
  uint64_t seed = 0;
  if (::getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) {
    seed = static_cast<uint64_t>(monotonic_microseconds()) * 0x9e3779b97f4a7c15;
  }
  return seed;
}

// From this limit on, large pages are used by default: rounding up wastes a few MB, less than half
// a percent, and in a large cache TLB misses dominate the cost of a hit.
constexpr uint64_t kLargePagesMemoryMin = uint64_t{1} << 30;

// How long the start waits for the node to join, so that no client sees the list from before.
constexpr uint32_t kJoinMillisecondsMax = 2000;

// In an etcd cluster, a node is listed with the IP address that its name resolves to at the start,
// both before and after it has joined.
Options with_own_ip(Options options) {
  if (!options.cluster.empty()) options.advertised_node = with_ip(*options.advertised_node);
  return options;
}

// A request may take only a part of the TTL, so that another endpoint can be tried.
constexpr uint32_t kEtcdRequestMillisecondsMax = 2000;

EtcdMembership::Settings membership_settings(const Options& options, const base::Cluster& told) {
  const auto ttl_seconds = static_cast<uint32_t>(options.etcd_ttl_seconds);
  return {.etcd = {.endpoints = options.etcd_endpoints,
                   .tls = {.authority = options.etcd_ca_file,
                           .certificate = options.etcd_certificate_file,
                           .key = options.etcd_key_file},
                   .user_file = options.etcd_user_file,
                   .request_milliseconds_max =
                       std::min(ttl_seconds * 1000 / 4, kEtcdRequestMillisecondsMax)},
          .cluster = options.cluster,
          .self = *options.advertised_node,
          .ttl_seconds = ttl_seconds,
          .told = {told.version, told.nodes}};
}

}  // namespace

slab::Options store_options(const Options& options) {
  slab::Options store;
  store.memory_bytes_max = options.memory_bytes_max;
  store.item_size_max = static_cast<uint32_t>(options.item_bytes_max);
  store.evicts = options.evicts;
  store.has_cas = options.uses_cas;
  store.uses_huge_pages =
      options.uses_large_pages ||
      (options.memory_bytes_max >= kLargePagesMemoryMin && !options.avoids_large_pages);
  store.growth_factor = options.slab_growth_factor;
  store.chunk_payload_min = static_cast<uint32_t>(options.slab_chunk_bytes_min);
  store.chunk_sizes = options.slab_sizes;
  if (options.slab_chunk_bytes_max != 0) {
    store.chunk_size_max = static_cast<uint32_t>(options.slab_chunk_bytes_max);
  }
  if (options.hash_power_initial != 0) {
    store.hash_power = static_cast<unsigned>(options.hash_power_initial);
  }
  store.index_grows = options.expands_hash;
  store.hash_seed = random_seed();
  store.thread_count_max = static_cast<uint32_t>(options.worker_count) + 1;  // and control
  return store;
}

uint32_t descriptor_count_of(const Options& options) {
  constexpr uint32_t kPerLoop = 4;          // epoll, libevent's pair for signals, a wakeup
  constexpr uint32_t kPerAddress = 4;       // a name may have several addresses of each family
  constexpr uint32_t kEverythingElse = 25;  // standard streams, files opened briefly, logger
  constexpr auto kPerHttp = static_cast<uint32_t>(HttpServer::kConnectionsMax);
  constexpr uint32_t kPerWorker = 1;  // a client that is refused at the connection limit
  const auto workers = static_cast<uint32_t>(options.worker_count);
  const auto per_etcd = static_cast<uint32_t>(2 * options.etcd_endpoints.size());
  constexpr uint32_t kEtcdFiles = 6;  // certificates, passwords, a name service, a wakeup
  return kEverythingElse + (options.cluster.empty() ? 0 : kEtcdFiles + per_etcd) +
         kPerLoop * (workers + 1) + kPerWorker * workers +
         kPerAddress * (static_cast<uint32_t>(options.listen_addresses.size() +
                                              options.udp_addresses.size()) *
                            workers +
                        1) +
         (options.http_address ? kPerLoop + kPerAddress + kPerHttp : 0);
}

Server::Server(const Options& options, const AcceptLimits& limits, std::unique_ptr<Log> log)
    : options_(with_own_ip(options)),
      log_(std::move(log)),
      start_moment_(start_moment_now()),
      clock_(start_moment_.unix_seconds),
      clock_driver_(clock_, start_moment_),
      store_(store_options(options_)),
      watchers_(options_),
      discovery_(options_, clock_, *log_),
      admin_(options_),
      insight_(options_, store_, clock_.now()),
      gate_(limits),
      control_(
          clock_driver_, [this] { maintenance_->run(); }, [this] { reload_files(); }) {}

std::variant<std::unique_ptr<Server>, UsageError> Server::start(const Options& options,
                                                                std::unique_ptr<TlsContext> tls) {
  ASSERT(options.uses_tls == (tls != nullptr));
  auto log = Log::open(options);
  if (!log) return UsageError{EX_CANTCREAT, "larder: " + log.error().text};
  const AcceptLimits limits{static_cast<uint32_t>(options.connection_count_max),
                            options.refuses_excess_connections};
  std::unique_ptr<Server> server(new Server(options, limits, std::move(*log)));
  server->tls_ = std::move(tls);
  if (!server->store_.is_usable()) {
    return UsageError{EX_OSERR, "failed to reserve address space for the memory limit"};
  }
  if (const auto opened = server->discovery_.map().open(); !opened) {
    return UsageError{EX_CONFIG, "larder: " + opened.error().text};
  }
  auto authentication = Authentication::start(options);
  if (!authentication) return UsageError{EXIT_FAILURE, authentication.error().text};
  server->authentication_ = std::move(*authentication);
  if (auto refusal = server->listen()) return std::move(*refusal);
  tell_start(*server->log_, options);  // a failed start prints one line instead of logging
  server->discovery_.map().tell();
  server->make_membership();
  server->open_admin();
  server->start_workers();
  return server;
}

// Creates the listeners, and the workers that own them.  Steps that affect resources of another
// running server come last, when nothing else can fail.
std::optional<UsageError> Server::listen() {
  auto bound = bind_listeners(options_, options_.worker_count);
  if (!bound) return UsageError{EX_OSERR, bound.error().text};
  auto datagram_addresses = bind_datagram_sockets(options_, options_.worker_count);
  if (!datagram_addresses) return UsageError{EX_OSERR, datagram_addresses.error().text};
  if (auto refusal = listen_for_http()) return refusal;
  if (auto refusal = take_over(bound->front())) return refusal;
  const char* port_file = std::getenv("MEMCACHED_PORT_FILENAME");
  const bool is_local = !options_.unix_socket_path.empty() && options_.listen_addresses.empty();
  if (port_file != nullptr && !is_local) {
    const base::Outcome written = write_port_file(port_file, bound->front(), *datagram_addresses);
    if (!written) std::fprintf(stderr, "%s\n", written.error().text.c_str());
  }
  for (const Listener& listener : bound->front()) {
    if (listener.transport() != Transport::Tcp) continue;
    discovery_.set_tcp_port(listener.port());
    break;
  }
  make_workers(std::move(*bound), std::move(*datagram_addresses));
  return std::nullopt;
}

// Binds the Unix socket, which becomes the first listener, and writes the cluster state file.
std::optional<UsageError> Server::take_over(std::vector<Listener>& listeners) {
  auto unix_listener = bind_unix_listener(options_);
  if (!unix_listener) return UsageError{EX_OSERR, unix_listener.error().text};
  if (*unix_listener) {
    std::vector<Listener> all;
    all.push_back(std::move(**unix_listener));
    for (Listener& listener : listeners) all.push_back(std::move(listener));
    listeners.swap(all);
  }
  const base::Outcome kept = discovery_.map().keep();
  if (!kept) return UsageError{EX_CONFIG, "larder: " + kept.error().text};
  return std::nullopt;
}

void Server::make_workers(std::vector<std::vector<Listener>> listeners,
                          std::vector<DatagramAddress> datagram_addresses) {
  maintenance_ = std::make_unique<Maintenance>(Maintenance::Context{.clock = clock_,
                                                                    .store = store_,
                                                                    .admin = admin_,
                                                                    .insight = insight_,
                                                                    .log = *log_,
                                                                    .watchers = watchers_,
                                                                    .gate = gate_,
                                                                    .workers = workers_});
  for (size_t number = 0; number < listeners.size(); ++number) {
    std::vector<DatagramSocket> datagram_sockets;
    for (DatagramAddress& address : datagram_addresses) {
      datagram_sockets.push_back(std::move(address.sockets[number]));
    }
    workers_.push_back(
        std::make_unique<Worker>(Worker::Context{.number = static_cast<unsigned>(number),
                                                 .options = options_,
                                                 .clock_driver = clock_driver_,
                                                 .store = store_,
                                                 .admin = admin_,
                                                 .authentication = *authentication_,
                                                 .log = *log_,
                                                 .watchers = watchers_,
                                                 .gate = gate_,
                                                 .dispatcher = dispatcher_,
                                                 .listeners = std::move(listeners[number]),
                                                 .datagram_sockets = std::move(datagram_sockets),
                                                 .tls = tls_.get(),
                                                 .insight = insight_.of_worker(number)}));
    dispatcher_.add({&workers_.back()->inbox(), &workers_.back()->connection_count()});
  }
}

std::span<const Listener> Server::listeners() const noexcept {
  return workers_.front()->acceptor().listeners();
}

void Server::open_admin() {
  Admin::Context context{.options = options_,
                         .clock = clock_,
                         .clock_driver = clock_driver_,
                         .store = store_,
                         .log = *log_,
                         .discovery = discovery_,
                         .workers = {},
                         .connections = {},
                         .accept_totals = {},
                         .log_totals = {},
                         .listening_sockets = {},
                         .request_stop = {},
                         .request_drain = [this] { control_.request_drain(); },
                         .reload_files = {},
                         .event_library_version = event_library_version(),
                         .tls = tls_.get(),
                         .insight = &insight_,
                         .membership = membership_.get()};
  for (const auto& worker : workers_) {
    context.workers.push_back(&worker->counters());
    context.connections.push_back(&worker->connections());
  }
  context.accept_totals = [this] {
    AcceptTotals totals{.listen_disabled_count = gate_.pause_count(),
                        .listen_disabled_us = gate_.paused_us(),
                        .is_accepting = gate_.is_accepting()};
    for (const auto& worker : workers_) {
      const AcceptCounters& counters = worker->acceptor().counters();
      totals.total_connections += counters.accepted_connections.get();
      totals.rejected_connections += counters.rejected_connections.get();
    }
    return totals;
  };
  context.log_totals = [this] { return watchers_.totals(); };
  context.listening_sockets = [this] {
    std::vector<ListeningSocket> sockets;
    for (const Listener& listener : listeners()) sockets.push_back({listener.fd()});
    for (const auto& worker : workers_) {
      for (const int fd : worker->datagram_descriptors()) sockets.push_back({fd, true});
    }
    return sockets;
  };
  context.request_stop = [this](bool is_graceful) {
    request_stop(is_graceful ? StopKind::Graceful : StopKind::Normal);
  };
  context.reload_files = [this] { return authentication_->reload(); };
  admin_.open(std::move(context));
}

void Server::make_membership() {
  if (!options_.cluster.empty()) {
    membership_ = std::make_unique<EtcdMembership>(
        membership_settings(options_, discovery_.map().current()->cluster), *log_,
        [this](const EtcdMap& map) {
          // A list that some clients would misread is not published; the previous one is kept.
          const base::Outcome published = discovery_.map().publish(map.version, map.nodes);
          if (!published)
            log_->tell(LogEvent::ClusterRefused, "Invalid node list in etcd; not published.",
                       [&](LogLine& line) { line.text("error", published.error().text); });
        });
  }
  if (membership_ == nullptr && options_.drain_seconds <= 0) return;  // no drain
  control_.drain_with(static_cast<uint32_t>(std::max(options_.drain_seconds, 0)) * 1000, [this] {
    log_->tell(LogEvent::Leaving, "Leaving: clients are still served but should switch servers.",
               [&](LogLine& line) {
                 line.number("seconds", static_cast<uint64_t>(options_.drain_seconds));
               });
    if (membership_ != nullptr) membership_->withdraw();
  });
}

void Server::start_workers() {
  for (const auto& worker : workers_) worker->start();
}

std::optional<UsageError> Server::listen_for_http() {
  if (!options_.http_address) return std::nullopt;
  auto bound = Listener::bind_tcp(*options_.http_address, HttpServer::kBacklog);
  if (!bound) {
    const std::string& host = options_.http_address->host;
    const std::string port = std::to_string(options_.http_address->port);
    const bool needs_brackets = host.find(':') != std::string::npos;
    return UsageError{EX_OSERR, "failed to listen on --http " +
                                    (host.empty()     ? "*"
                                     : needs_brackets ? "[" + host + "]"
                                                      : host) +
                                    ":" + port + ": " + bound.error().text};
  }
  http_ = std::make_unique<HttpServer>(std::move(*bound));
  return std::nullopt;
}

std::span<const Listener> Server::http_listeners() const noexcept {
  return http_ == nullptr ? std::span<const Listener>() : http_->listeners();
}

void Server::start_http() {
  const auto health = [this] {
    const int64_t now_us = monotonic_microseconds();
    ServerHealth told{.control_silent_us = now_us - control_.ticked_at_us(),
                      .is_leaving = control_.is_leaving(),
                      .is_stopping = control_.is_stopping()};
    for (const auto& worker : workers_) {
      told.workers_silent_us.push_back(now_us - worker->ticked_at_us());
    }
    return told;
  };
  const auto& node = options_.advertised_node;
  http_->start(
      make_http_pages({.admin = admin_,
                       .clock = clock_,
                       .health = health,
                       .http_totals = [this] { return http_->totals(); },
                       .host = name_of_this_machine(),
                       .node = node ? node->host + ':' + std::to_string(node->port) : ""}));
}

// Signals that arrive during the wait for etcd are handled afterwards.
void Server::open_doors() {
  if (membership_ != nullptr) membership_->start(kJoinMillisecondsMax);
  if (http_ != nullptr) start_http();
  tell_ready(*log_, options_, listeners(), http_listeners());
  for (const auto& worker : workers_) worker->open();
}

StopKind Server::run() {
  control_.when_ready([this] { open_doors(); });
  const StopKind kind = control_.run();
  log_->tell(LogEvent::Draining, "Draining: no new connections; pending replies are still sent.",
             [&](LogLine& line) { line.text("stop", name_of(kind)); });
  if (membership_ != nullptr) membership_->stop();
  stop_workers();
  if (http_ != nullptr) http_->stop();
  log_->tell(LogEvent::Stopped, "Stopped.", [&](LogLine& line) {
    line.number("uptime_seconds", clock_.now() - base::Clock::kStartSeconds);
  });
  return kind;
}

void Server::stop_workers() {
  if (authentication_ != nullptr) authentication_->stop();
  watchers_.stop();  // before the workers close the watchers' sockets
  for (const auto& worker : workers_) worker->request_stop();
  for (const auto& worker : workers_) worker->join();
}

Server::~Server() { stop_workers(); }

// If a file cannot be read, an error is logged and its previous content stays in effect.
void Server::reload_files() {
  log_->reopen();
  [[maybe_unused]] const auto complaint = admin_.reload_files({});
  if (const auto reloaded = discovery_.map().reload(); !reloaded) {
    log_->tell(LogEvent::FilesNotRead, "Failed to reload the nodes file; the old list is kept.",
               [&](LogLine& line) {
                 line.text("files", "nodes");
                 line.text("error", reloaded.error().text);
                 add_requester(line, {});
               });
  }
  if (tls_ == nullptr) return;
  [[maybe_unused]] const auto read = admin_.reload_certificates(clock_.now(), {});
}

}  // namespace larder::server
