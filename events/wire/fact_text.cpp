#include <google/protobuf/text_format.h>

#include <memory>

#include "events/proto/campaign.pb.h"
#include "events/proto/catalog.pb.h"
#include "events/proto/vehicle.pb.h"
#include "events/wire/errc.hpp"
#include "events/wire/facts.hpp"
#include "events/wire/text.hpp"

namespace motorcade::wire {
namespace {
namespace pb = google::protobuf;

/// Ids are `bytes` of 8, 16 or 32; text is `bytes` too. What could be text is shown as such.
class Values : public pb::TextFormat::FastFieldValuePrinter {
 public:
  void PrintBytes(const std::string& value,
                  pb::TextFormat::BaseTextGenerator* generator) const override {
    if (wrong_with_text(value, kMaxTextBytes))
      generator->PrintString(to_hex(value));
    else
      FastFieldValuePrinter::PrintString(value, generator);
  }
};

pb::TextFormat::Printer make_printer() {
  pb::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetUseUtf8StringEscaping(true);
  printer.SetDefaultFieldValuePrinter(new Values);  // the printer owns it
  return printer;
}

/// Named here so that a static link keeps all three schemas.
const pb::Descriptor* descriptor_of(const FactType& type) {
  const auto* const file =
      type.stream == Stream::kVehicle    ? proto::vehicle::Refused::descriptor()->file()
      : type.stream == Stream::kCampaign ? proto::campaign::Refused::descriptor()->file()
                                         : proto::catalog::Refused::descriptor()->file();
  return file->FindMessageTypeByName(std::string(type.name.substr(type.name.find('.') + 1)));
}

}  // namespace

Result<std::string> fact_as_text(std::uint16_t type, std::uint16_t schema_version,
                                 std::string_view payload) {
  std::string scratch;
  TRY(const auto newest, Upcasters::standard().raise(type, schema_version, payload, scratch));
  const auto& known = *fact_type(type);
  const std::unique_ptr<pb::Message> message(
      pb::MessageFactory::generated_factory()->GetPrototype(descriptor_of(known))->New());
  if (!message->ParseFromArray(newest.data(), static_cast<int>(newest.size())))
    return failure(Errc::kMalformed, std::string(known.name) + " does not parse");
  thread_local const auto printer = make_printer();
  std::string text;
  printer.PrintToString(*message, &text);
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace motorcade::wire
