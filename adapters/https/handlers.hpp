// The endpoints, one function each; router.cpp says which path leads to which.
#pragma once
#include "adapters/https/message.hpp"
#include "adapters/https/work.hpp"

namespace motorcade::https {

#define MOTORCADE_HANDLER(name) [[nodiscard]] asio::awaitable<Reply> name(Work&, Request&)

// system.cpp
MOTORCADE_HANDLER(front_page);
MOTORCADE_HANDLER(healthz);
MOTORCADE_HANDLER(readyz);
MOTORCADE_HANDLER(metrics);
MOTORCADE_HANDLER(openapi);
MOTORCADE_HANDLER(admin_state);
MOTORCADE_HANDLER(get_command);
// vehicles.cpp
MOTORCADE_HANDLER(register_vehicle);
MOTORCADE_HANDLER(list_vehicles);
MOTORCADE_HANDLER(get_vehicle);
MOTORCADE_HANDLER(list_vehicle_ecus);
MOTORCADE_HANDLER(report_vci);
MOTORCADE_HANDLER(report_status);
MOTORCADE_HANDLER(check_for_update);
// ecus.cpp
MOTORCADE_HANDLER(list_ecus);
MOTORCADE_HANDLER(get_ecu);
MOTORCADE_HANDLER(approve_target);
// admin.cpp
MOTORCADE_HANDLER(back_up);
MOTORCADE_HANDLER(erase_vehicle);
// packages.cpp
MOTORCADE_HANDLER(request_package);
MOTORCADE_HANDLER(list_packages);
MOTORCADE_HANDLER(download_package);
// firmware.cpp
MOTORCADE_HANDLER(upload_firmware);
MOTORCADE_HANDLER(list_firmware);
MOTORCADE_HANDLER(get_firmware);
MOTORCADE_HANDLER(deprecate_firmware);
// campaigns.cpp
MOTORCADE_HANDLER(create_campaign);
MOTORCADE_HANDLER(list_campaigns);
MOTORCADE_HANDLER(get_campaign);
MOTORCADE_HANDLER(list_waves);
MOTORCADE_HANDLER(list_campaign_vehicles);
MOTORCADE_HANDLER(propose_campaign);
MOTORCADE_HANDLER(approve_campaign);
MOTORCADE_HANDLER(start_campaign);
MOTORCADE_HANDLER(pause_campaign);
MOTORCADE_HANDLER(resume_campaign);
MOTORCADE_HANDLER(abort_campaign);

#undef MOTORCADE_HANDLER

}  // namespace motorcade::https
