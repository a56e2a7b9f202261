/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of a bus: sent and received frames, bytes that are none, what a
 * transaction ended as, when a timer was due. The words are the uAPI's.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mbus

#if !defined(MBUS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MBUS_TRACE_H

#include <linux/tracepoint.h>
#include <uapi/linux/meterbus.h>
#include <uapi/linux/meterbus_netlink.h>

#include "line.h"

#define show_mbus_outcome(outcome)				\
	METERBUS_OUTCOME_WORDS(__print_symbolic, outcome)

#define show_mbus_reason(reason)				\
	__print_symbolic(reason,				\
		{ METERBUS_REASON_NONE,		"none" },	\
		{ METERBUS_REASON_NOISE,		"noise" },	\
		{ METERBUS_REASON_NUL,		"nul" },	\
		{ METERBUS_REASON_BREAK,		"break" },	\
		{ METERBUS_REASON_COMPANY,		"company" },	\
		{ METERBUS_REASON_HEADER,		"header" },	\
		{ METERBUS_REASON_CHECKSUM,		"checksum" },	\
		{ METERBUS_REASON_STOP,		"stop" },	\
		{ METERBUS_REASON_TRUNCATED,	"truncated" },	\
		{ METERBUS_REASON_ECHO,		"echo" },	\
		{ METERBUS_REASON_PARITY,		"parity" })

#define show_mbus_flags(flags)					\
	__print_flags(flags, "|",				\
		{ METERBUS_FLAG_PARITY,		"parity" },	\
		{ METERBUS_FLAG_FRAMING,		"framing" },	\
		{ METERBUS_FLAG_BREAK,		"break" },	\
		{ METERBUS_FLAG_OVERRUN,		"overrun" },	\
		{ METERBUS_FLAG_LATE,		"late" },	\
		{ METERBUS_FLAG_UNASKED,		"unasked" },	\
		{ METERBUS_FLAG_ECHO,		"echo" },	\
		{ METERBUS_FLAG_JUNK,		"junk" })

#define show_mbus_line_state(state)				\
	__print_symbolic(state,					\
		{ MBUS_LINE_IDLE,		"idle" },	\
		{ MBUS_LINE_GUARD,		"guard" },	\
		{ MBUS_LINE_DUE,		"due" },	\
		{ MBUS_LINE_SENDING,		"sending" },	\
		{ MBUS_LINE_ANSWER,		"answer" })

#define show_mbus_state(state)					\
	__print_symbolic(state,					\
		{ METERBUS_STATE_IDLE,		"idle" },	\
		{ METERBUS_STATE_BUSY,		"busy" },	\
		{ METERBUS_STATE_HELD,		"held" },	\
		{ METERBUS_STATE_NO_LINK,		"no-link" })

DECLARE_EVENT_CLASS(mbus_bytes,
		    TP_PROTO(int bus, const struct meterbus_bus_record *record, const u8 *data),
		    TP_ARGS(bus, record, data),
		    TP_STRUCT__entry(__field(int, bus)
				     __field(u32, flags)
				     __field(u8, reason)
				     __field(u8, tries)
				     __dynamic_array(u8, data, record->len)),
		    TP_fast_assign(__entry->bus = bus;
				   __entry->flags = record->flags;
				   __entry->reason = record->reason;
				   __entry->tries = record->tries;
				   memcpy(__get_dynamic_array(data), data, record->len);),
		    TP_printk("mbus%d flags=%s %s", __entry->bus,
			      show_mbus_flags(__entry->flags),
			      __print_hex(__get_dynamic_array(data),
					  __get_dynamic_array_len(data)))
);

/* A frame goes out; try= counts its transmissions. */
DEFINE_EVENT_PRINT(mbus_bytes, mbus_tx,
		   TP_PROTO(int bus, const struct meterbus_bus_record *record, const u8 *data),
		   TP_ARGS(bus, record, data),
		   TP_printk("mbus%d try=%u %s", __entry->bus, __entry->tries,
			     __print_hex(__get_dynamic_array(data),
					 __get_dynamic_array_len(data)))
);

/* A valid frame came in. */
DEFINE_EVENT(mbus_bytes, mbus_rx,
	     TP_PROTO(int bus, const struct meterbus_bus_record *record, const u8 *data),
	     TP_ARGS(bus, record, data)
);

/* Bytes came in that are no frame. */
DEFINE_EVENT_PRINT(mbus_bytes, mbus_finding,
		   TP_PROTO(int bus, const struct meterbus_bus_record *record, const u8 *data),
		   TP_ARGS(bus, record, data),
		   TP_printk("mbus%d reason=%s flags=%s %s", __entry->bus,
			     show_mbus_reason(__entry->reason),
			     show_mbus_flags(__entry->flags),
			     __print_hex(__get_dynamic_array(data),
					 __get_dynamic_array_len(data)))
);

/* A transaction has ended. */
TRACE_EVENT(mbus_outcome,
	    TP_PROTO(int bus, const struct meterbus_bus_record *record),
	    TP_ARGS(bus, record),
	    TP_STRUCT__entry(__field(int, bus)
			     __field(u32, flags)
			     __field(u32, took_us)
			     __field(u8, outcome)
			     __field(u8, reason)
			     __field(u8, tries)),
	    TP_fast_assign(__entry->bus = bus;
			   __entry->flags = record->flags;
			   __entry->took_us = record->first_ns ?
				   div_u64(record->last_ns - record->first_ns,
					   NSEC_PER_USEC) : 0;
			   __entry->outcome = record->outcome;
			   __entry->reason = record->reason;
			   __entry->tries = record->tries;),
	    TP_printk("mbus%d outcome=%s reason=%s tries=%u last_try_us=%u flags=%s",
		      __entry->bus, show_mbus_outcome(__entry->outcome),
		      show_mbus_reason(__entry->reason), __entry->tries,
		      __entry->took_us, show_mbus_flags(__entry->flags))
);

/* The bus became idle, busy or held. */
TRACE_EVENT(mbus_state,
	    TP_PROTO(int bus, u8 state),
	    TP_ARGS(bus, state),
	    TP_STRUCT__entry(__field(int, bus)
			     __field(u8, state)),
	    TP_fast_assign(__entry->bus = bus;
			   __entry->state = state;),
	    TP_printk("mbus%d state=%s", __entry->bus,
		      show_mbus_state(__entry->state))
);

/* The timer was due in this state of the line, late by the delay. */
TRACE_EVENT(mbus_timeout,
	    TP_PROTO(int bus, u8 line_state, u64 late_ns),
	    TP_ARGS(bus, line_state, late_ns),
	    TP_STRUCT__entry(__field(int, bus)
			     __field(u8, line_state)
			     __field(u64, late_ns)),
	    TP_fast_assign(__entry->bus = bus;
			   __entry->line_state = line_state;
			   __entry->late_ns = late_ns;),
	    TP_printk("mbus%d line=%s late_ns=%llu", __entry->bus,
		      show_mbus_line_state(__entry->line_state),
		      __entry->late_ns)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
