/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All of the library's interface. What is implemented where, and which
 * pkg-config name brings it:
 *
 *	libmeterbus		telegrams, decoding, addresses, links, readout, search
 *	libmeterbus-format	JSON, XML, CSV, InfluxDB lines, recordings
 *	libmeterbus-bus		/dev/mbusN, settings, serial ports, gateways, files
 *
 * The last two bring the first. The functions print nothing, have no global
 * state and end no program; two threads may use the library at once, but not
 * one object at once, unless its header says otherwise.
 *
 * Ownership: what a function named _new or _open returns belongs to the
 * caller until the caller gives it to the function of the same name with _free
 * or _close, which accepts NULL. A pointer that is passed to a function is
 * only read or filled during the call, unless the header says that it is kept.
 * A pointer that a function returns, or fills into a structure, otherwise
 * leads into the caller's bytes, into the object it was asked of, or to
 * constants. Text that the caller has to free() is returned as char *.
 */
#ifndef METERBUS_METERBUS_H
#define METERBUS_METERBUS_H

#include <meterbus/address.h>
#include <meterbus/bus.h>
#include <meterbus/config.h>
#include <meterbus/control.h>
#include <meterbus/decimal.h>
#include <meterbus/decode.h>
#include <meterbus/decoder.h>
#include <meterbus/error.h>
#include <meterbus/evidence.h>
#include <meterbus/format.h>
#include <meterbus/gateway.h>
#include <meterbus/json.h>
#include <meterbus/link.h>
#include <meterbus/master.h>
#include <meterbus/meters.h>
#include <meterbus/quirks.h>
#include <meterbus/recording.h>
#include <meterbus/search.h>
#include <meterbus/settings.h>
#include <meterbus/telegram.h>
#include <meterbus/tty.h>
#include <meterbus/tune.h>
#include <meterbus/version.h>

#endif
