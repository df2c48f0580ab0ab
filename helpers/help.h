// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "helpers/amanda.h"
#include "helpers/ftp.h"
#include "helpers/irc.h"
#include "helpers/pptp.h"
#include "helpers/sip.h"
#include "helpers/tftp.h"

namespace sluice::helpers {

/// Calls the connection's helper.
[[nodiscard]] inline Outcome help(Visit& visit) noexcept {
    switch (visit.connection.shared.helper) {
        case HelperId::amanda: return help_amanda(visit);
        case HelperId::ftp: return help_ftp(visit);
        case HelperId::irc: return help_irc(visit);
        case HelperId::tftp: return help_tftp(visit);
        case HelperId::sip: return help_sip(visit);
        case HelperId::pptp: return help_pptp(visit);
        case HelperId::none: break;
    }
    return Outcome::accept;
}

}  // namespace sluice::helpers
