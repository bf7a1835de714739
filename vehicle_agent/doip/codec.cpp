#include "vehicle_agent/doip/codec.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>

namespace motorcade::doip {
namespace {

class Writer {
 public:
  Writer(PayloadType type, std::uint8_t version) {
    u8(version);
    u8(static_cast<std::uint8_t>(~version));
    u16(static_cast<std::uint16_t>(type));
    u32(0);
  }
  void u8(std::uint8_t v) { out_.push_back(v); }
  void u16(std::uint16_t v) {
    u8(static_cast<std::uint8_t>(v >> 8));
    u8(static_cast<std::uint8_t>(v));
  }
  void u32(std::uint32_t v) {
    u16(static_cast<std::uint16_t>(v >> 16));
    u16(static_cast<std::uint16_t>(v));
  }
  void address(Address v) { u16(static_cast<std::uint16_t>(v)); }
  void raw(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void vin(const std::string& vin) {
    for (std::size_t i = 0; i < 17; ++i)
      u8(i < vin.size() ? static_cast<std::uint8_t>(vin[i]) : std::uint8_t{0});
  }
  [[nodiscard]] Bytes take() {
    const auto length = static_cast<std::uint32_t>(out_.size() - header_bytes);
    for (int i = 0; i < 4; ++i)
      out_[4 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(length >> (24 - 8 * i));
    return std::move(out_);
  }

 private:
  Bytes out_;
};

/// Reads a payload whose length was checked against the table below.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}
  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u32() { return integer(4); }
  Address address() { return Address(u16()); }
  EntityId entity() {
    EntityId id{};
    std::copy_n(rest_.begin(), id.size(), id.begin());
    rest_ = rest_.subspan(id.size());
    return id;
  }
  std::string vin() {
    std::string vin(rest_.begin(), rest_.begin() + 17);
    rest_ = rest_.subspan(17);
    return vin;
  }
  Bytes rest() { return {rest_.begin(), rest_.end()}; }
  [[nodiscard]] bool more() const { return !rest_.empty(); }

 private:
  std::uint32_t integer(std::size_t width) {
    std::uint32_t v = 0;
    for (std::size_t i = 0; i < width; ++i) v = v << 8 | rest_[i];
    rest_ = rest_.subspan(width);
    return v;
  }
  ByteView rest_;
};

/// The lengths that a payload type may have: `shortest`, or `longest`, or (open) anything from
/// shortest on.
struct Shape {
  PayloadType type;
  std::uint32_t shortest;
  std::uint32_t longest;
  bool open = false;
};
constexpr std::uint32_t any = std::numeric_limits<std::uint32_t>::max();
constexpr Shape shapes[] = {
    {PayloadType::generic_nack, 1, 1},
    {PayloadType::identification_request, 0, 0},
    {PayloadType::identification_request_eid, 6, 6},
    {PayloadType::identification_request_vin, 17, 17},
    {PayloadType::announcement, 32, 33},
    {PayloadType::activation_request, 7, 11},
    {PayloadType::activation_response, 9, 13},
    {PayloadType::alive_check_request, 0, 0},
    {PayloadType::alive_check_response, 2, 2},
    {PayloadType::entity_status_request, 0, 0},
    {PayloadType::entity_status_response, 3, 7},
    {PayloadType::power_mode_request, 0, 0},
    {PayloadType::power_mode_response, 1, 1},
    {PayloadType::diagnostic, 5, any, true},
    {PayloadType::diagnostic_ack, 5, any, true},   // may quote the message that it acknowledges
    {PayloadType::diagnostic_nack, 5, any, true},  // likewise
    {PayloadType::vci_report, 1, any, true},
    {PayloadType::readiness_report, 1, any, true},
};

const Shape* shape_of(std::uint16_t type) {
  const auto* found = std::find_if(std::begin(shapes), std::end(shapes), [type](const Shape& s) {
    return static_cast<std::uint16_t>(s.type) == type;
  });
  return found == std::end(shapes) ? nullptr : found;
}

bool fits(const Shape& shape, std::uint32_t length) {
  return shape.open ? length >= shape.shortest
                    : length == shape.shortest || length == shape.longest;
}

Message parse_identification(PayloadType type, Reader in) {
  switch (type) {
    case PayloadType::identification_request_eid:
      return IdentificationRequestEid{in.entity()};
    case PayloadType::identification_request_vin:
      return IdentificationRequestVin{in.vin()};
    case PayloadType::announcement: {
      Announcement m;
      m.vin = in.vin();
      m.address = in.address();
      m.eid = in.entity();
      m.gid = in.entity();
      m.further_action = in.u8();
      if (in.more()) m.sync_status = in.u8();
      return m;
    }
    default:
      return IdentificationRequest{};
  }
}

Message parse_activation(PayloadType type, Reader in) {
  if (type == PayloadType::activation_request) {
    ActivationRequest m{in.address(), in.u8(), {}};
    in.u32();  // reserved by the standard
    if (in.more()) m.vendor = in.u32();
    return m;
  }
  const auto tester = in.address();
  const auto entity = in.address();
  ActivationResponse m{tester, entity, ActivationCode{in.u8()}, {}};
  in.u32();  // reserved by the standard
  if (in.more()) m.vendor = in.u32();
  return m;
}

Message parse_diagnostic(PayloadType type, Reader in) {
  const auto source = in.address();
  const auto target = in.address();
  if (type == PayloadType::diagnostic) return Diagnostic{source, target, in.rest()};
  const auto code = in.u8();
  if (type == PayloadType::diagnostic_ack) return DiagnosticAck{source, target};
  return DiagnosticNack{source, target, DiagnosticNackCode{code}};
}

Message parse_status(PayloadType type, Reader in) {
  switch (type) {
    case PayloadType::entity_status_response: {
      EntityStatusResponse m;
      m.node_type = in.u8();
      m.max_sockets = in.u8();
      m.open_sockets = in.u8();
      if (in.more()) m.max_data_bytes = in.u32();
      return m;
    }
    case PayloadType::power_mode_request:
      return PowerModeRequest{};
    case PayloadType::power_mode_response:
      return PowerModeResponse{in.u8()};
    default:
      return EntityStatusRequest{};
  }
}

Message parse(PayloadType type, ByteView payload) {
  Reader in(payload);
  switch (type) {
    case PayloadType::generic_nack:
      return GenericNack{GenericNackCode{in.u8()}};
    case PayloadType::activation_request:
    case PayloadType::activation_response:
      return parse_activation(type, in);
    case PayloadType::alive_check_request:
      return AliveCheckRequest{};
    case PayloadType::alive_check_response:
      return AliveCheckResponse{in.address()};
    case PayloadType::entity_status_request:
    case PayloadType::entity_status_response:
    case PayloadType::power_mode_request:
    case PayloadType::power_mode_response:
      return parse_status(type, in);
    case PayloadType::diagnostic:
    case PayloadType::diagnostic_ack:
    case PayloadType::diagnostic_nack:
      return parse_diagnostic(type, in);
    case PayloadType::vci_report:
    case PayloadType::readiness_report:
      return VendorReport{type, in.rest()};
    default:
      return parse_identification(type, in);
  }
}

struct Header {
  std::uint8_t version;
  std::uint8_t inverse;
  std::uint16_t type;
  std::uint32_t length;
};
Header read_header(ByteView bytes) {
  Reader in(bytes);
  Header h{};
  h.version = in.u8();
  h.inverse = in.u8();
  h.type = in.u16();
  h.length = in.u32();
  return h;
}

std::string hex(unsigned value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%04X", value);
  return text;
}

struct Encoder {
  std::uint8_t version;
  Bytes empty(PayloadType type) const { return Writer(type, version).take(); }
  Bytes byte(PayloadType type, std::uint8_t value) const {
    Writer out(type, version);
    out.u8(value);
    return out.take();
  }
  Bytes operator()(const GenericNack& m) const {
    return byte(PayloadType::generic_nack, static_cast<std::uint8_t>(m.code));
  }
  Bytes operator()(const IdentificationRequest&) const {
    return empty(PayloadType::identification_request);
  }
  Bytes operator()(const IdentificationRequestEid& m) const {
    Writer out(PayloadType::identification_request_eid, version);
    out.raw(m.eid);
    return out.take();
  }
  Bytes operator()(const IdentificationRequestVin& m) const {
    Writer out(PayloadType::identification_request_vin, version);
    out.vin(m.vin);
    return out.take();
  }
  Bytes operator()(const Announcement& m) const {
    Writer out(PayloadType::announcement, version);
    out.vin(m.vin);
    out.address(m.address);
    out.raw(m.eid);
    out.raw(m.gid);
    out.u8(m.further_action);
    if (m.sync_status) out.u8(*m.sync_status);
    return out.take();
  }
  Bytes operator()(const ActivationRequest& m) const {
    Writer out(PayloadType::activation_request, version);
    out.address(m.source);
    out.u8(m.type);
    out.u32(0);
    if (m.vendor) out.u32(*m.vendor);
    return out.take();
  }
  Bytes operator()(const ActivationResponse& m) const {
    Writer out(PayloadType::activation_response, version);
    out.address(m.tester);
    out.address(m.entity);
    out.u8(static_cast<std::uint8_t>(m.code));
    out.u32(0);
    if (m.vendor) out.u32(*m.vendor);
    return out.take();
  }
  Bytes operator()(const AliveCheckRequest&) const {
    return empty(PayloadType::alive_check_request);
  }
  Bytes operator()(const AliveCheckResponse& m) const {
    Writer out(PayloadType::alive_check_response, version);
    out.address(m.source);
    return out.take();
  }
  Bytes operator()(const EntityStatusRequest&) const {
    return empty(PayloadType::entity_status_request);
  }
  Bytes operator()(const EntityStatusResponse& m) const {
    Writer out(PayloadType::entity_status_response, version);
    out.u8(m.node_type);
    out.u8(m.max_sockets);
    out.u8(m.open_sockets);
    if (m.max_data_bytes) out.u32(*m.max_data_bytes);
    return out.take();
  }
  Bytes operator()(const PowerModeRequest&) const { return empty(PayloadType::power_mode_request); }
  Bytes operator()(const PowerModeResponse& m) const {
    return byte(PayloadType::power_mode_response, m.mode);
  }
  Bytes operator()(const Diagnostic& m) const {
    Writer out(PayloadType::diagnostic, version);
    out.address(m.source);
    out.address(m.target);
    out.raw(m.data);
    return out.take();
  }
  Bytes operator()(const DiagnosticAck& m) const {
    Writer out(PayloadType::diagnostic_ack, version);
    out.address(m.source);
    out.address(m.target);
    out.u8(0);
    return out.take();
  }
  Bytes operator()(const DiagnosticNack& m) const {
    Writer out(PayloadType::diagnostic_nack, version);
    out.address(m.source);
    out.address(m.target);
    out.u8(static_cast<std::uint8_t>(m.code));
    return out.take();
  }
  Bytes operator()(const VendorReport& m) const {
    Writer out(m.type, version);
    out.raw(m.body);
    return out.take();
  }
};

}  // namespace

std::string to_string(Address address) {
  return hex(static_cast<std::uint16_t>(address));
}

Bytes encode(const Message& message, std::uint8_t version) {
  return std::visit(Encoder{version}, message);
}

Decoded Decoder::refuse(GenericNackCode code, bool close, std::string what) {
  dead_ = close;
  return Rejected{code, close, std::move(what)};
}

void Decoder::drop(std::size_t count) {
  begin_ += count;
  if (begin_ == buffer_.size() || begin_ > 64 * 1024) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
}

void Decoder::skip() {
  const auto now = std::min<std::uint64_t>(skip_bytes_, buffer_.size() - begin_);
  skip_bytes_ -= now;
  drop(static_cast<std::size_t>(now));
}

std::optional<Decoded> Decoder::next() {
  skip();
  if (dead_ || buffer_.size() - begin_ < header_bytes) return std::nullopt;
  const auto view = ByteView(buffer_).subspan(begin_);
  const auto header = read_header(view);
  const bool known = header.version == version_2012 || header.version == version_2019;
  if (!known || header.inverse != static_cast<std::uint8_t>(~header.version))
    return refuse(GenericNackCode::incorrect_pattern, true,
                  "no DoIP header (version " + hex(header.version) + ")");
  peer_version_ = header.version;
  const auto* shape = shape_of(header.type);
  if (shape != nullptr && !fits(*shape, header.length))
    return refuse(
        GenericNackCode::invalid_payload_length, true,
        "payload " + hex(header.type) + " of " + std::to_string(header.length) + " bytes");
  if (shape == nullptr || header.length > limits_.max_payload_bytes) {
    skip_bytes_ = header_bytes + std::uint64_t{header.length};
    skip();
    if (shape == nullptr)
      return refuse(GenericNackCode::unknown_payload_type, false, "payload " + hex(header.type));
    return refuse(GenericNackCode::message_too_large, false,
                  std::to_string(header.length) + " bytes, at most " +
                      std::to_string(limits_.max_payload_bytes));
  }
  if (view.size() < header_bytes + header.length) return std::nullopt;
  auto message = parse(shape->type, view.subspan(header_bytes, header.length));
  drop(header_bytes + header.length);
  return Decoded(std::move(message));
}

Decoded decode_datagram(ByteView datagram, Limits limits) {
  if (datagram.size() < header_bytes)
    return Rejected{GenericNackCode::incorrect_pattern, true, "datagram shorter than a header"};
  const auto header = read_header(datagram);
  const bool any_version = header.version == version_any && header.type >= 1 && header.type <= 3;
  const bool known =
      any_version || header.version == version_2012 || header.version == version_2019;
  if (!known || header.inverse != static_cast<std::uint8_t>(~header.version))
    return Rejected{GenericNackCode::incorrect_pattern, true, "no DoIP header"};
  const auto* shape = shape_of(header.type);
  if (shape == nullptr)
    return Rejected{GenericNackCode::unknown_payload_type, false, "payload " + hex(header.type)};
  if (header.length > limits.max_payload_bytes)
    return Rejected{GenericNackCode::message_too_large, false, "datagram too large"};
  if (!fits(*shape, header.length) || datagram.size() != header_bytes + header.length)
    return Rejected{GenericNackCode::invalid_payload_length, true,
                    "payload " + hex(header.type) + " of " + std::to_string(header.length) +
                        " bytes in a datagram of " + std::to_string(datagram.size())};
  return Decoded(parse(shape->type, datagram.subspan(header_bytes)));
}

}  // namespace motorcade::doip
